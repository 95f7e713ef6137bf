"""The options that say where models lie, and the arguments of ``python -m backend models``. Imports little: every
command reads them.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from pathlib import Path

from .models.places import ENDPOINT, FOLDER, MORE, OFFLINE, SERVERS, TOKEN_FILE, places_from

_OPTIONS: Mapping[str, tuple[str, str, str]] = {
    "--models": (FOLDER, "DIR", "the folder of models (default: in the user's data folder)"),
    "--models-endpoint": (ENDPOINT, "URL", "a mirror of the hub"),
    "--models-token-file": (TOKEN_FILE, "FILE", "a file with the token for the hub alone"),
}


def add_places(parser: argparse.ArgumentParser) -> None:
    """The options. What is given wins over the environment."""
    group = parser.add_argument_group("models")
    for option, (variable, kind, text) in _OPTIONS.items():
        group.add_argument(option, dest=variable, metavar=kind, help=text)
    group.add_argument(
        "--models-more", dest=MORE, action="append", metavar="DIR", help="a further folder with models, read only"
    )
    group.add_argument(
        "--models-offline", dest=OFFLINE, action="store_const", const="1", help="never open a connection for models"
    )


def add_servers(parser: argparse.ArgumentParser) -> None:
    """The option for those who ask servers of others."""
    text = "the file that describes servers of others (default: servers.json in the folder of models)"
    parser.add_argument("--servers", dest=SERVERS, metavar="FILE", help=text)


def use_places(asked: argparse.Namespace) -> None:
    """Write what was given into this process's environment, which its workers inherit. Raises BadInput."""
    for variable, value in vars(asked).items():
        if variable in (FOLDER, TOKEN_FILE, SERVERS) and value:
            os.environ[variable] = str(Path(value).absolute())
        elif variable in (ENDPOINT, OFFLINE) and value:
            os.environ[variable] = value
        elif variable == MORE and value:
            os.environ[variable] = os.pathsep.join(str(Path(path).absolute()) for path in value)
    places_from()


def add_commands(parser: argparse.ArgumentParser) -> None:
    """The subcommands."""
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="which models there are, and which of them are here")
    listing.add_argument("--json", action="store_true", help="as GET /v1/models answers it")
    listing.set_defaults(action="list")
    pulling = actions.add_parser("pull", help="fetch a model, or all that an engine needs; goes on where it broke off")
    pulling.add_argument("--accept-licence", action="store_true", help="you have read its licence and agree to it")
    pulling.set_defaults(action="pull")
    verifying = actions.add_parser("verify", help="look at every byte of a model")
    verifying.set_defaults(action="verify")
    removing = actions.add_parser("remove", help="delete a model that was pulled, or what has come of it")
    removing.set_defaults(action="remove")
    for action in (pulling, verifying, removing):
        action.add_argument("model", nargs="+", help="a name from the list")
    for action in (listing, pulling, verifying, removing):
        add_places(action)
