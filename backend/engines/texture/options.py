"""Options that fit together, or a word about which do not."""

from __future__ import annotations

from dataclasses import replace

from ...errors import BadInput
from .contract import MAX_VIEWS, TextureOptions

SIDES = {"resolution": (4, 16384), "view_size": (16, 8192)}
"""The least and the most that makes sense, texels and pixels."""


def checked_options(options: TextureOptions, painter: bool) -> TextureOptions:
    """The options, with the resolution of the given texture. painter: whether there is one. Raises BadInput."""
    if options.mode == "project":
        _refuse_count(len(options.photographs), "photographs", "Give photographs with their cameras.")
    elif not painter:
        raise BadInput("There is no painter.", "Choose a painter, or the mode “project” with photographs.")
    elif options.schedule == "cameras":
        _refuse_count(len(options.cameras), "cameras", "Add cameras to the scene, or let the views be chosen.")
    elif options.view_count < 1:
        raise BadInput("Not a single view was asked for.", "Ask for at least one view.")
    chosen = _with_resolution(options)
    for name, (least, most) in SIDES.items():
        value = getattr(chosen, name)
        if not least <= value <= most:
            raise BadInput(f"{name} is {value}.", f"Choose {least} to {most}.")
    return chosen


def _refuse_count(count: int, name: str, fix: str) -> None:
    if count == 0:
        raise BadInput(f"There are no {name}.", fix)
    if count > MAX_VIEWS:
        raise BadInput(
            f"There are {count} {name}; an evidence map can tell {MAX_VIEWS} apart.", f"Choose {MAX_VIEWS} of them."
        )


def _with_resolution(options: TextureOptions) -> TextureOptions:
    """The options with the resolution of the given texture. Raises BadInput for pictures that do not fit together."""
    if options.albedo is None:
        if options.evidence is not None:
            raise BadInput(
                "There is an evidence map, but not the texture that it speaks of.",
                "Give the texture too, or leave the evidence map out.",
            )
        return options
    shape = options.albedo.shape
    if len(shape) not in (3, 4) or shape[-1] not in (3, 4) or shape[-3] != shape[-2]:
        raise BadInput(
            f"The texture is {' x '.join(map(str, shape))}; it must be square, with 3 or 4 channels.",
            "Scale the texture to a square image, for example 2048 x 2048.",
        )
    for name, picture, ends in (("mask", options.missing, 0), ("evidence map", options.evidence, 1)):
        if picture is not None and picture.shape[: picture.ndim - ends] != shape[:-1]:
            sizes = " x ".join(map(str, picture.shape[: picture.ndim - ends][::-1]))
            raise BadInput(
                f"The {name} is {sizes}, the texture is {shape[-2]} x {shape[-3]}.",
                f"Give a {name} of the texture's size.",
            )
    return replace(options, resolution=int(shape[-2]))
