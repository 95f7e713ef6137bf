"""Texels opposite each other across seams, where those are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.spatial import cKDTree

from backend.geometry.mesh import UVMesh
from backend.geometry.seams import seam_edges, seam_pairs
from backend.geometry.surface_texels import SurfaceTexels, surface_texels
from backend.geometry.typing import FloatArray

RADIUS, HEIGHT = 0.3, 0.8


def grid(points: FloatArray, uv: FloatArray) -> UVMesh:
    """A sheet of points (rows, columns, 3) with coordinates (rows, columns, 2)."""
    rows, cols = points.shape[:2]
    at = np.arange(rows * cols).reshape(rows, cols)
    a, b, c, d = (part.ravel() for part in (at[:-1, :-1], at[:-1, 1:], at[1:, 1:], at[1:, :-1]))
    faces = np.concatenate([np.stack([a, b, c], axis=1), np.stack([a, c, d], axis=1)]).astype(np.int32)
    normals = np.tile([0.0, 0.0, 1.0], (rows * cols, 1))
    region = np.zeros(len(faces), dtype=np.int32)
    return UVMesh(points.reshape(-1, 3).astype(np.float64), faces, uv.reshape(-1, 2), normals, region, ("all",))


def cylinder(segments: int = 64, resolution: int = 256) -> tuple[UVMesh, SurfaceTexels]:
    """The side of a cylinder about z, unrolled, with its one seam at the angle 0."""
    angle = np.linspace(0.0, 2.0 * np.pi, segments + 1)
    height = np.linspace(0.0, HEIGHT, 9)
    ring = np.stack([RADIUS * np.cos(angle), RADIUS * np.sin(angle)], axis=1)
    ring[-1] = ring[0]
    points = np.concatenate(
        [np.broadcast_to(ring, (9, segments + 1, 2)), np.broadcast_to(height[:, None, None], (9, segments + 1, 1))],
        axis=2,
    )
    u, v = np.broadcast_arrays(0.05 + 0.9 * angle / (2.0 * np.pi), 0.1 + 0.7 * height[:, None] / HEIGHT)
    mesh = grid(points, np.stack([u, v], axis=2))
    return mesh, surface_texels(mesh, resolution)


def cube(resolution: int = 128) -> tuple[UVMesh, SurfaceTexels]:
    """Six squares of an atlas, each the side of a cube of size 1, turned and mirrored at will."""
    sheets = []
    across = np.linspace(0.0, 1.0, 5)
    s, t = np.meshgrid(across, across)
    for number in range(6):
        axis, end = number % 3, number // 3
        points = np.empty((5, 5, 3))
        points[..., axis], points[..., (axis + 1) % 3], points[..., (axis + 2) % 3] = float(end), s, t
        turned = np.rot90(np.stack([s, t], axis=2), number)
        low = np.array([number % 3 / 3.0 + 0.04, number // 3 / 2.0 + 0.1])
        sheets.append(grid(points, low + 0.25 * turned))
    mesh = joined(sheets)
    return mesh, surface_texels(mesh, resolution)


def joined(sheets: list[UVMesh]) -> UVMesh:
    count = np.cumsum([0, *(len(sheet.vertices) for sheet in sheets)])
    faces = np.concatenate([sheet.faces + first for sheet, first in zip(sheets, count, strict=False)]).astype(np.int32)
    return replace(
        sheets[0],
        vertices=np.concatenate([sheet.vertices for sheet in sheets]),
        faces=faces,
        uv=np.concatenate([sheet.uv for sheet in sheets]),
        normals=np.concatenate([sheet.normals for sheet in sheets]),
        face_region=np.zeros(len(faces), dtype=np.int32),
    )


def apart(texels: SurfaceTexels, pairs: np.ndarray) -> FloatArray:
    """(p,) texels between the surface points of pairs."""
    one, other = texels.position[pairs[:, 0]], texels.position[pairs[:, 1]]
    return np.linalg.norm(one - other, axis=1) * texels.density[pairs].mean(axis=1)


def test_the_seam_of_a_cylinder_joins_its_first_and_last_columns() -> None:
    mesh, texels = cylinder()
    pairs = seam_pairs(mesh, texels)
    col = np.sort(texels.col[pairs], axis=1)
    first, last = int(np.ceil(0.05 * 256 - 0.5)), int(np.floor(0.95 * 256 - 0.5))
    assert set(col[:, 0]) == {first}
    assert set(col[:, 1]) == {last}
    # Rows are the same on both sides, and each row that the chart has is joined.
    assert np.abs(np.diff(texels.row[pairs], axis=1)).max() == 0
    assert len(pairs) == int((texels.inside & (texels.col == first)).sum())
    assert np.allclose(texels.position[pairs[:, 0], 2], texels.position[pairs[:, 1], 2], atol=1e-6)
    # Both columns' centres lie 0.7 texels from the seam, at 12.8 and 243.2.
    step = 2.0 * np.pi * RADIUS / (0.9 * 256)
    distance = np.linalg.norm(texels.position[pairs[:, 0]] - texels.position[pairs[:, 1]], axis=1)
    assert np.allclose(distance, 1.4 * step, rtol=0.01)


def test_seams_of_a_cube_are_its_twelve_edges() -> None:
    mesh, texels = cube()
    one, _ = seam_edges(mesh, 128)
    assert len(one) == 12 * 4
    pairs = seam_pairs(mesh, texels)
    points = texels.position[pairs]
    # A point on an edge has two coordinates that are 0 or 1; half a texel is 1/64.
    to_side = np.sort(np.minimum(np.abs(points), np.abs(1.0 - points)), axis=2)
    assert to_side[..., 0].max() < 1.5 / 32
    assert to_side[..., 1].max() < 1.5 / 32
    assert texels.inside[pairs].all()
    assert apart(texels, pairs).max() < 2.0
    # The edge of a pair: the coordinate along it and on which side the other two are.
    middle = points.mean(axis=1)
    along = np.argmax(np.minimum(middle, 1.0 - middle), axis=1)
    edges = np.round(middle).astype(int)
    edges[np.arange(len(edges)), along] = -1
    assert len(np.unique(edges, axis=0)) == 12


def test_each_texel_at_a_seam_has_its_neighbour_across() -> None:
    """Every texel of the cube whose centre is within half a texel of its chart's border is in a pair, corners aside."""
    mesh, texels = cube()
    paired = np.zeros(len(texels), dtype=bool)
    paired[seam_pairs(mesh, texels).ravel()] = True
    tree = cKDTree(np.stack([texels.row, texels.col], axis=1)[~texels.inside])
    at = np.stack([texels.row, texels.col], axis=1)
    border = texels.inside & (tree.query(at)[0] <= 1.0)
    corner = (np.sort(np.minimum(np.abs(texels.position), np.abs(1.0 - texels.position)), axis=1) < 2.0 / 32).all(
        axis=1
    )
    assert paired[border & ~corner].mean() > 0.99
    assert not paired[texels.inside & (tree.query(at)[0] > 2.0)].any()


def test_pairs_are_sorted_unique_and_the_same_for_faces_in_any_order() -> None:
    mesh, texels = cube()
    pairs = seam_pairs(mesh, texels)
    assert (pairs[:, 0] < pairs[:, 1]).all()
    assert (np.diff(pairs[:, 0].astype(np.int64) * len(texels) + pairs[:, 1]) > 0).all()
    order = np.random.default_rng(4).permutation(len(mesh.faces))
    other = replace(mesh, faces=np.roll(mesh.faces[order], 1, axis=1))
    found = seam_pairs(other, surface_texels(other, 128))
    same = set(map(tuple, pairs.tolist())) & set(map(tuple, found.tolist()))
    assert len(same) > 0.97 * len(pairs)


def test_faces_wound_against_each_other_are_joined_too() -> None:
    mesh, _ = cube()
    faces = mesh.faces.copy()
    faces[: len(faces) // 6] = faces[: len(faces) // 6, ::-1]
    other = replace(mesh, faces=faces)
    assert len(seam_edges(other, 128)[0]) == 48
    texels = surface_texels(other, 128)
    assert apart(texels, seam_pairs(other, texels)).max() < 2.0


def test_open_borders_and_creases_are_no_seams() -> None:
    """A sheet, and the same with all of its faces split but at one place in the atlas."""
    across = np.linspace(0.0, 1.0, 6)
    s, t = np.meshgrid(across, across)
    sheet = grid(np.stack([s, t, s * t], axis=2), 0.1 + 0.8 * np.stack([s, t], axis=2))
    assert seam_pairs(sheet, surface_texels(sheet, 64)).shape == (0, 2)
    corners = sheet.faces.ravel()
    split = replace(
        sheet,
        vertices=sheet.vertices[corners],
        uv=sheet.uv[corners],
        normals=sheet.normals[corners],
        faces=np.arange(len(corners), dtype=np.int32).reshape(-1, 3),
    )
    assert len(seam_edges(split, 64)[0]) == 0


def test_seams_go_from_tile_to_tile() -> None:
    mesh, _ = cube()
    uv = mesh.uv.copy()
    uv[75:] += (1.0, 0.0)
    tiled = replace(mesh, uv=uv)
    texels = surface_texels(tiled, 128)
    assert texels.tiles == (1001, 1002)
    pairs = seam_pairs(tiled, texels)
    plain = seam_pairs(mesh, surface_texels(mesh, 128))
    assert len(pairs) == len(plain)
    assert apart(texels, pairs).max() < 2.0
    assert (np.diff(texels.tile[pairs].astype(int), axis=1) == 1).any()


def test_three_faces_at_one_edge_are_joined_one_to_the_next() -> None:
    """Three squares that meet along z, each with a place of its own."""
    s, t = np.meshgrid(np.linspace(0.0, 1.0, 3), np.linspace(0.0, 1.0, 3))
    sheets = [
        grid(np.stack([np.cos(a) * s, np.sin(a) * s, t], axis=2), low + 0.25 * np.stack([s, t], axis=2))
        for a, low in ((0.0, (0.05, 0.1)), (2.0, (0.4, 0.1)), (4.0, (0.7, 0.6)))
    ]
    mesh = joined(sheets)
    texels = surface_texels(mesh, 128)
    pairs = seam_pairs(mesh, texels)
    chart = texels.face[pairs] // 8
    assert {tuple(sorted(pair)) for pair in chart.tolist()} == {(0, 1), (1, 2)}
    assert np.abs(texels.position[pairs][..., :2]).max() < 2.0 / 32


def test_a_chart_that_leaves_the_atlas_is_joined_where_it_comes_in_again() -> None:
    """The cylinder's own chart, moved on by half a picture."""
    mesh, texels = cylinder()
    moved = replace(mesh, uv=mesh.uv + np.array((0.5, 0.0)))
    found = surface_texels(moved, 256)
    pairs = seam_pairs(moved, found)
    col = np.sort(found.col[pairs], axis=1)
    around = (col[:, 0] == 0) & (col[:, 1] == 255)
    assert around.sum() == int((found.inside & (found.col == 0)).sum())
    assert np.abs(np.diff(found.row[pairs[around]], axis=1)).max() == 0
    assert len(pairs) - around.sum() == len(seam_pairs(mesh, texels))
