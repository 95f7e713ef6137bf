"""Mouse and keyboard for scripts that run inside a windowed Blender, through the X server."""

from __future__ import annotations

from collections.abc import Iterator
from subprocess import run

import bpy
from steering import Wait, sidebar, view, window

SCAN_STEP = 9
INSIDE = 5
HEADER_HEIGHTS = range(20, 64, 8)


def act(*arguments: object) -> None:
    """Real input, through the X server."""
    run(["xdotool", *map(str, arguments)], check=True)


def move(x: int, y: int) -> None:
    """Blender counts from the bottom, the screen from the top."""
    act("mousemove", window().x + x, window().height - y)


def click() -> None:
    act("click", 1)


def over_viewport() -> None:
    move(view().x + 300, view().y + 300)


def hovered() -> str:
    """What the button under the mouse is: the call of its operator, or the path of its property."""
    with bpy.context.temp_override(window=window(), area=view(), region=sidebar()):
        if bpy.ops.ui.copy_python_command_button.poll():
            bpy.ops.ui.copy_python_command_button()
            return bpy.context.window_manager.clipboard
        return bpy.context.property[1] if bpy.context.property else ""


def middle() -> int:
    """Where most buttons of the sidebar are hit, counted from the window's left."""
    return sidebar().x + sidebar().width // 2 - 20


def right() -> int:
    """Where the small buttons at the end of a line are."""
    return sidebar().x + sidebar().width - 50


def find(name: str, x: int = 0, below: int = 0) -> Iterator[Wait]:
    """Move the mouse down the sidebar until it is over the button; ``place`` tells where it was found.

    below: where to begin, counted from the window's bottom; the sidebar's top when 0.
    """
    region = sidebar()
    x = x or middle()
    for y in range(below or region.y + region.height - 30, region.y + 5, -SCAN_STEP):
        move(x, y)
        yield 0.04
        if hovered().startswith(name):
            # What is hovered lags one movement behind: look again after two at the same place, and not at the edge.
            for settled in range(y - INSIDE, y + 3 * SCAN_STEP, INSIDE):
                for side in (1, 0):
                    move(x + side, settled)
                    yield 0.1
                if hovered().startswith(name):
                    place[:] = x, settled
                    return
    raise AssertionError(f"There is no {name} in the sidebar.")


place = [0, 0]


def open_panel(above: str, inside: str, below: int = 0) -> Iterator[Wait]:
    """Click the header below the button ``above``; it is the right one when ``inside`` stands below it then."""
    yield from find(above, below=below)
    start = place[1]
    for offset in HEADER_HEIGHTS:
        move(middle(), start - offset)
        click()
        yield 0.4
        for y in range(start - offset - 12, start - offset - 80, -SCAN_STEP):
            move(middle(), y)
            yield 0.04
            if hovered().startswith(inside):
                place[:] = middle(), y
                return
        move(middle(), start - offset)
        click()
        yield 0.4
    raise AssertionError(f"No panel with {inside} opens below {above}.")


def type_into(name: str, text: str, below: int = 0) -> Iterator[Wait]:
    """Click the text box, clear it, type, and end with Ctrl+Enter, as a text of several lines is ended."""
    yield from find(name, below=below)
    click()
    yield 0.3
    act("key", "ctrl+a")
    act("key", "BackSpace")
    act("type", "--delay", 30, text)
    yield 0.5
    act("key", "ctrl+Return")
    yield 0.5
