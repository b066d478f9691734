"""A comparison as JSON or XLSX."""

import json
from dataclasses import asdict
from pathlib import Path

import pandas as pd

from atlas.folders import scratch_beside
from atlas.placement.compare.model import Comparison
from atlas.placement.compare.words import (
    reach_columns,
    reach_table,
    sentences,
    session_columns,
    session_table,
)
from atlas.placement.sheet.grid import Book, Cell, Column, Kind
from atlas.wording import text
from geodata.errors import OutputError, Problem, why

_LINES = 110
_WIDTHS = {"room": 32, "group": 32, "counted": 36, "result": 36, "kind": 22}
_KINDS: dict[str, Kind] = {"points": "one"}


def comparison_json(c: Comparison, language: str = "de") -> str:
    """The comparison with its sentences as JSON text."""
    plain = {**asdict(c), "sentences": list(sentences(c, language))}
    return json.dumps(plain, ensure_ascii=False, indent=1) + "\n"


def write_comparison(c: Comparison, out: Path, language: str = "de") -> None:
    """Write a comparison; the ending of the name says how: ``.json`` or ``.xlsx``.

    A file of that name is replaced.

    Raises
    ------
    OutputError
        Another ending, or the file cannot be written.
    """
    if out.suffix not in (".json", ".xlsx"):
        problem = Problem("--out", f"gefunden {out.name!r}", "eine Datei .json oder .xlsx")
        raise OutputError("So kann der Vergleich nicht geschrieben werden.", [problem])
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with scratch_beside(out) as folder:
            scratch = folder / out.name
            if out.suffix == ".json":
                scratch.write_text(comparison_json(c, language), encoding="utf-8")
            else:
                _write_book(c, scratch, language)
            scratch.replace(out)
    except OSError as error:
        raise OutputError(f"{out} kann nicht geschrieben werden: {why(error)}.") from error


def _write_book(c: Comparison, path: Path, language: str) -> None:
    title = text("vergleich.sheet_title", language, a=c.a.name, b=c.b.name, city=c.city)
    with Book(path, title, c.city) as book:
        sheet = book.sheet(text("vergleich.sheet", language))
        sheet.set_column(0, 0, _LINES)
        book.lines(sheet, 0, sentences(c, language), book.wrap, _LINES)
        tables = (
            ("sheet_reach", reach_table(c, language), reach_columns(language)),
            ("sheet_sessions", session_table(c, language), session_columns(language)),
        )
        for key, table, titles in tables:
            _table(book, text(f"vergleich.{key}", language), table, titles)


def _table(book: Book, name: str, table: pd.DataFrame, titles: dict[str, str]) -> None:
    columns = [Column(t, _WIDTHS.get(k, 15), _kind(table[t], k)) for k, t in titles.items()]
    rows: list[list[Cell]] = [
        [None if pd.isna(cell) else cell for cell in row]
        for row in table.itertuples(index=False, name=None)
    ]
    book.table(book.sheet(name, large=True), 0, columns, rows)


def _kind(cells: pd.Series, key: str) -> Kind:
    return _KINDS.get(key, "whole") if pd.api.types.is_numeric_dtype(cells) else "text"
