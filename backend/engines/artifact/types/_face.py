"""A face as a distance field, looking to the front (-y), its middle at the origin. Centimetres of a head whose
face is 18 high from chin (-9) to hairline (9): eyes at half the head's height, nose and brow at thirds of the face.
"""

from __future__ import annotations

from dataclasses import dataclass

from ....geometry.implicit import Field, chain, difference, ellipsoid, local, mirrored, sphere, union

CM = 0.01
EYES = 2.3


@dataclass(frozen=True)
class Expression:
    """brow: how far the inner ends of the brows are raised (tragic) or, negative, lowered. lids: closed eyes. mouth:
    half width and half height of an open mouth, or (half width, 0) closed. smile: lift of its corners. nose: width.
    """

    brow: float = 0.0
    closed: bool = False
    mouth: tuple[float, float] = (2.5, 0.0)
    smile: float = 0.0
    nose: float = 1.0


def _cm(*values: float) -> tuple[float, ...]:
    return tuple(v * CM for v in values)


def face(look: Expression) -> Field:
    """Skull, cheeks, chin, brows, nose, eyes in their sockets and lips."""
    skull = union(
        ellipsoid(_cm(0, 1.6, 3.2), _cm(7.3, 7.6, 8.0)),
        ellipsoid(_cm(0, 0.9, -3.2), _cm(5.7, 6.6, 6.2)),
        smooth=3.0 * CM,
    )
    cheek = mirrored(ellipsoid(_cm(3.7, -3.0, -0.6), _cm(2.2, 2.0, 2.2)))
    chin = ellipsoid(_cm(0, -4.0, -7.3), _cm(2.1, 1.8, 1.6))
    head = union(skull, cheek, chin, smooth=1.6 * CM)
    head = union(head, _brows(look), smooth=1.0 * CM)
    socket = mirrored(ellipsoid(_cm(3.1, -6.9, EYES + 0.1), _cm(1.75, 1.5, 1.0)))
    head = difference(head, socket, smooth=1.2 * CM)
    head = union(head, _nose(look.nose), smooth=0.8 * CM)
    head = union(head, _eyes(look), smooth=0.12 * CM)
    return _mouth(head, look)


def _brows(look: Expression) -> Field:
    inner, middle = EYES + 1.5 + look.brow, EYES + 2.0
    path = [_cm(0.9, -6.1, inner), _cm(2.8, -5.85, middle), _cm(4.9, -4.3, EYES + 1.4 - 0.4 * look.brow)]
    return mirrored(local(chain(path, _cm(0.5, 0.62, 0.4)), _cm(2.9, -5.3, EYES + 1.6), 3.2 * CM))


def _nose(width: float) -> Field:
    bridge = chain([_cm(0, -5.9, EYES + 1.4), _cm(0, -7.0, 0.2), _cm(0, -8.0, -1.5)], _cm(0.62, 0.66, 0.85))
    wings = mirrored(ellipsoid(_cm(0.95 * width, -6.9, -1.75), _cm(0.72 * width, 0.95, 0.66)))
    nostrils = mirrored(ellipsoid(_cm(0.62 * width, -7.4, -2.35), _cm(0.34, 0.5, 0.32)))
    nose = difference(union(bridge, wings, smooth=0.6 * CM), nostrils, smooth=0.25 * CM)
    return local(nose, _cm(0, -6.8, 0.4), 4.2 * CM)


def _eyes(look: Expression) -> Field:
    ball = ellipsoid(_cm(3.05, -4.75, EYES), _cm(1.32, 1.15, 0.98))
    almond = [_cm(1.75, -5.55, EYES - 0.1), _cm(2.5, -6.0, EYES + 0.62), _cm(3.4, -5.95, EYES + 0.6),
              _cm(4.45, -5.0, EYES - 0.02)]  # fmt: skip
    under = [_cm(1.75, -5.55, EYES - 0.1), _cm(2.6, -5.95, EYES - 0.6), _cm(3.5, -5.8, EYES - 0.56),
             _cm(4.45, -5.0, EYES - 0.02)]  # fmt: skip
    upper, lower = chain(almond, _cm(0.12, 0.22, 0.22, 0.12)), chain(under, _cm(0.1, 0.16, 0.16, 0.1))
    if look.closed:
        full = ellipsoid(_cm(3.05, -4.85, EYES), _cm(1.4, 1.25, 1.05))
        slit = chain([_cm(1.8, -5.75, EYES - 0.1), _cm(3.0, -6.2, EYES - 0.3), _cm(4.3, -5.35, EYES - 0.1)],
                     _cm(0.08, 0.13, 0.08))  # fmt: skip
        lids = union(difference(full, slit, smooth=0.1 * CM), chain(under, _cm(0.1, 0.14, 0.14, 0.1)))
        return mirrored(local(lids, _cm(3.05, -5.0, EYES), 1.8 * CM, 0.012))
    return mirrored(local(union(ball, upper, lower, smooth=0.15 * CM), _cm(3.05, -5.0, EYES), 1.9 * CM, 0.012))


def _mouth(head: Field, look: Expression) -> Field:
    half, high = look.mouth
    z, rise = -4.35, look.smile
    front = -6.15
    if high > 0.0:
        opening = ellipsoid(_cm(0, front, z - 0.1), _cm(half, 9.0, high))
        corners = mirrored(ellipsoid(_cm(0.72 * half, front, z + rise), _cm(0.45 * half, 9.0, 0.6 * high)))
        opening = union(opening, corners, smooth=0.8 * CM)
        rim = ellipsoid(_cm(0, front + 1.2, z - 0.1), _cm(half + 0.75, 1.5, high + 0.75))
        ends = ellipsoid(_cm(0.72 * half, front + 1.5, z + rise), _cm(0.45 * half + 0.7, 1.5, 0.6 * high + 0.65))
        rim = union(rim, mirrored(ends), smooth=0.8 * CM)
        return difference(union(head, rim, smooth=0.5 * CM), opening, smooth=0.25 * CM)
    upper = mirrored(chain([_cm(0, front - 0.18, z + 0.34), _cm(0.55, front - 0.2, z + 0.46),
                            _cm(half, front + 1.1, z + rise)], _cm(0.32, 0.36, 0.14)))  # fmt: skip
    lower = mirrored(chain([_cm(0, front - 0.15, z - 0.45), _cm(0.9, front, z - 0.42),
                            _cm(0.9 * half, front + 0.95, z + 0.8 * rise)], _cm(0.46, 0.42, 0.14)))  # fmt: skip
    muzzle = ellipsoid(_cm(0, front + 1.6, z), _cm(2.6, 1.8, 1.7))
    line = mirrored(chain([_cm(0, front - 0.55, z - 0.02), _cm(0.6, front - 0.5, z + 0.08),
                           _cm(half, front + 0.85, z + rise)], _cm(0.12, 0.13, 0.1)))  # fmt: skip
    dip = sphere(_cm(0, -6.4, -5.95), 0.55 * CM)
    head = difference(union(head, muzzle, smooth=1.2 * CM), dip, smooth=0.8 * CM)
    lips = _near_mouth(union(upper, lower))
    return difference(union(head, lips, smooth=0.3 * CM), _near_mouth(line), smooth=0.18 * CM)


def _near_mouth(field: Field) -> Field:
    return local(field, _cm(0, -5.8, -4.3), 3.6 * CM, 0.012)
