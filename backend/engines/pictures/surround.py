"""Pictures whose left and right edges join, for backgrounds all around.

Convolutional networks and decoders see the picture go on beyond its edges (circular padding along x): they then treat
all columns alike, so there is no seam at all. Transformers know where a column is: each step they are shown a picture
that begins at another column and ends with its first columns once more, and what they say of those twice is blended.
Both idea and proof are those of panoramas by overlapping windows (Bar-Tal et al., MultiDiffusion, 2023).

Networks are changed for the time of a block and are afterwards as before: other jobs use them, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

GOLDEN = 0.6180339887498949
"""Multiples of the golden section, modulo 1, fall between all former ones: where each step's edge lies."""
OVERLAP = 8
"""A transformer sees one column in so many twice."""
MARGIN = 16
"""Columns of latents that decide what a decoder makes of one, at least."""


@contextmanager
def joined(pipeline: Any, columns: int, rows: int) -> Iterator[Callable[[int], None]]:
    """Within the block the pipeline makes pictures that join. columns, rows: of what its transformer sees as one piece.

    Yields a function that is to be called after each step, with the step's number.
    """
    with ExitStack() as stack:
        stack.enter_context(joined_decoder(pipeline.vae))
        if getattr(pipeline, "unet", None) is not None:
            stack.enter_context(circular(pipeline.unet))
            yield lambda step: None
        else:
            turning = Turning(columns, rows)
            stack.enter_context(turning.around(pipeline.transformer))
            yield turning.after


@contextmanager
def circular(network: Any) -> Iterator[None]:
    """Within the block every convolution of a network sees the left edge beyond the right one and the other way round.

    network: a torch module. Needs widths that the strides of the network divide.
    """
    import torch

    handles, kept = [], []
    try:
        for layer in network.modules():
            if isinstance(layer, torch.nn.Conv2d) and layer.padding_mode == "zeros" and _beside(layer):
                kept.append((layer, layer.padding))
                handles.append(layer.register_forward_pre_hook(_continued(_beside(layer))))
                layer.padding = (layer.padding[0], 0)
        yield
    finally:
        for handle in handles:
            handle.remove()
        for layer, padding in kept:
            layer.padding = padding


def _beside(layer: Any) -> int:
    """Columns that a convolution adds on the left and on the right."""
    return 0 if isinstance(layer.padding, str) else int(layer.padding[1])


def _continued(width: int) -> Callable[[Any, tuple[Any, ...]], tuple[Any, ...]]:
    from torch.nn.functional import pad

    def before(_layer: Any, given: tuple[Any, ...]) -> tuple[Any, ...]:
        return (pad(given[0], (width, width, 0, 0), mode="circular"), *given[1:])

    return before


@contextmanager
def joined_decoder(vae: Any) -> Iterator[None]:
    """Within the block the pictures that an autoencoder decodes join. One that works in tiles, which end where the
    picture does not, decodes a wider picture instead, and its margins are cut off.
    """
    if not getattr(vae, "use_tiling", False):
        with circular(vae.decoder):
            yield
        return
    plain = vae.decode

    def decode(latents: Any, *_: Any, **__: Any) -> tuple[Any]:
        picture = plain(_widened(latents, MARGIN), return_dict=False)[0]
        scale = picture.shape[-1] // (latents.shape[-1] + 2 * MARGIN)
        return (picture[..., MARGIN * scale : picture.shape[-1] - MARGIN * scale],)

    vae.decode = decode
    try:
        yield
    finally:
        del vae.decode


def _widened(latents: Any, margin: int) -> Any:
    """(..., W) to (..., margin + W + margin), as on an endless band; the margin may be wider than the band."""
    import torch

    width = latents.shape[-1]
    return latents[..., torch.arange(-margin, width + margin, device=latents.device) % width]


class Turning:
    """Shows a transformer the picture turned, another way each step, with the first columns once more at the end.

    What is outside of it, schedulers that remember former steps included, sees nothing of that.
    """

    def __init__(self, columns: int, rows: int) -> None:
        self.columns, self.rows = columns, rows
        self.overlap = max(1, columns // OVERLAP)
        self.shift = 0

    def after(self, step: int) -> None:
        """A step (the first is 0) is done: the next one sees the picture turned otherwise."""
        self.shift = round(self.columns * ((step + 1) * GOLDEN % 1.0)) % self.columns

    @contextmanager
    def around(self, transformer: Any) -> Iterator[None]:
        """Within the block the transformer of a FLUX.2 or Z-Image pipeline is shown such pictures."""
        before, after = (
            (self._packed_in, self._packed_out) if _takes_packed(transformer) else (self._listed_in, self._listed_out)
        )
        handles = [
            transformer.register_forward_pre_hook(before, with_kwargs=True),
            transformer.register_forward_hook(after, with_kwargs=True),
        ]
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def turned(self, picture: Any, dim: int, step: int = 1) -> Any:
        """The picture as the transformer sees it. dim: of the columns, each of which has ``step`` elements there."""
        import torch

        rolled = torch.roll(picture, -self.shift * step, dim)
        return torch.cat([rolled, rolled.narrow(dim, 0, self.overlap * step)], dim)

    def back(self, answer: Any, dim: int, step: int = 1) -> Any:
        """What it said, where it belongs. Of a column that it saw twice more counts where its neighbours were its own:
        the first column goes on from the last one, which it stood beside at the end.
        """
        import torch

        width, twice = self.columns * step, self.overlap * step
        once, again = answer.narrow(dim, 0, width).clone(), answer.narrow(dim, width, twice)
        shape = [1] * answer.ndim
        shape[dim] = twice
        share = ((torch.arange(twice, device=answer.device) + 0.5) / twice).to(answer.dtype).reshape(shape)
        start = once.narrow(dim, 0, twice)
        start.copy_(share * start + (1 - share) * again)
        return torch.roll(once, self.shift * step, dim)

    def _packed_in(self, _network: Any, given: tuple[Any, ...], named: dict[str, Any]) -> Any:
        """FLUX.2: (B, rows * columns + reference, C), and the place of each piece beside it."""
        import torch

        own = self.rows * self.columns
        pieces, places = named["hidden_states"], named["img_ids"]
        wide = torch.cat([self._grid(pieces[:, :own], self.turned), pieces[:, own:]], 1)
        return given, {**named, "hidden_states": wide, "img_ids": self._wide_places(places, own)}

    def _packed_out(self, _network: Any, _given: Any, _named: Any, answer: tuple[Any, ...]) -> Any:
        own = self.rows * (self.columns + self.overlap)
        return (self._grid(answer[0][:, :own], self.back), *answer[1:])

    def _grid(self, pieces: Any, change: Callable[[Any, int], Any]) -> Any:
        """Change (B, rows * columns, C) as (B, rows, columns, C)."""
        return change(pieces.unflatten(1, (self.rows, -1)), 2).flatten(1, 2)

    def _wide_places(self, places: Any, own: int) -> Any:
        """(B, N, 4) with the places of the further columns; the place along x is the third number."""
        import torch

        grid = places[:, :own].unflatten(1, (self.rows, -1))
        more = grid[:, :, : self.overlap].clone()
        more[..., 2] += self.columns
        return torch.cat([torch.cat([grid, more], 2).flatten(1, 2), places[:, own:]], 1)

    def _listed_in(self, _network: Any, given: tuple[Any, ...], named: dict[str, Any]) -> Any:
        """Z-Image: a list of (C, 1, height, width); a piece is two columns of latents wide."""
        pictures = given[0]
        step = pictures[0].shape[-1] // self.columns
        return ([self.turned(one, one.ndim - 1, step) for one in pictures], *given[1:]), named

    def _listed_out(self, _network: Any, _given: Any, _named: Any, answer: tuple[Any, ...]) -> Any:
        wide = self.columns + self.overlap
        pictures = [self.back(one, one.ndim - 1, one.shape[-1] // wide) for one in answer[0]]
        return (pictures, *answer[1:])


def _takes_packed(transformer: Any) -> bool:
    """Whether a transformer takes (batch, pieces, channels), with the pieces' places, instead of a list of pictures."""
    from inspect import signature

    return "img_ids" in signature(type(transformer).forward).parameters
