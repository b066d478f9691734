"""Files that would harm whoever opens them: bombs, liars, ways out of the folder."""

import io
import json
import stat
import struct
import zipfile
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlwt

from geodata.errors import FileMissingError, GeometryError, TableError, UserError
from geodata.files import TableFormat, inside, read_table, sheet_values
from geodata.files.compound import CompoundError, stream_of
from geodata.files.guard import OUTLINES, TABLE, TIMETABLE, archive_parts, refuse_large_parquet
from geodata.files.nested import has_document_type
from geodata.sources import read_outlines
from geodata.travel.feed import read_feed

OFFICES = Path(__file__).parent / "offices"
EVERY = (TABLE, OUTLINES, TIMETABLE)


def packed(path: Path, parts: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def with_sizes(path: Path, size: int) -> Path:
    """Let the directory of an archive, and the part itself, say another size unpacked."""
    data = bytearray(path.read_bytes())
    central, local = data.index(b"PK\x01\x02"), data.index(b"PK\x03\x04")
    data[central + 24 : central + 28] = data[local + 22 : local + 26] = struct.pack("<I", size)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("limits", EVERY, ids=lambda x: x.kind)
def test_a_bomb_is_refused_by_what_its_directory_says(tmp_path, limits):
    bomb = packed(tmp_path / "b.zip", {"a.csv": bytes(50_000_000)})
    with pytest.raises(limits.error, match=r"b\.zip ist zu groß.*\n.*a\.csv ausgepackt 50 MB"):
        archive_parts(bomb, limits)


@pytest.mark.parametrize("limits", EVERY, ids=lambda x: x.kind)
def test_a_bomb_that_lies_about_its_size_is_refused_before_it_unfolds(tmp_path, limits):
    bomb = with_sizes(packed(tmp_path / "b.zip", {"a.csv": bytes(50_000_000)}), 1000)
    with pytest.raises(limits.error, match=r"a\.csv ist größer, als das Archiv sagt"):
        archive_parts(bomb, limits)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("../a.csv", "außerhalb"), ("/etc/a.csv", "außerhalb"), ("C:\\a.csv", "außerhalb"),
        ("b/../../a.csv", "außerhalb"), ("..\\a.csv", "außerhalb"),
    ],
)  # fmt: skip
def test_a_part_outside_of_the_archive_is_refused(tmp_path, name, words):
    with pytest.raises(TableError, match=words):
        archive_parts(packed(tmp_path / "a.zip", {"ok.csv": b"", name: b"1"}), TABLE)


def test_a_link_a_double_and_an_encrypted_part_are_all_named(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        link = zipfile.ZipInfo("link.csv")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("a.csv", "1")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("a.csv", "2")
    data = (tmp_path / "a.zip").read_bytes()
    at = data.rindex(b"PK\x01\x02") + 8
    (tmp_path / "a.zip").write_bytes(data[:at] + b"\x01" + data[at + 1 :])
    with pytest.raises(TableError) as error:
        archive_parts(tmp_path / "a.zip", TABLE)
    found = [p.found for p in error.value.problems]
    assert found == [
        "'a.csv' steht mehrfach", "'link.csv' ist eine Verknüpfung", "'a.csv' ist verschlüsselt",
    ]  # fmt: skip


def test_content_that_does_not_fit_its_check_sum_is_refused(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("a.csv", "RAUM;Zahl\n0101;1000\n")
    path.write_bytes(path.read_bytes().replace(b";1000", b";9000"))
    with pytest.raises(TableError, match=r"a\.csv ist beschädigt"):
        archive_parts(path, TABLE)


@pytest.mark.parametrize("suffix", ["xlsx", "ods", "xlsm"])
def test_every_reader_of_workbooks_asks_the_guard(tmp_path, suffix):
    bomb = packed(tmp_path / f"b.{suffix}", {"xl/sharedStrings.xml": bytes(50_000_000)})
    for read in (read_table, sheet_values):
        with pytest.raises(TableError, match="zu groß"):
            read(bomb, TableFormat())


def test_readers_of_outlines_and_timetables_ask_the_guard(tmp_path):
    bomb = packed(tmp_path / "b.zip", {"a.geojson": bytes(50_000_000), "stops.txt": bytes(10**8)})
    with pytest.raises(GeometryError, match="zu groß"):
        read_outlines(bomb)
    with pytest.raises(TableError, match="zu groß"):
        read_feed(bomb)


def test_a_timetable_with_two_tables_of_one_name_is_refused(tmp_path):
    feed = packed(tmp_path / "f.zip", {"stops.txt": b"stop_id\na\n", "alt/stops.txt": b"stop_id\n"})
    with pytest.raises(TableError, match=r"stops\.txt steht mehrfach"):
        read_feed(feed)


# Names that lead elsewhere ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["../g.csv", "/etc/passwd", "C:\\g.csv", "a/../../g.csv", "\\\\s\\g"]
)
def test_a_name_that_leads_out_of_the_folder_is_refused(tmp_path, name):
    with pytest.raises(FileMissingError, match="führt aus dem Datenordner heraus"):
        inside(tmp_path, name)


def test_a_link_out_of_the_folder_is_refused_and_one_within_is_not(tmp_path):
    (tmp_path / "geheim.csv").write_text("a;b\n1;2\n")
    data = tmp_path / "daten"
    data.mkdir()
    (data / "a.csv").write_text("a;b\n1;2\n")
    (data / "innen.csv").symlink_to(data / "a.csv")
    (data / "aussen.csv").symlink_to(tmp_path / "geheim.csv")
    (data / "kreis.csv").symlink_to(data / "kreis.csv")
    (tmp_path / "umweg").symlink_to(data)
    assert inside(data, "innen.csv").read_text() == "a;b\n1;2\n"
    assert inside(tmp_path / "umweg", "a.csv").is_file(), "the folder itself may be a link"
    for name in ("aussen.csv", "a\0.csv"):
        with pytest.raises(FileMissingError, match="Verknüpfung"):
            inside(data, name)
    with pytest.raises(UserError):
        read_table(inside(data, "kreis.csv"), TableFormat())


# What never ends ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.json", b"[" * 100_000), ("a.json", b'{"a":' * 5000 + b"1" + b"}" * 5000),
        ("a.geojson", b"[" * 100_000), ("a.topojson", b'{"objects":' * 100_000),
        ("a.geojson", b'{"type":"FeatureCollection","features":' + b"[" * 100_000),
    ],
)  # fmt: skip
def test_json_without_a_bottom_is_refused(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UserError, match=name):
        read_table(tmp_path / name, TableFormat()) if name == "a.json" else read_outlines(
            tmp_path / name
        )


LAUGHS = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 12))
KML = f'<!DOCTYPE kml [<!ENTITY l0 "ha">{LAUGHS}]><kml xmlns="http://www.opengis.net/kml/2.2">&l11;</kml>'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be"])
@pytest.mark.parametrize("name", ["a.kml", "a.gml", "b.zip", "b.kmz"])
def test_xml_that_unfolds_is_not_parsed(tmp_path, name, encoding):
    content = KML.encode(encoding)
    assert has_document_type(content)
    if name.startswith("b"):
        packed(tmp_path / name, {"doc.kml": content})
    else:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(GeometryError, match="Dokumenttyp"):
        read_outlines(tmp_path / name)


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/sharedStrings.xml"])
def test_a_workbook_with_entities_is_refused(tmp_path, part):
    original = OFFICES / "buero.xlsx"
    with zipfile.ZipFile(original) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[part] = parts[part].replace(b"?>", b'?><!DOCTYPE x [<!ENTITY a "1">]>', 1)
    with pytest.raises(TableError, match="Dokumenttyp"):
        read_table(packed(tmp_path / "a.xlsx", parts), TableFormat())


def test_parquet_that_claims_billions_of_rows_is_refused_unread(tmp_path):
    rows = 40_000_000
    table = pa.table({"a": pa.DictionaryArray.from_arrays(pa.nulls(rows, pa.int8()), ["x"])})
    pq.write_table(table, tmp_path / "a.parquet")
    assert (tmp_path / "a.parquet").stat().st_size < 100_000
    with pytest.raises(TableError, match="40000000 Zeilen"):
        read_table(tmp_path / "a.parquet", TableFormat())
    (tmp_path / "a.geoparquet").write_bytes((tmp_path / "a.parquet").read_bytes())
    with pytest.raises(GeometryError, match="40000000 Zeilen"):
        read_outlines(tmp_path / "a.geoparquet")


def test_parquet_that_unpacks_to_more_than_allowed_is_refused_unread(tmp_path):
    pq.write_table(pa.table({"a": [" " * 5_000_000, "b"]}), tmp_path / "a.parquet")
    assert (tmp_path / "a.parquet").stat().st_size < 1_000_000
    with pytest.raises(TableError, match="ausgepackt 5 MB"):
        refuse_large_parquet(tmp_path / "a.parquet", replace(TABLE, max_bytes=1_000_000))
    refuse_large_parquet(tmp_path / "a.parquet")


def test_numbers_with_thousands_of_digits_are_no_traceback(tmp_path):
    (tmp_path / "a.geojson").write_text(json.dumps({"a": 1}).replace("1", "1" * 5000))
    with pytest.raises(UserError):
        read_outlines(tmp_path / "a.geojson")


# XLS -------------------------------------------------------------------------------------------

SHEET = [
    ["Schlüssel", "Bedarfs\u00adgemein\u00adschaften", "Anteil", "Tag", "Formel", "Fehler"],
    ["0101", "1234", "12,5 %", "2024-12-31", "2468", "Fehlerzelle #DIV/0!"],
    ["0102", "12,5", "7 %", "2024-06-30", "", "Fehlerzelle #N/A"],
    ["0103", "5", "62,5 %", "", "Raum 5", ""],
    ["", "100000000000", "", "", "1", "Fehlerzelle #NAME?"],
]


@pytest.mark.parametrize("suffix", ["xls", "xlsx", "ods"])
def test_the_same_sheet_saved_in_three_formats_reads_the_same(suffix):
    """Invented cells in ``buero.fods``, saved by LibreOffice 7.4 (``soffice --convert-to``)."""
    grid = read_table(OFFICES / f"buero.{suffix}", TableFormat(fill_down=("Schlüssel",)))
    expected = [list(row) for row in SHEET[1:]]
    expected[3][0] = "0103"
    if suffix == "ods":
        # LibreOffice writes no result where it is the empty text; that could also be none.
        expected[1][4] = 'Formel ohne Ergebnis =IF(1;"";"x")'
    assert grid.iloc[:, :6].to_numpy().tolist() == expected


def xls(path: Path, value: object, code: str = "General") -> Path:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Tabelle")
    sheet.write(0, 0, "Zahl")
    sheet.write(1, 0, value, xlwt.easyxf(num_format_str=code))
    book.save(str(path))
    return path


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        (0.125, "0.0%", "12,5 %"), (12, "0%", "1200 %"), (12, '0"%"', "12"), (12.25, "0", "12,25"),
        (123456789.5, "General", "123456789,5"), (-3, "General", "-3"), (1e300, "0", None),
        (2, '[<3]"*";0', "Zahl, die verdeckt ist"), (5, ";;;", "Zahl, die verdeckt ist"),
        (12000, "0,", "Zahl, die in Tausend angezeigt ist"), (0, '0;-0;"-"', "0"),
    ],
)  # fmt: skip
def test_an_old_workbook_reads_as_it_is_shown(tmp_path, value, code, shown):
    cell = read_table(xls(tmp_path / "a.xls", value, code), TableFormat()).iloc[0, 0]
    assert cell == str(int(value)) if shown is None else cell.startswith(shown)


def test_a_formula_that_a_program_left_to_others_is_no_zero(tmp_path):
    """Apache POI stores 0 and asks for a calculation on opening."""
    path = tmp_path / "a.xls"
    book = xlwt.Workbook()
    sheet = book.add_sheet("Tabelle")
    sheet.write(0, 0, "Zahl")
    sheet.write(1, 0, xlwt.Formula("1+2"))
    book.save(str(path))
    data = bytearray(path.read_bytes())
    at = data.index(b"\x03\x00\x00\x00\x00\x00\xff\xff")
    data[at : at + 10] = bytes(8) + struct.pack("<H", 2)
    path.write_bytes(data)
    assert read_table(path, TableFormat()).iloc[0, 0].startswith("Formel ohne Ergebnis")


def test_an_old_workbook_whose_sectors_lead_in_a_circle_is_refused(tmp_path):
    data = bytearray((OFFICES / "buero.xls").read_bytes())
    table = (struct.unpack_from("<I", data, 76)[0] + 1) * 512
    for sector in range(4):
        struct.pack_into("<I", data, table + 4 * sector, 0)
    with pytest.raises(CompoundError, match="im Kreis"):
        stream_of(bytes(data), "Workbook")
    (tmp_path / "a.xls").write_bytes(data)
    with pytest.raises(TableError, match="im Kreis"):
        read_table(tmp_path / "a.xls", TableFormat())


@pytest.mark.parametrize("at_record", [b"\x00\x02\x0e\x00", b"\xfc\x00"])
def test_an_old_workbook_that_claims_impossible_sizes_is_refused(tmp_path, at_record):
    data = bytearray((OFFICES / "buero.xls").read_bytes())
    at = data.index(at_record, 512) + 4
    data[at + 4 : at + 8] = struct.pack("<I", 0x7FFFFFFF)
    (tmp_path / "a.xls").write_bytes(data)
    with pytest.raises(TableError, match="behauptet"):
        read_table(tmp_path / "a.xls", TableFormat())


def test_large_streams_of_a_compound_file_come_back_whole():
    """Against xlwt, which lays small and large streams as the format asks."""
    for rows in (1, 2000):
        book = xlwt.Workbook()
        sheet = book.add_sheet("T")
        for row in range(rows):
            sheet.write(row, 0, f"Zeile {row}")
        out = io.BytesIO()
        book.save(out)
        assert stream_of(out.getvalue(), "Workbook")[:2] == b"\x09\x08"
