"""Which ornament lies where: schemes of decoration chosen by finish, culture, period, material and type.

A scheme is a file in ``data/decorations``. It says for each zone, by name, which motifs lie there and in which paint; a
paint is colour and gloss, or relief, or both. A type without zones stays plain: ornament in a wrong place is worse.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from ...surface.material import Colour, Layer, Mask, Unit
from ...surface.motifs import Title, load_motif, motif_names
from ...surface.place import Ornament, Place
from ...words.names import periods_around
from .fields import ArtifactSpec
from .types.base import ArtifactType, Zone

DATA = Path(__file__).parent / "data"
WEIGHTS = {"finish": 16, "type": 8, "manner": 6, "period": 4, "culture": 2, "material": 1}
MAIN_ZONES = (
    "frieze", "field", "centre", "shoulder", "neck", "border", "lower", "back", "lid", "lip", "foot", "handle",
)  # fmt: skip
ZoneKind = Literal["band", "window", "field", "ring"]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class When(_Entry):
    """What a scheme is for; names as in the specification, an empty list: any. manner: words for a culture that say
    more than the culture does, such as "corinthian" and "apulian", both of which are Greek.
    """

    finish: tuple[str, ...] = ()
    culture: tuple[str, ...] = ()
    manner: tuple[str, ...] = ()
    period: tuple[str, ...] = ()
    material: tuple[str, ...] = ()
    type: tuple[str, ...] = ()


class Paint(_Entry):
    """How ornament is laid on. relief: share of the stripe's height, relief_mm: true millimetres; below 0 recessed."""

    colour: Colour | None = None
    multiply: bool = False
    opacity: Unit = 1.0
    roughness: Unit | None = None
    metallic: Unit | None = None
    relief: float = 0.0
    relief_mm: float = 0.0
    bevel: Unit = 0.0


class Item(_Entry):
    """One drawing in a zone. Members as in ``surface.place.Ornament``; kinds, types: where it may lie; empty: all."""

    paint: str
    motif: str = ""
    rows: tuple[tuple[float, float], ...] = ((0.0, 1.0),)
    repeats: int | None = None
    multiple: int = 1
    count: int = 1
    size: float = 1.0
    stagger: bool = False
    alternate: bool = False
    frame: float = 0.0
    kinds: tuple[ZoneKind, ...] = ()
    types: tuple[str, ...] = ()


class Scheme(_Entry):
    """A way of decorating. zones: zone names, joined by "|", -> what lies there, from the ground up. main: the paint of
    ornament that was asked for by name. coat: the paint that covers the whole object first.
    also: what else it is for. pictorial: it shows a scene or a portrait, which would be a claim about a real object.
    """

    title: Title
    source: str
    when: When
    also: tuple[When, ...] = ()
    paints: dict[str, Paint]
    main: str
    ground: str = ""
    coat: str = ""
    pictorial: bool = False
    zones: dict[str, tuple[Item, ...]] = Field(default_factory=dict)


@dataclass(frozen=True)
class Facts:
    """What the choice depends on. recorded: it stands for an object of a collection."""

    finish: str
    culture: str
    period: str
    material: str
    type: str
    asked: tuple[str, ...]
    plain: bool
    manner: str = ""
    recorded: bool = False


@dataclass(frozen=True)
class Decoration:
    """The ornament of one object. scheme: its name, or "". motifs: names in the order they were laid. warnings:
    sentences for people.
    """

    scheme: str
    title: str
    layers: tuple[Layer, ...]
    motifs: tuple[str, ...]
    warnings: tuple[str, ...]


def facts_of(spec: ArtifactSpec, kind: ArtifactType, recorded: bool = False) -> Facts:
    """What a specification says; where it is silent, what is usual for the type. "None" asked for is plain."""
    wanted = spec.fields.ornament
    culture = spec.culture or ("" if spec.period else kind.culture)
    material = spec.material or kind.material
    plain = spec.neutral or (wanted.source == "asked" and not wanted.value)
    manner = " ".join(spec.fields.culture.words).casefold()
    return Facts(spec.finish, culture, spec.period_name, material, kind.name, spec.ornament, plain, manner, recorded)


def layers(spec: ArtifactSpec, kind: ArtifactType) -> tuple[Layer, ...]:
    """The layers of an object's ornament."""
    return decorate(facts_of(spec, kind), kind).layers


def decorate(facts: Facts, kind: ArtifactType) -> Decoration:
    """Choose the scheme and lay it into the zones of the type."""
    name = "" if facts.plain else choose(facts)
    if not name:
        return Decoration("", "", (), (), ())
    scheme = schemes()[name]
    asked = _asked_items(facts, kind, scheme)
    found: list[tuple[Layer, str]] = []
    for zone in kind.zones:
        if zone.kind == "window" and _is_covered(zone, kind, scheme, asked):
            continue
        items = asked[zone.name] if zone.name in asked else _items(scheme, zone, kind.name)
        found += [(_layer(item, zone, scheme.paints[item.paint]), item.motif) for item in items]
    motifs = tuple(dict.fromkeys(motif for _, motif in found if motif))
    notes = [note for motif in motifs if (note := load_motif(motif).illustrative)]
    placed = {motif for items in asked.values() for motif in (item.motif for item in items)}
    lost = [what for what in facts.asked if not placed & set(_aliases(what).values())]
    notes += [f"There is no place for the motif “{what.replace('_', ' ')}” on this type." for what in lost]
    coat = (_coat(scheme.paints[scheme.coat]),) if scheme.coat and kind.zones else ()
    laid = (*coat, *(layer for layer, _ in found))
    return Decoration(name, scheme.title.en if found else "", laid, motifs, tuple(notes))


def _is_covered(window: Zone, kind: ArtifactType, scheme: Scheme, asked: Mapping[str, tuple[Item, ...]]) -> bool:
    """Whether a decorated band runs through a window: two pictures would lie over one another."""
    bands = (z for z in kind.zones if z.kind == "band" and (asked.get(z.name) or _items(scheme, z, kind.name)))
    low, high = window.extent[:2]
    return any(min(z.extent[1], high) - max(z.extent[0], low) > 0.3 * (high - low) for z in bands)


def choose(facts: Facts) -> str:
    """The name of the scheme that fits best, or "". One that is for something else does not fit at all."""
    best, best_score = "", 0
    for name, scheme in schemes().items():
        if scheme.pictorial and facts.recorded:
            continue
        score = max(_score(when, facts) for when in (scheme.when, *scheme.also))
        fallback = not any(scheme.when.model_dump().values())
        if score > best_score or (fallback and not best and facts.asked):
            best, best_score = name, max(score, 0)
    return best


def _said(facts: Facts, facet: str) -> set[str]:
    """What the facts say of a facet. A reign belongs to its dynasty as well: xuande is ming."""
    value = getattr(facts, facet)
    return {value, *periods_around(value)} if facet == "period" else {value}


def _score(when: When, facts: Facts) -> int:
    """How well a scheme fits; -1 when it is for something else."""
    score = 0
    for facet, weight in WEIGHTS.items():
        wanted = getattr(when, facet)
        if wanted and not _said(facts, facet) & set(wanted):
            return -1
        score += weight if wanted else 0
    return score


@cache
def schemes() -> dict[str, Scheme]:
    """Every scheme by its name."""
    return {path.stem: Scheme.model_validate(_read(path)) for path in sorted((DATA / "decorations").glob("*.json"))}


@cache
def _words_to_motifs() -> dict[str, dict[str, str]]:
    return {str(k): dict(v) for k, v in _read(DATA / "asked_motifs.json").items()}


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _aliases(asked: str) -> dict[str, str]:
    """The motif for each kind of zone of what was asked for; "" is the usual one."""
    found = _words_to_motifs().get(asked)
    return found if found is not None else ({"": asked} if asked in motif_names() else {})


def _items(scheme: Scheme, zone: Zone, type_name: str) -> tuple[Item, ...]:
    for names, items in scheme.zones.items():
        if zone.name in names.split("|"):
            kept = (i for i in items if not i.kinds or zone.kind in i.kinds)
            return tuple(i for i in kept if not i.types or type_name in i.types)
    return ()


def _asked_items(facts: Facts, kind: ArtifactType, scheme: Scheme) -> dict[str, tuple[Item, ...]]:
    """What was asked for by name, each in the best zone that is still free."""
    order = sorted((z for z in kind.zones), key=lambda z: (*MAIN_ZONES, z.name).index(z.name))
    free = list(dict.fromkeys(zone.name for zone in order))
    kinds = {zone.name: zone.kind for zone in kind.zones}
    out: dict[str, tuple[Item, ...]] = {}
    for asked in facts.asked:
        names = _aliases(asked)
        if not names or not free:
            continue
        zone = free.pop(0)
        motif = names.get(kinds[zone]) or names[""]
        out[zone] = _asked_item(motif, kinds[zone], scheme)
    return out


def _asked_item(motif: str, kind: ZoneKind, scheme: Scheme) -> tuple[Item, ...]:
    drawn = load_motif(motif).kind
    ground = (Item(paint=scheme.ground),) if scheme.ground else ()
    if drawn == "texture":
        return (*ground, Item(paint=scheme.main, motif=motif, count=3))
    if drawn == "tile" and kind in ("field", "window"):
        return (*ground, Item(paint=scheme.main, motif=motif, frame=0.16))
    return (*ground, Item(paint=scheme.main, motif=motif, rows=((0.06, 0.94),)))


def _coat(paint: Paint) -> Layer:
    return Layer(
        note="coat", mask=Mask(kind="all"), colour=paint.colour, opacity=paint.opacity, roughness=paint.roughness
    )


def _layer(item: Item, zone: Zone, paint: Paint) -> Layer:
    place = Place(kind=zone.kind, extent=zone.extent, facing=zone.facing, regions=zone.regions)
    ornament = Ornament(
        place=place,
        motif=item.motif,
        rows=item.rows,
        repeats=item.repeats,
        multiple=item.multiple,
        count=item.count,
        size=item.size,
        stagger=item.stagger,
        alternate=item.alternate,
        frame=item.frame,
        bevel=paint.bevel if item.motif else 0.0,
    )
    return Layer(
        note=f"{zone.name}: {item.motif or 'ground'}",
        mask=Mask(kind="ornament", ornament=ornament),
        colour=paint.colour,
        multiply=paint.multiply,
        opacity=paint.opacity,
        roughness=paint.roughness,
        metallic=paint.metallic,
        relief=paint.relief,
        relief_mm=paint.relief_mm,
    )
