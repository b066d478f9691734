"""A map of a plan: which areas sessions reach for a group, before and with the plan."""

from collections.abc import Iterable
from dataclasses import dataclass

from atlas.classes import UNINHABITED, MapClass, worded
from atlas.edition import Edition
from atlas.maps.describe import MapDescription, source_line
from atlas.maps.marks import Mark, PlaceMark
from atlas.placement.result import AreaReach, Plan
from atlas.placement.situation import current_vintage
from atlas.sources import attribution_of
from atlas.wording import day, number, plain, status_word, text
from indicators.status import Status

BEFORE, GAINED, CLOSER, FARTHER, LOST, NOT = (
    "before",
    "gained",
    "closer",
    "farther",
    "lost",
    "not",
)
COLOURS = {
    BEFORE: "#6baed6",
    CLOSER: "#1d4f8a",
    GAINED: "#f0a30a",
    FARTHER: "#b15928",
    LOST: "#6a0a1e",
    NOT: "#dcdcdc",
}
"""Told apart by lightness as well as by hue, for every kind of eye; tested for that."""
_ALWAYS = (BEFORE, GAINED, NOT)
LAYER = "reichweite"


@dataclass(frozen=True)
class _Looks:
    """What every mark of one map needs."""

    shades: dict[str, MapClass]
    names: dict[str, str]
    language: str


def change_of(row: AreaReach) -> str:
    """What a plan changes for an area: a key of `COLOURS`."""
    before, after = row.level_before, row.level_after
    if after is None:
        return NOT if before is None else LOST
    if before is None:
        return GAINED
    return BEFORE if after == before else CLOSER if after < before else FARTHER


def describe_reach(
    edition: Edition,
    plan: Plan,
    group: str,
    places: Iterable[PlaceMark] = (),
    language: str = "de",
    selected: str | None = None,
) -> MapDescription:
    """Describe the map of who is reached.

    Parameters
    ----------
    edition
        The edition the plan was made from.
    plan
        With its areas.
    group
        Key of a target group.
    places
        Rooms and sessions drawn on top.
    language
        ``de`` or ``en``.
    selected
        Key of the area that is marked.
    """
    manifest, level = edition.manifest, edition.manifest.levels[0]
    vintage = current_vintage(edition)
    rows = {a.area: a for a in plan.areas if a.group == group}
    changes = {area: change_of(row) for area, row in rows.items()}
    shown = [k for k in COLOURS if k in _ALWAYS or k in changes.values()]
    labels = [text(f"planen.map_{k}", language) for k in shown]
    classes = worded(shown, labels, [COLOURS[k] for k in shown], language)
    looks = _Looks(
        dict(zip(shown, classes.steps, strict=True))
        | {k: classes.of_status(k) for k in (UNINHABITED, Status.MISSING.value)},
        {s.place: s.place_name for s in plan.sessions},
        language,
    )
    areas = edition.table("areas")
    here = areas[(areas["level"] == level.key) & (areas["vintage"] == vintage)]
    marks = tuple(
        _mark(str(key), str(name), bool(lived), rows.get(str(key)), looks)
        for key, name, lived in here.sort_values("area")[["area", "name", "inhabited"]].itertuples(
            index=False, name=None
        )
    )
    target = next(g for g in plan.groups if g.group == group)
    minutes = plain(target.steps[-1].minutes, language)
    period = plan.reporting_date
    return MapDescription(
        title=text("planen.map_title", language, group=target.name, minutes=minutes),
        subtitle=text(
            "karte.subtitle",
            language,
            city=manifest.city,
            level=level.plural,
            day=day(period, language),
        ),
        explanation=text("planen.map_help", language, minutes=minutes),
        level=level.plural,
        period=day(period, language),
        source=source_line(edition, [period], language, places=True),
        attribution=attribution_of(edition, [period], places=True),
        notice=manifest.notice,
        classes=classes,
        marks=marks,
        outlines=edition.outline_path(vintage, level.key),
        outlines_key=(vintage, level.key),
        unplaced=tuple(sorted(set(rows) - set(here["area"]))),
        vintage=next((v.name for v in manifest.vintages if v.key == vintage), vintage),
        unit="",
        decimals=0,
        layer=LAYER,
        language=language,
        places=tuple(places),
        selected=selected,
    )


def _mark(name_key: str, name: str, lived: bool, row: AreaReach | None, looks: _Looks) -> Mark:
    change = change_of(row) if row else Status.MISSING.value if lived else UNINHABITED
    shade = looks.shades[change]
    return Mark(
        area=name_key,
        name=name,
        parent="",
        shade=shade,
        value=shade.label,
        number=None,
        low=None,
        high=None,
        numerator=None,
        denominator=None,
        status=row.status if row else change,
        lines=(shade.label, *(_lines(row, looks) if row else ())),
        reason=row.reason if row else "",
    )


def _lines(row: AreaReach, looks: _Looks) -> list[str]:
    """What hovering says below the class: need and ways."""
    language = looks.language
    need = (
        number(row.need, 0, language)
        if row.need is not None
        else status_word(Status.MISSING, language)
    )
    lines = [text("planen.map_need", language, need=need)]
    for key, minutes in (("before", row.minutes_before), ("after", row.minutes_after)):
        if minutes is not None:
            way = number(minutes, 0, language)
            lines.append(text(f"planen.map_way_{key}", language, minutes=way))
        if row.beyond is not None:
            far = plain(row.beyond, language)
            lines.append(text("planen.map_beyond", language, minutes=far))
        always = text("planen.all_week", language, place=row.always_name) if row.always_name else ""
        place = always or looks.names.get(row.next_place, "")
        if place:
            lines.append(text("planen.map_next", language, place=place))
    return lines
