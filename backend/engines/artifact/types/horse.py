"""Horse: standing on four legs on a plinth, seen from its side; it looks to the left (-x)."""

from __future__ import annotations

import numpy as np

from ....geometry.implicit import Field, chain, ellipsoid, local, mirrored, organic, union
from ....geometry.mesh import UVMesh
from ....geometry.solid import assemble
from ._animal import in_profile, trunk
from ._body import plinth
from ._figure import CM, cm
from ._forms import about
from .base import ArtifactType, Zone

SIZE = (0.623, 0.2, 0.667)
FAVOUR = np.array([0.25, 0.25, 0.0, 0.0, 0.0, 0.0])


def _body(belly: float) -> Field:
    """Barrel, breast and quarters of a horse of 48 cm to the withers; the front is -y."""
    barrel = trunk([(-14, 6.0, 8.2, 36.4), (-7, belly, 9.2, 36.2), (2, belly + 0.3, 9.9, 36.6), (10, belly, 9.2, 37.2),
                    (15, 6.2, 8.0, 37.8)])  # fmt: skip
    breast = ellipsoid(cm(0, -14.5, 36.5), cm(6.6, 6.6, 9.0), (-10, 0, 0))
    rump = ellipsoid(cm(0, 14.0, 37.4), cm(6.6, 8.0, 8.2))
    withers = ellipsoid(cm(0, -10.0, 42.5), cm(3.0, 8.0, 4.6))
    quarter = mirrored(ellipsoid(cm(3.4, 15.0, 36.2), cm(4.7, 7.0, 9.2), (8, 0, 0)))
    shoulder = mirrored(ellipsoid(cm(4.2, -12.5, 35.0), cm(3.4, 5.2, 9.0), (16, 0, 0)))
    return union(barrel, breast, rump, withers, quarter, shoulder, smooth=4.0 * CM)


def _legs() -> Field:
    """Fore legs upright, hind legs with thigh, hock and cannon; plain hooves."""
    fore = chain([cm(4.4, -13.5, 32.0), cm(4.4, -14.0, 24.0), cm(4.2, -14.2, 15.5), cm(4.1, -14.0, 6.0),
                  cm(4.1, -14.9, 2.8)], cm(3.9, 2.9, 1.9, 1.5, 1.75))  # fmt: skip
    hind = chain([cm(4.6, 14.0, 32.0), cm(4.8, 13.2, 24.5), cm(4.5, 18.4, 16.0), cm(4.4, 17.2, 6.0),
                  cm(4.4, 16.2, 2.8)], cm(5.2, 3.9, 2.0, 1.55, 1.8))  # fmt: skip
    knee = ellipsoid(cm(4.2, -14.4, 15.6), cm(1.9, 2.1, 2.3))
    hock = ellipsoid(cm(4.5, 18.6, 16.2), cm(1.8, 2.3, 2.4))
    hooves = union(ellipsoid(cm(4.1, -15.3, 1.0), cm(2.2, 2.7, 2.3)), ellipsoid(cm(4.4, 15.8, 1.0), cm(2.2, 2.7, 2.3)))
    upright, bent = union(fore, knee, smooth=1.0 * CM), union(hind, hock, smooth=1.0 * CM)
    return mirrored(union(upright, bent, hooves, smooth=0.9 * CM))


def _neck_and_head() -> Field:
    """An arched neck with a short mane, a head with jaw, muzzle and pricked ears."""
    neck = chain([cm(0, -12.0, 40.5), cm(0, -17.5, 47.0), cm(0, -21.0, 53.5), cm(0, -22.5, 57.0)],
                 cm(7.0, 5.4, 4.2, 3.5))  # fmt: skip
    throat = ellipsoid(cm(0, -18.5, 45.5), cm(3.9, 6.0, 10.0), (28, 0, 0))
    skull = chain([cm(0, -23.0, 57.2), cm(0, -27.0, 53.6), cm(0, -32.2, 47.4)], cm(3.2, 2.9, 2.05))
    jaw = mirrored(ellipsoid(cm(1.1, -25.0, 53.0), cm(1.7, 3.1, 3.3)))
    muzzle = ellipsoid(cm(0, -32.2, 47.0), cm(2.1, 2.5, 2.3), (40, 0, 0))
    brow = mirrored(ellipsoid(cm(2.1, -26.3, 56.0), cm(1.0, 1.3, 0.9), (40, 0, 0)))
    ear = mirrored(chain([cm(1.7, -22.3, 59.6), cm(2.0, -22.5, 61.8), cm(2.0, -22.2, 63.6)], cm(1.0, 0.95, 0.35)))
    crest = [cm(0, -22.5, 60.6), cm(0, -18.2, 57.6), cm(0, -12.5, 50.0), cm(0, -8.0, 45.4)]
    mane = chain(crest, cm(0.9, 1.4, 1.4, 0.9))
    head = union(skull, jaw, muzzle, smooth=2.4 * CM)
    front = union(union(neck, throat, smooth=4.0 * CM), head, smooth=2.0 * CM)
    front = union(front, mane, smooth=0.8 * CM)
    return union(front, brow, ear, smooth=0.7 * CM)


def _tail() -> Field:
    path = [cm(0, 20.5, 42.0), cm(0, 23.8, 40.5), cm(0, 25.2, 33.0), cm(0, 24.8, 24.0), cm(0, 24.0, 18.0)]
    return local(chain(path, cm(1.5, 1.6, 2.1, 1.9, 0.8)), cm(0, 23.5, 30.0), 0.17, 0.05)


def build(rng: np.random.Generator) -> UVMesh:
    """A sturdy, quiet horse without harness."""
    body = union(union(_body(about(rng, 7.4)), _legs(), smooth=2.6 * CM), _neck_and_head(), smooth=3.6 * CM)
    form = union(union(body, _tail(), smooth=1.2 * CM), plinth(20.0, 52.0, 3.4, 1.0, 0.4), smooth=0.2 * CM)
    part = organic(
        form, (-0.12, -0.40, -0.05), (0.12, 0.31, 0.67), 0.0076, regions=("body", "base"),
        region_at=lambda p: (p[:, 2] < 0.5 * CM).astype(np.int32), favour=FAVOUR, symmetric=True,
    )  # fmt: skip
    return assemble([in_profile(part)], size_m=SIZE)


TYPE = ArtifactType(
    "horse",
    "Horse",
    SIZE,
    "Typical of Chinese tomb figures of the Tang dynasty, estimate",
    "earthenware",
    build,
    round=False,
    stretch=2.5,
    zones=(
        Zone("field", "field", (0.30, 0.48, 0.68, 0.74), "front", ("body",)),
        Zone("base", "field", (0.12, 0.005, 0.92, 0.045), "front", ("base",)),
    ),
)
