"""What painters are asked, what they answer, and what comes out of a texturing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

import trimesh

from ...errors import BackendError
from ...geometry.cameras import Camera
from ...geometry.typing import BoolArray, ByteImage, Faces, Float32Array, TexCoords

Mode = Literal["generate", "restore", "refine", "project"]
Schedule = Literal["automatic", "published", "cameras"]
Progress = Callable[[float, str], None]
"""Told the share that is done, 0..1, and what is being done. What it raises ends the work."""

NONE, GUTTER, GENERATED, INTERPOLATED, OBSERVED = 0, 64, 128, 192, 255
"""The red channel of an evidence map: how a texel came to be."""
NO_VIEW = 255
"""The green channel where no view painted the texel."""
MAX_VIEWS = 255


class PainterFailed(BackendError):
    """A painter raised, or answered something that is no picture of its view.

    view_index: the view, from 0. Pictures of the views before it are kept in ``TextureOptions.checkpoint``.
    """

    kind = "painter-failed"
    title = "A view could not be painted"

    def __init__(self, message: str, fix: str, view_index: int) -> None:
        super().__init__(message, fix)
        self.view_index = view_index


@dataclass(frozen=True)
class PaintRequest:
    """One view, as a painter gets it. Pictures are (H, W, ...); row 0 is the top. Do not write into the arrays.

    depth: float32, along the optical axis, in the mesh's unit (metres), inf where there is nothing. normal: (H, W, 3)
    float32, unit, camera space (x right, y up, z towards the camera), 0 where there is nothing. position: (H, W, 3)
    float32, the surface point, world, 0 where there is nothing. rgb: (H, W, 3) float32 in 0..1, sRGB-encoded, the
    surface as it is so far, unlit; grey where it is not painted, and around the object.
    mask_new: to be painted from nothing. mask_update: painted before, worse than this view could; denoise with
    ``strength`` (0 leaves it, 1 paints it anew). mask_keep: stays. There, and in no mask (background, grazing surface),
    the answer counts only over some pixels beside what is painted, which goes over into its surroundings; values that
    are no numbers are put right there. object_mask: (H, W) bool, the mesh itself, without what else
    stands in the scene. view_name: "front", "back left", ... or "" when the view has no such name.
    """

    camera: Camera
    depth: Float32Array
    normal: Float32Array
    position: Float32Array
    rgb: Float32Array
    mask_new: BoolArray
    mask_update: BoolArray
    mask_keep: BoolArray
    strength: float
    prompt: str
    seed: int
    view_index: int
    object_mask: BoolArray
    view_name: str = ""
    mask_observed: BoolArray | None = None
    """The part of ``mask_keep`` that was observed rather than painted; None when nothing was."""
    guess: Float32Array | None = None
    mask_guess: BoolArray | None = None
    """(H, W, 3) in 0..1, what belongs where plain colours go on along the surface, and (H, W) bool where that is known;
    within new and update. The same in all views. None when nothing of the surface is known."""


class Painter(Protocol):
    """Paints one view after the other. ``name`` stands in the paradata; a class name when missing.

    A painter may also have a method ``prepare(requests)``, called once before painting with an iterator over the
    requests of all planned views as they are then. A method ``can_paint(request)``: where it answers False the view is
    left out. And a method ``listen(progress)``, called before each view with where the share of it that is painted,
    0..1, and what is being done can be told; telling it raises Cancelled when nobody wants the picture any more.
    ``first_share`` is the share of all painting that the first view takes, for painters whose work is done by then.
    """

    def paint(self, request: PaintRequest) -> Float32Array:
        """(H, W, 3) float32 in 0..1, sRGB-encoded: the view with new and update painted."""


@dataclass(frozen=True)
class Photograph:
    """A picture of the object with a known camera. picture: (H, W, 3) uint8, sRGB, of the camera's size, without
    lens distortion. mask: (H, W) bool, what may be used of it; None: all.
    """

    camera: Camera
    picture: ByteImage
    mask: BoolArray | None = None
    name: str = ""


@dataclass(frozen=True)
class TextureOptions:
    """How to texture.

    resolution: texels along a side of the atlas (of each tile); that of ``albedo`` where one is given. view_size:
    pixels along a side of a view. mode: "generate" paints the whole surface, "restore" only what is ``missing``,
    "refine" paints the region ``missing`` anew and feathers it, "project" lays ``photographs`` on it (no painter).
    schedule: "automatic" takes the fewest views that see everything, at most view_count; "published" that of Text2Tex
    (10 views); "cameras" those of ``cameras``. refinement_views: at most so many further ones where it pays.
    albedo: (R, R, 3 or 4) uint8 the texture that the mesh has, (T, R, R, 3 or 4) for UDIM tiles in the order of their
    numbers. missing: (R, R) or (T, R, R) bool. evidence: (R, R, 3) or (T, R, R, 3) uint8: its observed texels are
    locked in every mode. strength: of repainting what was painted before.
    unwrap: "auto" keeps texture coordinates that can be used, "keep" keeps them in any case, "new" makes new ones.
    up: which axis of the mesh points up, for the schedule and the names of views; the front looks along -Y where z is
    up, along +Z where y is. occluders: what else stands in the scene and hides the mesh. feather: texels over which a
    refined region goes over into its surroundings. match_exposure, register: make views agree in brightness and colour,
    and move pictures back that lie some pixels beside the mesh. fill: "surface" fills what no view sees from around it,
    "none" leaves it empty. checkpoint: a folder in which painted views are kept until the work is done, for a retry.
    """

    resolution: int = 1024
    view_size: int = 768
    mode: Mode = "generate"
    seed: int = 0
    prompt: str = ""
    strength: float = 0.4
    schedule: Schedule = "automatic"
    view_count: int = 10
    refinement_views: int = 2
    cameras: tuple[Camera, ...] = ()
    photographs: tuple[Photograph, ...] = ()
    albedo: ByteImage | None = None
    missing: BoolArray | None = None
    evidence: ByteImage | None = None
    unwrap: Literal["auto", "keep", "new"] = "auto"
    up: Literal["y", "z"] = "z"
    occluders: tuple[trimesh.Trimesh, ...] = ()
    feather: int = 16
    match_exposure: bool = True
    register: bool = True
    fill: Literal["surface", "none"] = "surface"
    checkpoint: Path | None = None
    forget_views: bool = True


@dataclass(frozen=True)
class ViewRecord:
    """A view that was painted. share_*: of the pixels that show the mesh. gain: (3,) by which its colours were
    multiplied to agree with the others. shift: (x, y) pixels by which its picture was found to lie beside the mesh, and
    was moved back. texels: how many show this view most.
    """

    camera: Camera
    name: str
    kind: Literal["schedule", "refinement", "photograph"]
    share_new: float
    share_update: float
    texels: int
    gain: tuple[float, float, float]
    shift: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True)
class TextureResult:
    """albedo: (R, R, 3) uint8, sRGB, row 0 is v = 1; (T, R, R, 3) when there are several UDIM tiles. evidence: the
    same shape, uint8: R how the texel came to be, G the view that painted it, B confidence x 255. uv: (n, 2) float64;
    faces: (F, 3) int32, for each face of the input, in its order, its rows of ``uv``. timings: seconds by stage;
    "painter" is the painters' own. coverage: shares of the texels in charts: "painted" by a view, "interpolated" from
    around, "observed" and kept, "filled" in any of these ways. unwrapped: whether uv is new. notes: sentences about
    what was mended or could not be done. tiles: UDIM numbers.
    material: as ``albedo``, but linear: R 255, G roughness, B metallic (glTF 2.0, section 3.9.2); None where nothing
    but the colour is known.
    """

    albedo: ByteImage
    evidence: ByteImage
    uv: TexCoords
    faces: Faces
    views: tuple[ViewRecord, ...]
    timings: Mapping[str, float]
    coverage: Mapping[str, float]
    unwrapped: bool = False
    notes: tuple[str, ...] = ()
    tiles: tuple[int, ...] = field(default=(1001,))
    material: ByteImage | None = None
