"""Tables as offices deliver them: encodings, headers, keys as text."""

import csv
import io
import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from geodata.errors import FileMissingError, TableError
from geodata.files import (
    ROW,
    TableFormat,
    detect_format,
    inside,
    open_table,
    read_table,
    require_columns,
    tidy,
)


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


def _book(path, fill):
    book = xlsxwriter.Workbook(str(path))
    fill(book, book.add_worksheet("Daten"))
    book.close()
    return path


def test_several_header_rows_are_joined_by_the_merged_cells_of_the_file(tmp_path):
    def fill(_, sheet):
        sheet.merge_range(0, 0, 1, 0, "Gebiet")
        sheet.merge_range(0, 1, 0, 2, "Personen\nin Bedarfs\u00adgemeinschaften")
        sheet.write_row(1, 1, ["unter 15", "ab 15"])
        sheet.write_row(2, 0, ["01", 3, 4])

    table = read_table(_book(tmp_path / "a.xlsx", fill), TableFormat(header_rows=2))
    stem = "Personen in Bedarfsgemeinschaften"
    assert list(table.columns) == ["Gebiet", f"{stem} / unter 15", f"{stem} / ab 15", ROW]
    assert table.iloc[0].tolist() == ["01", "3", "4", 3]


def test_header_groups_of_a_text_file_reach_to_the_next_group(tmp_path):
    (tmp_path / "a.csv").write_text(";Männer;;Frauen\nNr;2023;2024;2024\n01;1;2;3\n")
    table = read_table(tmp_path / "a.csv", TableFormat(header_rows=2))
    assert list(table.columns)[:4] == ["Nr", "Männer / 2023", "Männer / 2024", "Frauen / 2024"]


def test_labels_are_filled_down_only_where_that_is_asked_for(tmp_path):
    (tmp_path / "a.csv").write_text("Bezirk;Ort;n\nMitte;A;1\n;B;2\nNord;C;\n")
    plain = read_table(tmp_path / "a.csv", TableFormat())
    assert plain["Bezirk"].tolist() == ["Mitte", "", "Nord"]
    filled = read_table(tmp_path / "a.csv", TableFormat(fill_down=("Bezirk",)))
    assert filled["Bezirk"].tolist() == ["Mitte", "Mitte", "Nord"]
    assert filled["n"].tolist() == ["1", "2", ""]


def test_a_number_that_stands_for_two_joined_rows_is_no_number_of_either(tmp_path):
    def fill(_, sheet):
        sheet.write_row(0, 0, ["Ort", "n"])
        sheet.write_column(1, 0, ["A", "B"])
        sheet.merge_range(1, 1, 2, 1, 7)

    table = read_table(_book(tmp_path / "a.xlsx", fill), TableFormat())
    assert table["n"].tolist() == ["verbundene Zelle '7'"] * 2


def test_the_table_ends_where_the_project_says_and_what_lies_below_is_told(tmp_path):
    (tmp_path / "a.csv").write_text("Ort;n\nA;1\n;\nQuelle: Amt;\n* geheim;\n")
    table = open_table(tmp_path / "a.csv", TableFormat(stop_at="Quelle"))
    assert table.frame["Ort"].tolist() == ["A"]
    assert table.left_out == (("unter der Tabelle, ab „Quelle: Amt“", 2),)
    with pytest.raises(TableError, match="beginnt keine Zeile mit 'Fußnote'"):
        open_table(tmp_path / "a.csv", TableFormat(stop_at="Fußnote"))


def test_errors_formulas_without_result_and_percent_cells_say_what_they_are(tmp_path):
    def fill(book, sheet):
        sheet.write_row(0, 0, ["Fehler", "Formel", "gerechnet", "Quote"])
        sheet.write_formula(1, 0, "=1/0", None, "#DIV/0!")
        sheet.write_formula(1, 1, "=SUM(A1:A2)")
        sheet.write_formula(1, 2, "=1+1", None, 2)
        sheet.write_number(1, 3, 0.125, book.add_format({"num_format": '0.0 "x"%'}))

    table = read_table(_book(tmp_path / "a.xlsx", fill), TableFormat())
    assert table.iloc[0].tolist() == [
        "Fehlerzelle #DIV/0!", "Formel ohne Ergebnis =SUM(A1:A2)", "2", "12,5 %", 2,
    ]  # fmt: skip


def _ods(path, rows):
    """A spreadsheet as LibreOffice writes it, as far as a reader needs it."""
    names = {
        "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
        "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
        "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
        "calcext": "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0",
    }
    spaces = " ".join(f'xmlns:{k}="{v}"' for k, v in names.items())
    content = (
        f"<office:document-content {spaces}><office:body><office:spreadsheet>"
        f'<table:table table:name="Daten">{rows}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        packed.writestr("META-INF/manifest.xml", "<manifest/>")
        packed.writestr("content.xml", content)
    return path


def _ods_cell(kind, value, text, more=""):
    value = f' office:value="{value}"' if value else ""
    return (
        f'<table:table-cell office:value-type="{kind}"{value} {more}>'
        f"<text:p>{text}</text:p></table:table-cell>"
    )


def test_an_ods_reads_as_an_xlsx_does(tmp_path):
    head = "".join(_ods_cell("string", "", t) for t in ("Nr", "n", "Quote", "Formel", "Fehler"))
    body = "".join([
        _ods_cell("string", "", "01"), _ods_cell("float", "12", "12"),
        _ods_cell("percentage", "0.125", "12,50%"),
        '<table:table-cell table:formula="of:=SUM([.A1])"/>',
        _ods_cell("string", "", "#DIV/0!", 'calcext:value-type="error" table:formula="of:=1/0"'),
    ])  # fmt: skip
    tail = '<table:table-row table:number-rows-repeated="1048000"><table:table-cell/>'
    rows = "".join(f"<table:table-row>{cells}</table:table-row>" for cells in (head, body))
    rows += f"{tail}</table:table-row>"
    table = read_table(_ods(tmp_path / "a.ods", rows), TableFormat())
    assert table.iloc[0].tolist() == [
        "01", "12", "12,5 %", "Formel ohne Ergebnis =SUM([.A1])", "Fehlerzelle #DIV/0!", 2,
    ]  # fmt: skip


def test_absurd_sizes_are_refused_before_anything_is_unpacked(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b" " * 60_000_000)
    cell = _ods_cell("float", "1", "1", 'table:number-columns-repeated="16384"')
    rows = f'<table:table-row table:number-rows-repeated="1048576">{cell}</table:table-row>'
    for path in (tmp_path / "a.xlsx", _ods(tmp_path / "a.ods", rows)):
        with pytest.raises(TableError, match="zu groß für eine Tabelle"):
            read_table(path, TableFormat())


def test_a_cell_at_the_end_of_the_sheet_is_an_absurd_size(tmp_path):
    path = _book(tmp_path / "a.xlsx", lambda _, sheet: sheet.write(1_048_575, 16_383, 1))
    with pytest.raises(TableError, match="zu groß für eine Tabelle"):
        read_table(path, TableFormat())


@pytest.mark.parametrize("name", ["../a.csv", "a/../../b.csv", "/etc/passwd", "C:\\a.csv", "..\\a"])
def test_a_name_that_leads_out_of_the_folder_is_refused(tmp_path, name):
    with pytest.raises(FileMissingError, match="führt aus dem Datenordner heraus"):
        inside(tmp_path, name)
    assert inside(tmp_path, "unter/a.csv") == tmp_path / "unter" / "a.csv"


TYPED = {
    "Schlüssel": ["01011101", "01011102"], "Anzahl": [12, None], "Quote": [12.5, 0.1],
}  # fmt: skip


def test_parquet_gives_exact_text(tmp_path):
    table = pa.table(
        {
            "Schlüssel": pa.array(TYPED["Schlüssel"]).dictionary_encode(),
            "Anzahl": pa.array(TYPED["Anzahl"], pa.int32()),
            "Quote": pa.array(TYPED["Quote"], pa.float32()),
            "Betrag": pa.array([Decimal("1.50"), Decimal("-0.05")]),
            "Tag": pa.array([date(2024, 6, 30), None]),
            "Listen": pa.array([[1], [2]]),
        }
    )
    pq.write_table(table, tmp_path / "a.parquet")
    rows = read_table(tmp_path / "a.parquet", TableFormat()).to_numpy().tolist()
    assert rows == [
        ["01011101", "12", "12,5", "1,50", "2024-06-30", "Liste in einer Zelle", 1],
        ["01011102", "", "0,1", "-0,05", "", "Liste in einer Zelle", 2],
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", '[{"Nr": "01", "n": 1.50}, {"Nr": "02", "n": null}]'),
        ("a.json", '{"stand": 1, "data": [{"Nr": "01", "n": 1.50}, {"Nr": "02"}]}'),
        ("a.ndjson", '{"Nr": "01", "n": 1.50}\n{"Nr": "02", "n": null}\n'),
        ("a.json", '{"Nr": "01", "n": 1.50}\n{"Nr": "02", "n": null}\n'),
    ],
)
def test_json_records_keep_their_digits(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    rows = read_table(tmp_path / name, TableFormat()).to_numpy().tolist()
    assert rows == [["01", "1,50", 1], ["02", "", 2]]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"a": [{"n": 1}], "b": [{"n": 1}]}', "nicht genau eine Liste"),
        ('[{"n": 1, "n": 2}]', "dieselbe Spalte mehrfach"),
        ("[1, 2]", "keine Liste von Einträgen"),
        ('[{"n": 1', "keine lesbare JSON-Datei"),
        ("[" * 100_000, "keine lesbare JSON-Datei"),
    ],
)
def test_json_that_is_no_table_says_why(tmp_path, text, words):
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(TableError, match=words):
        read_table(tmp_path / "a.json", TableFormat())


@pytest.mark.parametrize(
    ("content", "encoding", "likely"),
    [
        ("Straße;n\nÜ;1\n".encode("cp1252"), "utf-8", "cp1252"),
        ("Straße;n\nÜ;1\n".encode(), "cp1252", "utf-8-sig"),
        ("Straße;n\nÜ;1\n".encode("utf-16"), "utf-8", "utf-16"),
        ("Straße;n\nÜ;1\n".encode("utf-16-le"), "cp1252", "utf-16-le"),
    ],
)
def test_another_encoding_is_refused_with_the_one_it_looks_like(
    tmp_path, content, encoding, likely
):
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(TableError, match=f'encoding = "{likely}"'):
        read_table(tmp_path / "a.csv", TableFormat(encoding=encoding))
    assert read_table(tmp_path / "a.csv", TableFormat(encoding=likely)).iloc[0, 0] == "Ü"


def test_a_quote_that_never_ends_swallows_nothing(tmp_path):
    (tmp_path / "a.csv").write_text('Ort;n\n"A;1\nB;2\n')
    with pytest.raises(TableError, match="Anführungszeichen wird nicht geschlossen"):
        read_table(tmp_path / "a.csv", TableFormat())


TEXTS = st.text(st.sampled_from("aäöüß €0129.,-;|\"' "), max_size=8).map(str.strip)


@given(
    rows=st.lists(st.tuples(TEXTS.filter(bool), TEXTS, TEXTS), min_size=1, max_size=6),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16"]),
    delimiter=st.sampled_from([";", ",", "\t", "|"]),
)
def test_any_text_comes_back_from_any_encoding_and_delimiter(rows, encoding, delimiter):
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerows([("A", "B", "C"), *rows])
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        path.write_bytes(out.getvalue().encode(encoding))
        table = read_table(path, TableFormat(encoding=encoding, delimiter=delimiter))
    assert [tuple(row) for row in table[["A", "B", "C"]].to_numpy()] == rows


@pytest.mark.parametrize(
    ("content", "fmt"),
    [
        (
            "Titel\n\nOrt;Anzahl;Quote\nÄ;1.234;12,5\nB;2.345;7,1\nQuelle: Amt\n".encode("cp1252"),
            TableFormat("cp1252", ";", ",", ".", skip_rows=2, footer_rows=1),
        ),
        (
            "Ort,Anzahl,Quote\nÄ,1234,12.5\nB,2345,7.1\n".encode(),
            TableFormat(delimiter=",", decimal="."),
        ),
        (
            "Ort\tMänner\t\nOrt\t2023\tQuote\nÄ\t1 234\t7,1\nB\t999\t8,0\n".encode("utf-16"),
            TableFormat("utf-16", "\t", ",", " ", header_rows=2),
        ),
    ],
)  # fmt: skip
def test_how_a_file_is_written_is_recognised_and_reads_it(tmp_path, content, fmt):
    (tmp_path / "a.csv").write_bytes(content)
    found = detect_format(tmp_path / "a.csv")
    assert found.format == fmt
    assert read_table(tmp_path / "a.csv", found.format).iloc[:, 0].tolist() == ["Ä", "B"]


def test_what_could_be_read_in_two_ways_is_a_doubt(tmp_path):
    (tmp_path / "a.csv").write_text("Ort;n\nA;1.234\nB;2.345\n")
    assert "1.234 kann 1234 heißen" in " ".join(detect_format(tmp_path / "a.csv").doubts)


@pytest.mark.parametrize(
    ("text", "header"),
    [
        ("Ort;Wert\nNord;*\nSüd;-\nOst;12\nWest;13\n", 1),
        ("Nr;Ort;Art;Wert\n01;Nord;Dorf;x\n02;Süd;Dorf;\n03;Ost;Stadt;7\n", 1),
        ("Ort;Einwohner;\n;2021;2022\nNord;10;11\nSüd;12;13\n", 2),
        ("Ort;Männer;Frauen\nNord;2010;1999\nSüd;2001;2002\n", 1),
        ("Ort;Einwohner;\n;Männer;Frauen\nNord;1;2\nSüd;3;4\n", 2),
    ],
)
def test_a_header_never_swallows_rows_of_data(tmp_path, text, header):
    """Signs, gaps and many words at the beginning are data; years below a gap are names."""
    path = tmp_path / "a.csv"
    path.write_text(text, encoding="utf-8")
    assert detect_format(path).format.header_rows == header
