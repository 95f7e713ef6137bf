"""Denoisers that know what each view truly looks like, plain numpy, and measures of how far views agree."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
import trimesh

from backend.engines.painters.painter import free
from backend.engines.texture import PaintRequest

Wrong = Callable[[np.ndarray, int], np.ndarray]
"""What a prediction, (H, W, 3), of a view, by its number, is taken for instead."""


def noise_levels(steps: int) -> np.ndarray:
    """(steps + 1,) shares of signal, from nearly none to 1."""
    return np.concatenate([np.linspace(0.02, 0.95, steps), [1.0]])


@dataclass
class OracleDenoiser:
    """Predicts the true render of each view, whatever the latents are; deterministic steps (DDIM, Song et al. 2021).

    With a factor above 1 latents are means of blocks, and what they lack of the picture comes from the render.
    """

    truth: Callable[[PaintRequest], np.ndarray]
    wrong: Wrong = lambda picture, view: picture
    factor: int = 1
    steps: int = 6
    multiple: int = 8
    calls: list[tuple[int, int]] = field(default_factory=list)
    seeds: list[int] = field(default_factory=list)

    def start(self, views: Sequence[PaintRequest], seed: int, warp) -> list[np.ndarray]:
        self.seeds.append(seed)
        self.pictures = [self.wrong(self.truth(view), number) for number, view in enumerate(views)]
        self.masks = [self._small(free(v)[None].astype(np.float32)) > 0 for v in views]
        self.known = [self._small(v.rgb.transpose(2, 0, 1)) for v in views]
        height, width = views[0].depth.shape
        shape = (3, height // self.factor, width // self.factor)
        noise = [np.random.default_rng((seed, n if warp else 0)).normal(size=shape) for n in range(len(views))]
        self.noise = noise if warp is None else warp(noise)
        level = noise_levels(self.steps)[0]
        pairs = zip(self.noise, self.known, strict=True)
        return [np.sqrt(1.0 - level) * noise + np.sqrt(level) * known for noise, known in pairs]

    def predict_clean(self, latents, step, view):
        self.calls.append((step, view))
        assert np.isfinite(latents).all()
        return np.where(self.masks[view], self._small(self.pictures[view].transpose(2, 0, 1)), self.known[view])

    def advance(self, latents, clean, step, view):
        now, then = noise_levels(self.steps)[step : step + 2]
        noise = (latents - np.sqrt(now) * clean) / np.sqrt(1.0 - now)
        return np.sqrt(then) * clean + np.sqrt(1.0 - then) * noise

    def decode(self, clean, view):
        picture = self.pictures[view].transpose(2, 0, 1)
        return picture + self._large(clean - self._small(picture))

    def encode(self, picture, view):
        return self._small(picture)

    def glimpse(self, clean, view):
        return np.clip(clean, 0.0, 1.0).transpose(1, 2, 0).astype(np.float32)

    def _small(self, array):
        c, h, w = array.shape
        f = self.factor
        return array.reshape(c, h // f, f, w // f, f).mean(axis=(2, 4))

    def _large(self, array):
        return array.repeat(self.factor, axis=1).repeat(self.factor, axis=2)


def lend_to(denoiser):
    """As a painter has denoisers lent."""
    return lambda use: use(denoiser)


@dataclass
class Overlap:
    """Points of a mesh that two views show, found by rays of trimesh from the points to the cameras."""

    mesh: trimesh.Trimesh
    requests: Sequence[PaintRequest]
    count: int = 20000

    def disagreement(self, pictures: Sequence[np.ndarray], clear: float = 0.35, inset: int = 2) -> float:
        """Mean squared difference of the colours of points in all pairs of views that show them well."""
        points, faces = trimesh.sample.sample_surface(self.mesh, self.count, seed=4)
        normals = self.mesh.face_normals[faces]
        pairs = zip(self.requests, pictures, strict=True)
        looked = [self._looked(view, picture, points, normals, clear, inset) for view, picture in pairs]
        seen, colours = zip(*looked, strict=True)
        total, number = 0.0, 0
        for one in range(len(pictures)):
            for other in range(one):
                both = seen[one] & seen[other]
                total += float(((colours[one][both] - colours[other][both]) ** 2).sum())
                number += 3 * int(both.sum())
        assert number > 1000
        return total / number

    def _looked(self, request, picture, points, normals, clear, inset):
        camera = request.camera
        towards = camera.place - points
        far = np.linalg.norm(towards, axis=1)
        towards /= far[:, None]
        facing = (normals * towards).sum(axis=1)
        rays = trimesh.ray.ray_pyembree.RayMeshIntersector(self.mesh)
        lifted = points + 2e-3 * normals
        free = ~rays.intersects_any(lifted, towards)
        pixel, depth = camera.project(points)
        clean = cv2.erode(request.object_mask.astype(np.uint8), np.ones((2 * inset + 1,) * 2)) > 0
        x, y = np.floor(pixel).astype(int).T
        inside = (x >= 0) & (y >= 0) & (x < camera.width) & (y < camera.height)
        x, y = np.clip(x, 0, camera.width - 1), np.clip(y, 0, camera.height - 1)
        seen = free & inside & (facing > clear) & (depth > 0) & clean[y, x]
        sampled = cv2.remap(picture, *(np.float32(pixel[:, k][None] - 0.5) for k in (0, 1)), cv2.INTER_LINEAR)[0]
        return seen, sampled
