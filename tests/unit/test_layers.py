"""Who may import whom (docs/architecture.md), and what is used nowhere, read from the source without running it."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = ("museum_addon", "operators", "panels", "backend")
FILES = sorted(
    [ROOT / "__init__.py", *(path for folder in PROGRAMS for path in (ROOT / folder).rglob("*.py"))]
)  # fmt: skip

# The extension: a part -> what it may import of the extension. Parts not named here may import anything but
# operators and panels.
ALLOWED = {
    "museum_addon.core": {"museum_addon.core"},
    "museum_addon.paths": set(),
    "museum_addon.client": {"museum_addon.client", "museum_addon.core", "museum_addon.paths"},
    "museum_addon.exhibition": {"museum_addon.exhibition", "museum_addon.core"},
}
WITHOUT_BLENDER = tuple(ALLOWED)
BLENDER = {"bpy", "bmesh", "mathutils", "gpu", "blf", "addon_utils", "bpy_extras", "bl_ui"}
NOT_IN_THE_EXTENSION = {"backend", "torch", "trimesh", "fastapi", "pydantic", "scipy"}
BACKEND_ORDER = ("api", "jobs", "engines", "words", "surface", "geometry")  # each may import what stands after it
MODELS = "backend.models"  # below engines, and beside what they build with
HEAVY = {"torch", "diffusers", "transformers", "accelerate"}


def module_name(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def tree_of(path):
    return ast.parse(path.read_text("utf-8"), str(path))


def imports(path):
    """(absolute module, whether it is imported while the module itself is imported) for each import of a file."""
    package = list(path.relative_to(ROOT).parent.parts)
    tree = tree_of(path)
    late = {id(node) for function in ast.walk(tree) if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
            for node in ast.walk(function)}  # fmt: skip
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, id(node) not in late) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                inner = f"{base}.{alias.name}" if base else alias.name
                yield (inner if _is_module(inner) else base), id(node) not in late


def _is_module(name):
    path = ROOT.joinpath(*name.split("."))
    return path.is_dir() or path.with_suffix(".py").is_file()


def inside(module, part):
    return module == part or module.startswith(part + ".")


def extension_files():
    return [path for path in FILES if not inside(module_name(path), "backend")]


def where(path, module):
    return f"{path.relative_to(ROOT)} imports {module}"


def test_the_programs_do_not_import_each_other():
    wrong = [where(path, module) for path in extension_files() for module, _ in imports(path)
             if module.split(".")[0] in NOT_IN_THE_EXTENSION]  # fmt: skip
    wrong += [where(path, module) for path in FILES if inside(module_name(path), "backend")
              for module, _ in imports(path) if module.split(".")[0] in {*BLENDER, *PROGRAMS[:3]}]  # fmt: skip
    assert wrong == []


@pytest.mark.parametrize("part", WITHOUT_BLENDER)
def test_what_knows_nothing_of_blender_imports_only_what_it_may(part):
    wrong = []
    for path in FILES:
        if not inside(module_name(path), part):
            continue
        for module, _ in imports(path):
            foreign = inside(module, "museum_addon") and not any(inside(module, to) for to in ALLOWED[part])
            if foreign or module.split(".")[0] in {*BLENDER, "operators", "panels"}:
                wrong.append(where(path, module))
    assert wrong == []


def test_only_registration_imports_operators_and_panels():
    wrong = []
    for path in extension_files():
        name = module_name(path)
        for module, _ in imports(path):
            for part in ("operators", "panels"):
                if inside(module, part) and not inside(name, part) and name != "museum_addon.registration":
                    wrong.append(where(path, module))
    assert wrong == []


def test_the_root_imports_registration_alone_and_nothing_of_blender_at_once():
    found = list(imports(ROOT / "__init__.py"))
    assert {module for module, _ in found} == {"museum_addon.registration"}
    assert not any(at_once for _, at_once in found)


def test_layers_of_the_backend():
    wrong = []
    for path in FILES:
        name = module_name(path)
        for number, layer in enumerate(BACKEND_ORDER):
            if inside(name, f"backend.{layer}"):
                above = BACKEND_ORDER[:number]
                wrong += [where(path, module) for module, _ in imports(path)
                          if any(inside(module, f"backend.{to}") for to in above)]  # fmt: skip
    assert wrong == []


def test_models_know_no_other_layer_and_no_arrays():
    wrong = [where(path, module) for path in FILES if inside(module_name(path), MODELS) for module, _ in imports(path)
             if any(inside(module, f"backend.{to}") for to in BACKEND_ORDER)
             or module.split(".")[0] in {*HEAVY, "numpy"}]  # fmt: skip
    wrong += [where(path, module) for path in FILES for module, _ in imports(path)
              if inside(module, MODELS) and any(inside(module_name(path), f"backend.{below}")
                                                for below in BACKEND_ORDER[3:])]  # fmt: skip
    assert wrong == []


def test_heavy_libraries_are_imported_where_they_are_needed():
    wrong = [where(path, module) for path in FILES for module, at_once in imports(path)
             if at_once and module.split(".")[0] in HEAVY]  # fmt: skip
    assert wrong == []


def test_relative_imports_in_the_extension():
    """Blender loads the extension under a name of its own: absolute imports of its parts would miss."""
    wrong = []
    for path in extension_files():
        for node in ast.walk(tree_of(path)):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module or ""]
            wrong += [where(path, name) for name in names if name.split(".")[0] in PROGRAMS]
    assert wrong == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_forbidden_is_used(path):
    wrong = []
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("eval", "exec"):
            wrong.append((node.lineno, node.func.id))
        if isinstance(node, ast.ExceptHandler) and node.type is None:
            wrong.append((node.lineno, "bare except"))
        if isinstance(node, ast.Attribute) and ast.unparse(node).startswith(("np.random.", "numpy.random.")):
            attribute = ast.unparse(node).split(".")[2].split("(")[0]
            if attribute not in ("Generator", "default_rng", "SeedSequence", "PCG64", "Philox", "BitGenerator"):
                wrong.append((node.lineno, ast.unparse(node)))
    wrong += [(0, module) for module, _ in imports(path) if module.split(".")[0] in ("pickle", "marshal", "shelve")]
    assert wrong == []
