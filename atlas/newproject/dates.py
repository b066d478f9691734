"""Reporting dates in names of files, sheets and columns: one, or none where it is not certain."""

import re
from collections.abc import Iterable

import pandas as pd

from indicators.periods import reporting_date

_MONTH = (
    "januar|februar|märz|maerz|april|mai|juni|juli|august|september|oktober|november|dezember|"
    "jan|feb|mrz|mär|apr|jun|jul|aug|sep|sept|okt|nov|dez"
)
_Y = r"(?:19|20)\d\d"
_FORMS = (
    rf"\d{{1,2}}\. ?\d{{1,2}}\. ?{_Y}", rf"{_Y}-\d\d-\d\d", rf"\d{{1,2}}-\d{{1,2}}-{_Y}",
    rf"{_Y}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])",
    rf"(?:[1-4]|i{{1,3}}|iv)\.? ?(?:quartal|vj\.?|q|/) ?{_Y}", rf"q[1-4][ /-]?{_Y}",
    rf"{_Y}[ /-]?q[1-4]", rf"[12]\.? ?(?:halbjahr|hj\.?) ?{_Y}", rf"h[12][ /-]?{_Y}",
    rf"{_Y}[ /-]?h[12]", rf"(?:{_MONTH})\.? ?{_Y}", rf"{_Y}-?(?:0[1-9]|1[0-2])(?!\d|-\d)", _Y,
)  # fmt: skip
_DATE = re.compile("|".join(rf"(?<![\d.]){f}(?!\d)" for f in _FORMS), re.I)
_HALF = re.compile(rf"(?<!\d)({_Y})[-_](\d\d)(?!\d|-\d)")
_YEAR = re.compile(_Y)


def without_dates(text: str) -> str:
    """A name without its dates and the words that lead to them."""
    bare = _DATE.sub(" ", _spaced(text))
    return " ".join(re.sub(r"\b(?:stand|stichtag|zum|am|jahr)\b:?", " ", bare, flags=re.I).split())


def iso_of(text: str, halves: bool = False) -> str | None:
    """The reporting date that a text names; None where it names none or several.

    A year stands for its last day, which a person has to confirm.

    Examples
    --------
    >>> iso_of("Einwohner_31.12.2023"), iso_of("ew_2023_q2"), iso_of("von 2020 bis 2022")
    ('2023-12-31', '2023-06-30', None)
    """
    found = {_day(m[0], halves) for m in _DATE.finditer(_spaced(text))}
    return found.pop() if len(found) == 1 else None


def _spaced(text: str) -> str:
    return re.sub(r"(?<=\d)_(?=\d)", "-", text).replace("_", " ")


def _day(text: str, halves: bool) -> str | None:
    if halves and (half := _HALF.fullmatch(text)) and half[2] in ("01", "02"):
        return f"{half[1]}-06-30" if half[2] == "01" else f"{half[1]}-12-31"
    if _YEAR.fullmatch(text):
        return f"{text}-12-31"
    if re.fullmatch(r"\d{8}", text):
        text = f"{text[:4]}-{text[4:6]}-{text[6:]}"
    if day := re.fullmatch(rf"(\d{{1,2}})-(\d{{1,2}})-({_Y})", text):
        text = f"{day[1]}.{day[2]}.{day[3]}"
    return reporting_date(text)


def half_years(names: Iterable[str]) -> bool:
    """Whether the numbers after the year are 01 and 02 alone, so halves rather than months."""
    ends = {m[2] for n in names for m in _HALF.finditer(n)}
    return ends == {"01", "02"}


def are_dates(words: Iterable[str]) -> bool:
    """Whether every word of a column is a year or a reporting date, and nothing else."""
    return all(_YEAR.fullmatch(w.removesuffix(".0")) or reporting_date(w) for w in words)


def period_map(words: Iterable[str]) -> dict[str, str]:
    """Words of a column of dates → ISO; the end of the year for a year."""
    plain = {w: w.removesuffix(".0") for w in sorted(words)}
    return {w: reporting_date(w) or f"{p}-12-31" for w, p in plain.items()}


def only_years(words: Iterable[str]) -> bool:
    """Whether all words are years."""
    return all(_YEAR.fullmatch(w.removesuffix(".0")) for w in words)


def last_day(isos: Iterable[str], default: str) -> str:
    """The latest date, or a default."""
    return max(isos, default=default)


def day_before(iso: str) -> str:
    """The day before."""
    return str((pd.Timestamp(iso) - pd.Timedelta(days=1)).date())


def day_after(iso: str) -> str:
    """The day after."""
    return str((pd.Timestamp(iso) + pd.Timedelta(days=1)).date())
