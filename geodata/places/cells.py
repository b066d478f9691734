"""Text cells of tables of places as values; every cell that is none is noted with its row."""

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from geodata.errors import ProblemCollector
from geodata.files import TableFormat
from geodata.files.numbers import decimal_word, parse_numbers

OWNER_KEYS = frozenset({"public", "non_profit", "other", "unknown"})
OWNERS = {
    **dict.fromkeys(
        ("public", "öffentlich", "kommunal", "städtisch", "bezirklich", "staatlich"), "public"
    ),
    **dict.fromkeys(
        ("non_profit", "gemeinnützig", "freier träger", "frei-gemeinnützig", "kirchlich"),
        "non_profit",
    ),
    **dict.fromkeys(("other", "sonstige", "privat", "gewerblich"), "other"),
    **dict.fromkeys(("unknown", "unbekannt", ""), "unknown"),
}
# Partly accessible is not accessible for whoever depends on it.
BARRIER_FREE = {
    **dict.fromkeys(("yes", "ja", "true", "1", "designated", "barrierefrei"), "yes"),
    **dict.fromkeys(("rollstuhlgerecht", "voll", "vollständig", "stufenlos"), "yes"),
    **dict.fromkeys(("no", "nein", "false", "0", "limited", "teilweise"), "no"),
    **dict.fromkeys(("eingeschränkt", "bedingt", "mit hilfe", "teilweise barrierefrei"), "no"),
    **dict.fromkeys(("teilweise rollstuhlgerecht", "bedingt barrierefrei"), "no"),
    **dict.fromkeys(("eingeschränkt rollstuhlgerecht", "bedingt rollstuhlgerecht"), "no"),
    **dict.fromkeys(("nicht barrierefrei", "nicht rollstuhlgerecht"), "no"),
    **dict.fromkeys(("unknown", "unbekannt", "k. a.", "k.a.", "keine angabe", ""), "unknown"),
}
ACCEPTS = {
    **dict.fromkeys(
        ("information", "informationen", "info", "infos", "auskunft", "informationsangebot"),
        "information",
    ),
    **dict.fromkeys(
        ("counselling", "counseling", "advice", "beratung", "beratungen", "einzelberatung"),
        "counselling",
    ),
    **dict.fromkeys(("any", "alles", "alle", "unbeschränkt", "keine einschränkung"), ""),
}
"""What a room may be used for; "any" is no limit, as an empty cell."""

_LIST = re.compile(r"\s*(?:[;,/+&|]|\bund\b|\band\b)\s*")
_ONLY = re.compile(r"^(?:nur|only|ausschließlich)\s+(?:für\s+|zur\s+)?")
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[ T]00:00(?::00)?)?|(\d{1,2})\.(\d{1,2})\.(\d{4})")
_DAYS = ("mo", "di", "mi", "do", "fr", "sa", "so")
_LONG_DAYS = ("montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonntag")
_WEEKDAYS = {
    **{str(n): n for n in range(7)},
    **{word: n for n, word in enumerate(_DAYS)},
    **{word: n for n, word in enumerate(_LONG_DAYS)},
}
_CLOCK = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?(?::00)?(?:\s*Uhr)?")


class Cells:
    """Turns text columns into values and notes every cell that is none."""

    def __init__(self, path: Path, numbers: pd.Series, found: ProblemCollector) -> None:
        self._path, self._numbers, self._found = path, numbers, found

    def note(self, bad: pd.Series, texts: pd.Series, column: str, allowed: str) -> None:
        """Note the cells of a column that are wrong."""
        for number, text in zip(self._numbers[bad], texts[bad], strict=True):
            where = f"{self._path.name}, Zeile {number}, {column}"
            self._found.add(where, f"gefunden {text!r}", allowed)

    def note_one(self, row: int, found: str, allowed: str, column: str = "opening_hours") -> None:
        """Note one cell, `row` counted from 0, in words of its own."""
        where = f"{self._path.name}, Zeile {self._numbers.iloc[row]}, {column}"
        self._found.add(where, found, allowed)

    def decimals(self, texts: pd.Series, column: str, fmt: TableFormat) -> pd.Series:
        """Coordinates."""
        values = parse_numbers(texts, fmt)
        mark = decimal_word(fmt)
        allowed = f"eine Koordinate mit {mark}; andere Zeichen nennt format = {{ decimal = … }}"
        self.note(pd.Series(~np.isfinite(values), index=texts.index), texts, column, allowed)
        return values

    def whole(self, texts: pd.Series, column: str) -> pd.Series:
        """Whole numbers, NA where empty."""
        plain = texts.str.replace(r"[.,]0+$", "", regex=True)
        good = plain.str.fullmatch(r"[0-9]{1,9}") | (plain == "")
        self.note(~good, texts, column, "eine ganze Zahl oder nichts")
        return pd.to_numeric(plain.where(good & (plain != ""))).astype("Int64")

    def words(self, texts: pd.Series, known: Mapping[str, str], column: str) -> pd.Series:
        """Words of a fixed list."""
        values = texts.str.casefold().map(dict(known))
        allowed = ", ".join(sorted(w for w in known if w))
        self.note(values.isna(), texts, column, allowed)
        return values

    def lists(self, texts: pd.Series, known: Mapping[str, str], column: str) -> pd.Series:
        """Several words of a fixed list in one cell, as keys with semicolons between."""
        values = [_listed(text, known) for text in texts]
        bad = pd.Series([v is None for v in values], index=texts.index)
        self.note(bad, texts, column, ", ".join(sorted(known)))
        return pd.Series([v or "" for v in values], index=texts.index, dtype="str")

    def dates(self, texts: pd.Series, column: str) -> pd.Series:
        """Days as ISO dates, empty where empty."""
        values = [_day(text) for text in texts]
        bad = pd.Series([v is None for v in values], index=texts.index)
        self.note(bad, texts, column, "ein Tag wie 2025-12-31 oder 31.12.2025")
        return pd.Series([v or "" for v in values], index=texts.index, dtype="str")

    def filled(self, texts: pd.Series, column: str) -> None:
        """Cells that must not be empty."""
        self.note(texts == "", texts, column, "ein Eintrag")

    def weekdays(self, texts: pd.Series) -> pd.Series:
        """Days of the week, 0 for Monday."""
        values = texts.str.casefold().str.rstrip(".").map(_WEEKDAYS)
        self.note(values.isna(), texts, "weekday", "Mo, Di, Mi, Do, Fr, Sa, So oder 0 bis 6")
        return values.astype("Int64")

    def clocks(self, texts: pd.Series, column: str) -> pd.Series:
        """Times of day as ``HH:MM``."""
        values = texts.map(_clock)
        self.note(values.isna(), texts, column, "eine Uhrzeit wie 09:00")
        return values

    def ordered(self, start: pd.Series, end: pd.Series) -> None:
        """Ends that must come after their start."""
        self.note((end <= start).fillna(False), end, "end", "später als start")

    def places(self, texts: pd.Series, known: frozenset[str]) -> None:
        """Keys of places that must exist."""
        self.note(~texts.isin(known), texts, "place", "ein Ort aus der Tabelle der Orte")


def _clock(text: str) -> str | None:
    """``9``, ``9.30`` and ``09:30`` as ``HH:MM``; None where it is no time of day."""
    match = _CLOCK.fullmatch(text.strip())
    if match is None:
        return None
    hour, minute = int(match[1]), int(match[2] or 0)
    valid = (hour < 24 and minute < 60) or (hour == 24 and minute == 0)
    return f"{hour:02d}:{minute:02d}" if valid else None


def _listed(text: str, known: Mapping[str, str]) -> str | None:
    """Keys of the words in a text in a fixed order; None where one is unknown."""
    plain = _ONLY.sub("", text.casefold().strip())
    words = [w for w in _LIST.split(plain) if w]
    if any(w not in known for w in words):
        return None
    keys = {known[w] for w in words}
    order = [k for k in dict.fromkeys(known.values()) if k in keys and k]
    # Words without a limit and words of one would be two different rules.
    return None if order and "" in keys else ";".join(order)


def _day(text: str) -> str | None:
    """An ISO date; empty where empty, None where it is no day of a calendar."""
    if not text:
        return ""
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    parts = match.group(1, 2, 3) if match[1] else match.group(6, 5, 4)
    try:
        return date(*map(int, parts)).isoformat()
    except ValueError:
        return None
