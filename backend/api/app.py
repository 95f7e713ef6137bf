"""Puts the routes, the guard and the problems together."""

from __future__ import annotations

from fastapi import FastAPI

from .. import __version__
from .guard import Guard
from .problems import add_problem_handlers
from .routes import open_router, router
from .services import Services


def create_app(services: Services) -> FastAPI:
    """The ASGI application of one server."""
    app = FastAPI(
        title="museum_addon backend",
        version=__version__,
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    app.state.services = services
    app.include_router(open_router)
    app.include_router(router)
    add_problem_handlers(app)
    app.add_middleware(Guard, settings=services.settings, tokens=services.tokens)
    return app
