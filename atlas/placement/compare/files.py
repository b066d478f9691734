"""A comparison as JSON or XLSX."""

import json
from dataclasses import asdict
from pathlib import Path

import pandas as pd

from atlas.folders import scratch_beside
from atlas.placement.compare.model import Comparison
from atlas.placement.compare.words import reach_table, sentences, session_table
from atlas.placement.sheet.grid import Book, Cell, Column, Kind
from geodata.errors import OutputError, Problem, why

_LINES = 110
_WIDTHS = {"Raum": 32, "Zielgruppe": 32, "gezählt werden": 36, "Ergebnis": 36, "Art": 22}
_KINDS: dict[str, Kind] = {"in Prozentpunkten": "one"}


def comparison_json(c: Comparison) -> str:
    """The comparison with its sentences as JSON text."""
    plain = {**asdict(c), "sentences": list(sentences(c))}
    return json.dumps(plain, ensure_ascii=False, indent=1) + "\n"


def write_comparison(c: Comparison, out: Path) -> None:
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
                scratch.write_text(comparison_json(c), encoding="utf-8")
            else:
                _write_book(c, scratch)
            scratch.replace(out)
    except OSError as error:
        raise OutputError(f"{out} kann nicht geschrieben werden: {why(error)}.") from error


def _write_book(c: Comparison, path: Path) -> None:
    with Book(path, f"Vergleich {c.a.name} und {c.b.name}, {c.city}", c.city) as book:
        sheet = book.sheet("Vergleich")
        sheet.set_column(0, 0, _LINES)
        book.lines(sheet, 0, sentences(c), book.wrap, _LINES)
        _table(book, "Erreichte", reach_table(c))
        _table(book, "Sprechstunden", session_table(c))


def _table(book: Book, name: str, table: pd.DataFrame) -> None:
    columns = [Column(str(t), _WIDTHS.get(str(t), 15), _kind(table, str(t))) for t in table.columns]
    rows: list[list[Cell]] = [
        [None if pd.isna(cell) else cell for cell in row]
        for row in table.itertuples(index=False, name=None)
    ]
    book.table(book.sheet(name, large=True), 0, columns, rows)


def _kind(table: pd.DataFrame, title: str) -> Kind:
    numeric = pd.api.types.is_numeric_dtype(table[title])
    return _KINDS.get(title, "whole") if numeric else "text"
