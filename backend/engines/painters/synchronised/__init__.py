"""Views that are denoised together: at every step they agree on what the surface that they share looks like.

After MultiDiffusion (Bar-Tal et al. 2023) and SyncMVD (Liu et al. 2024). ``SynchronisedPainter`` is a painter as
``backend.engines.texture`` wants it; a ``Denoiser`` is what it denoises views with.
"""

from .contract import ALONE, Agreeing, Denoiser
from .painter import SynchronisedPainter

__all__ = ["ALONE", "Agreeing", "Denoiser", "SynchronisedPainter"]
