"""Need by area and target group, from the published cells of an edition alone.

A published count is taken as it is. A suppressed one enters as the middle of the interval
that any reader can infer, with that interval. A count that was never delivered stays
missing: the area takes no part, and is named.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from atlas.edition import Edition
from atlas.meant import EXPORTED, add_unknown
from atlas.placement.scenario import Scenario, TargetGroup, Term
from atlas.wording import day
from geodata.errors import PlacementError, ProblemCollector
from indicators.status import VISIBLE, Status

_TOTAL = "total"
_PER_CENT = 100.0


@dataclass(frozen=True)
class Need:
    """What the areas need.

    Parameters
    ----------
    table
        One row per group and area: ``area``, ``group``, ``need``, ``low``, ``high`` (persons
        or cases), ``status`` (``published``, ``estimated`` or ``missing``).
    sources
        One German line per group: what was taken, of which date.
    """

    table: pd.DataFrame
    sources: tuple[str, ...]


@dataclass(frozen=True)
class _Cells:
    """One term: values by area, and where they come from."""

    values: pd.DataFrame
    origin: str


def need_of(edition: Edition, scenario: Scenario, areas: pd.Series, vintage: str) -> Need:
    """Compute the need of all target groups.

    Parameters
    ----------
    edition
        Counts and values are read from it.
    scenario
        Maps target groups to measures and shares.
    areas
        Keys of the finest inhabited areas, in the order in which rows are wanted.
    vintage
        Of these areas.

    Raises
    ------
    PlacementError
        A group refers to something the edition does not have on these areas; all such
        references are listed.
    """
    reader = _Reader(edition, areas, vintage)
    parts, sources = [], []
    for group in scenario.groups:
        terms = [cells for term in group.need if (cells := reader.term(group, term)) is not None]
        if terms:
            parts.append(_added(group, terms))
            sources.append(f"{group.name}: " + " + ".join(t.origin for t in terms))
    reader.found.raise_if_any(
        PlacementError, f"Das Szenario „{scenario.title}“ passt nicht zur Ausgabe."
    )
    return Need(pd.concat(parts, ignore_index=True), tuple(sources))


def _added(group: TargetGroup, terms: list[_Cells]) -> pd.DataFrame:
    """Sum of a group's terms; missing where one is, estimated where one is."""
    frames = [t.values for t in terms]
    table = frames[0][["area"]].assign(group=group.key)
    for column in ("need", "low", "high"):
        table[column] = np.sum([f[column].to_numpy() for f in frames], axis=0) + 0.0
    status = np.array([f["status"].to_numpy() for f in frames])
    estimated = (status == Status.ESTIMATED).any(axis=0)
    missing = (status == Status.MISSING).any(axis=0)
    words = np.where(estimated, Status.ESTIMATED, Status.PUBLISHED)
    table["status"] = pd.Series(np.where(missing, Status.MISSING, words), dtype="str")
    return table


class _Reader:
    """Looks terms up in an edition and notes what is not there."""

    def __init__(self, edition: Edition, areas: pd.Series, vintage: str) -> None:
        self._edition, self._areas, self._vintage = edition, areas, vintage
        self._date = edition.manifest.reporting_date
        self.found = ProblemCollector()

    def term(self, group: TargetGroup, term: Term) -> _Cells | None:
        """One term by area, or None where the edition cannot answer it."""
        if term.measure is not None:
            return self._count(group, term.measure)
        share = self._share(group, term.share or "")
        base = self._count(group, term.of or "")
        if share is None or base is None:
            return None
        product = base.values[["area"]].copy()
        for column in ("need", "low", "high"):
            product[column] = base.values[column] * share.values[column] / _PER_CENT
        product["status"] = np.where(product["need"].isna(), Status.MISSING, Status.ESTIMATED)
        return _Cells(product, f"{share.origin} × {base.origin}")

    def _count(self, group: TargetGroup, cell: str) -> _Cells | None:
        measure, _, member = cell.partition("/")
        counts = self._edition.table("counts")
        rows = counts[(counts["measure"] == measure) & (counts["group"] == (member or _TOTAL))]
        rows = self._on_areas(rows)
        if rows["bound_low"].notna().sum() + rows["count"].notna().sum() == 0:
            here = counts[counts["area"].isin(self._areas)][["measure", "group"]]
            pairs = sorted(here.drop_duplicates().itertuples(index=False, name=None))
            known = {
                m if g == _TOTAL else f"{m}/{g}": self._count_name(str(m), str(g)) for m, g in pairs
            }
            self._missing(group, cell, dict(sorted(known.items())), "fallzahlen.csv")
            return None
        rows, period = self._nearest(rows[rows["count"].notna() | rows["bound_low"].notna()])
        middle = (rows["bound_low"] + rows["bound_high"]) / 2
        visible = rows["status"].isin(VISIBLE) & rows["count"].notna()
        exact = visible & ~rows["status"].isin([Status.ESTIMATED, Status.ROUNDED, Status.PERTURBED])
        table = pd.DataFrame(
            {
                "area": rows["area"],
                "need": rows["count"].astype("float64").where(visible, middle.astype("float64")),
                "low": rows["bound_low"].astype("float64"),
                "high": rows["bound_high"].astype("float64"),
                "status": np.where(exact, Status.PUBLISHED, Status.ESTIMATED),
            }
        )
        for column in ("low", "high"):
            table[column] = table[column].fillna(table["need"].where(visible))
        return _Cells(self._aligned(table), f"{self._count_name(measure, member)} ({day(period)})")

    def _share(self, group: TargetGroup, indicator: str) -> _Cells | None:
        values = self._edition.table("values")
        sheets = self._edition.catalogue.get("indicators", {})
        rows = self._on_areas(values[(values["indicator"] == indicator) & values["value"].notna()])
        rows = rows[rows["status"].isin(VISIBLE) & (rows["group"] == _TOTAL)]
        if rows.empty:
            keys = self._on_areas(values[values["value"].notna()])["indicator"].unique()
            names = {str(k): str(sheets.get(k, {}).get("name_de", k)) for k in sorted(keys)}
            self._missing(group, indicator, names, "werte.csv")
            return None
        sheet = sheets.get(indicator, {})
        if sheet.get("unit") != "percent":
            self.found.add(
                f"Zielgruppe {group.key}, {indicator}", "kein Anteil", "ein Indikator in Prozent"
            )
            return None
        rows, period = self._nearest(rows)
        table = rows[["area", "value", "bound_low", "bound_high"]].set_axis(
            ["area", "need", "low", "high"], axis=1
        )
        for column in ("low", "high"):
            table[column] = table[column].fillna(table["need"])
        table["status"] = Status.ESTIMATED
        name = sheet.get("name_de", indicator)
        return _Cells(self._aligned(table), f"{name} ({day(period)})")

    def _count_name(self, measure: str, member: str) -> str:
        """German name of a measure, with its group where it has one."""
        sheet = self._edition.catalogue.get("measures", {}).get(measure, {})
        name = str(sheet.get("name_de", measure))
        if member in ("", _TOTAL):
            return name
        groups = self._edition.table("groups")
        names = groups.loc[groups["group"] == member, "name_de"]
        return f"{name}, {names.iloc[0] if len(names) else member}"

    def _on_areas(self, rows: pd.DataFrame) -> pd.DataFrame:
        return rows[rows["area"].isin(self._areas) & (rows["vintage"] == self._vintage)]

    def _nearest(self, rows: pd.DataFrame) -> tuple[pd.DataFrame, str]:
        """Rows of the period nearest to the reporting date, the earlier of two."""
        wanted = date.fromisoformat(self._date)
        periods = sorted(rows["period"].unique())
        period = min(periods, key=lambda p: abs((date.fromisoformat(p) - wanted).days))
        return rows[rows["period"] == period], str(period)

    def _aligned(self, table: pd.DataFrame) -> pd.DataFrame:
        """One row per area in the wanted order; an area without a row is missing."""
        if table["area"].duplicated().any():
            raise ValueError("an area has two values for one cell")
        wanted = table.set_index("area").reindex(self._areas).rename_axis("area").reset_index()
        wanted.loc[wanted["need"].isna(), "status"] = Status.MISSING
        return wanted

    def _missing(self, group: TargetGroup, name: str, known: dict[str, str], file: str) -> None:
        wrong = f"{name!r} gibt es auf der feinsten Ebene nicht"
        place = (f"Zielgruppe {group.key}", wrong)
        add_unknown(self.found, place, name, known, EXPORTED.format(file))
