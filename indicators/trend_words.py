"""What a series does, in German that needs no statistics: numbers, dates, sentences."""

from collections.abc import Mapping, Sequence
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
    if missing == 1:
        return f" Einer von {total} Stichtagen hat keinen Wert ({why}) und zählt nicht mit."
    return f" {missing} von {total} Stichtagen haben keinen Wert ({why}) und zählen nicht mit."


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


def year_reason(row: Mapping[str, object], indicator: Indicator, laws: str) -> str:
    """Worse than a year before, and over the years as well.

    Parameters
    ----------
    row
        ``period_from, period_to, change, low, high`` of the change in a year, and
        ``long_reason`` of the series, or ``long_from, long_change, long_low, long_high``.
    laws
        Changes of the law in between, in words.
    """
    start, end = str(row["period_from"]), str(row["period_to"])
    label = indicator.label(end)
    year = f"{label}: Vom {day(start)} bis zum {day(end)} {_change(row, '', indicator)}"
    series = row.get("long_reason")
    if isinstance(series, str) and series:
        return f"{year}. Über die Jahre: {series} {laws}".strip()
    since = day(str(row.get("long_from")))
    return f"{year}; seit dem {since} {_change(row, 'long_', indicator)}. {laws}".strip()


def _change(row: Mapping[str, object], prefix: str, indicator: Indicator) -> str:
    change, low, high = (float(str(row[f"{prefix}{c}"])) for c in ("change", "low", "high"))
    kind = "gestiegen" if change > 0 else "gesunken"
    limits = f"{decimal(low, indicator.decimals)} bis {decimal(high, indicator.decimals)}"
    return f"um {difference(change, indicator)} {kind} (Schwankungsbereich {limits})"


@dataclass(frozen=True)
class CityNote:
    """Rates of an area and of the city, each then and now.

    ``expected`` is the area's rate now, had it moved in proportion to the city's; ``laws``
    are the changes of the law in between, in words.
    """

    area: tuple[float, float]
    city: tuple[float, float]
    expected: float
    q_value: float
    laws: str = ""


def city_reason(note: CityNote, span: tuple[str, str], indicator: Indicator) -> str:
    """An area's development beside the city's, in whole sentences."""
    before, now = (rate(x, indicator) for x in note.city)
    kind = "gestiegen" if note.city[1] > note.city[0] else "gesunken"
    city = f"lag der Wert zu beiden Stichtagen bei {now}"
    if before != now:
        city = f"ist der Wert in dieser Zeit von {before} auf {now} {kind}"
    here = moved((span[0], note.area[0]), (span[1], note.area[1]), indicator)
    return (
        f"{indicator.label(span[1])}: {here}; in der ganzen Stadt {city}. Im gleichen Verhältnis "
        f"wie in der Stadt wären es hier {rate(note.expected, indicator)}; der Unterschied ist "
        f"größer, als der Zufall erwarten ließe ({_q_text(note.q_value)}). {note.laws}"
    ).strip()


def dynamics_reason(
    name: str, period: str, word: str, parts: Sequence[tuple[Indicator, float]] = ()
) -> str:
    """The class of an index of changes, and the changes that it is made of."""
    changes = "; ".join(f"{part.name_de} {signed(value, part)}" for part, value in parts)
    figures = f" Im Einzelnen: {changes}." if changes else ""
    return (
        f"{name} am {day(period)}: Klasse „{word}“. Die Anteile, aus denen er besteht, haben sich "
        f"zusammen ungünstiger entwickelt als in den meisten anderen Gebieten der Stadt.{figures}"
    )


def signed(value: float, indicator: Indicator) -> str:
    """A change with its sign, in percentage points."""
    digits = decimal(value, indicator.decimals)
    plus = "+" if value > 0 and digits.strip("0,") else ""
    return f"{plus}{digits} Prozentpunkte"
