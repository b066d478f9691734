"""The tables of Musterstadt in the layouts of its offices: German headers, sums, symbols."""

from collections.abc import Iterable, Mapping

import pandas as pd

from atlas.demo import plan
from atlas.demo.regions import Regions
from atlas.demo.society import Atoms

NOTICE = "Musterstadt, erfundene Daten"
TOTAL_ROW = "Stadt insgesamt"
ZERO, LATER = "–", "…"

Columns = Mapping[str, tuple[str, ...]]
"""Header of a column and the counts (``measure/group``) whose sum it shows."""


def _named(measure: str, groups: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Put the measure before every group."""
    return {head: tuple(f"{measure}/{g}" for g in parts) for head, parts in groups.items()}


_YOUNG, _YOUTH = ("age_00_05", "age_06_14"), ("age_15_17", "age_18_24")
_MIDDLE, _OLD = ("age_25_54", "age_55_64"), ("age_65_79", "age_80plus")
RESIDENTS: Columns = _named(
    "residents",
    {
        "Insgesamt": (*_YOUNG, *_YOUTH, *_MIDDLE, *_OLD),
        "unter 6": ("age_00_05",),
        "6 bis unter 15": ("age_06_14",),
        "unter 15 zusammen": _YOUNG,
        "15 bis unter 18": ("age_15_17",),
        "18 bis unter 25": ("age_18_24",),
        "15 bis unter 25 zusammen": _YOUTH,
        "25 bis unter 55": ("age_25_54",),
        "55 bis unter 65": ("age_55_64",),
        "15 bis unter 65 zusammen": (*_YOUTH, *_MIDDLE),
        "65 bis unter 80": ("age_65_79",),
        "80 und älter": ("age_80plus",),
        "65 und älter zusammen": _OLD,
    },
)
HOUSEHOLDS: Columns = _named(
    "sgb2_bg",
    {
        "BG insgesamt": (
            "hh_single",
            "hh_single_parent",
            "hh_couple",
            "hh_couple_children",
            "hh_other",
        ),
        "Single-BG": ("hh_single",),
        "Alleinerziehende-BG": ("hh_single_parent",),
        "Partner-BG ohne Kinder": ("hh_couple",),
        "Partner-BG mit Kindern": ("hh_couple_children",),
        "Sonstige BG": ("hh_other",),
    },
)
PERSONS: Columns = {
    **_named(
        "sgb2_persons",
        {
            "Personen in BG": ("age_u15", "age_15_24", *_MIDDLE),
            "unter 15": ("age_u15",),
            "15 bis unter 25": ("age_15_24",),
            "25 bis unter 55": ("age_25_54",),
            "55 bis Regelaltersgrenze": ("age_55_64",),
        },
    ),
    **_named(
        "sgb2_elb",
        {
            "ELB insgesamt": ("age_15_24", *_MIDDLE),
            "ELB 15 bis unter 25": ("age_15_24",),
            "ELB 25 bis unter 55": ("age_25_54",),
            "ELB 55 bis Regelaltersgrenze": ("age_55_64",),
        },
    ),
}
UNEMPLOYED: Columns = _named(
    "unemployed",
    {
        "Arbeitslose": ("legal_sgb2", "legal_sgb3"),
        "im Rechtskreis SGB II": ("legal_sgb2",),
        "im Rechtskreis SGB III": ("legal_sgb3",),
    },
)
_MEAN_AGE = (3, 10.5, 16.5, 21.5, 40, 59.5, 71.5, 85)


def by_area(counts: pd.DataFrame, atoms: Atoms, regions: Regions, period: str) -> pd.DataFrame:
    """Counts of every Planungsraum in the vintage in force; uninhabited ones have zeros."""
    vintage = plan.vintage_of(period)
    keys = atoms.old if vintage == "2019" else atoms.new
    part = counts[counts["period"] == period].drop(columns="period").set_index("atom")
    areas = regions.table.loc[regions.table["vintage"] == vintage, "area"]
    sums = part.groupby(pd.Series(keys, index=part.index)).sum()
    return sums.reindex(areas, fill_value=0)


def sheet(table: pd.DataFrame, columns: Columns, names: pd.Series) -> pd.DataFrame:
    """Key, name and the sums asked for, with the row of the whole city at the end."""
    body = pd.DataFrame({head: table[list(parts)].sum(axis=1) for head, parts in columns.items()})
    body.loc[TOTAL_ROW] = body.sum()
    body.insert(0, "Raum", names.reindex(body.index).fillna(""))
    body.insert(0, "Raumnummer", body.index)
    return body.reset_index(drop=True)


def residents_sheet(table: pd.DataFrame, names: pd.Series) -> pd.DataFrame:
    """Residents as text: points between thousands, and two means that are not counts."""
    body = sheet(table, RESIDENTS, names)
    ages = [head for head, parts in RESIDENTS.items() if len(parts) == 1]
    everyone = body["Insgesamt"]
    old = 100 * body["65 und älter zusammen"] / everyone
    mean = (body[ages] * list(_MEAN_AGE)).sum(axis=1) / everyone
    for head in RESIDENTS:
        body[head] = body[head].map(lambda n: f"{n:,}".replace(",", "."))
    body["Anteil 65 und älter"] = old.map(_decimal)
    body["Durchschnittsalter"] = mean.map(_decimal)
    return body


def _decimal(number: float, digits: int = 1) -> str:
    return "" if pd.isna(number) else f"{number:.{digits}f}".replace(".", ",")


def german_date(period: str) -> str:
    """30.06.2024 for 2024-06-30."""
    year, month, day = period.split("-")
    return f"{day}.{month}.{year}"


def benefits_table(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Grundsicherung im Alter and Eingliederungshilfe of all periods in one long table."""
    frames = []
    for period, table in tables.items():
        younger, older = table["grusi_alter/age_65_79"], table["grusi_alter/age_80plus"]
        pensions = "Grundsicherung im Alter"
        mean_amount = (498 + 9 * (younger % 7) + older % 11 / 8).map(lambda x: _decimal(x, 2))
        if period == max(tables):
            mean_amount = pd.Series(LATER, index=table.index)
        rows = {
            (pensions, "insgesamt"): _symbols(younger + older),
            (pensions, "65 bis unter 80"): _symbols(younger),
            (pensions, "80 und älter"): _symbols(older),
            (pensions, "durchschnittlicher Betrag in Euro"): mean_amount.mask(
                younger + older == 0, ZERO
            ),
            ("Eingliederungshilfe", "insgesamt"): _symbols(table["eingliederungshilfe/total"]),
        }
        for (benefit, feature), values in rows.items():
            frames.append(_long(period, values, benefit, feature))
    return pd.concat(frames, ignore_index=True)


def _long(period: str, values: pd.Series, benefit: str, feature: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "Stichtag": german_date(period),
            "Gebietsstand": plan.vintage_of(period),
            "Raumnummer": values.index,
            "Leistung": benefit,
            "Merkmal": feature,
            "Wert": values.to_numpy(),
        }
    )


def _symbols(numbers: Iterable[int]) -> pd.Series:
    """Numbers as text, the publisher's symbol for an exact zero."""
    column = pd.Series(numbers)
    return column.astype("str").mask(column == 0, ZERO)
