"""What a series does, in German that needs no statistics: numbers, dates, sentences."""

from collections.abc import Mapping
from dataclasses import dataclass

from indicators.entries import Indicator
from indicators.status import Status
from indicators.trends import FALLING, NO_STATEMENT, RISING

NO_TREND = "kein klarer Trend"
SERIES_CLASSES = (RISING, FALLING, NO_TREND, NO_STATEMENT)
"""All classes of a series, in the order of a legend."""

MANN_KENDALL, WEIGHTED_LINE = "mann_kendall", "weighted_line"

_UNITS = {"percent": "\N{NARROW NO-BREAK SPACE}%", "per_1000": " je 1.000"}
_DIFFERENCES = {"percent": " Prozentpunkte", "per_1000": " je 1.000"}
_GAPS = {
    Status.SUPPRESSED: "geheim",
    Status.TOO_FEW: "zu wenige Menschen oder Fälle",
    Status.MISSING: "nicht geliefert",
    Status.NOT_APPLICABLE: "hier nicht berechnet",
}


def decimal(number: float, digits: int) -> str:
    """A German number with a decimal comma and a real minus sign; zero has no sign.

    Examples
    --------
    >>> decimal(12.34, 1)
    '12,3'
    """
    text = f"{number:.{digits}f}"
    if not text.strip("-0."):
        text = text.lstrip("-")
    return text.replace(".", ",").replace("-", "\N{MINUS SIGN}")


def day(period: str) -> str:
    """A reporting date (ISO) as ``31.12.2022``."""
    return ".".join(reversed(period.split("-")))


def rate(number: float, indicator: Indicator) -> str:
    """A rate with its unit, as it is printed."""
    return decimal(number, indicator.decimals) + _UNITS.get(indicator.unit, "")


def difference(number: float, indicator: Indicator, more_digits: int = 0) -> str:
    """The size of a difference with its unit; one that is there is never called nothing."""
    digits = indicator.decimals + more_digits
    unit = _DIFFERENCES.get(indicator.unit, "")
    shown = decimal(abs(number), digits)
    if number and not shown.strip("0,"):
        return f"weniger als {decimal(10.0**-digits, digits)}{unit}"
    return shown + unit


def moved(first: tuple[str, float], last: tuple[str, float], indicator: Indicator) -> str:
    """From where to where, with both dates: ``Von 8,1 % am … auf 9,4 % am …``."""
    start, end = (f"{rate(value, indicator)} am {day(period)}" for period, value in (first, last))
    return f"Von {start} auf {end}"


@dataclass(frozen=True)
class SeriesNote:
    """The figures that the sentence on a series tells.

    ``first`` and ``last`` are reporting date and value; ``gaps`` counts the dates without a
    value by their status.
    """

    first: tuple[str, float]
    last: tuple[str, float]
    points: int
    gaps: Mapping[str, int]
    method: str
    slope: float
    low: float
    high: float
    autocorrelation: float
    q_value: float


def series_reason(word: str, note: SeriesNote, indicator: Indicator) -> str:
    """One or two sentences: from where to where, how steadily, and how sure it is."""
    (start, before), (end, now) = note.first, note.last
    values = moved((start, before), (end, now), indicator)
    if word in (RISING, FALLING):
        kind = "gestiegen" if word == RISING else "gesunken"
        sentence = (
            f"{values}: Über {note.points} Stichtage ist der Wert beständiger {kind}, als es "
            "ein bloßes Auf und Ab erwarten ließe, "
            f"um etwa {difference(note.slope, indicator, 1)} im Jahr"
        )
    else:
        sentence = (
            f"{values}: Ob dahinter ein beständiger Anstieg oder Rückgang steht, lässt sich aus "
            f"{note.points} Stichtagen nicht sicher sagen; ein Auf und Ab kann ebenso aussehen"
        )
    return f"{sentence} ({_test(note, indicator)}).{_gap_sentence(note.gaps, note.points)}"


def unjudged_reason(points: int, gaps: Mapping[str, int], few: int) -> str:
    """Why nothing is said about a series."""
    if points + sum(gaps.values()) < few:
        have = "einen Stichtag" if points == 1 else f"{points or 'keine'} Stichtage"
        return f"Ohne Aussage: Die Reihe hat {have} mit Wert; nötig sind mindestens {few}."
    return f"Ohne Aussage: Der Reihe fehlen zu viele Werte.{_gap_sentence(gaps, points)}"


def _gap_sentence(gaps: Mapping[str, int], points: int) -> str:
    missing = sum(gaps.values())
    if not missing:
        return ""
    total = points + missing
    why = ", ".join(f"{_GAPS[s]}: {gaps[s]}" for s in _GAPS if gaps.get(s))
    verb = "hat" if missing == 1 else "haben"
    return f" {missing} von {total} Stichtagen {verb} keinen Wert ({why}) und zählen nicht mit."


def _test(note: SeriesNote, indicator: Indicator) -> str:
    name = {
        MANN_KENDALL: "Mann-Kendall-Test, Steigung nach Theil und Sen",
        WEIGHTED_LINE: "gewichtete Gerade",
    }[note.method]
    digits = indicator.decimals + 1
    low, high = (decimal(limit, digits) for limit in (note.low, note.high))
    return (
        f"{name}; Schwankungsbereich {low} bis {high} im Jahr; "
        f"Abhängigkeit von Stichtag zu Stichtag {decimal(note.autocorrelation, 2)}; "
        f"{_q_text(note.q_value)}"
    )


def _q_text(q_value: float) -> str:
    """A q-value is never printed as nothing."""
    return "q < 0,0001" if q_value < 0.0001 else f"q = {decimal(q_value, 4)}"
