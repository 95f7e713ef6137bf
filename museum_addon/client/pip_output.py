"""What pip says, turned into progress and into causes that a user understands."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ..core.errors import InstallError

# Shares of the whole: pip first collects every package, then unpacks them all in one go.
COLLECT_SHARE = 0.7


@dataclass
class PipProgress:
    """Follows pip's output. total: how many packages the lock file holds for this machine, at least."""

    total: int
    collected: set[str] = field(default_factory=set)
    unpacking: bool = False

    def take(self, line: str) -> str:
        """Note one line; returns the step it begins, in words, or empty text."""
        # "Processing" is said of a wheel that lies in a folder.
        collecting = re.match(r"\s*(?:Collecting|Requirement already satisfied:) ([A-Za-z0-9._-]+)", line) or re.match(
            r"\s*Processing \S*[/\\]([A-Za-z0-9_.]+)-\d", line
        )
        if collecting:
            self.collected.add(collecting.group(1).lower())
            return f"Fetching {re.split('[=<>;]', collecting.group(1))[0]}"
        downloading = re.match(r"\s*Downloading \S*?([A-Za-z0-9_.]+)-\d[^/ ]*\.whl(?:\.metadata)? \(([^)]+)\)", line)
        if downloading and not line.rstrip().endswith("kB)"):
            return f"Downloading {downloading.group(1)} ({downloading.group(2)})"
        if line.startswith("Installing collected packages"):
            self.unpacking = True
            return f"Unpacking {len(self.collected)} packages"
        return ""

    def fraction(self, unpacked: int) -> float:
        """How far pip is, 0 to 1. unpacked: how many packages lie in the environment."""
        total = max(self.total, len(self.collected), 1)
        if not self.unpacking:
            return COLLECT_SHARE * min(len(self.collected) / total, 1.0)
        return COLLECT_SHARE + (1 - COLLECT_SHARE) * min(unpacked / total, 1.0)


TRY_AGAIN = "Press Install again; what was fetched already is kept."
# Ordered: the first pattern that occurs anywhere names the cause. A missing network also makes pip say "no matching
# distribution", a full disk also makes it say "permission", so the more basic cause comes first.
CAUSES: tuple[tuple[str, str, str], ...] = (
    (
        r"No space left on device|Errno 28\b|WinError 112|Disk quota exceeded",
        "The disk became full while the backend was being installed.",
        "Free some disk space, or choose another data folder in the preferences, then press Install again.",
    ),
    (
        r"CERTIFICATE_VERIFY_FAILED|SSLError|certificate verify failed",
        "The package server's identity could not be confirmed (TLS).",
        "Check the computer's clock; in a network with its own certificates, ask your administrator to set up pip.",
    ),
    (
        r"407 Proxy|ProxyError|Tunnel connection failed",
        "The proxy of this network refused the connection.",
        "Ask your administrator for the proxy's settings, then press Install again.",
    ),
    (
        r"NewConnectionError|NameResolutionError|name resolution|getaddrinfo failed|Network is unreachable"
        r"|Failed to establish|nodename nor servname|ConnectTimeoutError|Read timed out|Connection aborted"
        r"|ConnectionResetError|RemoteDisconnected|IncompleteRead|ProtocolError",
        "The package server could not be reached, or the connection broke.",
        "Check the network connection. " + TRY_AGAIN,
    ),
    (
        r"DO NOT MATCH THE HASHES",
        "A package arrived damaged, or is not the one that this extension was tested with.",
        "Press Install again; if it happens again, the package server of this network offers altered packages.",
    ),
    (
        r"No matching distribution found for torch==\S+\+\S+|satisfies the requirement torch==\S+\+\S+",
        "The package index that pip uses has no PyTorch of the kind that this computer needs.",
        "Name PyTorch's own index, or a mirror of it, in pip's settings (extra-index-url), or choose another kind.",
    ),
    (
        r"No matching distribution found for (?P<name>\S+)"
        r"|Could not find a version that satisfies .*? (?P<other>\S+==\S+)",
        "A needed package has no build for this computer ({name}).",
        "Name another Python (3.11, 3.12 or 3.13, 64 bit) in the preferences, or use a remote backend.",
    ),
    (
        r"ensurepip is not available|No module named .?(?:ensurepip|venv)|python3[.\d]*-venv",
        "This Python cannot make environments: its venv part is missing.",
        'Install it (on Debian and Ubuntu: "sudo apt install python3-venv"), then press Install again.',
    ),
    (
        r"Permission denied|Access is denied|WinError 5\b|WinError 32\b|Read-only file system",
        "A file of the backend's environment could not be written.",
        "Close other Blenders that use it, check the data folder in the preferences, then try again.",
    ),
)


def explain(output: str, what: str) -> InstallError:
    """The cause of a failed step, from what it printed. what: "Making the environment" and the like."""
    for pattern, message, fix in CAUSES:
        found = re.search(pattern, output)
        if found:
            names = [name for name in found.groupdict().values() if name]
            return InstallError(message.format(name=names[0] if names else ""), fix)
    errors = [line for line in output.splitlines() if re.match(r"\s*(ERROR|error|\w*Error)\b", line)]
    last = (errors or [line for line in output.splitlines() if line.strip()] or ["no message"])[-1].strip()
    return InstallError(f"{what} failed: {last[:300]}", "Press Repair; if it fails again, copy the installation log.")
