"""The legend of the overlay "Evidence": what its colours mean, and how much of the surface each has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import blf
import bpy
import gpu
from mathutils import Matrix

from ..core import evidence
from ..core.evidence import Shares
from ..core.view_schedule import View
from ..translations import CONTEXT, say

TITLES = {
    "source": "Where the surface comes from",
    "confidence": "How sure the surface is",
    "view": "Which view painted it",
}
MOST_VIEWS, MOST_NAMES = 14, 3
PADDING, GAP, LINE, FIELD, BAR, MARGIN = 12.0, 8.0, 20.0, 14.0, 168.0, 16.0
"""Pixels at a scale of 1."""
POINTS = 12.0
QUIET = 0.62
"""How strongly what is said beside the point is printed."""
FAR = 10
"""Regions that are narrower than this are closed."""


@dataclass(frozen=True)
class Entry:
    """A line. number: at its right end."""

    colour: tuple[float, float, float]
    pattern: str
    title: str
    about: str = ""
    number: str = ""


@dataclass(frozen=True)
class Legend:
    """In the language of the interface. ends: what a bar of confidence says at its left and right, or nothing."""

    title: str
    entries: tuple[Entry, ...] = ()
    ends: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def legend(what: str, shares: Shares | None, views: Sequence[View], without: Sequence[str]) -> Legend:
    """What is to be said. shares: of all that is shown. views: of the object whose views are named.

    without: names of objects that have no evidence map.
    """
    ends: tuple[str, ...] = ()
    if what == "source":
        entries = _sources(shares)
    elif what == "view":
        entries = _views(views, shares)
    else:
        entries, ends = (_entry_of("empty"),), ("Unsure", "Sure")
    if shares is None:
        return Legend(say(TITLES[what]), notes=_notes(shares, without))
    return Legend(say(TITLES[what]), entries, tuple(say(end) for end in ends), _notes(shares, without))


def _sources(shares: Shares | None) -> tuple[Entry, ...]:
    numbers = [percent(share) for share in shares.values()] if shares is not None else []
    return tuple(
        Entry(source.colour, source.pattern, say(source.title, CONTEXT), say(source.about, CONTEXT), number)
        for source, number in zip(evidence.sources(), [*numbers, ""], strict=False)
    )


def _views(views: Sequence[View], shares: Shares | None) -> tuple[Entry, ...]:
    found = []
    for number, view in enumerate(views[:MOST_VIEWS]):
        colour, pattern = evidence.view_style(number)
        found.append(Entry(colour, pattern, f"{number + 1}  {say(view.name.capitalize(), CONTEXT)}"))
    if len(views) > MOST_VIEWS:
        found.append(Entry((0.5, 0.5, 0.5), "plain", "…"))
    styles = evidence.without_view()
    for source in evidence.sources()[:2]:
        if shares is not None and getattr(shares, source.name) > 0.0:
            found.append(Entry(styles[source.name], source.pattern, say("No view"), say(source.about, CONTEXT)))
    return tuple(found)


def _entry_of(name: str) -> Entry:
    source = next(source for source in evidence.sources() if source.name == name)
    return Entry(source.colour, source.pattern, say(source.title, CONTEXT), say(source.about, CONTEXT))


def _notes(shares: Shares | None, without: Sequence[str]) -> tuple[str, ...]:
    found = [] if shares is not None else [say("Nothing that is shown has an evidence map.")]
    if len(without) > MOST_NAMES:
        found.append(say(f"Objects without evidence: {len(without)}"))
    elif without:
        found.append(say(f"Without evidence: {', '.join(without)}"))
    return tuple(found)


def percent(share: float) -> str:
    """For people: little is not nothing, and nearly all is not all."""
    if 0.0 < share < 0.001:
        return "< 0.1 %"
    if 0.999 < share < 1.0:
        return "> 99.9 %"
    return f"{100.0 * share:.1f} %" if 0.0 < share < 1.0 else f"{100.0 * share:.0f} %"


def free_area(area: bpy.types.Area, region: bpy.types.Region) -> tuple[float, float, float, float]:
    """Left, bottom, right and top, in pixels of the region, that no other region covers."""
    left, bottom, right, top = 0.0, 0.0, float(region.width), float(region.height)
    for other in area.regions:
        if other.type == "WINDOW" or other.width < FAR or other.height < FAR:
            continue
        x, y = other.x - region.x, other.y - region.y
        if other.alignment == "LEFT":
            left = max(left, float(x + other.width))
        elif other.alignment == "RIGHT":
            right = min(right, float(x))
        elif other.alignment == "BOTTOM":
            bottom = max(bottom, float(y + other.height))
        elif other.alignment == "TOP":
            top = min(top, float(y))
    return left, bottom, right, top


class Painter:
    """Draws legends. Keeps what the graphics card was given."""

    def __init__(self) -> None:
        self._shader: gpu.types.GPUShader | None = None
        self._batch: gpu.types.GPUBatch | None = None
        self._colours: gpu.types.GPUTexture | None = None
        self._unit = 1.0

    def draw(self, shown: Legend, context: bpy.types.Context, colours: gpu.types.GPUTexture) -> None:
        """In the lower right corner of the region that is being drawn."""
        preferences = context.preferences
        unit = preferences.system.ui_scale
        blf.size(0, POINTS * unit)
        width, height = self._size(shown, unit)
        left, bottom, right, top = free_area(context.area, context.region)
        if right - left < width + 2 * MARGIN * unit or top - bottom < height + 2 * MARGIN * unit:
            return
        x, y = right - width - MARGIN * unit, bottom + MARGIN * unit
        theme = preferences.themes[0].user_interface.wcol_tooltip
        self._begin(unit)
        self._colours = colours
        gpu.state.blend_set("ALPHA")
        self._fill(x, y, width, height, (*theme.inner[:3], 0.94), radius=6 * unit)
        self._lines(shown, x + PADDING * unit, y + height - PADDING * unit, width - 2 * PADDING * unit, unit, theme)
        gpu.state.blend_set("NONE")

    def _size(self, shown: Legend, unit: float) -> tuple[float, float]:
        wide = [_wide(shown.title)]
        for entry in shown.entries:
            number = _wide(entry.number) + 2 * GAP * unit if entry.number else 0.0
            about = _wide(entry.about) + GAP * unit if entry.about else 0.0
            wide.append((FIELD + GAP) * unit + _wide(entry.title) + about + number)
        wide += [_wide(note) for note in shown.notes]
        if shown.ends:
            wide.append(BAR * unit)
        lines = 1 + len(shown.entries) + len(shown.notes) + (2 if shown.ends else 0)
        gaps = 0.5 * (bool(shown.notes) + 1)
        return max(wide) + 2 * PADDING * unit, (2 * PADDING + (lines + gaps) * LINE) * unit

    def _lines(
        self, shown: Legend, x: float, top: float, width: float, unit: float, theme: bpy.types.ThemeWidgetColors
    ) -> None:
        """All of it, from the top down. x, top, width: pixels, of what lies within the padding."""
        loud = (*theme.text[:3], 1.0)
        quiet = (*theme.text[:3], QUIET)
        y = top - 0.5 * LINE * unit
        _write(shown.title, x, y, loud, unit)
        y -= 1.5 * LINE * unit
        if shown.ends:
            self._fill(x, y - 0.5 * FIELD * unit, width, FIELD * unit, (1.0, 1.0, 1.0, 1.0), gradient=True)
            y -= LINE * unit
            _write(shown.ends[0], x, y, loud, unit)
            _write(shown.ends[1], x + width - _wide(shown.ends[1]), y, loud, unit)
            y -= LINE * unit
        for entry in shown.entries:
            side = FIELD * unit
            number = evidence.PATTERNS.index(entry.pattern)
            self._fill(x, y - 0.5 * side, side, side, (*entry.colour, 1.0), 2 * unit, number)
            at = x + (FIELD + GAP) * unit
            _write(entry.title, at, y, loud, unit)
            _write(entry.about, at + _wide(entry.title) + GAP * unit, y, quiet, unit)
            _write(entry.number, x + width - _wide(entry.number), y, loud, unit)
            y -= LINE * unit
        y -= 0.5 * LINE * unit if shown.entries else 0.0
        for note in shown.notes:
            _write(note, x, y, quiet, unit)
            y -= LINE * unit

    def _begin(self, unit: float) -> None:
        from . import evidence_shaders

        if self._shader is None or self._batch is None:
            self._shader = evidence_shaders.field_shader()
            layout = gpu.types.GPUVertFormat()
            place = layout.attr_add(id="position", comp_type="F32", len=2, fetch_mode="FLOAT")
            corners = gpu.types.GPUVertBuf(layout, 4)
            corners.attr_fill(place, [(0, 0), (1, 0), (0, 1), (1, 1)])
            self._batch = gpu.types.GPUBatch(type="TRI_STRIP", buf=corners)
        matrix: Matrix = gpu.matrix.get_projection_matrix() @ gpu.matrix.get_model_view_matrix()
        self._shader.bind()
        self._shader.uniform_float("to_screen", matrix)
        self._unit = unit

    def _fill(
        self, x: float, y: float, width: float, height: float, colour: tuple[float, ...], radius: float = 2.0,
        pattern: int = 0, gradient: bool = False,
    ) -> None:  # fmt: skip
        shader, batch = self._shader, self._batch
        if shader is None or batch is None:
            return
        shader.bind()  # writing text binds another, and its own texture
        shader.uniform_sampler("colours", self._colours)
        shader.uniform_float("box", (x, y, width, height))
        shader.uniform_float("colour", colour)
        shader.uniform_float("style", (float(pattern), radius, self._unit, float(gradient)))
        gpu.state.blend_set("ALPHA")
        batch.draw(shader)


def _wide(text: str) -> float:
    width: float = blf.dimensions(0, text)[0]
    return width


def _write(text: str, x: float, y: float, colour: tuple[float, ...], unit: float) -> None:
    """Upright in the middle of a line at height y."""
    if text:
        blf.color(0, *colour)
        blf.position(0, x, y - 0.36 * POINTS * unit, 0.0)
        blf.draw(0, text)
