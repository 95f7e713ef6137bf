"""The extension's errors: each says what was wrong and what to do about it."""

from __future__ import annotations


class MuseumError(Exception):
    """Something went wrong that the user can act on.

    message: one sentence that says what was wrong. fix: one sentence that says what to do.
    """

    def __init__(self, message: str, fix: str) -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix

    def __str__(self) -> str:
        return f"{self.message} {self.fix}".strip()


class InvalidRequest(MuseumError):
    """What the user asked for cannot be sent as it is."""


class RecordError(MuseumError):
    """A collection file or a record in it cannot be used."""


class BackendError(MuseumError):
    """The backend could not be reached, or did not answer as agreed."""


class Unreachable(BackendError):
    """No connection, or none within the time limit."""


class Unauthorised(BackendError):
    """The backend refused the token."""


class UnexpectedAnswer(BackendError):
    """The answer is not what API version 1 says: HTML, truncated, too large, a wrong checksum."""


class Refused(BackendError):
    """The backend answered with a problem (RFC 9457).

    status: the HTTP status code.
    """

    def __init__(self, message: str, fix: str, status: int) -> None:
        super().__init__(message, fix)
        self.status = status


class OnlineAccessDenied(BackendError):
    """Blender's "Allow Online Access" is off and the host is not this machine."""


class InstallError(MuseumError):
    """The embedded backend's environment could not be made."""


class Cancelled(MuseumError):
    """The user stopped it."""


class ImportFailed(MuseumError):
    """A result could not be brought into the scene."""
