"""Text of a cell to number and status; every cell that is neither is an error."""

import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from geodata.errors import Problem, TableError
from geodata.files import ROW, TableFormat, tidy
from geodata.files.numbers import parse_numbers
from indicators.status import Status
from indicators.symbols import SymbolProfile, profiles_with

LARGEST_COUNT = 1_000_000_000
"""More than any city counts; a larger number is a fault of the file."""

_LISTED = 20
_SIGN = re.compile(r"[+−–](?=\d)")


def with_numbers(
    cells: pd.DataFrame,
    profile: SymbolProfile,
    fmt: TableFormat,
    path: Path,
    units: Mapping[str, str] | None = None,
    factors: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Turn text into number and status; every cell that is neither is an error.

    Parameters
    ----------
    cells
        ``text``, ``kind`` (count, value), ``target``, ``column``, ``valid`` and `ROW`.
    units
        Of delivered indicators: only of one in percent may a cell carry the sign ``%``.
    factors
        What the numbers of a column are multiplied with. A count that was printed in
        thousands is ``rounded``.
    """
    text = cells["text"].map(tidy)
    symbol = text.map(dict(profile.cells))
    is_symbol = symbol.notna()
    plain, marked = _plain(text.where(~is_symbol, ""), cells, profile, units or {})
    number = parse_numbers(plain, fmt)
    factor = cells["column"].map(dict(factors or {})).fillna(1.0).astype("float64")
    scaled = (number * factor).where(factor != 1, number)
    # Thousands with three decimals are whole, whatever binary fractions say.
    number = scaled.where(factor == 1, scaled.round(6))
    wrong = number.isna() & ~is_symbol
    whole = cells["kind"] == "count"
    impossible = (number < 0) | (number % 1 != 0) | (number > LARGEST_COUNT)
    # Nobody counts with three decimals that are zeros: thousands of another country are.
    grouped = (factor == 1) & plain.str.fullmatch(rf"-?[0-9]{{1,3}}{re.escape(fmt.decimal)}000")
    bad = wrong | (whole & ~wrong & ~is_symbol & (impossible | grouped))
    if bad.any():
        raise TableError(
            f"{path.name} enthält Zellen, die keine Zahlen sind.",
            _problems(cells[bad], text[bad], profile, fmt, path),
        )
    number = number.where(~is_symbol, symbol.map(lambda s: s.value, na_action="ignore"))
    status = pd.Series(Status.PUBLISHED.value, index=cells.index, dtype="str")
    status = status.where(~(whole & (factor != 1)), Status.ROUNDED.value)
    status = status.where(~(whole & (number == 0) & (factor == 1)), Status.ZERO.value)
    if "0" in profile.cells:  # "0,0", "00" and "0 p" are a printed 0 too
        printed = profile.cells["0"].status.value
        status = status.where(~((number == 0) & (factor == 1)), printed)
    status = status.where(marked == "", marked)
    status = status.where(~is_symbol, symbol.map(lambda s: str(s.status), na_action="ignore"))
    invalid = ~cells["valid"] & ~whole
    number = number.mask(invalid)
    status = status.mask(invalid, Status.NOT_APPLICABLE.value)
    return cells.assign(number=number.astype("float64"), status=status.astype("str"))


def _plain(
    text: pd.Series, cells: pd.DataFrame, profile: SymbolProfile, units: Mapping[str, str]
) -> tuple[pd.Series, pd.Series]:
    """Numbers without marks, text apostrophe, typographic sign and a percent sign that fits."""
    pairs = [profile.unmarked(cell) for cell in text]
    percent = (cells["kind"] == "value") & (cells["target"].map(dict(units)) == "percent")
    plain = [
        _SIGN.sub(lambda m: "" if m[0] == "+" else "-", cell.removeprefix("'"), count=1)
        if cell[:1] in "'+−–" else cell
        for cell, _ in pairs
    ]  # fmt: skip
    out = [
        cell[:-1].rstrip() if sure and cell.endswith("%") else cell
        for cell, sure in zip(plain, percent, strict=True)
    ]
    marks = [status.value if status and status != Status.PUBLISHED else "" for _, status in pairs]
    return (
        pd.Series(out, index=text.index, dtype="str"),
        pd.Series(marks, index=text.index, dtype="str"),
    )


def _problems(
    cells: pd.DataFrame, text: pd.Series, profile: SymbolProfile, fmt: TableFormat, path: Path
) -> list[Problem]:
    """The first cells one by one, the others by what stands there."""
    known = profile.words()
    number = f"eine Zahl wie {'1234,5' if fmt.decimal == ',' else '1234.5'} oder {known}"
    listed = [
        Problem(
            f"{path.name}, Zeile {cells.at[i, ROW]!s}, {cells.at[i, 'column']!s}",
            f"gefunden {text[i]!r}",
            (f"eine ganze Zahl ab 0 oder {known}" if cells.at[i, "kind"] == "count" else number)
            + _hint(text[i], fmt),
        )
        for i in cells.index[:_LISTED]
    ]
    rest = Counter(text.iloc[_LISTED:])
    if rest:
        words = ", ".join(f"{word!r} {n}-mal" for word, n in rest.most_common(_LISTED))
        more = f"; {len(rest) - _LISTED} andere" if len(rest) > _LISTED else ""
        listed.append(Problem(f"{path.name}, {rest.total()} weitere Zellen", words + more))
    return listed


def _hint(text: str, fmt: TableFormat) -> str:
    """What a cell that is no number probably is."""
    if text.startswith("Formel ohne Ergebnis"):
        return "; Datei öffnen, neu berechnen lassen und speichern"
    if text.startswith("verbundene Zelle"):
        return "; Verbindung lösen und jeden Wert eintragen, Beschriftungen mit fill_down"
    if known := profiles_with(text):
        return f"; dieses Zeichen kennt symbols = {' oder '.join(map(repr, known))}"
    if not fmt.thousands and re.fullmatch(r"-?\d{1,3}([., ])\d{3}(?:\1\d{3})*(?:[.,]\d+)?", text):
        mark = re.sub(r"[-\d]", "", text)[0]
        other = 'decimal = ".", ' if mark == fmt.decimal else ""
        return f'; falls {mark!r} Tausender trennt: format = {{ {other}thousands = "{mark}" }}'
    return ""
