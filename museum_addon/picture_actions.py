"""What a user can do with pictures in words, as functions; operators and scripts call these. Raise MuseumError."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

import bpy

from . import engines, runtime
from .core.errors import InvalidRequest
from .core.requests import MAX_SEED, text_to_image
from .scene import picture_results
from .sending import send

TASK = "text_to_image"


def create_picture(
    context: bpy.types.Context,
    prompt: str,
    *,
    use: str = "image",
    engine: str = engines.AUTO,
    seed: int | None = None,
    size: int = 1024,
    shape: str = "square",
    surround: bool = False,
    reference: bpy.types.Image | None = None,
    place: Sequence[float] | None = None,
    settings: Mapping[str, Any] | None = None,
) -> str:
    """Ask for a picture; it arrives in the .blend by itself, as ``use`` says.

    use: "image" alone, "plane" or "empty" at the place (the 3D cursor when None), "world", or the reference of
    "create" or "texture". seed: a random one when None. size: pixels of the longer side. surround: its left and right
    edges join; a world always does. settings: further parameters of the engine. Answers the key of the new row.
    """
    if use not in picture_results.USES:
        raise InvalidRequest(f"A picture cannot become “{use}”.", f"Choose one of {', '.join(picture_results.USES)}.")
    choice = engines.find(TASK, engine)
    if not choice.name and engine == engines.AUTO:
        engines.check(choice)
    request = text_to_image(
        prompt,
        seed=secrets.randbelow(MAX_SEED + 1) if seed is None else seed,
        engine=choice.name or engine,
        size=size,
        shape=shape,
        surround=surround or use == "world",
        settings=settings,
    )
    images = {engines.REFERENCE_INPUT: reference} if reference is not None else {}
    return send(context, request, place=place, target=json.dumps({"use": use}), images=images)


def create_from_form(context: bpy.types.Context) -> str:
    """``create_picture`` with what stands in the Picture panel. The seed that was used is left in the form."""
    form = context.scene.museum.picture
    engine = engines.chosen(context.scene, TASK)
    engines.check(engine)
    if form.random_seed:
        form.seed = secrets.randbelow(MAX_SEED + 1)
    return create_picture(
        context,
        form.prompt,
        use=form.use,
        engine=engine.name,
        seed=form.seed,
        size=int(form.size),
        shape=form.shape,
        surround=form.surround,
        reference=form.reference if engines.REFERENCE_INPUT in engine.inputs else None,
        settings=engines.settings_of(context.scene, engine),
    )


def obstacle(scene: bpy.types.Scene) -> str:
    """Why no picture can be asked for; empty when nothing stands in the way."""
    if not scene.museum.picture.prompt.strip():
        return "Describe the picture first"
    engine = engines.chosen(scene, TASK)
    if not engine.name and runtime.current().backend_answered:
        return "This backend makes no pictures"
    return engines.obstacle(engine)


def restore_world(context: bpy.types.Context) -> str:
    """Put the world back that the scene had before a picture took its place. Answers its name."""
    return picture_results.restore_world(context.scene)
