"""Libraries of the operating system that Blender needs, and the command that installs a missing one."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from museum_addon.client.processes import clean_environment

# The file that the loader misses -> the package that holds it (Debian and Ubuntu, Fedora).
PACKAGES = {
    "libEGL.so": ("libegl1", "mesa-libEGL"),
    "libGL.so": ("libgl1", "mesa-libGL"),
    "libICE.so": ("libice6", "libICE"),
    "libSM.so": ("libsm6", "libSM"),
    "libX11.so": ("libx11-6", "libX11"),
    "libXext.so": ("libxext6", "libXext"),
    "libXfixes.so": ("libxfixes3", "libXfixes"),
    "libXi.so": ("libxi6", "libXi"),
    "libXrender.so": ("libxrender1", "libXrender"),
    "libXxf86vm.so": ("libxxf86vm1", "libXxf86vm"),
    "libgomp.so": ("libgomp1", "libgomp"),
    "libvulkan.so": ("libvulkan1", "vulkan-loader"),
    "libxkbcommon.so": ("libxkbcommon0", "libxkbcommon"),
}
MISSING = re.compile(r"(lib[\w.+-]+\.so)[.\d]*: cannot open shared object file")


class SystemLibraryMissing(Exception):
    """Blender cannot be loaded; the text says what to install."""


def check_blender(python: Path) -> str:
    """Load Blender as a Python module in a process of its own; returns its version.

    Raises SystemLibraryMissing with the command that installs what is missing.
    """
    command = [str(python), "-c", "import bpy; print('version', bpy.app.version_string)"]
    done = subprocess.run(command, capture_output=True, text=True, env=clean_environment(), check=False)
    found = re.search(r"^version (.+)$", done.stdout, re.MULTILINE)
    if done.returncode == 0 and found:
        return found[1]
    raise SystemLibraryMissing(explain(done.stderr, python))


def explain(output: str, python: Path) -> str:
    """What to do about a Blender that does not load, from what the loader said."""
    missing = MISSING.search(output)
    if not missing:
        last = ([line for line in output.splitlines() if line.strip()] or ["no message"])[-1]
        return f"Blender cannot be loaded as a Python module by {python}: {last}"
    library = missing[1]
    # The loader names one at a time; installing all that Blender needs saves going round in circles.
    everything = sorted({library: ("", ""), **PACKAGES})
    debian, fedora = (" ".join(PACKAGES[name][n] for name in everything if name in PACKAGES) for n in (0, 1))
    if shutil.which("apt-get"):
        command = f"sudo apt-get install -y {debian}"
    elif shutil.which("dnf"):
        command = f"sudo dnf install -y {fedora}"
    else:
        command = f"install the packages that hold {library} with your system's package manager"
    return f"Blender needs the system library {library}, which is not installed.\nInstall it with:\n    {command}"


