"""How large an imagined shape is to be: as asked, as the words or the record say, or as such things usually are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...errors import GeometryError
from ...words.lexicon import fold
from ...words.sizes import PromptSizes, read_sizes
from ..artifact.form import read_form
from ..artifact.prompt import read_prompt
from ..artifact.scaling import Size, Size3, main_axis
from ..artifact.types import load
from .info import SizedParams

SIDES = ("width", "depth", "height")
DEFAULT_M = 0.3
"""The longest side of a thing of which nothing is known."""
SIZE_HINT = "give a number and a unit, for example “30 cm tall”"


@dataclass(frozen=True)
class Said:
    """What is known of a size before there is a shape. sizes: of the words. asked: parameters. usual: height of the
    type that the words name, metres, and its title. warnings: sentences.
    """

    asked: Size3
    sizes: PromptSizes
    usual: tuple[float, str] | None
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Wanted:
    """size_m: width, depth, height in metres, None for those that follow the proportions. known: how each known one
    came to be known ("asked", "record", "words"). note: a sentence for paradata. warnings: sentences.
    """

    size_m: Size3
    known: tuple[str, ...]
    note: str
    warnings: tuple[str, ...]


def read_size(prompt: str, params: SizedParams) -> Said:
    """Read the lengths of a prompt. Raises BadInput for one that cannot be made."""
    sizes = read_sizes(fold(prompt))
    is_record = params.record is not None
    unread = [f"The size “{text}” could not be read; {SIZE_HINT}." for text in sizes.unread]
    usual = None
    if prompt:
        kind = read_form([part.reading for part in read_prompt(prompt, is_record).parts], "").type
        if kind:
            artifact = load(kind)
            usual = (artifact.size_m[2], artifact.title)
    asked = (params.width_m, params.depth_m, params.height_m)
    if any(asked):
        sizes_left = [f"“{text}” was left out: the size was given in numbers." for text in sizes.texts.values()]
        unread += [] if is_record else list(dict.fromkeys(sizes_left))
    return Said(asked, sizes, usual, (*unread, *sizes.warnings))


def without_sizes(prompt: str, sizes: PromptSizes) -> str:
    """The words without the stretches that say a size: a picture or a shape of a model has none."""
    folded = fold(prompt)
    for start, end in sorted(sizes.spans, reverse=True):
        folded = folded[:start] + folded[end:]
    left = " ".join(folded.split()).strip(" ,;，；、。")
    return left if sizes.spans and left else prompt


def wanted_size(built: Size, said: Said, is_record: bool) -> Wanted:
    """The size for a shape of these proportions.

    built: width, depth, height in any unit. Raises GeometryError for a shape without extent.
    """
    if min(built) <= 0.0:
        raise GeometryError("The shape is flat: it has no extent along one of its sides.", "Try another seed.")
    if any(said.asked):
        source = "the record's" if is_record else "as asked"
        return Wanted(said.asked, _named(said.asked), _note(said.asked, source), said.warnings)
    sides = list(_of_words(said.sizes, built))
    if any(sides):
        size = (sides[0], sides[1], sides[2])
        return Wanted(size, _named(size), _note(size, "as the words say"), said.warnings)
    if said.usual is not None:
        height, title = said.usual
        note = f"the height is usual for the type “{title}”, the other sides follow the shape"
        warning = f"No size was given: it was made {height:g} m high, as is usual for the type “{title}”."
        return Wanted((None, None, height), (), note, (*said.warnings, warning))
    axis = max(range(3), key=lambda k: built[k])
    size = (DEFAULT_M if axis == 0 else None, DEFAULT_M if axis == 1 else None, DEFAULT_M if axis == 2 else None)
    warning = f"No size was given: its longest side was made {DEFAULT_M:g} m. Say how large it is, or scale it."
    return Wanted(size, (), "the size is made up", (*said.warnings, warning))


def _of_words(sizes: PromptSizes, built: Size) -> Size3:
    """Sides that the words name; a plain length is the main side of the shape."""
    words = sizes.by_axis
    diameter = words.get("diameter")
    sides = [words.get("width", diameter), words.get("depth", diameter or words.get("thickness")), words.get("height")]
    if "main" in words and sides[main_axis(built, False)] is None:
        sides[main_axis(built, False)] = words["main"]
    return sides[0], sides[1], sides[2]


def _named(size: Size3) -> tuple[str, ...]:
    return tuple(name for name, side in zip(SIDES, size, strict=True) if side)


def _note(size: Size3, source: str) -> str:
    known = _named(size)
    said = f"{_listed(known)} {'is' if len(known) == 1 else 'are'} {source}"
    return said if len(known) == 3 else f"{said}, the rest follows the shape"


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
