"""The third step of the gallery: tiles with their names on contact sheets."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

GROUND, INK, FAINT = (30, 29, 28), (235, 232, 226), (160, 156, 150)
LABEL = 34
QUALITY = 88


def main(arguments: Sequence[str]) -> int:
    """One JPEG a sheet: gallery_types.jpg, gallery_materials.jpg, gallery_prompts.jpg."""
    plan = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    folder, out = Path(plan["folder"]), Path(plan["out"])
    models = json.loads((folder / "models.json").read_text(encoding="utf-8"))
    for sheet in dict.fromkeys(model["sheet"] for model in models):
        chosen = [model for model in models if model["sheet"] == sheet]
        path = out / f"gallery_{sheet}.jpg"
        contact_sheet(chosen, folder / "tiles" / sheet, plan["tile"], plan["columns"]).save(path, quality=QUALITY)
        print(path)
    return 0


def contact_sheet(models: Sequence[dict[str, Any]], tiles: Path, tile: int, columns: int) -> Image.Image:
    """The tiles in rows, each with its title and its size below."""
    columns = min(columns, len(models))
    rows = -(-len(models) // columns)
    picture = Image.new("RGB", (columns * tile, rows * (tile + LABEL)), GROUND)
    pen = ImageDraw.Draw(picture)
    font, small = ImageFont.load_default(size=13), ImageFont.load_default(size=11)
    for number, model in enumerate(models):
        x, y = number % columns * tile, number // columns * (tile + LABEL)
        with Image.open(tiles / f"{model['name']}.png") as image:
            picture.paste(image.convert("RGB"), (x, y))
        pen.text((x + 6, y + tile + 2), _fitting(model["title"], font, tile - 12), font=font, fill=INK)
        pen.text((x + 6, y + tile + 18), size_text(model["size_m"]), font=small, fill=FAINT)
    return picture


def size_text(size_m: Sequence[float]) -> str:
    """Width, depth and height in the unit that a label would use."""
    factor, unit = (100.0, "cm") if max(size_m) < 3.0 else (1.0, "m")
    return " x ".join(f"{side * factor:.3g}" for side in size_m) + f" {unit}"


def _fitting(text: str, font: ImageFont.ImageFont | ImageFont.FreeTypeFont, width: float) -> str:
    """The text, cut where it would leave its tile."""
    while font.getlength(text) > width:
        text = text.rstrip("…")[:-1] + "…"
    return text
