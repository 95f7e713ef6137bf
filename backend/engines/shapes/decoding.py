"""From Shap-E's latents to a coloured surface: the field of its decoder on a grid, and marching cubes.

Jun and Nichol 2023, Shap-E: Generating Conditional 3D Implicit Functions, section 4: the latents are rows of the
weights of a small network that says, for any place in a cube of side 2, how far it is inside (positive) and its colour.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from skimage.measure import marching_cubes

from ...errors import GeometryError
from ...geometry.repair.contract import RawShape
from ...geometry.typing import Faces, Float32Array, Points

Answer = Callable[[Float32Array], tuple[Float32Array, Float32Array]]
"""Places (n, 3) in -1..1 -> (n,) how far inside, -1..1, and (n, 3) sRGB colours 0..1."""
Say = Callable[[float, str], None]

GRAZE = 0.02
"""Share of a step of the field's spread: nearer to zero than this a node is moved off the surface, which would leave
needles otherwise."""
FEW_PLACES, MANY_PLACES = 8192, 131_072
"""Places asked about at once: on a processor few, so that a cancelled job stops soon, on a card many."""
NO_SURFACE = "Try another seed, other words or a plainer picture, or more steps."


def raw_shape(answer: Answer, resolution: int, at_once: int, say: Say) -> RawShape:
    """The surface of a field in the cube from -1 to 1.

    resolution: nodes along a side. at_once: most places that ``answer`` is asked about in one call; ``say`` is called
    between them. Raises GeometryError when the field is empty or full.
    """
    values = sampled(answer, resolution, at_once, lambda share: say(0.9 * share, "Looking for the surface"))
    points, faces = surface(values)
    colours = []
    for start in range(0, len(points), at_once):
        say(0.9 + 0.1 * start / len(points), "Colouring the surface")
        colours.append(answer(points[start : start + at_once].astype(np.float32))[1])
    painted = np.clip(np.rint(255.0 * np.concatenate(colours)), 0, 255).astype(np.uint8)
    return RawShape(points, faces, vertex_colours=painted, up="z")


def sampled(answer: Answer, resolution: int, at_once: int, say: Callable[[float], None]) -> Float32Array:
    """(R, R, R) float32: how far inside each node of a grid over the cube is; axes x, y, z."""
    line = np.linspace(-1.0, 1.0, resolution, dtype=np.float32)
    values = np.empty(resolution**3, dtype=np.float32)
    for start in range(0, len(values), at_once):
        say(start / len(values))
        number = np.arange(start, min(start + at_once, len(values)))
        x, y, z = number // resolution**2, number // resolution % resolution, number % resolution
        values[number] = answer(np.stack([line[x], line[y], line[z]], axis=1))[0]
    return values.reshape(resolution, resolution, resolution)


def surface(values: Float32Array) -> tuple[Points, Faces]:
    """Points (n, 3) in -1..1 and outward faces (m, 3) where the field is zero; closed at the sides of the cube.

    Lewiner et al. 2003, Efficient implementation of marching cubes' cases with topological guarantees. Raises
    GeometryError when nothing or everything is inside.
    """
    if not np.isfinite(values).all():
        raise GeometryError("The model's shape holds numbers that are none.", NO_SURFACE)
    inside = float((values > 0.0).mean())
    if inside == 0.0:
        raise GeometryError("The model imagined an empty shape: nothing in its field is solid.", NO_SURFACE)
    if inside == 1.0:
        raise GeometryError("The model imagined a solid block without a form: its field is full.", NO_SURFACE)
    graze = GRAZE * float(np.abs(np.diff(values, axis=0)).mean())
    values = np.where(np.abs(values) < graze, np.where(values > 0.0, graze, -graze), values)
    # Outside the cube nothing is solid, so that what reaches its sides is closed there.
    padded = np.pad(values, 1, constant_values=min(-1.0, float(values.min())))
    found, faces, _, _ = marching_cubes(padded, 0.0, gradient_direction="ascent", allow_degenerate=False)
    step = 2.0 / (len(values) - 1)
    points = (found.astype(np.float64) - 1.0) * step - 1.0
    return points, _outward(points, faces.astype(np.int32))


def _outward(points: Points, faces: Faces) -> Faces:
    corners = points[faces]
    volume = np.einsum("ij,ij->i", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])).sum()
    return faces if volume > 0.0 else np.ascontiguousarray(faces[:, ::-1])


def decoder(renderer: Any, latents: Any, device: str) -> Answer:
    """Shap-E's decoder with the weights that these latents (1, d, e) stand for, in single precision.

    renderer: a diffusers ShapERenderer; the first layers of its network are written over. Half precision would not
    do: places are turned into waves of up to 2^14 a unit.
    """
    import torch

    renderer.to(device=device, dtype=torch.float32)
    with torch.no_grad():
        projected = renderer.params_proj(latents.to(device=device, dtype=torch.float32))
        for name, parameter in renderer.mlp.state_dict().items():
            if f"nerstf.{name}" in projected:
                parameter.copy_(projected[f"nerstf.{name}"].squeeze(0))

    def answer(places: Float32Array) -> tuple[Float32Array, Float32Array]:
        with torch.no_grad():
            position = torch.from_numpy(np.ascontiguousarray(places))[None].to(device)
            said = renderer.mlp(position=position, direction=None, ts=None, nerf_level="fine", rendering_mode="stf")
            return said.signed_distance[0, :, 0].cpu().numpy(), said.channels[0].cpu().numpy()

    return answer
