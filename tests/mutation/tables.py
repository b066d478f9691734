"""Tables as published: wide, long, and the same cells in other formats."""

import re
from collections.abc import Callable
from dataclasses import replace
from importlib import resources
from pathlib import Path

import pandas as pd

from indicators.sources import Dataset, DatasetFile
from indicators.tables import read_dataset
from tests.mutation.base import AREAS, KEYS, NAMES, SOURCE, Numbers, rows_of, tidied
from tests.mutation.formats import as_csv

COUNTS = {"Einwohner": "residents", "unter 15": "residents/age_u15", "SGB II": "sgb2_persons"}
WIDE = Dataset(
    key="zahlen", source=SOURCE, level="raum", area="RAUM", symbols="musteramt",
    files=(DatasetFile("t.csv", "neu", "2024-12-31"),),
    counts=COUNTS, values={"Quote": "sgb2_quote"}, total_rows=("Stadt",),
)  # fmt: skip


def wide_rows() -> list[list[str]]:
    rows = [["RAUM", "Name", *COUNTS, "Quote"]]
    for i, (key, name) in enumerate(zip(KEYS, NAMES, strict=True)):
        people = 1000 + 37 * i
        rows.append(
            [
                key,
                name,
                str(people),
                str(people // 7),
                str(20 + 3 * i) if i != 2 else ".",
                f"{2 + i},{i}",
            ]
        )
    total = [sum(int(row[c]) for row in rows[1:]) for c in (2, 3)]
    return [*rows, ["Stadt", "Stadt gesamt", str(total[0]), str(total[1]), ".", "4,5"]]


def read_wide(dataset: Dataset, folder: Path) -> Numbers:
    reading = read_dataset(dataset, AREAS, folder, folder)
    found: Numbers = {}
    for area, measure, group, count, status in reading.counts[
        ["area", "measure", "group", "count", "status"]
    ].itertuples(index=False):
        found[(area, f"{measure}/{group}")] = None if pd.isna(count) else int(count)
        found[(area, f"{measure}/{group}", "status")] = status
    for area, key, value, status in reading.values[
        ["area", "indicator", "value", "status"]
    ].itertuples(index=False):
        found[(area, key)] = None if pd.isna(value) else float(value)
        found[(area, key, "status")] = status
    return found


def symbol_of(text: str) -> tuple[object, str] | None:
    known = {
        "–": (0, "zero"),
        "…": (None, "missing"),
        ".": (None, "suppressed"),
        "": (None, "missing"),
    }
    return known.get(text)


def plain_wide(data: bytes) -> Numbers:
    found: Numbers = {}
    for row in rows_of(data):
        key = row.get("RAUM", "").strip()
        for column, target in COUNTS.items():
            text = tidied(row.get(column, ""))
            cell = (key, target if "/" in target else f"{target}/total")
            if (symbol := symbol_of(text)) is not None:
                found[cell], found[(*cell, "status")] = symbol
            elif re.fullmatch(r"[0-9]+(,0+)?", text):
                count = int(text.partition(",")[0])
                found[cell] = count
                found[(*cell, "status")] = "published" if count else "zero"
        text = tidied(row.get("Quote", ""))
        cell = (key, "sgb2_quote")
        if (symbol := symbol_of(text)) is not None:
            value, status = symbol
            found[cell], found[(*cell, "status")] = None if value is None else 0.0, status
        else:
            try:
                found[cell], found[(*cell, "status")] = float(text.replace(",", ".")), "published"
            except ValueError:
                continue
    return found


LONG = Dataset(
    key="lang", source=SOURCE, level="raum", area="Gebiet", match="name", layout="long",
    labels="labels.csv", label_columns=("Merkmal",), value_column="Wert", period_column="Jahr",
    period_template="{}-12-31", symbols="musteramt", files=(DatasetFile("t.csv", "neu"),),
)  # fmt: skip
LABELS = """Merkmal;target;action;reason
Einwohner;residents;use;
unter 15;residents/age_u15;use;
Davon weiblich;;set_aside;nicht gebraucht
"""
TARGETS = {"Einwohner": "residents/total", "unter 15": "residents/age_u15"}


def long_rows() -> list[list[str]]:
    rows = [["Jahr", "Gebiet", "Merkmal", "Wert"]]
    for i, name in enumerate(NAMES):
        for year in (2023, 2024):
            for k, label in enumerate((*TARGETS, "Davon weiblich")):
                rows.append([str(year), name, label, str(100 * (k + 1) + 7 * i + year - 2023)])
    return rows


def read_long(folder: Path) -> Numbers:
    (folder / "labels.csv").write_text(LABELS, encoding="utf-8")
    counts = read_dataset(LONG, AREAS, folder, folder).counts
    return {
        (area, period, f"{measure}/{group}"): None if pd.isna(count) else int(count)
        for area, period, measure, group, count in counts[
            ["area", "period", "measure", "group", "count"]
        ].itertuples(index=False)
    }


def plain_long(data: bytes) -> Numbers:
    found: Numbers = {}
    key = dict(zip(NAMES, KEYS, strict=True))
    for row in rows_of(data):
        area, label, text = (
            key.get(tidied(row.get("Gebiet", ""))),
            tidied(row.get("Merkmal", "")),
            tidied(row.get("Wert", "")),
        )
        if area and label in TARGETS:
            cell = (area, f"{tidied(row.get('Jahr', ''))}-12-31", TARGETS[label])
            if (symbol := symbol_of(text)) is not None:
                found[cell] = symbol[0]
            elif text.isascii() and text.isdigit():
                found[cell] = int(text)
    return found


# What a publisher's symbols mean --------------------------------------------------------------

PROFILE = replace(WIDE, symbols="t.toml", files=(DatasetFile("zahlen.csv", "neu", "2024-12-31"),))


def profile_text(_: Path) -> bytes:
    return (resources.files("indicators.symbols") / "musteramt.toml").read_bytes()


def read_profile(folder: Path) -> Numbers:
    (folder / "zahlen.csv").write_bytes(as_csv(wide_rows()))
    return read_wide(PROFILE, folder)


def read_as(file: str) -> Callable[[Path], Numbers]:
    """The wide table in another file."""
    dataset = replace(WIDE, files=(DatasetFile(file, "neu", "2024-12-31"),))
    return lambda folder: read_wide(dataset, folder)
