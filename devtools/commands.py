"""What ``dev.py`` does with its first argument."""

from __future__ import annotations

import sys
from collections.abc import Callable

from museum_addon.core.errors import MuseumError

from . import bench, build, gallery, locks, testing
from .environments import Environments
from .running import ROOT, run
from .system import SystemLibraryMissing

USAGE = """\
python3 dev.py demo  [--out DIR] [--records FILE]    set up everything, run the main job, say where the results lie
python3 dev.py test  [pytest arguments]              set up everything, run the tests
python3 dev.py bench [name ...]                      benchmarks, a table, JSON and docs/benchmarks.md
python3 dev.py gallery [--types A,B] [--out DIR]      contact sheets of every type and material, in docs/images
python3 dev.py build                                 the extension zip into dist/, validated
python3 dev.py lint                                  ruff and mypy
python3 dev.py lock [models [name ...]]              write the lock files anew; or fill in the catalogue of models
"""


def main(arguments: list[str]) -> int:
    """Run one command; returns its exit status."""
    commands: dict[str, Callable[[list[str]], int]] = {
        "demo": demo,
        "test": lambda rest: testing.main(ROOT, rest),
        "bench": lambda rest: bench.main(ROOT, rest),
        "gallery": gallery.main,
        "build": lambda rest: build.main(ROOT, Environments(ROOT).tools()),
        "lint": lint,
        "lock": lock,
    }
    if not arguments or arguments[0] not in commands:
        print(USAGE, end="", file=sys.stdout if arguments in (["-h"], ["--help"]) else sys.stderr)
        return 0 if arguments in (["-h"], ["--help"]) else 2
    try:
        return commands[arguments[0]](arguments[1:])
    except MuseumError as error:
        print(f"{error.message}\n{error.fix}", file=sys.stderr)
        return 1
    except SystemLibraryMissing as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. The same command carries on from here.", file=sys.stderr)
        return 130


def demo(arguments: list[str]) -> int:
    """The demonstration, in Blender's Python, with the real backend."""
    environments = Environments(ROOT)
    python, backend = environments.tools(), environments.backend()
    code = "import sys; from devtools.demo import main; sys.exit(main(sys.argv[1:]))"
    return run(python, ["-c", code, *arguments], backend)


def lock(arguments: list[str]) -> int:
    """The lock files; with ``models``, what the catalogue of models does not know yet."""
    environments = Environments(ROOT)
    if arguments[:1] == ["models"]:
        return run(environments.backend(), ["-m", "devtools.model_pins", *arguments[1:]])
    return locks.main(ROOT, environments.tools())


def lint(arguments: list[str]) -> int:
    """Style and types. Further arguments go to ruff."""
    python = Environments(ROOT).tools()
    checked = run(python, ["-m", "ruff", "check", *(arguments or ["."])])
    typed = run(python, ["-m", "mypy"])
    return checked or typed
