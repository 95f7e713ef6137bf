"""Meshes for tests of painters, computed."""

import numpy as np
import trimesh


def sphere(across=32, down=16, radius=0.1):
    """A ball in the atlas of a map of the world, north at the top."""
    u, v = (a.ravel() for a in np.meshgrid(np.arange(across + 1) / across, np.arange(down + 1) / down))
    longitude, latitude = 2.0 * np.pi * u, np.pi * (v - 0.5)
    points = radius * np.stack(
        [np.cos(latitude) * np.sin(longitude), -np.cos(latitude) * np.cos(longitude), np.sin(latitude)], axis=1
    )
    cell = (np.arange(down)[:, None] * (across + 1) + np.arange(across)).ravel()
    faces = np.concatenate(
        [np.stack([cell, cell + 1, cell + across + 2], 1), np.stack([cell, cell + across + 2, cell + across + 1], 1)]
    )
    faces = faces[trimesh.triangles.area(points[faces]) > 1e-9]
    uv = np.stack([0.02 + 0.96 * u, 0.02 + 0.96 * v], axis=1)
    return trimesh.Trimesh(points, faces, visual=trimesh.visual.TextureVisuals(uv=uv), process=False)


def obj(mesh):
    """The bytes of a mesh with texture coordinates, as OBJ."""
    lines = [f"v {x:.9f} {y:.9f} {z:.9f}" for x, y, z in mesh.vertices]
    lines += [f"vt {u:.9f} {v:.9f}" for u, v in mesh.visual.uv]
    lines += ["f " + " ".join(f"{corner + 1}/{corner + 1}" for corner in face) for face in mesh.faces]
    return ("\n".join(lines) + "\n").encode()


def ball():
    """The ball, as OBJ."""
    return obj(sphere())
