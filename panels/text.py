"""Text and rows for narrow sidebars: Blender's labels do not break lines by themselves."""

from __future__ import annotations

import re
from collections.abc import Callable

import blf
import bpy

from ..museum_addon.translations import say

FONT_POINTS = 11
MARGIN = 48
BOX_INSET = 24
ICON_WIDTH = 30
MIN_WIDTH = 60
# A break may come after white space, and between any two characters of Chinese, Japanese or Korean, but not
# before a mark that ends something.
WIDE = "\u3000-\u9fff\uac00-\ud7af\uff00-\uffef"
CLOSING = "[、。，．：；？！）」』】》”’…]*"
PIECES = re.compile(rf"[{WIDE}]{CLOSING}|[^\s{WIDE}]+{CLOSING}\s*|\s+")


def wrapped(text: str, fits: Callable[[str], bool]) -> list[str]:
    """The text as lines that fit; a word that is too long for a line is broken."""
    lines: list[str] = []
    line = ""
    for piece in PIECES.findall(text):
        if line and not fits((line + piece).rstrip()):
            lines.append(line.rstrip())
            line = ""
        while not fits(piece.rstrip()) and len(piece) > 1:
            cut = next((n for n in range(len(piece) - 1, 1, -1) if fits(piece[:n])), 1)
            lines.append(piece[:cut])
            piece = piece[cut:]
        line += piece
    return [*lines, line.rstrip()] if line.strip() else lines


def wrapped_to(text: str, width: float) -> list[str]:
    """The text as lines that are at most so wide, in pixels at a scale of 1."""

    def fits(line: str) -> bool:
        blf.size(0, FONT_POINTS)
        return blf.dimensions(0, line)[0] <= width

    return wrapped(text, fits)


def draw_text(
    layout: bpy.types.UILayout, context: bpy.types.Context, text: str, icon: str = "NONE", inset: int = 0
) -> None:
    """Labels with the text, translated, broken to the region's width; the icon stands before the first line.

    inset: how much narrower than the region's panels the layout is, in pixels at a scale of 1.
    """
    scale = context.preferences.system.ui_scale
    width = max(context.region.width / scale - MARGIN - inset - (ICON_WIDTH if icon != "NONE" else 0), MIN_WIDTH)
    column = layout.column(align=True)
    column.scale_y = 0.85
    for number, line in enumerate(wrapped_to(say(text), width)):
        if icon == "NONE":
            column.label(text=line, translate=False)
        else:
            column.label(text=line, translate=False, icon=icon if number == 0 else "BLANK1")


def split_column(layout: bpy.types.UILayout) -> bpy.types.UILayout:
    """Names to the left, values to the right."""
    column = layout.column()
    column.use_property_split = True
    column.use_property_decorate = False
    return column
