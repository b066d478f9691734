"""The cells of a semicolon table in other formats, and plain readings of them without our code."""

import csv
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.sax.saxutils import quoteattr

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import xlrd
import xlsxwriter
import xlwt

from tests.mutation.base import Anything, Numbers

_OFFICE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
_TABLE = "urn:oasis:names:tc:opendocument:xmlns:table:1.0"
_TEXT = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
_SHEET_TYPE = "application/vnd.oasis.opendocument.spreadsheet"
_MANIFEST = (
    '<?xml version="1.0" encoding="UTF-8"?><manifest:manifest '
    'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"><manifest:file-entry '
    f'manifest:full-path="/" manifest:media-type="{_SHEET_TYPE}"/></manifest:manifest>'
)
Wrap = Callable[[bytes], bytes]
_CONTROL = dict.fromkeys([*range(32), 0x7F, *range(0xD800, 0xE000), 0xFFFE, 0xFFFF])


def as_csv(rows: list[list[str]]) -> bytes:
    """Semicolons, UTF-8."""
    return ("\n".join(";".join(row) for row in rows) + "\n").encode("utf-8")


def cells_of(data: bytes) -> list[list[str | int]]:
    """Rows of a semicolon table; what an office would type as a number is one."""
    text = data.decode("utf-8", errors="replace")
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=";")
    return [[_typed(cell) for cell in row] for row in rows]


def _typed(cell: str) -> str | int:
    digits = cell.isascii() and cell.isdigit() and len(cell) < 15
    return int(cell) if digits and (cell == "0" or cell[0] != "0") else cell


def as_xlsx(data: bytes) -> bytes:
    """A workbook, numbers as numbers."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("Tabelle")
        for r, row in enumerate(cells_of(data)):
            for c, cell in enumerate(row):
                if isinstance(cell, int):
                    sheet.write_number(r, c, cell)
                else:
                    sheet.write_string(r, c, cell[:30000])
    return out.getvalue()


def as_xls(data: bytes) -> bytes:
    """A workbook of the years before 2007."""
    book = xlwt.Workbook()
    sheet = book.add_sheet("Tabelle")
    for r, row in enumerate(cells_of(data)):
        for c, cell in enumerate(row):
            sheet.write(r, c, cell[:30000] if isinstance(cell, str) else cell)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def as_ods(data: bytes) -> bytes:
    """A sheet as LibreOffice saves it, as far as cells go."""
    rows = "".join(
        f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>"
        for row in cells_of(data)
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content xmlns:office="{_OFFICE}" '
        f'xmlns:table="{_TABLE}" xmlns:text="{_TEXT}" office:version="1.2"><office:body>'
        f'<office:spreadsheet><table:table table:name="Tabelle">{rows}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("mimetype", _SHEET_TYPE, zipfile.ZIP_STORED)
        packed.writestr("content.xml", content)
        packed.writestr("META-INF/manifest.xml", _MANIFEST)
    return out.getvalue()


def _ods_cell(cell: str | int) -> str:
    if isinstance(cell, int):
        return (
            f'<table:table-cell office:value-type="float" office:value="{cell}">'
            f"<text:p>{cell}</text:p></table:table-cell>"
        )
    if not cell:
        return "<table:table-cell/>"
    plain = quoteattr(cell.translate(_CONTROL), {'"': "&quot;"})[1:-1]
    return (
        f'<table:table-cell office:value-type="string"><text:p>{plain}</text:p></table:table-cell>'
    )


def as_json(data: bytes) -> bytes:
    """Records, numbers as numbers."""
    first, *rows = cells_of(data)
    records = [dict(zip(map(str, first), row, strict=False)) for row in rows]
    return json.dumps(records, ensure_ascii=False, indent=1).encode()


def as_parquet(data: bytes) -> bytes:
    """Columns of whole numbers where all are, else of text."""
    first, *rows = cells_of(data)
    columns = [[row[i] if i < len(row) else None for row in rows] for i in range(len(first))]
    arrays = [
        pa.array(column)
        if all(isinstance(cell, int) for cell in column)
        else pa.array([None if cell is None else str(cell) for cell in column], pa.string())
        for column in columns
    ]
    out = pa.BufferOutputStream()
    names = [str(name) for name in first]
    pq.write_table(pa.Table.from_arrays(arrays, names=names), out, compression="none")
    return out.getvalue().to_pybytes()


def of_json(plainly: Callable[[bytes], Numbers]) -> Callable[[bytes], Numbers]:
    """Read records with the standard library alone."""

    def read(data: bytes) -> Numbers:
        try:
            records = json.loads(data.decode("utf-8-sig"))
            names = list(dict.fromkeys(name for record in records for name in record))
            rows = [[_plain(record.get(name)) for name in names] for record in records]
        except (ValueError, TypeError, AttributeError):
            return {}
        return plainly(_quoted([names, *rows]))

    return read


def of_parquet(plainly: Callable[[bytes], Numbers]) -> Callable[[bytes], Numbers]:
    """Read columns with DuckDB."""

    def read(data: bytes) -> Numbers:
        with TemporaryDirectory() as folder:
            file = Path(folder) / "t.parquet"
            file.write_bytes(data)
            try:
                found = duckdb.read_parquet(str(file))
                rows = [[_plain(cell) for cell in row] for row in found.fetchall()]
            except (duckdb.Error, UnicodeDecodeError):
                return {}
        return plainly(_quoted([list(found.columns), *rows]))

    return read


def of_xls(plainly: Callable[[bytes], Numbers]) -> Callable[[bytes], Numbers]:
    """Read a sheet with xlrd; where that gives up, nothing can be said of the content."""

    def read(data: bytes) -> Numbers:
        try:
            sheet = xlrd.open_workbook(file_contents=data, logfile=io.StringIO()).sheet_by_index(0)
            rows = [
                [_plain(sheet.cell_value(r, c)) for c in range(sheet.ncols)]
                for r in range(sheet.nrows)
            ]
        except Exception:  # xlrd stumbles over damage in many ways
            return Anything()
        return plainly(_quoted(rows))

    return read


def _plain(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)


def _quoted(rows: list[list[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=";").writerows(rows)
    return out.getvalue().encode("utf-8", "replace")
