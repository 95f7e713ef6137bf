"""The backend's commands: ``python -m backend serve | run | engines | models | devices | check``."""

from __future__ import annotations

import argparse
import gc
import json
import logging
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any, get_args, get_type_hints

from . import __version__
from .compiled import made_ready
from .errors import BackendError, BadInput, NotFound
from .models_options import add_commands, add_places, add_servers, use_places
from .settings import OPTIONS, Settings

EXIT_FAILED = 1
EXIT_BAD_INPUT = 2
EXIT_ALREADY_SERVED = 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Returns the exit status: 0, or 1 failed, 2 bad input, 3 the data folder is served already."""
    asked = _parser().parse_args(arguments)
    # Result lines alone go to standard output; whatever a library prints goes to standard error.
    from .jobs.protocol import guard_stdout

    with guard_stdout() as output:
        try:
            # Being told to end takes the same way out as Ctrl-C, which cleans up. The server has its own way.
            signal.signal(signal.SIGTERM, _interrupt)
            return int(asked.command(asked, output))
        except BackendError as error:
            print(f"{error.message} {error.fix}".replace("\n", " "), file=sys.stderr)
            return _status(error)
        except KeyboardInterrupt:
            return 130


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _status(error: BackendError) -> int:
    from .api.datafolder import AlreadyServed

    if isinstance(error, AlreadyServed):
        return EXIT_ALREADY_SERVED
    return EXIT_BAD_INPUT if isinstance(error, BadInput | NotFound) else EXIT_FAILED


def _serve(asked: argparse.Namespace, output: IO[str]) -> int:
    # Looking for garbage while modules load finds none and takes a tenth of the time to start.
    gc.disable()
    from .api.server import serve

    gc.enable()
    use_places(asked)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    serve(Settings(**{name: getattr(asked, name) for name in OPTIONS}), output)
    return 0


def _run(asked: argparse.Namespace, output: IO[str]) -> int:
    from .command import gathered_params, named_inputs, run_into

    use_places(asked)
    params = gathered_params(asked.params, asked.param)
    result = run_into(asked.task, asked.engine, params, named_inputs(asked.input), asked.out, asked.keep)
    print(json.dumps(result, ensure_ascii=False), file=output)
    return 0


def _engines(asked: argparse.Namespace, output: IO[str]) -> int:
    from .engines.catalogue import engines

    use_places(asked)
    if asked.json:
        from .api.routes import engine_json

        print(json.dumps({"engines": [engine_json(info) for info in engines()]}, ensure_ascii=False), file=output)
        return 0
    for info in engines():
        state = info.availability()
        note = "available" if state.available else f"not available: {state.reason} {state.fix}"
        print(f"{info.task:16} {info.name:14} {info.version:6} {note}", file=output)
    return 0


def _models(asked: argparse.Namespace, output: IO[str]) -> int:
    use_places(asked)
    from .models_command import run

    return run(asked, output)


def _devices(asked: argparse.Namespace, output: IO[str]) -> int:
    from .devices_command import show

    show(output, as_json=asked.json)
    return 0


def _check(asked: argparse.Namespace, output: IO[str]) -> int:
    # Compiled functions are kept where the server's workers will look for them.
    folder = Settings(data=asked.data).numba_cache
    made_ready(folder)
    os.environ["NUMBA_CACHE_DIR"] = str(folder)
    from .command import check

    print(json.dumps(check()), file=output)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m backend", description=__doc__)
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    serving = commands.add_parser("serve", help="serve the API")
    _add_settings(serving)
    add_places(serving)
    add_servers(serving)
    serving.set_defaults(command=_serve)
    running = commands.add_parser("run", help="run one job here, without a server")
    running.add_argument("task", help="what to make, for example text_to_3d")
    running.add_argument("--engine", default="", help="how; the first that can run here if not given")
    running.add_argument("--param", action="append", default=[], metavar="K=V", help="a parameter; V is JSON or text")
    running.add_argument("--params", type=Path, metavar="FILE", help="parameters as a JSON object")
    running.add_argument("--input", action="append", default=[], metavar="NAME=PATH", help="a file the engine takes")
    running.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the result files go")
    running.add_argument("--keep", type=Path, metavar="DIR", help="keeps what is done until all is, for another try")
    add_places(running)
    add_servers(running)
    running.set_defaults(command=_run)
    listing = commands.add_parser("engines", help="list what can be made, and how")
    listing.add_argument("--json", action="store_true", help="as GET /v1/engines answers it")
    add_places(listing)
    add_servers(listing)
    listing.set_defaults(command=_engines)
    models = commands.add_parser("models", help="list, pull, verify or remove the models of neural engines")
    add_commands(models)
    models.set_defaults(command=_models)
    computing = commands.add_parser("devices", help="list what neural engines compute on, and why not")
    computing.add_argument("--json", action="store_true", help="for programs")
    computing.set_defaults(command=_devices)
    checking = commands.add_parser("check", help="make a small object: does the installation work?")
    checking.add_argument("--data", type=Path, default=Settings().data, help="the server's data folder")
    checking.set_defaults(command=_check)
    return parser


def _add_settings(parser: argparse.ArgumentParser) -> None:
    """One option for each setting, of its type, with its default."""
    kinds = get_type_hints(Settings)
    defaults = Settings()
    for name, text in OPTIONS.items():
        option, default = "--" + name.replace("_", "-"), getattr(defaults, name)
        # ``Path | None`` is given as a Path.
        kind: Any = next(iter(get_args(kinds[name])), kinds[name])
        if kind is bool:
            parser.add_argument(option, action="store_true", help=text)
        else:
            shown = "" if default in (None, "") else f" (default: {default})"
            parser.add_argument(option, type=kind, default=default, help=text + shown)


if __name__ == "__main__":
    sys.exit(main())
