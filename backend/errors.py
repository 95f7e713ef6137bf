"""The backend's errors. The API turns them into problem responses, the CLI into one line, a job into its error."""

from __future__ import annotations

PROBLEM_TYPE = "https://museum-addon.invalid/problems/"


class BackendError(Exception):
    """Something went wrong that a user can act on.

    message: one sentence, what was wrong. fix: one sentence, what to do. ``status`` is the HTTP status and
    ``kind`` the last part of the problem's type URI.
    """

    status = 500
    kind = "internal-error"
    title = "Something went wrong in the backend"

    def __init__(self, message: str, fix: str) -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix

    def to_problem(self) -> dict[str, str | int]:
        """The RFC 9457 members, with ``fix``."""
        return {
            "type": PROBLEM_TYPE + self.kind,
            "title": self.title,
            "status": self.status,
            "detail": self.message,
            "fix": self.fix,
        }


class BadInput(BackendError):
    """The request, a parameter, a file or a prompt cannot be used as it is."""

    status = 422
    kind = "bad-input"
    title = "The input cannot be used"


class Unauthorised(BackendError):
    """No token, or a wrong one."""

    status = 401
    kind = "unauthorised"
    title = "Not authorised"


class WrongHost(BackendError):
    """A request to this machine under a name that is not this machine's: a sign of DNS rebinding."""

    status = 421
    kind = "wrong-host"
    title = "Not the host that was asked for"


class MethodNotAllowed(BackendError):
    """The route exists, but not with this method."""

    status = 405
    kind = "method-not-allowed"
    title = "Method not allowed"


class RangeNotSatisfiable(BackendError):
    """A range request that lies outside the file."""

    status = 416
    kind = "range-not-satisfiable"
    title = "Range outside the file"


class NotFound(BackendError):
    """No such job, file or engine."""

    status = 404
    kind = "not-found"
    title = "Not found"


class Conflict(BackendError):
    """The job's state does not allow this."""

    status = 409
    kind = "conflict"
    title = "Not possible in this state"


class TooLarge(BackendError):
    """A body or a result above the limit."""

    status = 413
    kind = "too-large"
    title = "Too large"


class QueueFull(BackendError):
    """As many jobs are waiting as the server allows."""

    status = 429
    kind = "queue-full"
    title = "The queue is full"


class StorageFull(BackendError):
    """The disk, or the quota, is full."""

    status = 507
    kind = "storage-full"
    title = "No space left"


class Unavailable(BackendError):
    """The engine cannot run here: no GPU, no weights, no licence."""

    status = 503
    kind = "unavailable"
    title = "This engine cannot run here"


class GeometryError(BadInput):
    """A mesh that cannot be worked on: not finite, empty, not closed."""

    kind = "bad-geometry"
    title = "The mesh cannot be used"


class LicenceNotAccepted(BackendError):
    """The licence of a model has not been accepted on this machine."""

    status = 403
    kind = "licence-not-accepted"
    title = "The licence has to be accepted first"


class HubRefused(BackendError):
    """The hub does not give the model: gated, private, gone, or the token is wrong."""

    status = 403
    kind = "hub-refused"
    title = "The hub does not give this model"


class HubUnreachable(BackendError):
    """The hub, or its mirror, does not answer, breaks off, or answers what cannot be understood."""

    status = 502
    kind = "hub-unreachable"
    title = "The hub cannot be reached"


class Offline(BackendError):
    """The network is needed, and the offline mode is on."""

    status = 503
    kind = "offline"
    title = "Offline"


class DamagedModel(BackendError):
    """Files of a model are missing, cut off, or not the bytes that they should be."""

    status = 422
    kind = "damaged-model"
    title = "The model is damaged"


class UnsafeModel(DamagedModel):
    """A file that could run code when it is loaded, whatever it is called."""

    kind = "unsafe-model"
    title = "The model is not safe to load"


class TimedOut(BackendError):
    """The job ran longer than the server allows."""

    status = 504
    kind = "timed-out"
    title = "The job took too long"


class WorkerLost(BackendError):
    """The worker process ended in the middle of a job, on the last attempt."""

    kind = "worker-lost"
    title = "The worker process ended unexpectedly"


class Cancelled(Exception):
    """Raised inside an engine when its job was cancelled. Not an error."""
