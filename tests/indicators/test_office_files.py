"""Files as offices really deliver them: every number is the one that a person reads, or an error.

Each case stands for a file that somebody once sent: what spreadsheets, databases and people do
to a table of six areas with a count each.
"""

import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest
import xlsxwriter

from geodata.errors import UserError
from geodata.files import TableFormat
from indicators.records import count_cases
from indicators.sources import Dataset, DatasetFile
from indicators.tables import read_dataset
from tests.mutation.base import AREAS, KEYS, SOURCE, VINTAGES
from tests.mutation.cases import CASES

COUNTS = (11, 12, 13, 14, 15, 16)
LAST = KEYS[-1]


def read(file: Path, **of: object) -> dict[str, tuple[object, str]]:
    """Number and status by area."""
    settings = {"area": "RAUM", "counts": {"Zahl": "residents"}, "symbols": "musteramt"} | of
    dataset = Dataset(
        key="t", source=SOURCE, level="raum", files=(DatasetFile(file.name, "neu", "2024-12-31"),),
        values=settings.pop("values", {}), **settings,
    )  # fmt: skip
    found = read_dataset(dataset, AREAS, file.parent, file.parent)
    rows = found.counts[["area", "count", "status"]].itertuples(index=False)
    return {area: (None if pd.isna(n) else int(n), status) for area, n, status in rows}


def sound(last: object = COUNTS[-1]) -> dict[str, tuple[object, str]]:
    return {k: (n, "published") for k, n in zip(KEYS, COUNTS, strict=True)} | {
        LAST: last if isinstance(last, tuple) else (last, "published")
    }


def text_table(cell: str = "16", sep: str = ";", end: str = "\n") -> str:
    cells = [*map(str, COUNTS[:-1]), cell]
    lines = [f"RAUM{sep}Zahl", *(f"{k}{sep}{c}" for k, c in zip(KEYS, cells, strict=True))]
    return end.join(lines) + end


# One cell -------------------------------------------------------------------------------------

READ = {
    "16": 16, " 16 ": 16, "16\u00a0": 16, "\u00a016": 16, "16\u00ad": 16, "16\u200b": 16,
    "+16": 16, "'16": 16, "16,00": 16, "16,0": 16, "0": (0, "zero"), "-0": (0, "zero"),
    "–": (0, "zero"), "…": (None, "missing"), "": (None, "missing"), ".": (None, "suppressed"),
}  # fmt: skip

NO_NUMBERS = [
    "1.234", "1,234", "1 234", "1\u00a0234", "1\u202f234", "1'234", "1’234", "1.234.567", "12,000",
    "12.000", "12,5", "1.234,0", "1 234.5", "-", "—", "x", "X", "(5)", "5*", "5 r", "5)", "5 1)",
    "5²", "²", "1E+05", "1e3", "5%", "−5", "-5", "5-", "5,-", "16.", ",5", "ca. 5", "<3",
    "unter 3", "3-5", "1-3", "0x10", "٣", "５", "1/2", "½", "WAHR", "NULL", "NaN", "inf", "#NV",
    "#BEZUG!", "#WERT!", "=1+2", "01.02.2024", "Jan 05", "5€", "5 Personen", "k. A.", "n/a", "/",
    "1234567890123456", "9" * 400, "1_000", "O", "l6",
]  # fmt: skip


@pytest.mark.parametrize(("cell", "number"), READ.items(), ids=map(ascii, READ))
def test_a_cell_is_read_as_a_person_reads_it(tmp_path, cell, number):
    (tmp_path / "t.csv").write_text(text_table(cell), encoding="utf-8")
    assert read(tmp_path / "t.csv") == sound(number)


@pytest.mark.parametrize("cell", NO_NUMBERS, ids=map(ascii, NO_NUMBERS))
def test_what_may_be_read_in_two_ways_or_in_none_is_an_error_with_its_place(tmp_path, cell):
    (tmp_path / "t.csv").write_text(text_table(cell), encoding="utf-8")
    with pytest.raises(UserError, match=r"t\.csv, Zeile 7, Zahl"):
        read(tmp_path / "t.csv")


@pytest.mark.parametrize(
    ("cell", "decimal", "thousands", "number"),
    [
        ("1.234", ",", ".", 1234), ("1.234.567", ",", ".", 1234567), ("12.000", ",", ".", 12000),
        ("1,234", ".", ",", 1234), ("1 234", ",", " ", 1234), ("1\u202f234", ",", " ", 1234),
        ("1.234,00", ",", ".", 1234), ("1234", ",", ".", 1234),
        ("1.23", ",", ".", None), ("12.34.567", ",", ".", None), ("1.234.56", ",", ".", None),
        ("1,234", ",", ".", None), ("12,000", ",", ".", None), ("12.000", ".", ",", None),
        ("1 234", ",", ".", None),
    ],
)  # fmt: skip
def test_declared_marks_are_read_and_no_others(tmp_path, cell, decimal, thousands, number):
    (tmp_path / "t.csv").write_text(text_table(cell), encoding="utf-8")
    fmt = TableFormat(decimal=decimal, thousands=thousands)
    if number is None:
        with pytest.raises(UserError, match="Zeile 7"):
            read(tmp_path / "t.csv", format=fmt)
    else:
        assert read(tmp_path / "t.csv", format=fmt) == sound(number)


# The whole text file -----------------------------------------------------------------------------

PLAIN = text_table()
FILES: dict[str, tuple[bytes, TableFormat | None]] = {
    "UTF-16 with mark": (PLAIN.encode("utf-16"), TableFormat(encoding="utf-16")),
    "UTF-16 without saying so": (PLAIN.encode("utf-16"), None),
    "UTF-16 without mark": (PLAIN.encode("utf-16-le"), None),
    "UTF-8 with mark": (PLAIN.encode("utf-8-sig"), TableFormat()),
    "line ends of the Mac": (PLAIN.replace("\n", "\r").encode(), TableFormat()),
    "mixed line ends": (PLAIN.replace("\n", "\r\n", 3).encode(), TableFormat()),
    "no line end at the end": (PLAIN.rstrip("\n").encode(), TableFormat()),
    "empty lines between": (PLAIN.replace("\n", "\n\n").encode(), TableFormat()),
    "delimiters behind every row": (PLAIN.replace("\n", ";;;\n").encode(), TableFormat()),
    "delimiters behind the rows only": (
        PLAIN.replace("\n", ";;\n").replace(";;\n", "\n", 1).encode(), TableFormat(),
    ),
    "rows of delimiters at the end": ((PLAIN + ";\n;\n").encode(), TableFormat()),
    "every cell in quotes": (
        "\n".join(f'"{a}";"{b}"' for a, b in (r.split(";") for r in PLAIN.split())).encode(),
        TableFormat(),
    ),
    "a quote that never ends": (PLAIN.replace("13", '"13').encode(), None),
    "a quote within a cell": (PLAIN.replace("RAUM", 'RA"UM').encode(), None),
    "zeros between the letters": (PLAIN.replace("13", "1\0003").encode(), None),
    "sep= for Excel": (b"sep=;\r\n" + PLAIN.encode(), None),
    "sep= for Excel, declared": (b"sep=;\r\n" + PLAIN.encode(), TableFormat(skip_rows=1)),
    "another delimiter": (text_table(sep=",").encode(), None),
    "tabulators, declared": (text_table(sep="\t").encode(), TableFormat(delimiter="\t")),
    "the same heading twice": (PLAIN.replace("RAUM;Zahl", "Zahl;Zahl").encode(), None),
    "no heading": (PLAIN.partition("\n")[2].encode(), None),
    "soft hyphens in the heading": (PLAIN.replace("Zahl", "Za\u00adhl").encode(), TableFormat()),
    "blanks around the heading": (PLAIN.replace("Zahl", " Zahl\u00a0").encode(), TableFormat()),
    "a title above": (b"Einwohner;\nStand 31.12.2024;\n" + PLAIN.encode(), None),
    "a title above, declared": (
        b"Einwohner;\nStand 31.12.2024;\n" + PLAIN.encode(), TableFormat(skip_rows=2),
    ),
    "source and date below": ((PLAIN + "Quelle: Amt;31.12.2024\n").encode(), None),
    "source and date below, declared": (
        (PLAIN + "Quelle: Amt;31.12.2024\n").encode(), TableFormat(stop_at="Quelle"),
    ),
    "a subtotal among the rows": ((PLAIN + "Summe;81\n").encode(), None),
    "a row twice": ((PLAIN + "0106;16\n").encode(), None),
    "a row without its area": ((PLAIN + ";7\n").encode(), None),
    "a row moved by one cell": (PLAIN.replace("0103;", "0103;;").encode(), None),
    "a cell with a line break": (PLAIN.replace("13", '"13\n"').encode(), TableFormat()),
    "a million columns": (PLAIN.replace("Zahl", "Zahl" + ";" * 1_000_000).encode(), None),
    "a line without end": ((PLAIN + "x" * 300_000).encode(), None),
    "a web page": (b"<!DOCTYPE html><html><body>Bitte anmelden</body></html>", None),
    "nothing": (b"", None),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_a_text_file_gives_its_numbers_or_an_error(tmp_path, name):
    content, fmt = FILES[name]
    (tmp_path / "t.csv").write_bytes(content)
    if fmt is None:
        with pytest.raises(UserError) as error:
            read(tmp_path / "t.csv")
        assert "t.csv" in str(error.value)
    else:
        assert read(tmp_path / "t.csv", format=fmt) == sound()


# Workbooks -------------------------------------------------------------------------------------

Sheet = xlsxwriter.worksheet.Worksheet
Fill = Callable[[xlsxwriter.Workbook, Sheet], None]


def book(path: Path, fill: Fill, top: int = 0, left: int = 0) -> Path:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as made:
        sheet = made.add_worksheet("Tabelle")
        sheet.write_row(top, left, ["RAUM", "Zahl"])
        for i, (key, count) in enumerate(zip(KEYS, COUNTS, strict=True), top + 1):
            sheet.write_string(i, left, key)
            sheet.write_number(i, left + 1, count)
        fill(made, sheet)
    path.write_bytes(out.getvalue())
    return path


def last(value: object, code: str = "") -> Fill:
    """Put a value into the last cell, with a number format."""

    def fill(made: xlsxwriter.Workbook, sheet: Sheet) -> None:
        sheet.write(6, 1, value, made.add_format({"num_format": code}) if code else None)

    return fill


def hide_rows(_: xlsxwriter.Workbook, sheet: Sheet) -> None:
    sheet.autofilter(0, 0, 6, 1)
    sheet.filter_column(1, "x > 13")
    for row in (1, 2, 3):
        sheet.set_row(row, None, None, {"hidden": True})


def numeric_keys(_: xlsxwriter.Workbook, sheet: Sheet) -> None:
    for row, key in enumerate(KEYS, 1):
        sheet.write_number(row, 0, int(key))


def raised(made: xlsxwriter.Workbook, sheet: Sheet) -> None:
    sheet.write_rich_string(6, 1, "16", made.add_format({"font_script": 1}), "2")


BOOKS: dict[str, tuple[Fill, object]] = {
    "a number as text": (lambda _, s: s.write_string(6, 1, "16"), 16),
    "a number as text with a blank": (lambda _, s: s.write_string(6, 1, "16\u00a0"), 16),
    "leading zeros by format": (last(16, "0000"), 16),
    "thousands by format": (last(16000, "#,##0"), 16000),
    "zero shown as a dash": (last(0, '0;-0;"–"'), (0, "zero")),
    "a formula with its result": (lambda _, s: s.write_formula(6, 1, "=4*4", None, 16), 16),
    "an empty cell": (lambda _, s: s.write_string(6, 1, ""), (None, "missing")),
    "a hidden column": (lambda _, s: s.set_column(1, 1, None, None, {"hidden": True}), 16),
    "filtered and hidden rows": (hide_rows, 16),
    "keys that became numbers": (numeric_keys, 16),
    "a remark at a cell": (lambda _, s: s.write_comment(6, 1, "vorläufig"), 16),
    "columns of formats only": (lambda _, s: s.set_column(2, 9, 20), 16),
    "a formula without result": (lambda _, s: s.write_formula(6, 1, "=4*4"), None),
    "a formula that failed": (lambda _, s: s.write_formula(6, 1, "=1/0", None, "#DIV/0!"), None),
    "a date": (last(datetime(2024, 5, 1), "dd.mm.yyyy"), None),
    "a percentage": (last(0.16, "0%"), None),
    "a truth": (lambda _, s: s.write_boolean(6, 1, True), None),
    "a fraction shown as a whole": (last(15.6, "0"), None),
    "a number hidden by its format": (last(2, '[<3]"*";0'), None),
    "a number without any format": (last(2, ";;;"), None),
    "a number shown in thousands": (last(16000, "0,"), None),
    "a raised footnote": (raised, None),
    "joined cells": (lambda _, s: s.merge_range(5, 1, 6, 1, 31), None),
    "a number beyond all counting": (last(1e15), None),
    "noise of binary fractions": (last(16.0000000001), None),
}  # fmt: skip


@pytest.mark.parametrize("name", BOOKS)
def test_a_workbook_gives_what_it_shows_or_an_error(tmp_path, name):
    fill, number = BOOKS[name]
    path = book(tmp_path / "t.xlsx", fill)
    if number is None:
        with pytest.raises(UserError, match=r"t\.xlsx, Zeile [67], Zahl"):
            read(path)
    else:
        assert read(path) == sound(number)


def test_a_hidden_first_sheet_is_not_taken_for_the_one_that_people_see(tmp_path):
    with xlsxwriter.Workbook(tmp_path / "t.xlsx") as made:
        for name, shift in (("Alt", 100), ("Neu", 0)):
            sheet = made.add_worksheet(name)
            sheet.write_row(0, 0, ["RAUM", "Zahl"])
            for row, (key, count) in enumerate(zip(KEYS, COUNTS, strict=True), 1):
                sheet.write_row(row, 0, [key, count + shift])
        made.worksheets()[1].activate()
        made.worksheets()[0].hide()
    with pytest.raises(UserError, match=r"erste Blatt .* ausgeblendet.*\n.*zu sehen sind \"Neu\""):
        read(tmp_path / "t.xlsx")
    assert read(tmp_path / "t.xlsx", format=TableFormat(sheet="Neu")) == sound()


def test_a_table_that_begins_further_down_and_right_needs_its_first_row(tmp_path):
    path = book(tmp_path / "t.xlsx", lambda _, s: s.write(0, 0, "Einwohner"), top=3, left=2)
    with pytest.raises(UserError, match=r"t\.xlsx"):
        read(path)
    assert read(path, format=TableFormat(skip_rows=3)) == sound()


# Lists of cases --------------------------------------------------------------------------------


def cases(path: Path) -> dict[tuple[str, ...], object]:
    counts, _ = count_cases(replace(CASES, file=path.name), AREAS, VINTAGES, path.parent)
    total = counts[(counts["group"] == "total") & (counts["count"] > 0)]
    return {
        (a, p): int(n) for a, p, n in total[["area", "period", "count"]].itertuples(index=False)
    }


def case_book(path: Path, day: object, area: object, code: str = "dd.mm.yyyy") -> Path:
    with xlsxwriter.Workbook(path) as made:
        sheet = made.add_worksheet("Fälle")
        sheet.write_row(0, 0, ["Klage", "Ausgang", "Raum"])
        for row, (when, where) in enumerate(((datetime(2024, 2, 1), KEYS[0]), (day, area)), 1):
            sheet.write(row, 0, when, made.add_format({"num_format": code}))
            sheet.write(row, 1, "E")
            sheet.write(row, 2, where)
    return path


def test_a_case_in_a_workbook_has_its_day_and_its_area(tmp_path):
    path = case_book(tmp_path / "t.xlsx", "31.12.2024", KEYS[1])
    assert cases(path) == {(KEYS[0], "2024-06-30"): 1, (KEYS[1], "2024-12-31"): 1}


@pytest.mark.parametrize(
    ("day", "area"),
    [(45000, KEYS[1]), ("=TODAY()", KEYS[1]), (datetime(2024, 2, 1), "=1/0"), ("2024", KEYS[1]),
     ("31.02.2024", KEYS[1]), ("1.2.24", KEYS[1])],
)  # fmt: skip
def test_a_case_whose_day_or_area_is_none_is_an_error(tmp_path, day, area):
    path = case_book(tmp_path / "t.xlsx", day, area, "General" if day == 45000 else "dd.mm.yyyy")
    with pytest.raises(UserError, match=r"faelle|t\.xlsx"):
        cases(path)


def test_a_list_of_cases_asks_the_guard(tmp_path, monkeypatch):
    with zipfile.ZipFile(tmp_path / "t.xlsx", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", bytes(50_000_000))
    with pytest.raises(UserError, match="zu groß"):
        cases(tmp_path / "t.xlsx")
    table = pd.DataFrame({"Klage": ["01.02.2024"] * 9, "Ausgang": "E", "Raum": KEYS[0]})
    table.to_parquet(tmp_path / "t.parquet")
    assert cases(tmp_path / "t.parquet") == {(KEYS[0], "2024-06-30"): 9}
    monkeypatch.setattr("indicators.records.files._MOST_CASES", 8)
    with pytest.raises(UserError, match="behauptet 9 Zeilen"):
        cases(tmp_path / "t.parquet")
