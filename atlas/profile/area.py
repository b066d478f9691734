"""What the page of one area says, as data."""

from dataclasses import dataclass

from atlas.edition import Edition
from atlas.maps.describe import index_label
from atlas.profile.figures import NO_CELL, Cell, Figure, figures, real, words
from atlas.profile.nearby import (
    REACH_MINUTES,
    NearbyPlace,
    NearbySession,
    places_near,
    sessions_near,
)
from atlas.profile.sheets import (
    AreaRef,
    area_ref,
    areas_of,
    catalogue_of,
    parents,
)
from geodata.errors import KeyJoinError, Problem
from indicators.robustness_words import near_classes


@dataclass(frozen=True)
class IndexClass:
    """The class of an area in one index; empty where none was computed.

    ``kind`` is the class as the table has it, ``label`` says in words what a code means.
    ``robustness``, ``basis`` and ``near`` are those of `indicators.robustness`.
    """

    key: str
    name: str
    sentence: str
    kind: str
    label: str
    period: str
    status: str
    robustness: float | None
    basis: str = ""
    near: tuple[str, ...] = ()


@dataclass(frozen=True)
class Profile:
    """Everything the page and the briefing of an area show, except the plan."""

    ref: AreaRef
    parents: tuple[AreaRef, ...]
    parts: tuple[AreaRef, ...]
    inhabited: bool
    residents: Cell
    residents_period: str
    figures: tuple[Figure, ...]
    indices: tuple[IndexClass, ...]
    places: tuple[NearbyPlace, ...]
    sessions: tuple[NearbySession, ...]
    reach_minutes: float


def profile(
    edition: Edition,
    area: str,
    level: str,
    vintage: str,
    period: str | None = None,
    *,
    language: str = "de",
    reach_minutes: float = REACH_MINUTES,
) -> Profile:
    """Put together what is known of an area at a reporting date.

    Parameters
    ----------
    edition
        The opened edition.
    area, level, vintage
        Keys of the area.
    period
        ISO date; each figure is the latest up to it. None is the latest of all.
    language
        ``de`` or ``en``.
    reach_minutes
        Longest walk to a room that counts as near by.

    Raises
    ------
    KeyJoinError
        The edition has no such area.
    """
    ref = area_ref(edition, vintage, level, area)
    if ref is None:
        raise KeyJoinError("Dieses Gebiet gibt es in der Ausgabe nicht.", [_unknown(area, level)])
    found = figures(edition, ref, period, language=language)
    residents = next((f for f in found if f.sheet.key == "n_residents"), None)
    places = places_near(edition, ref, reach_minutes)
    return Profile(
        ref=ref,
        parents=parents(edition, ref),
        parts=_parts(edition, ref),
        inhabited=_inhabited(edition, ref),
        residents=residents.cell if residents else NO_CELL,
        residents_period=residents.period if residents else "",
        figures=found,
        indices=index_classes(edition, ref, period, language),
        places=places,
        sessions=sessions_near(edition, places),
        reach_minutes=reach_minutes,
    )


def _unknown(area: str, level: str) -> Problem:
    return Problem("Gebiet", f"{area!r} auf der Ebene {level!r}", "ein Gebiet der Liste")


def _inhabited(edition: Edition, ref: AreaRef) -> bool:
    areas = edition.areas
    mask = (areas["vintage"] == ref.vintage) & (areas["level"] == ref.level)
    return bool(areas.loc[mask & (areas["area"] == ref.area), "inhabited"].iloc[0])


def _parts(edition: Edition, ref: AreaRef) -> tuple[AreaRef, ...]:
    """The areas directly below, by name."""
    links = edition.table("hierarchies")
    rows = links[
        (links["vintage"] == ref.vintage)
        & (links["parent_level"] == ref.level)
        & (links["parent"] == ref.area)
    ]
    wanted = set(rows["child"])
    levels = dict.fromkeys(words(x) for x in rows["child_level"])
    return tuple(
        part for lv in levels for part in areas_of(edition, ref.vintage, lv) if part.area in wanted
    )


def index_classes(
    edition: Edition, ref: AreaRef, period: str | None = None, language: str = "de"
) -> tuple[IndexClass, ...]:
    """The classes of an area in every index of the edition, latest up to a date."""
    table = edition.table("index")
    mask = (table["area"] == ref.area) & (table["level"] == ref.level)
    mask &= table["vintage"] == ref.vintage
    if period is not None:
        mask &= table["period"] <= period
    rows = table[mask].sort_values("period").drop_duplicates("index", keep="last")
    by_key = {words(r["index"]): r for r in rows.to_dict("records")}
    entries = catalogue_of(edition).indices
    found: list[IndexClass] = []
    for info in edition.manifest.indices:
        row, entry = by_key.get(info.key), entries.get(info.key)
        if row is None:
            continue
        english = entry is not None and language == "en"
        found.append(
            IndexClass(
                key=info.key,
                name=entry.name_en if entry and english else info.name,
                sentence=(entry.sentence_en if english else entry.sentence_de) if entry else "",
                kind=words(row["class"]),
                label=index_label(edition, info.key, words(row["class"])),
                period=words(row["period"]),
                status=words(row["status"]),
                robustness=real(row["robustness"]),
                basis=words(row["basis"]),
                near=near_classes(words(row["near"])),
            )
        )
    return tuple(found)


def levels_with_areas(edition: Edition, vintage: str) -> tuple[str, ...]:
    """Keys of the levels that a state of the boundaries has, from finest to the whole city."""
    areas = edition.areas
    there = set(areas.loc[areas["vintage"] == vintage, "level"])
    return tuple(x.key for x in edition.manifest.levels if x.key in there)
