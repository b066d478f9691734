"""Opening hours in OpenStreetMap's syntax, evaluated by the package opening_hours.

The package knows the grammar (specification 0.7.2) and says for every moment whether a place
is open. A weekly pattern is what it says in all weeks of a year; public holidays are left to
the calendar of a plan. Whatever differs from week to week, hangs on daylight or a comment, or
has no end, is no window, with its reason.
"""

import re
from datetime import date, datetime, timedelta
from functools import lru_cache

import numpy as np
import numpy.typing as npt

# The package has the error, its own stub lacks it.
from opening_hours import OpeningHours, ParserError  # type: ignore[attr-defined]

from geodata.places.week import DAY, HoursError, Week, Window, week_of

WEEKS = 53
"""So many weeks from the given day are looked at: a whole year."""

RARE_WEEKS = 3
"""A window that is missing in so many weeks only is one of every week, like holidays."""

_VAGUE = "als unsicher bezeichnet"
_Bools = npt.NDArray[np.bool_]
_SUN = re.compile(r"\b(?:sunrise|sunset|dawn|dusk)\b", re.I)
_OPEN_END = re.compile(r"\d\s*\+")
_WHOLE_DAY = re.compile(r"24/7|0?0:00\s*-\s*(?:24|0?0):00")
_SCHOOL = re.compile(r"\bSH\b")


@lru_cache(maxsize=4096)
def read_osm(text: str, day: date) -> Week:
    """Evaluate a text in OpenStreetMap's syntax to a weekly pattern.

    Parameters
    ----------
    text
        Value of the tag ``opening_hours``.
    day
        First day of the year that is looked at; matters only for texts with dates.

    Raises
    ------
    HoursError
        The text is not in this syntax.

    Examples
    --------
    >>> from geodata.places.week import in_words
    >>> week = read_osm("Mo 08:30-12:30; Th 14:00-17:00; PH off", date(2025, 1, 1))
    >>> in_words(week.windows)
    'Mo 08:30-12:30, Do 14:00-17:00'
    """
    main, _, fallback = text.partition("||")
    # Without a country the package has no holidays: "PH off" and "PH 10:00-12:00" rest.
    hours = _parsed(main.strip())
    never = _no_pattern(main)
    if never:
        return Week(reasons=(never,))
    monday = day - timedelta(days=day.weekday())
    opened, maybe, comments = _year(hours, monday)
    reasons = [f"nur unter einer Bedingung ({c})" if c else _VAGUE for c in comments]
    if fallback.strip():
        reasons.append("außerdem: " + fallback.replace('"', "").strip())
    if _SCHOOL.search(main):
        reasons.append("andere Zeiten in den Schulferien")
    return _pattern(opened, maybe, reasons, whole_days=bool(_WHOLE_DAY.search(main)))


def _parsed(text: str) -> OpeningHours:
    try:
        return OpeningHours(text)
    except ParserError as error:
        place = re.search(r"-->\s*\d+:(\d+)", str(error))
        rest = text[int(place[1]) - 1 :] if place else text
        found = f"ab „{rest}“ nicht zu verstehen" if rest else "der Text bricht ab"
        allowed = "Schreibweise von OpenStreetMap wie „Mo-Fr 08:30-12:30; Th 14:00-17:00; PH off“"
        raise HoursError(found, allowed) from None


def _no_pattern(text: str) -> str:
    """Why a text as a whole names no weekly pattern; empty where it may."""
    if _SUN.search(text):
        return "Zeiten nach dem Stand der Sonne"
    if _OPEN_END.search(text):
        return "ein Ende ist nicht genannt"
    return ""


def _year(hours: OpeningHours, monday: date) -> tuple[_Bools, _Bools, list[str]]:
    """Whether open and perhaps open, ``(weeks, 7, 1440)`` each, and the conditions named."""
    opened = np.zeros(WEEKS * 7 * DAY, dtype=bool)
    maybe = np.zeros_like(opened)
    comments: dict[str, None] = {}
    begin = datetime(monday.year, monday.month, monday.day)
    for start, end, state, comment in hours.intervals(begin, begin + timedelta(weeks=WEEKS)):
        # A comment without the word "open" says by the specification: unknown.
        sure = str(state) == "open" and not comment
        if str(state) == "closed":
            continue
        span = slice(*(int((t - begin).total_seconds() // 60) for t in (start, end)))
        (opened if sure else maybe)[span] = True
        if not sure:
            comments[str(comment or "")] = None
    shape = (WEEKS, 7, DAY)
    return opened.reshape(shape), maybe.reshape(shape), list(comments)


def _pattern(opened: _Bools, maybe: _Bools, reasons: list[str], *, whole_days: bool) -> Week:
    weeks = opened.sum(axis=0)
    sure, some = weeks >= WEEKS - RARE_WEEKS, weeks > 0
    if (some & (weeks < WEEKS)).any():
        reasons.append("nicht jede Woche gleich")
    windows, unsure = _runs(sure), _runs((some & ~sure) | maybe.any(axis=0))
    if not whole_days:
        # "Mo-Fr" without times and a comment alone say nothing of the clock.
        if any(w.end - w.start == DAY for w in windows):
            reasons.append("Tage ohne Uhrzeit genannt")
        windows = [w for w in windows if w.end - w.start < DAY]
        unsure = [w for w in unsure if w.end - w.start < DAY]
    if not windows and not unsure and not reasons:
        reasons.append("immer geschlossen")
    return week_of(windows, unsure, reasons)


def _runs(minutes: _Bools) -> list[Window]:
    """Runs of open minutes of each weekday, from ``(7, 1440)``."""
    edges = np.diff(np.pad(minutes.astype(np.int8), ((0, 0), (1, 1))), axis=1)
    days, starts = np.nonzero(edges == 1)
    ends = np.nonzero(edges == -1)[1]
    return [Window(int(d), int(s), int(e)) for d, s, e in zip(days, starts, ends, strict=True)]
