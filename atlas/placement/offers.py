"""What an edition has to offer for wishes: whom it counts, ways, indices, rates, their names."""

from dataclasses import dataclass
from functools import lru_cache

import pandas as pd

from atlas.edition import Edition
from atlas.placement.scenario.people import Way
from atlas.placement.situation import current_vintage
from atlas.wording import sort_form, word_or_key
from geodata.travel.table import WALK
from indicators.status import VISIBLE

_TOTAL = "total"
_PERCENT, _COUNT = "percent", "count"


@dataclass(frozen=True)
class Offers:
    """What wishes may name, each by its key with the name that people read.

    Parameters
    ----------
    needs
        Counts on the finest areas, as ``measure`` or ``measure/group``.
    shares
        Rates in per cent on the finest areas: a part of a count.
    ways
        Modes and profiles of the travel table.
    session_words
        Words under which existing sessions name whom they are for.
    session_kinds
        Kinds of the existing sessions.
    indices
        Indices with a class on the finest areas: their name and classes.
    rates
        Rates on the finest areas: name and unit.
    developments
        Whether the edition judges which areas develop for the worse.
    """

    needs: dict[str, str]
    shares: dict[str, str]
    ways: dict[Way, str]
    session_words: dict[str, str]
    session_kinds: dict[str, str]
    indices: dict[str, tuple[str, tuple[str, ...]]]
    rates: dict[str, tuple[str, str]]
    developments: bool


@lru_cache(maxsize=8)
def offers_of(edition: Edition, language: str = "de") -> Offers:
    """Look up what an edition has on its finest inhabited areas."""
    rates = _rates(edition, language)
    sessions = edition.table("sessions")
    words = {w.strip() for found in sessions["groups"].dropna() for w in str(found).split(";")}
    kinds = sorted({str(k) for k in sessions["kind"].dropna()} - {""})
    return Offers(
        needs=_needs(edition, language),
        shares={k: name for k, (name, unit) in rates.items() if unit == _PERCENT},
        ways=_ways(edition, language),
        session_words=_sorted(
            {w: word_or_key("session_group", w, language) for w in words - {_TOTAL, ""}}
        ),
        session_kinds={k: word_or_key("session_kind", k, language) for k in kinds},
        indices=_indices(edition),
        rates=rates,
        developments=bool(len(_here(edition, "negative"))),
    )


def way_name(way: Way, language: str = "de") -> str:
    """How people come, in words: on foot is said by the speed."""
    mode, profile = way
    speed = word_or_key("profile", profile, language)
    return speed if mode == WALK else f"{word_or_key('mode', mode, language)} ({speed})"


def _here(edition: Edition, name: str) -> pd.DataFrame:
    """Rows of a table for the finest inhabited areas that are in force."""
    level, vintage = edition.manifest.levels[0].key, current_vintage(edition)
    areas, table = edition.table("areas"), edition.table(name)
    lived = areas.loc[areas["inhabited"] & (areas["level"] == level), "area"]
    here = (table["level"] == level) & (table["vintage"] == vintage)
    return table[here & table["area"].isin(lived)]


def _needs(edition: Edition, language: str) -> dict[str, str]:
    rows = _here(edition, "counts")
    known = rows[rows["count"].notna() | rows["bound_low"].notna()]
    groups = edition.table("groups").set_index("group")[f"name_{language}"].to_dict()
    found = {}
    for measure, group in known[["measure", "group"]].drop_duplicates().itertuples(index=False):
        name = _named(edition, "measures", str(measure), language)
        if group == _TOTAL:
            found[str(measure)] = name
        else:
            found[f"{measure}/{group}"] = f"{name}, {groups.get(group) or group}"
    return _sorted(found)


def _named(edition: Edition, part: str, key: str, language: str) -> str:
    sheet = edition.catalogue.get(part, {}).get(key, {})
    return str(sheet.get(f"name_{language}") or sheet.get("name_de") or key)


def _ways(edition: Edition, language: str) -> dict[Way, str]:
    table = edition.table("travel")
    pairs = {(str(m), str(p)) for m, p in zip(table["mode"], table["profile"], strict=True)}
    return {way: way_name(way, language) for way in sorted(pairs)}


def _indices(edition: Edition) -> dict[str, tuple[str, tuple[str, ...]]]:
    rows = _dated(edition, "index")
    there = set(rows.loc[rows["class"].notna(), "index"])
    return {i.key: (i.name, i.classes) for i in edition.manifest.indices if i.key in there}


def _rates(edition: Edition, language: str) -> dict[str, tuple[str, str]]:
    rows = _dated(edition, "values")
    rows = rows[rows["value"].notna() & (rows["group"] == _TOTAL)]
    names = {str(k): _named(edition, "indicators", k, language) for k in rows["indicator"].unique()}
    sheets = edition.catalogue.get("indicators", {})
    units = {k: str(sheets.get(k, {}).get("unit", "")) for k in names}
    return {k: (n, units[k]) for k, n in _sorted(names).items() if units[k] != _COUNT}


def _dated(edition: Edition, name: str) -> pd.DataFrame:
    rows = _here(edition, name)
    return rows[(rows["period"] <= edition.manifest.reporting_date) & rows["status"].isin(VISIBLE)]


def _sorted(names: dict[str, str]) -> dict[str, str]:
    return dict(sorted(names.items(), key=lambda item: (sort_form(item[1]), item[0])))
