"""The names behind an edition's keys, and how a row cites it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from atlas.edition import Edition
from atlas.sources import attribution_at, attributions
from atlas.wording import status_word, unit_word
from indicators.status import Status

COUNT_WORD = "Anzahl"

STATUS_WORDS: Mapping[str, str] = {s.value: status_word(s) for s in Status} | {
    # many programs read a bare "null" in a CSV file as an empty cell
    Status.ZERO.value: "genau null"
}
"""The word of every status, fit for a data file."""


@dataclass(frozen=True)
class Names:
    """Words for the keys of one edition.

    Parameters
    ----------
    areas
        Names by (vintage, level, area).
    levels, measures, indicators, groups, indices, places
        Names by key.
    units, decimals
        Unit as a word, and digits shown, by indicator.
    edition
        The edition itself.
    """

    areas: "pd.Series[str]"
    levels: Mapping[str, str]
    measures: Mapping[str, str]
    indicators: Mapping[str, str]
    groups: Mapping[str, str]
    indices: Mapping[str, str]
    places: Mapping[str, str]
    units: Mapping[str, str]
    decimals: Mapping[str, int]
    edition: Edition


def names_of(edition: Edition) -> Names:
    """Collect the names of an edition."""
    sheet, groups, places = edition.catalogue, edition.table("groups"), edition.table("places")
    areas = edition.table("areas")
    indicators: dict[str, dict[str, Any]] = sheet["indicators"]
    return Names(
        areas=areas.set_index(["vintage", "level", "area"])["name"],
        levels={level.key: level.name for level in edition.manifest.levels},
        measures=_titles(sheet["measures"]),
        indicators=_titles(indicators),
        groups=dict(zip(groups["group"], groups["name_de"], strict=True)),
        indices=_titles(sheet["indices"])
        | {index.key: index.name for index in edition.manifest.indices},
        places=dict(zip(places["place"], places["name"], strict=True)),
        units={k: unit_word(i["unit"]) or COUNT_WORD for k, i in indicators.items()},
        decimals={k: int(i["decimals"]) for k, i in indicators.items()},
        edition=edition,
    )


def citation(edition: Edition, period: str | None = None) -> str:
    """What a row cites: the edition, and the sources of its reporting date or all."""
    sources = (
        attributions(edition.manifest.sources)
        if period is None
        else attribution_at(edition, period)
    )
    return f"{sources}; Ausgabe {edition.manifest.id}"


def _titles(entries: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    return {key: str(entry["name_de"]) for key, entry in entries.items()}
