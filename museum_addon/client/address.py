"""The backend's address and what may be sent to it."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

from ..core.errors import InvalidRequest, OnlineAccessDenied


@dataclass(frozen=True)
class Address:
    """A checked base address without a slash at its end. host: for messages."""

    url: str
    host: str
    secure: bool
    loopback: bool


def parse_address(url: str) -> Address:
    """Read what a user typed. Raises InvalidRequest when it is not an http(s) address."""
    text = url.strip().rstrip("/")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port, parts = "", None, urlsplit("")
    if parts.scheme not in ("http", "https") or not host or port == 0:
        raise InvalidRequest(
            "The backend's address cannot be used." if text else "No address of a backend is given.",
            'Enter it in the preferences in the form "https://backend.example.org:8443".',
        )
    if parts.username or parts.password or parts.query or parts.fragment:
        raise InvalidRequest(
            "The backend's address holds more than a host, a port and a path.",
            "Enter the address alone; the token has its own field.",
        )
    return Address(text, host, parts.scheme == "https", is_loopback(host))


def is_loopback(host: str) -> bool:
    """Whether this host is this machine, without asking a name server."""
    if host.lower().rstrip(".") == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_allowed(address: Address, *, token: str, allow_plain_http: bool, online_access: bool = True) -> None:
    """Whether the extension may talk to this address. Raises OnlineAccessDenied or InvalidRequest."""
    if address.loopback:
        return
    if not online_access:
        raise OnlineAccessDenied(
            "Blender's online access is off, and the backend is on another machine.",
            "Switch on Preferences > System > Network > Allow Online Access, or use the embedded backend.",
        )
    if token and not address.secure and not allow_plain_http:
        raise InvalidRequest(
            "The token would travel unencrypted to another machine.",
            'Use an https:// address or an SSH tunnel, or allow unencrypted connections in the preferences.',
        )
