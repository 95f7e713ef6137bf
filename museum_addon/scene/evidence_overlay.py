"""The viewport overlay "Evidence": over textured objects, how each part of their surface came to be.

Reading meshes and images happens in a timer, one thing a turn; drawing only draws what was read. Objects and images
are remembered by name and session id, so undo, deletion and the loading of files do no harm.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

import bpy

from ..core.errors import MuseumError
from ..core.evidence import Shares
from . import evidence_legend, evidence_record, evidence_surface
from .evidence_cards import Cards
from .evidence_pixels import Pixels, counted, pixels_of
from .evidence_surface import Drawable, Sheet

SETTLED_S = 0.15
"""Meshes are read again when they have not changed for so long."""


@dataclass
class Read:
    """What was read of an object. state: what it was read for. drawable: None once the graphics card has it."""

    uid: int
    state: tuple[Any, ...]
    drawable: Drawable | None


@dataclass
class Map:
    """What was read of an evidence map. tiles: None each once the graphics card has it; none where it is unreadable."""

    uid: int
    tiles: dict[int, Pixels | None]
    shares: Shares


@dataclass
class Overlay:
    """Off until the settings say otherwise. ``cards`` holds what the graphics card was given of objects and maps."""

    objects: dict[str, Read] = field(default_factory=dict)
    maps: dict[str, Map] = field(default_factory=dict)
    legend: evidence_legend.Legend = field(default_factory=lambda: evidence_legend.Legend(""))
    cards: Cards = field(default_factory=Cards)
    _changes: Counter[int] = field(default_factory=Counter)
    _handles: list[Any] = field(default_factory=list)
    _due: float = 0.0
    _language: str = ""

    def __post_init__(self) -> None:
        # Blender knows a timer by the function object, and every access to a method makes a new one.
        self._timer = self._tick

    @property
    def on(self) -> bool:
        """Whether it is being drawn."""
        return bool(self._handles)

    def settings_changed(self) -> None:
        """Begin or end drawing, as the settings say, and draw again."""
        wanted = settings().show
        if wanted and not self._handles:
            add = bpy.types.SpaceView3D.draw_handler_add
            self._handles = [
                add(self._draw_surfaces, (), "WINDOW", "POST_VIEW"),
                add(self._draw_legend, (), "WINDOW", "POST_PIXEL"),
            ]
        elif not wanted and self._handles:
            self.close()
        if wanted:
            self.look_again(0.0)
        redraw()

    def close(self) -> None:
        """Draw no more, and forget everything."""
        for handle in self._handles:
            bpy.types.SpaceView3D.draw_handler_remove(handle, "WINDOW")
        self._handles.clear()
        if bpy.app.timers.is_registered(self._timer):
            bpy.app.timers.unregister(self._timer)
        self.forget()

    def forget(self) -> None:
        """Objects and images are others now: another file was opened, or something was undone."""
        self.legend = evidence_legend.Legend("")
        self.objects.clear()
        self.maps.clear()
        self._changes.clear()
        self.cards.forget()
        if self.on:
            self.look_again(0.0)

    def changed(self, depsgraph: bpy.types.Depsgraph) -> None:
        """Something in the file changed; what is concerned is read again once it has come to rest."""
        if not self.on:
            return
        for update in depsgraph.updates:
            block = update.id.original
            if isinstance(block, bpy.types.Object) and update.is_updated_geometry:
                self._changes[block.session_uid] += 1
            elif isinstance(block, bpy.types.Image):
                self.maps.pop(block.name, None)
        self.look_again(SETTLED_S)

    def look_again(self, after_s: float) -> None:
        """See after so many seconds whether something has to be read."""
        self._due = time.perf_counter() + after_s
        if not bpy.app.timers.is_registered(self._timer):
            bpy.app.timers.register(self._timer, first_interval=after_s)

    def _tick(self) -> float | None:
        left = self._due - time.perf_counter()
        if left > 0.0:
            return left
        if bpy.context.screen is not None and bpy.context.screen.is_animation_playing:
            return SETTLED_S
        more = self.read_next()
        redraw()
        return 0.0 if more else None

    def read_next(self) -> bool:
        """Read one object or one map that is not known as it is now. Answers whether there was one."""
        for layer in _layers():
            for item in _shown(layer):
                sheets = evidence_surface.sheets_of(item)
                for sheet in sheets.values():
                    known = self.maps.get(sheet.image)
                    if known is None or known.uid != sheet.uid:
                        self._read_map(sheet)
                        return True
                if sheets and self._is_stale(item, sheets):
                    self._read_object(item, sheets)
                    return True
        self._tidy()
        self._write_legend()
        return False

    def _is_stale(self, item: bpy.types.Object, sheets: dict[int, Sheet]) -> bool:
        known = self.objects.get(item.name)
        return item.mode in evidence_surface.MODES and (
            known is None or known.uid != item.session_uid or known.state != self._state_of(item, sheets)
        )

    def _state_of(self, item: bpy.types.Object, sheets: dict[int, Sheet]) -> tuple[Any, ...]:
        """What changes when the object has to be read again."""
        return self._changes[item.session_uid], item.data.session_uid, tuple(sorted(sheets.items()))

    def _read_object(self, item: bpy.types.Object, sheets: dict[int, Sheet]) -> None:
        state = self._state_of(item, sheets)
        depsgraph = bpy.context.evaluated_depsgraph_get()
        self.objects[item.name] = Read(item.session_uid, state, evidence_surface.drawable(item, depsgraph, sheets))
        self.cards.drop_object(item.name)

    def _read_map(self, sheet: Sheet) -> None:
        image = bpy.data.images[sheet.image]
        try:
            tiles = pixels_of(image)
        except (MuseumError, OSError, RuntimeError):
            tiles = {}
        self.maps[sheet.image] = Map(sheet.uid, dict(tiles), counted(tiles))
        self.cards.drop_map(sheet.image)

    def _tidy(self) -> None:
        """Give back the memory of objects and maps that are gone."""
        for name in [name for name in self.objects if name not in bpy.data.objects]:
            del self.objects[name]
            self.cards.drop_object(name)
        for name in [name for name in self.maps if name not in bpy.data.images]:
            del self.maps[name]
            self.cards.drop_map(name)

    def _write_legend(self) -> None:
        """Say what the colours mean, of what is shown now."""
        items = [item for layer in _layers() for item in _shown(layer)]
        used: dict[str, Shares] = {}
        without = []
        for item in items:
            sheets = evidence_surface.sheets_of(item)
            readable = [s for s in sheets.values() if s.image in self.maps and self.maps[s.image].tiles]
            used.update({sheet.image: self.maps[sheet.image].shares for sheet in readable})
            if not readable:
                without.append(item.name)
        total = None
        for shares in used.values():
            total = shares if total is None else total.joined(shares)
        active = bpy.context.view_layer.objects.active
        named = [item for item in items if evidence_record.views(item.active_material)]
        first = active if active in named else next(iter(named), None)
        views = evidence_record.views(first.active_material) if first is not None else ()
        self.legend = evidence_legend.legend(settings().what, total, views, without)
        self._language = bpy.app.translations.locale

    def _draw_surfaces(self) -> None:
        context = bpy.context
        chosen = settings()
        space = context.space_data
        if not space.overlay.show_overlays:
            return
        begun = False
        for name, read in self.objects.items():
            item = context.view_layer.objects.get(name)
            if item is None or item.session_uid != read.uid or not _is_shown(item, context.view_layer):
                continue
            if item.mode not in evidence_surface.MODES or not item.visible_in_viewport_get(space):
                continue
            if not begun:
                self.cards.begin(chosen, context.preferences.system.ui_scale)
                begun = True
            self.cards.draw_object(name, read, item.matrix_world, self.maps)
        if begun:
            self.cards.end()

    def _draw_legend(self) -> None:
        context = bpy.context
        if not context.space_data.overlay.show_overlays:
            return
        if self._language != bpy.app.translations.locale:
            self.look_again(0.0)
        if self.legend.title:
            self.cards.draw_legend(self.legend, context)


def settings() -> Any:
    """What the user chose: ``window_manager.museum.evidence``."""
    return bpy.context.window_manager.museum.evidence


def _layers() -> Iterator[bpy.types.ViewLayer]:
    """The view layers that the windows show, each with its window as the context."""
    windows = list(bpy.context.window_manager.windows)
    seen = set()
    for window in windows or [None]:
        with bpy.context.temp_override(window=window) if window is not None else nullcontext():
            layer = bpy.context.view_layer
            if layer not in seen:
                seen.add(layer)
                yield layer


def _shown(layer: bpy.types.ViewLayer) -> list[bpy.types.Object]:
    """The meshes over which the overlay lies, or would if they had evidence."""
    # What was just deleted is None there until Blender has tidied up.
    return [item for item in layer.objects if item is not None and item.type == "MESH" and _is_shown(item, layer)]


def _is_shown(item: bpy.types.Object, layer: bpy.types.ViewLayer) -> bool:
    if settings().only_selected and not item.select_get(view_layer=layer):
        return False
    return item.visible_get(view_layer=layer)


def redraw() -> None:
    """Have all 3D viewports drawn again."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                area.tag_redraw()
