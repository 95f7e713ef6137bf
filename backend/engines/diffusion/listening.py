"""Hearing from the inside of a pipeline that has no word to say between two steps, or takes long for one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def before_each_layer(models: Iterable[Any], heard: Callable[[], None]) -> Iterator[None]:
    """Within the block ``heard`` is called before each block of layers of some models (torch modules) computes.

    What it raises ends the computation: a cancelled job does not wait for the end of a step.
    """
    import torch

    def before(_layer: Any, _given: Any) -> None:
        heard()

    lists = [one for model in models for one in model.modules() if isinstance(one, torch.nn.ModuleList)]
    handles = [layer.register_forward_pre_hook(before) for one in lists for layer in one]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
