"""Weights from an official key table, checked against the outlines."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from geodata.crosswalk.model import Crosswalk, Findings, finish, names_of, percent
from geodata.crosswalk.pieces import cut
from geodata.errors import KeyJoinError, ProblemCollector, TableError
from geodata.files import ROW, TableFormat, read_table, require_columns
from geodata.files.numbers import parse_numbers

SUM_TOLERANCE = 0.005
"""Weights of a source may miss 1 by this much: rounding in the file."""
LARGE_PIECE = 0.05
"""A common piece of this share of the source must be in the table, or it is named."""


def read_keys(path: Path, fmt: TableFormat, old: str, new: str, weight: str | None) -> pd.DataFrame:
    """Read a key table.

    Parameters
    ----------
    path, fmt
        The file and how it is written.
    old, new
        Columns of the old and the new keys.
    weight
        Column of the share of the old area that the new one gets; None where there is none.

    Returns
    -------
    DataFrame
        ``source, target, weight`` (NaN without a column), and `ROW`.

    Raises
    ------
    TableError
        A column is missing, a cell is empty or no share, or a pair stands twice.
    """
    table = read_table(path, fmt)
    require_columns(path, table, [old, new, *([weight] if weight else [])])
    found = ProblemCollector()
    frame = pd.DataFrame(
        {"source": table[old].str.strip(), "target": table[new].str.strip(), ROW: table[ROW]}
    )
    frame["weight"] = _shares(table[weight], fmt) if weight else np.nan
    for name, column in ((old, "source"), (new, "target")):
        for row in frame.loc[frame[column] == "", ROW]:
            found.add(f"{path.name}, Zeile {row}, {name}", "leer", "ein Schlüssel")
    if weight:
        wrong = ~frame["weight"].between(0, 1)
        for row, text in zip(frame.loc[wrong, ROW], table.loc[wrong, weight], strict=True):
            found.add(
                f"{path.name}, Zeile {row}, {weight}",
                f"gefunden {text!r}",
                "ein Anteil von 0 bis 1",
            )
    for row in frame.loc[frame.duplicated(["source", "target"]), ROW]:
        found.add(f"{path.name}, Zeile {row}", "dasselbe Paar noch einmal", "jedes Paar einmal")
    found.raise_if_any(TableError, f"Die Schlüsseltabelle {path.name} ist fehlerhaft.")
    return frame


def _shares(column: pd.Series, fmt: TableFormat) -> pd.Series:
    return parse_numbers(column.str.strip(), fmt)


def by_keys(
    old: gpd.GeoDataFrame, new: gpd.GeoDataFrame, keys: pd.DataFrame, name: str
) -> Crosswalk:
    """Divide as a key table says.

    Without weights an old area with several new ones is divided by area among them, and
    named. What table and outlines say differently is named too; the table is followed.

    Parameters
    ----------
    old, new
        ``area`` and ``geometry``.
    keys
        From `read_keys`.
    name
        Of the file, for messages.

    Raises
    ------
    KeyJoinError
        Keys are unknown or missing, or the weights of an area do not sum to 1.
    """
    _refuse_unknown(keys, old, new, name)
    found = cut(old, new)
    pieces = found.table.rename(columns={"weight": "share"})
    table = keys.merge(pieces, on=["source", "target"], how="left", validate="one_to_one")
    several = table.groupby("source")["target"].transform("size") > 1
    unweighted = several & table["weight"].isna()
    _refuse_apart(table, unweighted, names_of(old), name)
    weight = table["weight"].mask(unweighted, table["share"]).where(several, 1.0)
    findings = replace(
        found.findings,
        rest={},  # where the outlines end says nothing of people whom the table has placed
        by_area=tuple(sorted(set(table.loc[unweighted, "source"]))),
        contradictions=tuple(_contradictions(table, pieces, found.findings, old, new)),
    )
    return finish(table.assign(weight=weight.fillna(0.0)), old, new, "keys", findings)


def _refuse_unknown(
    keys: pd.DataFrame, old: gpd.GeoDataFrame, new: gpd.GeoDataFrame, name: str
) -> None:
    found = ProblemCollector()
    for column, areas, word in (("source", old, "alten"), ("target", new, "neuen")):
        unknown = keys[~keys[column].isin(areas["area"])]
        for row, key in zip(unknown[ROW], unknown[column], strict=True):
            found.add(
                f"{name}, Zeile {row}", f"unbekannt {key!r}", f"ein Schlüssel des {word} Stands"
            )
    total = keys.groupby("source")["weight"].sum(min_count=1)
    for key, weight in total[(total - 1).abs() > SUM_TOLERANCE].items():
        found.add(f"{name}, {key}", f"Anteile zusammen {weight:.3f}", "zusammen 1")
    known = names_of(old)
    for key in sorted(set(old["area"]) - set(keys["source"])):
        found.add(f"{name}, {known[key]}", "fehlt", "jedes alte Gebiet mindestens einmal")
    found.raise_if_any(KeyJoinError, f"Die Schlüsseltabelle {name} passt nicht zu den Gebieten.")


def _refuse_apart(
    table: pd.DataFrame, unweighted: pd.Series, named: dict[str, str], name: str
) -> None:
    """Without weights the outlines must say how an area is divided."""
    known = table[unweighted].groupby("source")["share"].sum()
    found = ProblemCollector()
    for key in known.index[known == 0]:
        what = "mehrere Ziele ohne Anteile, und die Umrisse berühren keines davon"
        found.add(f"{name}, {named[key]}", what, "eine Spalte mit Anteilen")
    found.raise_if_any(KeyJoinError, f"Die Schlüsseltabelle {name} sagt nicht, wie geteilt wird.")


def _contradictions(
    table: pd.DataFrame,
    pieces: pd.DataFrame,
    cut_findings: Findings,
    old: gpd.GeoDataFrame,
    new: gpd.GeoDataFrame,
) -> Iterator[str]:
    """Pairs of the table without land in common, and land in common without a pair."""
    old_name, new_name = names_of(old), names_of(new)
    outside = cut_findings.rest
    for row in table[table["share"].isna() & (table["weight"].fillna(1) > 0)].itertuples():
        if outside.get(str(row.source), 0.0) < 1:
            yield (
                f"{old_name[str(row.source)]} soll zu {new_name[str(row.target)]} gehören, "
                "hat aber keine Fläche mit ihm gemeinsam."
            )
    known = pd.MultiIndex.from_frame(table[["source", "target"]])
    missed = pieces[~pd.MultiIndex.from_frame(pieces[["source", "target"]]).isin(known)]
    for row in missed[missed["share"] >= LARGE_PIECE].itertuples():
        yield (
            f"{old_name[str(row.source)]} liegt zu {percent(float(str(row.share)))} in "
            f"{new_name[str(row.target)]}, steht aber nicht dabei."
        )
