"""Reporting dates as tables write them: the last day of a quarter, a month, a half-year."""

import calendar
import re
from datetime import date

_MONTHS = {
    name: i
    for i, names in enumerate(
        ("januar jan jänner", "februar feb", "märz mrz mär maerz", "april apr", "mai", "juni jun",
         "juli jul", "august aug", "september sep sept", "oktober okt", "november nov",
         "dezember dez"), 1
    )
    for name in names.split()
}  # fmt: skip
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4}
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_DAY = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?((?:19|20)\d\d)")
_ISO = re.compile(rf"{_YEAR}-(\d\d)-(\d\d)(?:[T ]00:00:00)?")
_WORD_DAY = re.compile(rf"(?P<day>\d{{1,2}})\.\s(?P<month>[a-zä]+)\s{_YEAR}")
_PARTS = (
    (3, re.compile(rf"(?P<n>[1-4])\.?\s?(?:quartal|vj\.?|vierteljahr|q)[ /]?\s?{_YEAR}")),
    (3, re.compile(rf"(?P<r>iv|i{{1,3}})(?:\.?\s(?:quartal|vj\.?|vierteljahr))?[ /]\s?{_YEAR}")),
    (3, re.compile(rf"q(?P<n>[1-4])[ /-]?\s?{_YEAR}")),
    (3, re.compile(rf"{_YEAR}[ /-]?\s?q(?P<n>[1-4])")),
    (6, re.compile(rf"(?P<n>[12])\.?\s?(?:halbjahr|hj\.?|h)[ /]?\s?{_YEAR}")),
    (6, re.compile(rf"h(?P<n>[12])[ /-]?\s?{_YEAR}")),
    (6, re.compile(rf"{_YEAR}[ /-]?\s?h(?P<n>[12])")),
    (1, re.compile(rf"{_YEAR}-(?P<n>0[1-9]|1[0-2])")),
    (1, re.compile(rf"(?P<n>0?[1-9]|1[0-2])[/.]{_YEAR}")),
    (1, re.compile(rf"{_YEAR}(?P<n>0[1-9]|1[0-2])")),
    (1, re.compile(rf"(?P<m>[a-zä]+)\.?\s(?:/\s)?{_YEAR}")),
    (1, re.compile(rf"{_YEAR}\s(?:/\s)?(?P<m>[a-zä]+)\.?")),
    (3, re.compile(rf"{_YEAR}\s(?:/\s)?(?P<n>[1-4])\.?\s?(?:quartal|vj\.?|vierteljahr)")),
)
_LEAD = re.compile(r"(?:stand|stichtag|berichtsmonat|zum|am|ende)\b:?\s*")


def reporting_date(text: str) -> str | None:
    """The day (ISO) that a period's name stands for; None where that is not certain.

    A quarter, a month or a half-year stands for its last day. A year alone stands for none:
    whether its end or its mean is meant, only the project can say.

    Examples
    --------
    >>> [reporting_date(t) for t in ("Stand: 30.06.2024", "2. Quartal 2024", "Juni 2024")]
    ['2024-06-30', '2024-06-30', '2024-06-30']
    >>> [reporting_date(t) for t in ("2024", "03/04/2024", "31.02.2024", "30.06.24")]
    [None, None, None, None]
    """
    words = " ".join(text.lower().split())
    while lead := _LEAD.match(words):
        words = words[lead.end() :]
    if day := _DAY.fullmatch(words):
        return _iso(int(day[3]), int(day[2]), int(day[1]))
    if iso := _ISO.fullmatch(words):
        return _iso(int(iso["year"]), int(iso[2]), int(iso[3]))
    if (named := _WORD_DAY.fullmatch(words)) and named["month"] in _MONTHS:
        return _iso(int(named["year"]), _MONTHS[named["month"]], int(named["day"]))
    for months, pattern in _PARTS:
        if part := pattern.fullmatch(words):
            found = part.groupdict()
            number = _MONTHS.get(found.get("m") or "", 0) or _ROMAN.get(found.get("r") or "", 0)
            return _last_day(int(found["year"]), months * (number or int(found.get("n") or 0)))
    return None


def whole_year(text: str) -> str:
    """A year that a spreadsheet wrote as a decimal number, as a year; any other text as it is.

    >>> whole_year("2024.0"), whole_year("2024,5")
    ('2024', '2024,5')
    """
    match = re.fullmatch(r"((?:19|20)\d\d)[.,]0", text)
    return match[1] if match else text


def _last_day(year: int, month: int) -> str | None:
    return _iso(year, month, calendar.monthrange(year, month)[1]) if month else None


def _iso(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def german_date(period: str) -> str:
    """A reporting date as 31.12.2025; other text stays as it is."""
    try:
        return date.fromisoformat(period).strftime("%d.%m.%Y")
    except ValueError:
        return period
