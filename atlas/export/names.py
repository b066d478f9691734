"""The names behind an edition's keys, and how a row cites it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from atlas.edition import Edition, Manifest
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
    citation
        What a single row says about its origin.
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
    citation: str


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
        citation=citation(edition.manifest),
    )


def citation(manifest: Manifest) -> str:
    """Attribution of all sources and the edition, short enough for every row."""
    attributions = list(dict.fromkeys(s.attribution for s in manifest.sources))
    return "; ".join([*attributions, f"Ausgabe {manifest.id}"])


def _titles(entries: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    return {key: str(entry["name_de"]) for key, entry in entries.items()}
