"""Weights from an official key table, checked against the outlines."""

from collections.abc import Collection, Iterator
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
"""Weights of a source may miss 1 by this much, or by half a last digit for each of them."""
LARGE_PIECE = 0.05
"""A common piece of this share of the source must be in the table, or it is named."""


def read_keys(
    path: Path,
    fmt: TableFormat,
    old: str,
    new: str,
    weight: str | None,
    *,
    in_percent: bool = False,
) -> pd.DataFrame:
    """Read a key table.

    Parameters
    ----------
    path, fmt
        The file and how it is written.
    old, new
        Columns of the old and the new keys.
    weight
        Column of the share of the old area that the new one gets; None where there is none.
    in_percent
        Whether the shares of an area sum to 100; a ``%`` beside a number does not matter.

    Returns
    -------
    DataFrame
        ``source, target, weight`` (NaN without a column), ``digit`` (what the last printed
        digit of the weight is worth), and `ROW`.

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
    unit = 100.0 if in_percent else 1.0
    frame["weight"] = _shares(table[weight], fmt) / unit if weight else np.nan
    frame["digit"] = _last_digit(table[weight], fmt) / unit if weight else 0.0
    for name, column in ((old, "source"), (new, "target")):
        for row in frame.loc[frame[column] == "", ROW]:
            found.add(f"{path.name}, Zeile {row}, {name}", "leer", "ein Schlüssel")
    if weight:
        wrong = ~frame["weight"].between(0, 1)
        for row, text in zip(frame.loc[wrong, ROW], table.loc[wrong, weight], strict=True):
            found.add(
                f"{path.name}, Zeile {row}, {weight}",
                f"gefunden {text!r}",
                "ein Anteil von 0 bis 100 Prozent"
                if in_percent
                else "ein Anteil von 0 bis 1 (in Prozent mit percent = true)",
            )
    for row in frame.loc[frame.duplicated(["source", "target"]), ROW]:
        found.add(f"{path.name}, Zeile {row}", "dasselbe Paar noch einmal", "jedes Paar einmal")
    found.raise_if_any(TableError, f"Die Schlüsseltabelle {path.name} ist fehlerhaft.")
    return frame


def _shares(column: pd.Series, fmt: TableFormat) -> pd.Series:
    return parse_numbers(_bare(column), fmt)


def _bare(column: pd.Series) -> pd.Series:
    return column.str.replace("%", "").str.strip()


def _last_digit(column: pd.Series, fmt: TableFormat) -> pd.Series:
    """0.01 for ``"0,25"``; 1 for a whole number."""
    places = _bare(column).str.partition(fmt.decimal)[2].str.len()
    return 10.0 ** -places.astype("float64")


def by_keys(
    old: gpd.GeoDataFrame, new: gpd.GeoDataFrame, keys: pd.DataFrame, name: str
) -> Crosswalk:
    """Divide as a key table says.

    Without weights an old area with several new ones is divided by area among them, and
    named. What table and outlines say differently is named too; the table is followed. Rows
    of which neither key is known are about other places, as in a table of the whole country:
    they are set aside and counted.

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
    here = keys["source"].isin(old["area"]) | keys["target"].isin(new["area"])
    aside, table_keys, keys = int((~here).sum()), keys["source"], keys[here]
    _refuse_unknown(keys, old, new, name, set(table_keys))
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
        aside=aside,
        normed=_normed(keys),
        contradictions=tuple(_contradictions(table, pieces, found.findings, old, new)),
    )
    return finish(table.assign(weight=weight.fillna(0.0)), old, new, "keys", findings)


def _refuse_unknown(
    keys: pd.DataFrame,
    old: gpd.GeoDataFrame,
    new: gpd.GeoDataFrame,
    name: str,
    every: Collection[str],
) -> None:
    found = ProblemCollector()
    for column, areas, word in (("source", old, "alten"), ("target", new, "neuen")):
        unknown = keys[~keys[column].isin(areas["area"])]
        for row, key in zip(unknown[ROW], unknown[column], strict=True):
            found.add(
                f"{name}, Zeile {row}", f"unbekannt {key!r}", f"ein Schlüssel des {word} Stands"
            )
    total = _totals(keys)
    for key, weight in total.loc[~total["fits"], "weight"].items():
        found.add(
            f"{name}, {key}", f"Anteile zusammen {weight:.3f}".replace(".", ","), "zusammen 1"
        )
    known = names_of(old)
    lived = old[old["inhabited"].astype("bool")] if "inhabited" in old else old
    for key in sorted(set(lived["area"]) - set(keys["source"])):
        short = str(key).lstrip("0")
        what = (
            f"fehlt; {short!r} steht darin, also gingen Nullen verloren" if short in every else ""
        )
        found.add(f"{name}, {known[key]}", what or "fehlt", "jedes alte Gebiet mindestens einmal")
    found.raise_if_any(KeyJoinError, f"Die Schlüsseltabelle {name} passt nicht zu den Gebieten.")


def _totals(keys: pd.DataFrame) -> pd.DataFrame:
    """Sum of the weights by source, and whether it is 1 but for rounding in the file."""
    groups = keys.groupby("source")
    total = groups["weight"].sum(min_count=1)
    rounding = (groups["digit"].sum() / 2).clip(lower=SUM_TOLERANCE)
    fits = total.isna() | ((total - 1).abs() <= rounding + 1e-9)
    return pd.DataFrame({"weight": total, "fits": fits})


def _normed(keys: pd.DataFrame) -> int:
    """How many sources have weights that sum to 1 only after rounding."""
    total = _totals(keys)["weight"]
    return int(((total - 1).abs() > 1e-9).sum())


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
