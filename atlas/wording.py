"""How the atlas speaks: numbers, dates and words, German first and English second.

All words of the interface stand in ``locale/LANGUAGE.toml``, grouped by page; nothing
else in the program writes a sentence for the screen. Numbers follow German office
style (1.234,5 and 12,3 % with a narrow no-break space, a real minus sign).
"""

import math
import re
import tomllib
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from indicators.entries import Language
from indicators.status import VISIBLE, Status

ISO_DAY = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")
LANGUAGES = ("de", "en")
NARROW = "\u202f"
"""Narrow no-break space between a number and its sign."""
MINUS = "\u2212"
EN_DASH = "\u2013"

_SMALLEST_SHARE = 0.1
PERCENT, PERCENTAGE_POINTS, PER_1000 = "percent", "percentage_points", "per_1000"


def as_language(code: str) -> Language:
    """A language of the atlas; German where it is none."""
    return "en" if code == "en" else "de"


def number(x: float, decimals: int = 0, language: str = "de") -> str:
    """A number in the language's style.

    Parameters
    ----------
    x
        A finite number; one without a value is the business of `value_text`.
    decimals
        Digits after the decimal mark.
    language
        ``de`` or ``en``.

    Raises
    ------
    ValueError
        `x` is not finite.

    Examples
    --------
    >>> number(1234.5, 1)
    '1.234,5'
    >>> number(-0.04, 1, "en")
    '0.0'
    """
    if not math.isfinite(x):
        raise ValueError("a number without a value has no digits; use value_text with its status")
    digits = f"{abs(x):,.{decimals}f}"
    if language == "de":
        digits = digits.translate(str.maketrans(",.", ".,"))
    negative = x < 0 and any(c in "123456789" for c in digits)
    return MINUS + digits if negative else digits


def plain(x: float, language: str = "de", unit: str = "") -> str:
    """A number with as many decimals as it has, two at most: ``3``, ``4,5``.

    For what people set themselves (hours, minutes, weights); with its unit, if it has one.

    Examples
    --------
    >>> plain(4.5)
    '4,5'
    """
    decimals = next((d for d in (0, 1) if round(x, d) == x), 2)
    return quantity(x, unit, decimals, language)


def percent(x: float, decimals: int = 1, language: str = "de") -> str:
    """A share in per cent: ``12,3 %`` with a narrow no-break space; English ``12.3%``."""
    return number(x, decimals, language) + (f"{NARROW}%" if language == "de" else "%")


def signed(x: float, decimals: int = 1, language: str = "de", unit: str = PERCENTAGE_POINTS) -> str:
    """A difference with its sign, by default of rates.

    Parameters
    ----------
    x
        The difference.
    decimals
        Digits after the decimal mark.
    language
        ``de`` or ``en``.
    unit
        Unit of the two values or of their difference; a difference of ``percent`` is
        given in percentage points.

    Examples
    --------
    >>> signed(-1.26)
    '−1,3 Prozentpunkte'
    """
    digits = number(x, decimals, language)
    sign = "" if digits.startswith(MINUS) else "+" if x > 0 and _not_zero(digits) else "±"
    unit = PERCENTAGE_POINTS if unit == PERCENT else unit
    return f"{sign}{digits}{_unit_suffix(unit, language)}"


def _not_zero(digits: str) -> bool:
    return any(c in "123456789" for c in digits)


def _unit_suffix(unit: str, language: str) -> str:
    """The unit as it follows a number, with its space; counts have none."""
    word = unit_word(unit, language)
    return f" {word}" if word else ""


def unit_word(unit: str, language: str = "de") -> str:
    """The word or sign of a unit, empty for a plain count or a unit without a word."""
    return _words(language).get(f"unit.{unit}", "")


def quantity(x: float, unit: str, decimals: int, language: str = "de") -> str:
    """A number with its unit: ``12,3 %``, ``4,2 je 1.000``, ``1.234``."""
    if unit == PERCENT:
        return percent(x, decimals, language)
    return number(x, decimals, language) + _unit_suffix(unit, language)


def value_text(
    value: float | None,
    unit: str,
    decimals: int,
    status: str,
    language: str = "de",
) -> str:
    """A cell as a reader sees it: its number, or the word that says why there is none.

    Parameters
    ----------
    value
        The number, or None or NaN where there is none.
    unit
        ``percent``, ``percentage_points``, ``per_1000`` or a unit of counts.
    decimals
        Digits after the decimal mark.
    status
        One of `indicators.status.Status`.
    language
        ``de`` or ``en``.

    Examples
    --------
    >>> value_text(None, "percent", 1, "suppressed")
    'geheim'
    """
    shown = Status(status)
    if shown is Status.ZERO:
        return quantity(0, unit, 0, language)
    if shown not in VISIBLE:
        return status_word(status, language)
    if value is None or not math.isfinite(value):
        return status_word(Status.MISSING, language)
    if unit == PERCENTAGE_POINTS:
        # A figure in percentage points is itself a change.
        return signed(float(value), decimals, language)
    return quantity(float(value), unit, decimals, language)


def share_text(part: float, whole: float, language: str = "de") -> str:
    r"""A part of a whole in per cent; a part that is there is never called nothing.

    Examples
    --------
    >>> share_text(1, 10_000)
    'unter 0,1\u202f%'
    """
    share = 100 * part / whole
    if 0 < share < _SMALLEST_SHARE:
        return text("common.below", language, limit=percent(_SMALLEST_SHARE, 1, language))
    return percent(share, 1, language)


def status_word(status: str, language: str = "de") -> str:
    """The word for a status, for example ``geheim``, ``zu klein`` or ``keine Angabe``."""
    return text(f"status.{Status(status).value}", language)


def interval(low: float, high: float, unit: str, decimals: int, language: str = "de") -> str:
    """Two bounds of one range: ``12,1 bis 14,3 %``.

    Raises
    ------
    ValueError
        A bound is not finite.
    """
    word = text("common.to", language)
    return f"{number(low, decimals, language)} {word} {quantity(high, unit, decimals, language)}"


def day(iso: str, language: str = "de") -> str:
    """A date: ``31.12.2025``, in English ``31 December 2025``.

    Raises
    ------
    ValueError
        `iso` is no ISO date.
    """
    when = date.fromisoformat(iso)
    if language == "de":
        return f"{when.day:02d}.{when.month:02d}.{when.year}"
    return f"{when.day} {text(f'month.{when.month}', language)} {when.year}"


def with_days(words: str, language: str = "de") -> str:
    """A sentence with its ISO dates as the language writes them.

    Examples
    --------
    >>> with_days("ab 2024-06-30")
    'ab 30.06.2024'
    """
    return ISO_DAY.sub(lambda m: day(m.group(), language), words)


def weekday(number_of_day: int, language: str = "de") -> str:
    """The name of a weekday; 0 is Monday."""
    return text(f"weekday.{number_of_day}", language)


def time_text(start: str, end: str, language: str = "de") -> str:
    """Two times of day: ``9.00–12.00 Uhr``."""
    return text("common.time", language, start=_clock(start), end=_clock(end))


def _clock(hhmm: str) -> str:
    return hhmm.lstrip("0").replace(":", ".") if hhmm[:2] != "00" else hhmm.replace(":", ".")


def text(key: str, language: str = "de", **fields: object) -> str:
    """The words for a key of the interface, with its ``{fields}`` filled in.

    Parameters
    ----------
    key
        Section and name, for example ``gebiet.title``.
    language
        ``de`` or ``en``.
    **fields
        What the text has in braces, already formatted.

    Raises
    ------
    KeyError
        There is no such key, or the text needs a field that was not given.
    """
    return _words(language)[key].format(**fields) if fields else _words(language)[key]


def counted(key: str, n: int, language: str = "de", **fields: object) -> str:
    """The words for a number of things: ``KEY_one`` for exactly one, else ``KEY_many``.

    The number is in the field ``n``, formatted.
    """
    form = "one" if n == 1 else "many"
    return text(f"{key}_{form}", language, n=number(n, 0, language), **fields)


def word_or_key(section: str, key: str, language: str = "de") -> str:
    """The word for a key that comes from data; the key itself where none is known."""
    return _words(language).get(f"{section}.{key}", key)


def class_word(word: str, language: str = "de") -> str:
    """A class of an index or of a spatial test; German institutions' words stay German."""
    return word_or_key("class", word, language)


def listing(words: list[str], language: str = "de") -> str:
    """Words as a reader lists them: ``A, B und C``."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {text('common.and', language)} {words[-1]}"


def glossary(term: str, language: str = "de") -> str:
    """The explanation of a term in one or two plain sentences.

    Raises
    ------
    KeyError
        The glossary does not have the term.
    """
    return text(f"glossary.{term}.text", language)


def glossary_terms(language: str = "de") -> tuple[tuple[str, str, str], ...]:
    """All terms as (key, name, explanation), sorted by name as a reader looks them up."""
    keys = [k.split(".")[1] for k in _words(language) if _is_term(k)]
    terms = [(k, text(f"glossary.{k}.name", language), glossary(k, language)) for k in keys]
    return tuple(sorted(terms, key=lambda t: sort_form(t[1])))


def _is_term(key: str) -> bool:
    return key.startswith("glossary.") and key.endswith(".name")


def sort_form(word: str) -> str:
    """German order after DIN 5007-1: an umlaut sorts as its vowel."""
    return word.casefold().translate(str.maketrans("äöü", "aou"))


def keys(language: str = "de") -> frozenset[str]:
    """Every key of a language, for the test that no word is missing."""
    return frozenset(_words(language))


def vega_locale(language: str = "de") -> dict[str, Any]:
    """Number and time formats for a Vega chart's ``config.locale``."""
    if language != "de":
        return {}
    months = [text(f"month.{m}", language) for m in range(1, 13)]
    days = [weekday((d - 1) % 7, language) for d in range(7)]
    return {
        "number": {
            "decimal": ",",
            "thousands": ".",
            "grouping": [3],
            "currency": ["", f"{NARROW}€"],
            "percent": f"{NARROW}%",
            "minus": MINUS,
        },
        "time": {
            "dateTime": "%A, %e. %B %Y, %X",
            "date": "%d.%m.%Y",
            "time": "%H:%M:%S",
            "periods": ["", ""],
            "days": days,
            "shortDays": [d[:2] for d in days],
            "months": months,
            "shortMonths": [m[:3] for m in months],
        },
    }


@cache
def _words(language: str) -> dict[str, str]:
    """Every text of a language by its dotted key."""
    source = files("atlas").joinpath("locale", f"{language}.toml")
    return dict(_flat(tomllib.loads(source.read_text(encoding="utf-8")), ""))


def _flat(table: dict[str, Any], prefix: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key, value in table.items():
        found += (
            _flat(value, f"{prefix}{key}.")
            if isinstance(value, dict)
            else [(f"{prefix}{key}", str(value))]
        )
    return found
