"""Which engines the way by a picture can be put together from. Imports nothing heavy."""

from __future__ import annotations

from ..base import Availability, EngineInfo

PICTURE, SHAPE = "text_to_image", "image_to_3d"
CHAIN = "via-image"
WORDS = {PICTURE: "makes pictures from words", SHAPE: "makes shapes from a picture"}


def engines_of(task: str) -> tuple[EngineInfo, ...]:
    """The engines of a task that may be chosen by themselves, in the order in which they are tried."""
    from ..catalogue import engines  # the catalogue imports the modules that describe engines, this one among them

    return tuple(info for info in engines() if info.task == task and not info.by_name_only)


def chain_availability() -> Availability:
    """Whether one engine of each half can run; if not, what is missing of which."""
    reasons: list[str] = []
    fixes: list[str] = []
    for task in (PICTURE, SHAPE):
        states = [info.availability() for info in engines_of(task)]
        if any(state.available for state in states):
            continue
        first = states[0] if states else Availability(False, "there is none", "Update the backend.")
        reasons.append(f"no engine that {WORDS[task]} can run here ({first.reason.rstrip('.')})")
        fixes.append(first.fix)
    if not reasons:
        return Availability(True)
    said = "; ".join(reasons)
    return Availability(False, f"{said[0].upper()}{said[1:]}.", " ".join(dict.fromkeys(fixes)))
