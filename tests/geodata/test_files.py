"""Tables as offices deliver them: encodings, headers, keys as text."""

import pandas as pd
import pytest
import xlsxwriter

from geodata.errors import FileMissingError, TableError
from geodata.files import ROW, TableFormat, read_table, require_columns, tidy


def test_key_keeps_its_zeros_and_cells_their_words(tmp_path):
    file = tmp_path / "a.csv"
    file.write_bytes("Schlüssel;Straße;Quote\r\n01011101;Große;1.234,5\r\n;;\r\n".encode("cp1252"))
    table = read_table(file, TableFormat(encoding="cp1252"))
    assert table.to_dict("records") == [
        {"Schlüssel": "01011101", "Straße": "Große", "Quote": "1.234,5", ROW: 2}
    ]


@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_utf8_with_and_without_byte_order_mark(tmp_path, bom):
    (tmp_path / "a.csv").write_text(f"{bom}Ort;n\nÜ;1\n", encoding="utf-8")
    assert list(read_table(tmp_path / "a.csv", TableFormat()).columns) == ["Ort", "n", ROW]


def test_title_above_and_footer_below_are_skipped_and_rows_keep_their_number(tmp_path):
    (tmp_path / "a.csv").write_text("Titel\n\nOrt;n\nA;1\nB;2\nQuelle: Amt\n", encoding="utf-8")
    table = read_table(tmp_path / "a.csv", TableFormat(skip_rows=2, footer_rows=1))
    assert table[ROW].tolist() == [4, 5]


def test_spreadsheet_numbers_lose_the_decimal_point_they_never_had(tmp_path):
    book = xlsxwriter.Workbook(str(tmp_path / "a.xlsx"))
    sheet = book.add_worksheet("Daten")
    sheet.write_row(0, 0, ["Schlüssel", "Anzahl", "Quote"])
    sheet.write_string(1, 0, "01011101")
    sheet.write_number(1, 1, 12)
    sheet.write_number(1, 2, 12.5)
    book.close()
    table = read_table(tmp_path / "a.xlsx", TableFormat(sheet="Daten"))
    assert table.iloc[0].tolist() == ["01011101", "12", "12,5", 2]


def test_soft_hyphens_and_no_break_spaces_are_taken_out_of_labels():
    assert tidy("Bedarfs\u00adgemein\u00adschaften\u00a0 mit\nKindern") == (
        "Bedarfsgemeinschaften mit Kindern"
    )


def test_every_row_with_a_wrong_number_of_fields_is_named(tmp_path):
    (tmp_path / "a.csv").write_text("Ort;n\nA;1;9\nB;2\nC\n", encoding="utf-8")
    with pytest.raises(TableError) as error:
        read_table(tmp_path / "a.csv", TableFormat())
    assert [p.where for p in error.value.problems] == ["a.csv, Zeile 2", "a.csv, Zeile 4"]


@pytest.mark.parametrize(
    ("content", "fmt", "words"),
    [
        (b"\xff\xfeOrt", TableFormat(encoding="utf-8"), "nicht in utf-8"),
        (b"Ort;Ort\n1;2\n", TableFormat(), "nicht eindeutig"),
        (b"", TableFormat(), "keine Kopfzeile"),
        (b"Ort\n", TableFormat(encoding="klingonisch"), "gibt es nicht"),
    ],
)
def test_unreadable_files_say_what_is_wrong(tmp_path, content, fmt, words):
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(TableError, match=words):
        read_table(tmp_path / "a.csv", fmt)


def test_a_missing_file_a_wrong_sheet_and_a_text_that_is_no_spreadsheet(tmp_path):
    with pytest.raises(FileMissingError, match=r"a\.csv"):
        read_table(tmp_path / "a.csv", TableFormat())
    (tmp_path / "b.xlsx").write_text("kein Blatt", encoding="utf-8")
    with pytest.raises(TableError, match="keine lesbare Tabellendatei"):
        read_table(tmp_path / "b.xlsx", TableFormat())
    book = xlsxwriter.Workbook(str(tmp_path / "c.xlsx"))
    book.add_worksheet("Daten")
    book.close()
    with pytest.raises(TableError, match="Daten"):
        read_table(tmp_path / "c.xlsx", TableFormat(sheet="Zahlen"))


def test_missing_columns_are_listed_with_what_there_is(tmp_path):
    with pytest.raises(TableError) as error:
        require_columns(tmp_path / "a.csv", pd.DataFrame({"Ort": ["A"], ROW: [2]}), ["n", "m"])
    assert str(error.value).count("fehlt") == 2
    assert "Erlaubt: Ort" in str(error.value)
