"""What can be wrong with a model's files or with the memory for it, in words a user can act on."""

from __future__ import annotations

from ...errors import BackendError


class ModelUnusable(BackendError):
    """It is another kind of model than the one that was asked for, or its parts do not fit together."""

    status = 503
    kind = "model-unusable"
    title = "The model cannot be used"


class NotEnoughMemory(BackendError):
    """No plan fitted into the device's memory."""

    status = 503
    kind = "out-of-memory"
    title = "Not enough memory"
