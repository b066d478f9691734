"""How a file seems to be written: for messages and for a first project file, never for a build."""

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from geodata.errors import UserError
from geodata.files.basics import JSON, PARQUET, SPREADSHEETS, TableFormat, existing, tidy
from geodata.files.encodings import guess_encoding
from geodata.files.grid import Grid
from geodata.files.guard import refuse_large_file
from geodata.files.sheets import sheet_grid, sheet_names

_DELIMITERS = ";\t,|"
_SAMPLE_BYTES, _SAMPLE_ROWS = 4_000_000, 2_000
_NUMBER = re.compile(r"[-+−–]?\d[\d.,' ]*(?:[eE][-+]?\d+)?(?: ?%)?")
_LETTERS = re.compile(r"[^\W\d_]")
_SIGN_WORD = re.compile(r"[xX]|[gGsS]|NA|n\. ?a\.|k\. ?A\.", re.I)
_YEAR = re.compile(r"(?:19|20)\d\d")
_GROUPED = {mark: re.compile(rf"-?[1-9]\d{{0,2}}(?:{re.escape(mark)}\d{{3}})+") for mark in ".,"}
_SPACED = re.compile(r"-?\d{1,3}(?: \d{3})+(?:,\d+)?")
_BOTH = re.compile(r"-?\d{1,3}(?:([.,])\d{3})+(?!\1)([.,])\d+")
_ONE_MARK = re.compile(r"-?\d+([.,])(\d+)")


@dataclass(frozen=True)
class Detected:
    """How a file seems to be written.

    ``format`` reads it; ``sheets`` are those of a spreadsheet; ``evidence`` says in German
    why, ``doubts`` what a person has to decide.
    """

    format: TableFormat
    sheets: tuple[str, ...]
    evidence: tuple[str, ...]
    doubts: tuple[str, ...]


def detect_format(path: Path, sheet: int | str | None = None) -> Detected:
    """Look at a file's beginning and say how it seems to be written.

    Raises
    ------
    UserError
        The file is missing, too large, or no table at all.
    """
    existing(path)
    suffix = path.suffix.lower()
    if suffix in PARQUET:
        return Detected(TableFormat(), (), ("Parquet: Spalten mit Typ",), ())
    if suffix in JSON:
        return Detected(TableFormat(), (), ("JSON: Einträge mit Namen",), ())
    look = _Look()
    if suffix in SPREADSHEETS:
        names = tuple(sheet_names(path))
        grid = sheet_grid(path, TableFormat(sheet=sheet))
        if len(names) > 1 and sheet is None:
            look.doubts.append(f"Es gibt {len(names)} Blätter: {', '.join(names)}.")
        return _laid_out(grid, look, names, sheet=sheet)
    refuse_large_file(path)
    with path.open("rb") as handle:
        content = handle.read(_SAMPLE_BYTES)
        # Half a letter at the end of a sample would make no encoding fit.
        content = content[: content.rfind(b"\n") + 1] or content if handle.read(1) else content
    encoding, why_encoding, doubt = guess_encoding(content)
    look.evidence.append(f"Kodierung {encoding}: {why_encoding}")
    look.doubts += [doubt] if doubt else []
    text = content.decode(encoding, errors="replace").removeprefix("\ufeff")
    delimiter = _delimiter(text, look)
    rows = _rows(text, delimiter)
    return _laid_out(Grid(rows), look, (), encoding=encoding, delimiter=delimiter)


class _Look:
    """Evidence and doubts as they are found."""

    def __init__(self) -> None:
        self.evidence: list[str] = []
        self.doubts: list[str] = []


def _rows(text: str, delimiter: str) -> list[list[str]]:
    rows = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            rows.append(row)
            if len(rows) >= _SAMPLE_ROWS:
                break
    except csv.Error:
        return rows
    return rows


def _delimiter(text: str, look: _Look) -> str:
    """The delimiter that gives most rows the same number of fields, more than one."""
    scores = []
    for mark in _DELIMITERS:
        widths = Counter(len(row) for row in _rows(text, mark) if any(c.strip() for c in row))
        widths.pop(1, None)
        width, rows = max(widths.items(), key=lambda item: (item[1], item[0]), default=(1, 0))
        scores.append((rows, width, mark))
    rows, width, mark = max(scores, key=lambda s: (s[0], s[1]))
    if not rows:
        look.doubts.append("Kein Trennzeichen gibt mehr als eine Spalte.")
        return ";"
    equal = [m for r, w, m in scores if m != mark and r == rows and w > 1]
    if equal:
        look.doubts.append(f"Auch {' '.join(map(repr, equal))} könnte das Trennzeichen sein.")
    look.evidence.append(f"Trennzeichen {mark!r}: {rows} Zeilen mit {width} Feldern")
    return mark


def _laid_out(
    grid: Grid,
    look: _Look,
    sheets: tuple[str, ...],
    *,
    encoding: str = "utf-8-sig",
    delimiter: str = ";",
    sheet: int | str | None = None,
) -> Detected:
    rows = [[tidy(cell) for cell in row] for row in grid.rows]
    skip, header, footer = _borders(rows, look)
    body = rows[skip + header : len(rows) - footer]
    decimal, thousands = _marks([cell for row in body for cell in row], look)
    fmt = TableFormat(
        encoding, delimiter, decimal, thousands, sheet, skip, footer, header  # type: ignore[arg-type]
    )  # fmt: skip
    return Detected(fmt, sheets, tuple(look.evidence), tuple(look.doubts))


def _borders(rows: list[list[str]], look: _Look) -> tuple[int, int, int]:
    """Rows above the header, of the header, and below the data."""
    filled = [sum(bool(cell) for cell in row) for row in rows]
    numbers = [sum(bool(_NUMBER.fullmatch(cell)) for cell in row) for row in rows]
    width = max(filled, default=0)
    wide = [i for i, n in enumerate(filled) if n > max(1, width // 3)]
    if not wide:
        look.doubts.append("Es ist keine Tabelle mit mehreren Spalten zu erkennen.")
        return 0, 1, 0
    data = _first_of_data(rows, wide)
    if data is None:
        data = wide[1] if len(wide) > 1 else wide[0] + 1
        look.doubts.append(
            "Keine Zeile besteht vor allem aus Zahlen; wo die Daten beginnen, ist unklar."
        )
    first = wide[0]
    # A row of group names above the header has fewer cells, but more than a title.
    while first and filled[first - 1] > 1:
        first -= 1
    header = max(1, data - first)
    while header > 1 and not filled[first + header - 1]:
        header -= 1
    footer = len(rows) - 1 - wide[-1]
    look.evidence.append(
        f"Kopf in Zeile {first + 1}" + (f" bis {first + header}" if header > 1 else "")
    )
    if header > 1 and 2 * numbers[first] >= filled[first]:
        look.doubts.append("Der Kopf besteht aus Zahlen; vielleicht fehlt er.")
    if footer:
        word = next((cell for row in rows[wide[-1] + 1 :] for cell in row if cell), "")
        look.evidence.append(f"{footer} Zeilen unter den Daten, ab „{word[:40]}“")
    return first, header, footer


def _first_of_data(rows: list[list[str]], wide: list[int]) -> int | None:
    """The first row below the first one without words in the columns of numbers.

    Asked for columns and not for cells: in a table of many words no row is mostly numbers,
    and the first that happens to be would take all rows above it for its header. Signs and
    empty cells are data. A row of nothing but years is a header where the row above it has
    gaps, as names of groups do.
    """
    body = wide[1:]
    numeric = _number_columns([rows[i] for i in body])
    top = rows[wide[0]]
    gaps = any(j >= len(top) or not top[j] for j in numeric)
    for i in range(wide[0] + 1, wide[-1] + 1):
        cells = [rows[i][j] for j in numeric if j < len(rows[i])]
        numbers = [c for c in cells if _NUMBER.fullmatch(c)]
        words = [c for c in cells if _LETTERS.search(c) and not _SIGN_WORD.fullmatch(c)]
        years = numbers and len(numbers) > 1 and all(map(_YEAR.fullmatch, numbers))
        if years and gaps:
            continue
        if any(rows[i]) and numeric and 2 * len(words) <= len(numbers):
            return i
    return None


def _number_columns(body: list[list[str]]) -> list[int]:
    """Columns in which most filled cells are numbers."""
    found = []
    for j in range(max(map(len, body), default=0)):
        cells = [row[j] for row in body if j < len(row) and row[j]]
        if 2 * sum(bool(_NUMBER.fullmatch(c)) for c in cells) > len(cells):
            found.append(j)
    return found


def _marks(cells: list[str], look: _Look) -> tuple[str, str]:
    """Decimal and thousands mark; what could be either is a doubt."""
    both = [m for c in cells if (m := _BOTH.fullmatch(c)) and m[1] != m[2]]
    if both:
        thousands, decimal = Counter((m[1], m[2]) for m in both).most_common(1)[0][0]
        look.evidence.append(f"Zahlen wie {both[0][0]}")
        return decimal, thousands
    if any(_SPACED.fullmatch(c) for c in cells):
        look.evidence.append("Leerzeichen zwischen Tausendern")
        return ",", " "
    sure: Counter[str] = Counter()
    unsure: dict[str, str] = {}
    repeated = next((g for g, p in _GROUPED.items() for c in cells
                     if p.fullmatch(c) and c.count(g) > 1), "")  # fmt: skip
    for cell in cells:
        match = _ONE_MARK.fullmatch(cell)
        if match and _GROUPED[match[1]].fullmatch(cell):
            unsure.setdefault(match[1], cell)
        elif match:
            sure[match[1]] += 1
    decimal = sure.most_common(1)[0][0] if sure else {".": ",", ",": "."}.get(repeated, "")
    if len(sure) > 1:
        look.doubts.append("Komma und Punkt kommen beide als Dezimalzeichen vor.")
    for mark, example in unsure.items():
        if mark == decimal and not repeated:
            continue
        if decimal or repeated == mark:
            return decimal or ",", mark
        other = example.replace(mark, "")
        look.doubts.append(f"{example} kann {other} heißen oder eine Zahl mit Nachkommastellen.")
    if sure:
        look.evidence.append(f"Dezimalzeichen {decimal!r} in {sure[decimal]} Zellen")
    return decimal or ",", repeated


def likely(path: Path) -> str:
    """What the file looks like, in a few words for a message; empty where nothing can be said."""
    try:
        found = detect_format(path)
    except (UserError, UnicodeError):
        return ""
    return "; ".join(found.evidence)
