"""What a job of several parts tells: one share of the whole, which never goes back."""

from __future__ import annotations

from collections.abc import Callable

from ..base import JobContext

Say = Callable[[float, str], None]


class Stages:
    """The parts of a job, one after the other.

    A part that is done again, after running out of memory, says what it does and waits with the share until it is
    further than it was.
    """

    def __init__(self, context: JobContext) -> None:
        self._context = context
        self._reached = 0.0

    def part(self, start: float, end: float) -> Say:
        """What tells the progress of one part, 0 to 1, that takes this stretch of the whole."""

        def say(share: float, text: str) -> None:
            self._reached = max(self._reached, start + (end - start) * min(max(share, 0.0), 1.0))
            self._context.progress(self._reached, text)

        return say
