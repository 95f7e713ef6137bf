"""Filling holes of a picture from the rest of it: patch-based synthesis over a pyramid of scales.

Wexler, Shechtman, Irani 2007 (Space-time completion of video): each patch over the hole should look like a patch of
the known part; in turn the most similar patches are looked for and vote for the pixels. Barnes et al. 2009
(PatchMatch) for the looking. Newson et al. 2014 (Video inpainting of complex scenes) for the first guess by layers
from the rim inwards, the channels of texture and the last vote. Darabi et al. 2012 (Image melding) for shifts of
colour.
"""

from __future__ import annotations

import numpy as np

from ...geometry.typing import Float32Array
from .patchmatch_guess import coarsest
from .patchmatch_kernels import BORDER
from .patchmatch_matches import SOFT, SOFT_LAST, Match, Prior, alternate, refined, vote
from .patchmatch_scales import Sheet, pyramid


def fill(sheet: Sheet, seed: int, prior: Prior | None = None) -> Float32Array:
    """(H, W, 3) the picture with the hole filled; everything else as it was.

    At least one pixel must be a source. The same sheet and seed give the same picture.
    """
    weights = (prior or Prior()).packed()
    scales = pyramid(sheet)
    state = np.array([(seed * 2654435761 + 0x9E3779B9) & 0xFFFFFFFF or 1], dtype=np.uint32)
    usable = [i for i, scale in enumerate(scales) if scale.hole.any() and scale.source.any()]
    match: Match | None = None
    for number in reversed(usable):
        if match is None:
            match = coarsest(scales, usable, weights, state)
            continue
        match = refined(match, scales[number])
        vote(scales[number], match, SOFT)
        alternate(scales[number], match, weights, state, number)
    out = sheet.picture.copy()
    if match is not None:
        vote(scales[0], match, SOFT_LAST)
        inner = scales[0].picture[BORDER:-BORDER, BORDER:-BORDER, :3][: out.shape[0], : out.shape[1]]
        out[sheet.hole] = np.clip(inner[sheet.hole], 0.0, 1.0)
    return out
