"""Speaks to the hub, or to a mirror with the same routes: what a model consists of, and the bytes of its files.

Not the hub's own library: since release 1.31 it begins a broken download anew, where this one goes on; it does not
hold the bytes against their hash, and waits for a silent server before it notices that it was cancelled.
"""

from __future__ import annotations

import http.client
import json
import re
import ssl
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from ..errors import BackendError, HubRefused, HubUnreachable
from .places import Token

AGENT = "museum_addon (models)"
_MAX_LISTING = 32 << 20
_MAX_PAGES = 50
_COMMIT = re.compile(r"[0-9a-f]{40}")
_NEXT = re.compile(r'<([^>]+)>\s*;\s*rel="?next"?')
_LOOPBACK = ("127.0.0.1", "::1", "localhost")

Answer = http.client.HTTPResponse


class HubBusy(HubUnreachable):
    """It may answer another time. wait_s: how long it asks to be left alone."""

    def __init__(self, message: str, wait_s: float = 0.0) -> None:
        super().__init__(message, "Wait some minutes, then retry; or set a mirror.")
        self.wait_s = wait_s


class PartRefused(HubUnreachable):
    """It has no bytes at the place that was asked for: what is here already is longer than what it has."""


@dataclass(frozen=True)
class RemoteFile:
    """A file of a repository. sha256: of large ones. git_sha1: of the others, as git counts it (with its size)."""

    path: str
    size: int
    sha256: str = ""
    git_sha1: str = ""


@dataclass(frozen=True)
class Listing:
    """The files of a repository at a commit."""

    commit: str
    files: tuple[RemoteFile, ...]


class Hub:
    """A hub. address: without a slash at its end. silence_s: how long it may say nothing before it counts as gone."""

    def __init__(self, address: str, token: Token, silence_s: float = 30.0) -> None:
        self.address = address
        self._token = token
        self._silence_s = silence_s
        self._opener = urllib.request.OpenerDirector()
        for handler in (
            urllib.request.ProxyHandler(),
            urllib.request.HTTPHandler(),
            urllib.request.HTTPSHandler(context=trusted()),
            urllib.request.HTTPDefaultErrorHandler(),
            urllib.request.HTTPErrorProcessor(),
            _Redirects(self),
        ):
            self._opener.add_handler(handler)

    def listing(self, name: str, revision: str) -> Listing:
        """What the repository has at this revision. Raises HubRefused, HubUnreachable."""
        about = self._json(f"{self.address}/api/models/{name}/revision/{quote(revision, safe='')}", name)[0]
        commit = about.get("sha") if isinstance(about, dict) else None
        if not isinstance(commit, str) or not _COMMIT.fullmatch(commit):
            raise self._garbage()
        files: list[RemoteFile] = []
        page: str | None = f"{self.address}/api/models/{name}/tree/{commit}?recursive=true"
        for _ in range(_MAX_PAGES):
            if page is None:
                return Listing(commit, tuple(files))
            entries, page = self._json(page, name)
            files += self._files(entries)
        raise self._garbage()

    def open(self, name: str, commit: str, path: str, start: int) -> Answer:
        """The bytes of a file from ``start`` on. The answer says whether it begins there: status 206, or else 200.

        Raises HubRefused, HubUnreachable, OSError when the connection breaks.
        """
        headers = {"Range": f"bytes={start}-"} if start else {}
        return self._get(f"{self.address}/{name}/resolve/{commit}/{quote(path)}", name, headers)

    def credentials_for(self, address: str) -> dict[str, str]:
        """The header with the token, for the hub itself and over a safe way alone."""
        asked = urlsplit(address)
        safe = asked.scheme == "https" or asked.hostname in _LOOPBACK
        return (
            {"Authorization": f"Bearer {self._token.value}"}
            if self._token.value and safe and self._is_hub(address)
            else {}
        )

    def _is_hub(self, address: str) -> bool:
        asked, own = urlsplit(address), urlsplit(self.address)
        return (asked.scheme, asked.hostname, asked.port) == (own.scheme, own.hostname, own.port)

    def _json(self, address: str, name: str) -> tuple[Any, str | None]:
        """What the address says, and the next page's address."""
        with self._get(address, name, {}) as answer:
            text = answer.read(_MAX_LISTING + 1)
            following = _NEXT.search(answer.headers.get("Link") or "")
        try:
            if len(text) > _MAX_LISTING:
                raise ValueError
            return json.loads(text), urljoin(address, following[1]) if following else None
        except ValueError as error:
            raise self._garbage() from error

    def _files(self, entries: Any) -> list[RemoteFile]:
        try:
            return [
                RemoteFile(
                    str(entry["path"]),
                    int(entry["lfs"]["size"] if entry.get("lfs") else entry["size"]),
                    str(entry["lfs"]["oid"]).removeprefix("sha256:") if entry.get("lfs") else "",
                    "" if entry.get("lfs") else str(entry["oid"]),
                )
                for entry in entries
                if entry["type"] == "file"
            ]
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise self._garbage() from error

    def _get(self, address: str, name: str, headers: dict[str, str]) -> Answer:
        told = {"User-Agent": AGENT, "Accept-Encoding": "identity", **headers}
        request = urllib.request.Request(address, headers=told)  # noqa: S310 (the opener knows http and https alone)
        for key, value in self.credentials_for(address).items():
            request.add_unredirected_header(key, value)
        try:
            answer: Answer = self._opener.open(request, timeout=self._silence_s)
        except urllib.error.HTTPError as error:
            with error:
                raise self._refusal(error, name) from None
        except urllib.error.URLError as error:
            # The reason of an OSError may be tried again; anything else is a wrong address or certificate.
            if isinstance(error.reason, OSError) and not isinstance(error.reason, ssl.SSLCertVerificationError):
                raise error.reason from None
            raise HubUnreachable(
                f"{self.address} cannot be used ({error.reason}).",
                "Check the mirror's address, the clock of this machine, and its certificates.",
            ) from None
        return answer

    def _refusal(self, error: urllib.error.HTTPError, name: str) -> BackendError:
        """What an answer that is an error means, in plain words."""
        code, page = error.headers.get("X-Error-Code") or "", f"{self.address}/{name}"
        if error.code == 416:
            return PartRefused(f"{self.address} has a shorter file than it had.", "Retry.")
        if error.code == 429 or error.code >= 500 or not self._is_hub(error.url or ""):
            # Where the files lie, away from the hub, addresses are good for a while only.
            return HubBusy(f"{urlsplit(error.url or page).hostname} answered with status {error.code}.", _wait_s(error))
        if code == "GatedRepo":
            return _gated(name, page, bool(self._token.value))
        if code == "RevisionNotFound":
            return HubRefused(
                f"{name} has lost the revision that is wanted.", "Use a mirror or a local folder that has it."
            )
        if code == "EntryNotFound":
            return HubRefused(f"{name} has lost a file that is wanted.", "Use a mirror or a local folder that has it.")
        if error.code in (401, 403, 404):
            return _closed(name, page, error.code, bool(self._token.value), bool(code))
        return HubUnreachable(f"{self.address} answered with status {error.code}.", "Retry later, or set a mirror.")

    def _garbage(self) -> HubUnreachable:
        return HubUnreachable(
            f"{self.address} answers, but not as a hub of models does.",
            "Check the mirror's address, or leave it empty.",
        )


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows to other hosts without the token, and only to http and https."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        """The request that comes next."""
        if urlsplit(newurl).scheme not in ("http", "https"):
            raise HubUnreachable("The hub points to what is no web address.", "Check the mirror's address.")
        request = super().redirect_request(req, fp, code, msg, headers, newurl)
        if request is not None:
            for key, value in self._hub.credentials_for(newurl).items():
                request.add_unredirected_header(key, value)
        return request


def trusted() -> ssl.SSLContext:
    """Trusts what the system trusts; where Python knows no system's certificates, those of certifi, if it is there."""
    context = ssl.create_default_context()
    known = ssl.get_default_verify_paths()
    if sys.platform != "win32" and not known.cafile and not known.capath and find_spec("certifi") is not None:
        context.load_verify_locations(import_module("certifi").where())
    return context


def _wait_s(error: urllib.error.HTTPError) -> float:
    """What ``Retry-After`` asks for, in seconds; a date is not waited for."""
    said = (error.headers.get("Retry-After") or "").strip()
    return float(said) if said.isascii() and said.isdecimal() and len(said) < 6 else 0.0


def _gated(name: str, page: str, has_token: bool) -> HubRefused:
    if has_token:
        return HubRefused(
            f"The hub gives {name} only to those who agreed to its terms there, and this token's owner has not"
            " (or waits for an answer).",
            f"Sign in at {page}, agree, then retry.",
        )
    return HubRefused(
        f"The hub gives {name} only to those who agreed to its terms there, and no token is set.",
        f"Agree at {page}, make a token for reading in your account there, and enter it in Blender's preferences, or"
        " give it as HF_TOKEN or in a token file.",
    )


def _closed(name: str, page: str, status: int, has_token: bool, has_code: bool) -> HubRefused:
    if has_token and status == 401 and not has_code:
        return HubRefused(
            "The hub does not know this token.", "Make a new one in your account there, and set it again."
        )
    if has_token and status == 403:
        return HubRefused(
            f"This token may not read {name}.", "Give the token the right to read models, or make another."
        )
    return HubRefused(
        f"The hub has no model {name}, or it is a private one.",
        f"Look whether {page} is there; else use a mirror or a local folder that has it.",
    )
