"""Text cells of tables of places as values; every cell that is none is noted with its row."""

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from geodata.errors import ProblemCollector
from geodata.files import TableFormat

OWNERS = {
    "public": "public",
    "öffentlich": "public",
    "kommunal": "public",
    "non_profit": "non_profit",
    "gemeinnützig": "non_profit",
    "other": "other",
    "sonstige": "other",
    "privat": "other",
    "unknown": "unknown",
    "unbekannt": "unknown",
    "": "unknown",
}
# Partly accessible is not accessible for whoever depends on it.
BARRIER_FREE = {
    **dict.fromkeys(("yes", "ja", "true", "1", "designated"), "yes"),
    **dict.fromkeys(("no", "nein", "false", "0", "limited", "teilweise"), "no"),
    **dict.fromkeys(("unknown", "unbekannt", ""), "unknown"),
}
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

    def _note(self, bad: pd.Series, texts: pd.Series, column: str, allowed: str) -> None:
        for number, text in zip(self._numbers[bad], texts[bad], strict=True):
            where = f"{self._path.name}, Zeile {number}, {column}"
            self._found.add(where, f"gefunden {text!r}", allowed)

    def decimals(self, texts: pd.Series, column: str, fmt: TableFormat) -> pd.Series:
        """Coordinates."""
        plain = texts.str.replace(",", ".") if fmt.decimal == "," else texts
        values = pd.to_numeric(plain, errors="coerce").astype("float64")
        self._note(
            pd.Series(~np.isfinite(values), index=texts.index), texts, column, "eine Koordinate"
        )
        return values

    def whole(self, texts: pd.Series, column: str) -> pd.Series:
        """Whole numbers, NA where empty."""
        plain = texts.str.replace(r"[.,]0+$", "", regex=True)
        good = plain.str.fullmatch(r"\d{1,9}") | (plain == "")
        self._note(~good, texts, column, "eine ganze Zahl oder nichts")
        return pd.to_numeric(plain.where(good & (plain != ""))).astype("Int64")

    def words(self, texts: pd.Series, known: Mapping[str, str], column: str) -> pd.Series:
        """Words of a fixed list."""
        values = texts.str.casefold().map(dict(known))
        allowed = ", ".join(sorted(w for w in known if w))
        self._note(values.isna(), texts, column, allowed)
        return values

    def filled(self, texts: pd.Series, column: str) -> None:
        """Cells that must not be empty."""
        self._note(texts == "", texts, column, "ein Eintrag")

    def weekdays(self, texts: pd.Series) -> pd.Series:
        """Days of the week, 0 for Monday."""
        values = texts.str.casefold().str.rstrip(".").map(_WEEKDAYS)
        self._note(values.isna(), texts, "weekday", "Mo, Di, Mi, Do, Fr, Sa, So oder 0 bis 6")
        return values.astype("Int64")

    def clocks(self, texts: pd.Series, column: str) -> pd.Series:
        """Times of day as ``HH:MM``."""
        values = texts.map(_clock)
        self._note(values.isna(), texts, column, "eine Uhrzeit wie 09:00")
        return values

    def ordered(self, start: pd.Series, end: pd.Series) -> None:
        """Ends that must come after their start."""
        self._note((end <= start).fillna(False), end, "end", "später als start")

    def places(self, texts: pd.Series, known: frozenset[str]) -> None:
        """Keys of places that must exist."""
        self._note(~texts.isin(known), texts, "place", "ein Ort aus der Tabelle der Orte")


def _clock(text: str) -> str | None:
    """``9``, ``9.30`` and ``09:30`` as ``HH:MM``; None where it is no time of day."""
    match = _CLOCK.fullmatch(text.strip())
    if match is None:
        return None
    hour, minute = int(match[1]), int(match[2] or 0)
    valid = (hour < 24 and minute < 60) or (hour == 24 and minute == 0)
    return f"{hour:02d}:{minute:02d}" if valid else None
