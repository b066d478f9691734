"""An edition's tables as an office reads them: German headers, names beside keys.

A number that is not visible is empty here as well, whatever a table holds; only the
bounds that any reader can infer stand beside it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from atlas.concentration_words import base_name
from atlas.edition import Edition
from atlas.export.names import STATUS_WORDS, Names, citation, names_of
from atlas.wording import word_or_key
from geodata.crosswalk import METHODS as CROSSWALK_METHODS
from geodata.errors import EditionError
from indicators.status import VISIBLE, Status

HEADERS: Mapping[str, str] = {
    "vintage": "Gebietsstand",
    "level_name": "Ebene",
    "level": "Ebene (Schlüssel)",
    "area": "Gebiet (Schlüssel)",
    "area_name": "Gebiet",
    "name": "Name",
    "parent": "Übergeordnetes Gebiet (Schlüssel)",
    "inhabited": "Bewohnt",
    "period": "Stichtag",
    "measure_name": "Merkmal",
    "measure": "Merkmal (Schlüssel)",
    "indicator_name": "Kennzahl",
    "indicator": "Kennzahl (Schlüssel)",
    "group_name": "Gruppe",
    "group": "Gruppe (Schlüssel)",
    "unit_name": "Einheit",
    "count": "Anzahl",
    "value": "Wert",
    "low": "Schwankungsbereich von",
    "high": "Schwankungsbereich bis",
    "bound_low": "Mindestens",
    "bound_high": "Höchstens",
    "numerator": "Zähler",
    "denominator": "Nenner",
    "estimated_share": "Geschätzter Anteil",
    "from_vintage": "Gezählt auf dem Gebietsstand",
    "error_median": "Gemessener Fehler: Hälfte der Gebiete höchstens",
    "error_p90": "Gemessener Fehler: neun von zehn Gebieten höchstens",
    "status_name": "Status",
    "status": "Status (Code)",
    "index_name": "Index",
    "index": "Index (Schlüssel)",
    "score": "Indexwert",
    "class": "Einordnung",
    "robustness": "Anteil der Durchläufe mit dieser Einordnung",
    "basis_name": "Woraus die Durchläufe gezogen sind",
    "near": "Einordnung, deren Grenze nahe ist",
    "method": "Verfahren",
    "statistic": "Prüfgröße",
    "p_value": "p-Wert",
    "q_value": "q-Wert",
    "neighbours": "Nachbargebiete",
    "permutations": "Permutationen",
    "seed": "Startwert",
    "reason": "Begründung",
    "period_from": "Stichtag von",
    "period_to": "Stichtag",
    "change": "Veränderung",
    "break": "Bruch der Reihe",
    "points": "Stichtage mit Wert",
    "gaps": "Stichtage ohne Wert",
    "slope": "Veränderung im Jahr",
    "shrinkage": "Anteil des Mittels",
    "standard": "Altersstruktur von",
    "reference_name": "Verglichen mit",
    "reference": "Verglichen mit (Schlüssel)",
    "statistic_name": "Maß",
    "place": "Ort (Schlüssel)",
    "place_name": "Ort",
    "kind_name": "Art",
    "owner_name": "Träger",
    "barrier_free_name": "Barrierefreiheit",
    "capacity": "Plätze",
    "address": "Adresse",
    "weekday_name": "Wochentag",
    "start": "Beginn",
    "end": "Ende",
    "provider": "Anbieter",
    "team": "Team",
    "groups": "Zielgruppen",
    "valid_from": "Gültig ab",
    "valid_to": "Gültig bis",
    "source": "Quelle",
}
"""German header of every column that is exported."""

METHODS: Mapping[str, str] = {
    "none": "unverändert",
    "delivered": "aus der Lieferung",
    "sum": "Summe der Teilgebiete",
    "suppression": "geheim gehalten",
    "by_rule": "nicht gedruckt, weil dort kaum jemand lebt",
    "rounding": "gerundet",
    **{key: f"umgerechnet {words}" for key, words in CROSSWALK_METHODS.items()},
}
"""How a count came about; a method without a word here has one in the locale, or its key."""


@dataclass(frozen=True)
class Sheet:
    """One exported table.

    Parameters
    ----------
    key
        Name of the file and of the layer.
    title
        Name of the worksheet.
    table
        The edition's table.
    columns
        In the order of the file.
    numbers
        Columns that are emptied where the status is not a visible one.
    """

    key: str
    title: str
    table: str
    columns: tuple[str, ...]
    numbers: tuple[str, ...] = ()


_WHERE = ("vintage", "level_name", "level", "area", "area_name")
_STATUS = ("status_name", "status", "source")
_INDICATOR = ("indicator_name", "indicator", "group_name", "group")

SHEETS = (
    Sheet(
        "werte",
        "Werte",
        "values",
        (
            *_WHERE,
            "period",
            *_INDICATOR,
            "unit_name",
            *("value", "low", "high", "bound_low", "bound_high"),
            *("numerator", "denominator", "estimated_share"),
            *_STATUS,
        ),
        ("value", "low", "high"),
    ),
    Sheet(
        "fallzahlen",
        "Fallzahlen",
        "counts",
        (
            *_WHERE,
            "period",
            *("measure_name", "measure", "group_name", "group"),
            *("count", "bound_low", "bound_high", "method"),
            *_STATUS,
        ),
        ("count",),
    ),
    Sheet(
        "index",
        "Index",
        "index",
        (
            *_WHERE,
            "period",
            "index_name",
            "index",
            "score",
            "class",
            "robustness",
            "basis_name",
            "near",
            *_STATUS,
        ),
        ("score", "robustness"),
    ),
    Sheet(
        "haeufungen",
        "Räumliche Häufungen",
        "hotspots",
        (
            *_WHERE,
            "period",
            *_INDICATOR,
            *("method", "class", "statistic", "p_value", "q_value"),
            *("neighbours", "permutations", "seed", "reason"),
            *_STATUS,
        ),
        ("statistic", "p_value", "q_value"),
    ),
    Sheet(
        "veraenderungen",
        "Veränderungen",
        "trends",
        (
            *_WHERE,
            *("period_from", "period_to"),
            *_INDICATOR,
            *("change", "low", "high", "class", "break"),
            *_STATUS,
        ),
        ("change", "low", "high"),
    ),
    Sheet(
        "vergleichswerte",
        "Vergleichswerte (geschätzt)",
        "estimates",
        (
            *_WHERE,
            "period",
            *_INDICATOR,
            *("unit_name", "method", "value", "low", "high", "bound_low", "bound_high"),
            *("shrinkage", "standard", "reason"),
            *_STATUS,
        ),
        ("value", "low", "high"),
    ),
    Sheet(
        "umgerechnet",
        "Umgerechnet (Gebietsstand)",
        "apportioned",
        (
            *_WHERE,
            "period",
            *_INDICATOR,
            *("unit_name", "from_vintage", "method", "value", "bound_low", "bound_high"),
            *("numerator", "denominator", "estimated_share", "error_median", "error_p90"),
            *_STATUS,
        ),
        ("value",),
    ),
    Sheet(
        "verlaeufe",
        "Verläufe",
        "series",
        (
            *_WHERE,
            *("period_from", "period_to"),
            *_INDICATOR,
            *("points", "gaps", "method", "slope", "low", "high"),
            *("p_value", "q_value", "class", "break", "reason"),
            *_STATUS,
        ),
        ("slope", "low", "high", "p_value", "q_value"),
    ),
    Sheet(
        "negative_entwicklung",
        "Negative Entwicklung",
        "negative",
        (*_WHERE, *("period_from", "period_to", "kind_name", "reason", "source")),
    ),
    Sheet(
        "verteilung",
        "Verteilung",
        "concentration",
        (
            *("vintage", "level_name", "level", "period"),
            *("measure_name", "measure", "group_name", "group", "reference_name", "reference"),
            *("statistic_name", "value", "bound_low", "bound_high"),
            *_STATUS,
        ),
        ("value",),
    ),
    Sheet("gebiete", "Gebiete", "areas", (*_WHERE, "parent", "inhabited", "source")),
    Sheet(
        "orte",
        "Orte",
        "places",
        (
            *("place", "name", "kind_name", "owner_name", "barrier_free_name"),
            *("capacity", "address", "area", "source"),
        ),
    ),
    Sheet(
        "oeffnungszeiten",
        "Öffnungszeiten",
        "windows",
        ("place", "place_name", "weekday_name", "start", "end", "source"),
    ),
    Sheet(
        "sprechstunden",
        "Sprechstunden",
        "sessions",
        (
            *("place", "place_name", "provider", "team", "kind_name", "groups"),
            *("weekday_name", "start", "end", "valid_from", "valid_to", "source"),
        ),
    ),
)


def readable(edition: Edition, sheet: Sheet) -> pd.DataFrame:
    """A table of the edition with German headers.

    Parameters
    ----------
    edition
        The opened edition.
    sheet
        One of `SHEETS`.

    Returns
    -------
    DataFrame
        Keys and words as text, counts as nullable whole numbers, measures as floats.

    Raises
    ------
    EditionError
        A key of the table has no name in the edition.
    """
    names = names_of(edition)
    table = _visible_only(edition.table(sheet.table), sheet.numbers)
    columns = {key: _column(table, key, sheet, names) for key in sheet.columns}
    frame = pd.DataFrame(columns)
    return frame.rename(columns=HEADERS)


def _visible_only(table: pd.DataFrame, numbers: tuple[str, ...]) -> pd.DataFrame:
    """Empty the numbers that a status hides; the numerator with a suppressed value."""
    if "status" not in table:
        return table
    hidden = ~table["status"].isin(VISIBLE)
    table = table.copy()
    for column in numbers:
        table[column] = table[column].mask(hidden)
    if "numerator" in table:
        table["numerator"] = table["numerator"].mask(table["status"] == Status.SUPPRESSED)
    return table


def _column(table: pd.DataFrame, key: str, sheet: Sheet, names: Names) -> pd.Series:
    if key == "source":
        return _own_source(table, names) if "source" in table else _citations(table, names)
    if key in table and key not in _RAW_WORDS:
        return _yes_or_no(table[key]) if table[key].dtype == "boolean" else table[key]
    return _NAMED[key](table, names).astype("str").rename(f"{sheet.key}/{key}")


def _own_source(table: pd.DataFrame, names: Names) -> pd.Series:
    """What rows that name their source themselves cite: its attribution and licence."""
    edition = names.edition
    known = {
        card.title: f"{card.attribution or card.publisher} ({card.licence}); "
        f"Ausgabe {edition.manifest.id}"
        for card in edition.manifest.sources
    }
    return table["source"].map(lambda title: known.get(str(title), str(title))).astype("str")


def _citations(table: pd.DataFrame, names: Names) -> pd.Series:
    """What each row cites, by its reporting date where it has one."""
    dates = next((table[c] for c in ("period", "period_to") if c in table), None)
    if dates is None:
        return pd.Series(citation(names.edition, ""), index=table.index, dtype="str")
    known = {d: citation(names.edition, str(d)) for d in dates.unique()}
    return dates.map(known).astype("str")


def _yes_or_no(flags: pd.Series) -> pd.Series:
    return flags.map({True: "ja", False: "nein"}).astype("str")


def _area_name(table: pd.DataFrame, names: Names) -> pd.Series:
    keys = pd.MultiIndex.from_frame(table[["vintage", "level", "area"]])
    found = names.areas.reindex(keys)
    if found.isna().any():
        lost = sorted({" / ".join(k) for k in keys[found.isna().to_numpy()]})
        raise EditionError(f"Gebiete ohne Eintrag in der Ausgabe: {', '.join(lost[:10])}.")
    return pd.Series(found.to_numpy(), index=table.index)


def _mapped(column: str, mapping: str) -> Callable[[pd.DataFrame, Names], pd.Series]:
    def named(table: pd.DataFrame, names: Names) -> pd.Series:
        words: Mapping[str, str] = getattr(names, mapping)
        found = table[column].map(words)
        lost = sorted(set(table.loc[found.isna() & table[column].notna(), column]))
        if lost:
            raise EditionError(f"Schlüssel ohne Namen in der Ausgabe: {', '.join(lost[:10])}.")
        return found

    return named


def _worded(column: str) -> Callable[[pd.DataFrame, Names], pd.Series]:
    def named(table: pd.DataFrame, _: Names) -> pd.Series:
        section = column
        if column == "kind" and "provider" in table:
            section = "session_kind"
        elif column == "kind" and "reason" in table:
            section = "development_kind"
        return table[column].map(lambda key: word_or_key(section, str(key)))

    return named


def _statistic(table: pd.DataFrame, _: Names) -> pd.Series:
    return table["statistic"].map(lambda key: word_or_key("statistic", str(key)))


def _reference(table: pd.DataFrame, _: Names) -> pd.Series:
    return table["reference"].map(lambda cell: base_name(str(cell)))


def _group_list(table: pd.DataFrame, names: Names) -> pd.Series:
    """Several groups in one cell, separated by semicolons or commas."""
    lists = table["groups"].fillna("").str.split(r"[;,]\s*", regex=True)
    return lists.map(lambda keys: ", ".join(names.groups.get(k, k) for k in keys))


def _method(table: pd.DataFrame, _: Names) -> pd.Series:
    return table["method"].map(lambda key: METHODS.get(key, word_or_key("method", key)))


def _status_name(table: pd.DataFrame, _: Names) -> pd.Series:
    return table["status"].map(STATUS_WORDS)


_NAMED: Mapping[str, Callable[[pd.DataFrame, Names], pd.Series]] = {
    "area_name": _area_name,
    "level_name": _mapped("level", "levels"),
    "measure_name": _mapped("measure", "measures"),
    "indicator_name": _mapped("indicator", "indicators"),
    "unit_name": _mapped("indicator", "units"),
    "group_name": _mapped("group", "groups"),
    "statistic_name": _statistic,
    "reference_name": _reference,
    "basis_name": _worded("basis"),
    "index_name": _mapped("index", "indices"),
    "place_name": _mapped("place", "places"),
    "weekday_name": _worded("weekday"),
    "kind_name": _worded("kind"),
    "owner_name": _worded("owner"),
    "barrier_free_name": _worded("barrier_free"),
    "groups": _group_list,
    "method": _method,
    "status_name": _status_name,
}
"""How a column is made that an edition's table does not have."""

_RAW_WORDS = ("groups", "method")
"""Columns of an edition's tables whose keys are put into words."""


def is_number(column: pd.Series) -> bool:
    """Whether a column holds numbers, not keys or words."""
    return bool(np.issubdtype(column.dtype.type, np.number)) or str(column.dtype) == "Int64"
