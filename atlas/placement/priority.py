"""Where a person counts more: a scenario's priorities as a factor per area and target group.

Only what the edition shows decides: classes of an index, published rates, the list of areas
that develop for the worse. An area about which it says nothing keeps the factor 1 and is
named, since a hidden number must not move a session without anybody seeing it.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from atlas.edition import Edition
from atlas.meant import EXPORTED, add_unknown
from atlas.placement.arrays import Bools, Floats
from atlas.placement.scenario import Priority, Scenario
from atlas.wording import class_word, day, listing, number, quantity
from geodata.errors import PlacementError, ProblemCollector
from indicators.negative import NOT_JUDGED
from indicators.status import VISIBLE

_TOTAL = "total"
_TINY = 1e-9
"""So that 20 of 100 are at least 20 per cent whatever a division makes of it."""


@dataclass(frozen=True)
class Factors:
    """What a person counts by the priorities of a scenario.

    Parameters
    ----------
    by_area
        (A, G): product of the weights of all priorities that hold; 1 where none does.
    notes
        German sentences, per priority: criterion, date, how many areas, which are unknown.
    """

    by_area: Floats
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Finding:
    """Areas (A,) for which a criterion holds, and those about which nothing is known."""

    holds: Bools
    known: Bools
    criterion: str


def factors(edition: Edition, scenario: Scenario, areas: pd.Series, vintage: str) -> Factors:
    """Look up where the priorities of a scenario hold.

    Parameters
    ----------
    edition
        Tables ``index``, ``values`` and ``negative`` are read.
    scenario
        Its priorities and target groups.
    areas
        Keys of the finest inhabited areas, in the order in which rows are wanted.
    vintage
        Of these areas.

    Raises
    ------
    PlacementError
        A priority names an index, a class or an indicator that the edition does not have on
        these areas; all of them are listed with what there is.
    """
    reader = _Reader(edition, areas, vintage)
    findings = [reader.look(i, p) for i, p in enumerate(scenario.priorities)]
    reader.found.raise_if_any(
        PlacementError, f"Das Szenario „{scenario.title}“ passt nicht zur Ausgabe."
    )
    by_area = np.ones((len(areas), len(scenario.groups)))
    notes = []
    for priority, finding in zip(scenario.priorities, findings, strict=True):
        if finding is not None:
            wanted = [not priority.groups or g.key in priority.groups for g in scenario.groups]
            by_area[np.ix_(finding.holds, np.array(wanted))] *= priority.weight
            notes.append(_note(scenario, priority, finding, reader.names))
    return Factors(by_area, tuple(notes))


def _note(scenario: Scenario, priority: Priority, finding: _Finding, names: pd.Series) -> str:
    """One priority in words: what it asks, whom it lifts, about whom nothing is known."""
    titles = [g.name for g in scenario.groups if g.key in priority.groups]
    whom = f" (nur {listing(titles)})" if titles else ""
    times = number(priority.weight, _digits(priority.weight))
    n = int(finding.holds.sum())
    where = f"In {number(n)} {'Gebiet' if n == 1 else 'Gebieten'} zählt"
    criterion = f"Vorrang „{priority.name}“ ({finding.criterion})"
    note = f"{criterion}: {where} jeder Mensch {times}-fach{whom}."
    unknown = list(names[~finding.known])
    if unknown:
        note += f" Ohne Angabe und deshalb ohne Vorrang: {listing(unknown)}."
    return note


class _Reader:
    """Looks priorities up in an edition and notes what is not there."""

    def __init__(self, edition: Edition, areas: pd.Series, vintage: str) -> None:
        self._edition, self._areas, self._vintage = edition, areas, vintage
        self._level = edition.manifest.levels[0].key
        self.found = ProblemCollector()
        table = edition.table("areas")
        here = table[(table["level"] == self._level) & (table["vintage"] == vintage)]
        self.names = here.set_index("area")["name"].reindex(areas)

    def look(self, number_of: int, priority: Priority) -> _Finding | None:
        """Where one priority holds, or None where the edition cannot answer it."""
        where = f"priorities, Eintrag {number_of + 1} („{priority.name}“)"
        if priority.negative:
            return self._negative()
        if priority.index is not None:
            return self._index(where, priority.index, priority.classes)
        return self._indicator(where, priority)

    def _negative(self) -> _Finding:
        rows = self._here(self._edition.table("negative"))
        silent = self._among(rows[rows["kind"] == NOT_JUDGED])
        listed = self._among(rows[rows["kind"] != NOT_JUDGED])
        # A table without a single row for this level cannot tell "none" from "not judged".
        known = (listed | ~silent) if len(rows) else np.zeros(len(self._areas), dtype=bool)
        return _Finding(listed, known, "negative Entwicklung")

    def _index(self, where: str, key: str, classes: tuple[str, ...]) -> _Finding | None:
        table = self._dated(self._edition.table("index"))
        table = table[table["status"].isin(VISIBLE) & table["class"].notna()]
        rows = table[table["index"] == key]
        if rows.empty:
            named = {i.key: i.name for i in self._edition.manifest.indices}
            keys = {str(k): named.get(str(k), "") for k in sorted(table["index"].unique())}
            self._missing(where, key, "Index", keys)
            return None
        info = next((i for i in self._edition.manifest.indices if i.key == key), None)
        known = info.classes if info else tuple(sorted(rows["class"].unique()))
        wrong = [c for c in classes if c not in known]
        for name in wrong:
            self.found.add(where, f"{key} hat keine Klasse {name!r}", ", ".join(known))
        if wrong:
            return None
        rows, period = _latest(rows)
        words = listing([class_word(c) for c in classes])
        return _Finding(
            self._among(rows[rows["class"].isin(classes)]),
            self._among(rows),
            f"{info.name if info else key}: {words}, Stand {day(period)}",
        )

    def _indicator(self, where: str, priority: Priority) -> _Finding | None:
        key = priority.indicator or ""
        sheets = self._edition.catalogue.get("indicators", {})
        table = self._dated(self._edition.table("values"))
        table = table[table["status"].isin(VISIBLE) & table["value"].notna()]
        table = table[table["group"] == _TOTAL]
        rows = table[table["indicator"] == key]
        if rows.empty:
            keys = sorted(str(k) for k in table["indicator"].unique())
            names = {k: str(sheets.get(k, {}).get("name_de", "")) for k in keys}
            self._missing(where, key, "Kennzahl", names)
            return None
        rows, period = _latest(rows)
        low = -np.inf if priority.at_least is None else priority.at_least
        high = np.inf if priority.at_most is None else priority.at_most
        sheet = sheets.get(key, {})
        bounds = _bounds(priority, str(sheet.get("unit", "")), int(sheet.get("decimals", 1)))
        return _Finding(
            self._among(rows[rows["value"].between(low - _TINY, high + _TINY)]),
            self._among(rows),
            f"{sheet.get('name_de', key)} {bounds}, Stand {day(period)}",
        )

    def _here(self, table: pd.DataFrame) -> pd.DataFrame:
        """Rows of the wanted areas; keys of another level or vintage are others' keys."""
        here = (table["level"] == self._level) & (table["vintage"] == self._vintage)
        return table[here & table["area"].isin(self._areas)]

    def _dated(self, table: pd.DataFrame) -> pd.DataFrame:
        rows = self._here(table)
        return rows[rows["period"] <= self._edition.manifest.reporting_date]

    def _among(self, rows: pd.DataFrame) -> Bools:
        return np.asarray(self._areas.isin(rows["area"]), dtype=bool)

    def _missing(self, where: str, name: str, what: str, known: dict[str, str]) -> None:
        wrong = f"{what} {name!r} gibt es auf der feinsten Ebene nicht"
        if not known:
            self.found.add(where, wrong, f"keine, die Ausgabe hat dort keinen Wert ({what})")
            return
        file = "index.csv" if what == "Index" else "werte.csv"
        add_unknown(self.found, (where, wrong), name, known, EXPORTED.format(file))


def _latest(rows: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    period = str(rows["period"].max())
    return rows[rows["period"] == period], period


def _bounds(priority: Priority, unit: str, decimals: int) -> str:
    """``ab 20,0 %`` or ``bis 5,0 %`` or both; the digits that the scenario gives are kept."""

    def words(bound: float) -> str:
        return quantity(bound, unit, max(decimals, _digits(bound)))

    low, high = priority.at_least, priority.at_most
    parts = [f"ab {words(low)}" if low is not None else ""]
    parts.append(f"bis {words(high)}" if high is not None else "")
    return " ".join(p for p in parts if p)


def _digits(x: float) -> int:
    """Digits after the comma that a number of a scenario has."""
    return len(f"{x:.6f}".rstrip("0").partition(".")[2])
