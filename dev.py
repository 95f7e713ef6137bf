#!/usr/bin/env python3
"""The developers' commands: ``python3 dev.py demo | test | bench | gallery | build | lint | lock``.

See docs/development.md.
"""

import sys

if not (3, 11) <= sys.version_info[:2] <= (3, 13):
    sys.exit(
        "dev.py needs Python 3.11, 3.12 or 3.13, and this is Python %d.%d.\n"  # noqa: UP031 (older Pythons read this)
        "Install one of them and run, for example: python3.13 dev.py %s"
        % (sys.version_info[0], sys.version_info[1], " ".join(sys.argv[1:]) or "demo")
    )

from devtools.commands import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
