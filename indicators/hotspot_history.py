"""How the hotspots of a map came and went: one class per area over all reporting dates.

The classes follow the idea of the emerging hot spot analysis of space-time cubes (ESRI), with
fewer and plainer kinds. A hotspot that is there or gone at the latest date only may be a value
that crossed the limit of a test by a hair; it counts as having emerged or faded from the
second date on.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import pandas as pd

from indicators.catalogue import Catalogue
from indicators.hotspot_words import HIGH_CLUSTER, HIGH_HIGH, LOW_CLUSTER, LOW_LOW, NO_STATEMENT
from indicators.scan_words import HIGH_MEMBER, LOW_MEMBER
from indicators.status import Status
from indicators.trend_words import day
from indicators.trends import dates_of, latest_stretches

PERSISTING, EMERGING, FADING = "anhaltend", "neu hinzugekommen", "nicht mehr"
SPORADIC, NEVER = "zeitweise", "nie"
CLASSES = (EMERGING, PERSISTING, SPORADIC, FADING, NEVER, NO_STATEMENT)
"""All classes, in the order of a legend."""

HIGH, LOW = "high", "low"
SIDES = {
    HIGH: frozenset({HIGH_CLUSTER, HIGH_HIGH, HIGH_MEMBER}),
    LOW: frozenset({LOW_CLUSTER, LOW_LOW, LOW_MEMBER}),
}
"""Class words of the methods that make an area part of a cluster of high or low values."""

COLUMNS = [
    *("area", "level", "vintage", "indicator", "group", "method", "side"),
    *("period_from", "period_to", "periods", "gaps", "times", "since"),
    *("class", "break", "status", "reason"),
]
_WHOLE = ("periods", "gaps", "times")
TYPES = {c: "Int64" if c in _WHOLE else "str" for c in COLUMNS}
_MAP = ["level", "indicator", "group", "method"]


@dataclass(frozen=True)
class HistorySettings:
    """When an area is called what.

    Attributes
    ----------
    min_periods
        Fewest reporting dates with a result.
    max_gaps
        Largest share of the dates without one.
    confirmed
        Dates in a row from which a change counts.
    nearly_always
        Share of the dates from which a hotspot counts as persisting.
    """

    min_periods: int = 4
    max_gaps: float = 1 / 3
    confirmed: int = 2
    nearly_always: float = 0.9


def hotspot_history(
    hotspots: pd.DataFrame, catalogue: Catalogue, settings: HistorySettings | None = None
) -> pd.DataFrame:
    """Emerging, persisting, fading and sporadic hotspots of every area.

    Parameters
    ----------
    hotspots
        Rows of the edition's table ``hotspots`` for several reporting dates:
        ``area, level, vintage, period, indicator, method, class``, and ``group`` if there are
        several.
    catalogue
        Knows the breaks of the indicators; neither they nor a new vintage are crossed.
    settings
        See `HistorySettings`.

    Returns
    -------
    history
        `COLUMNS`, two rows for every area and method: one for clusters of high values, one
        for those of low values (``side``). ``times`` counts the dates as a part of one,
        ``since`` is the first date of the present one or empty. Dates without a result are
        ``gaps`` and neither in nor out of a cluster.
    """
    chosen = settings or HistorySettings()
    known = hotspots if "group" in hotspots else hotspots.assign(group="total")
    rows: list[dict[str, object]] = []
    for keys, part in known.groupby(_MAP, sort=True):
        place = dict(zip(_MAP, keys, strict=True))
        indicator = catalogue.indicators[str(place["indicator"])]
        for stretch in latest_stretches(dates_of(part), indicator):
            inside = part.loc[(part["vintage"] == stretch.vintage)]
            place |= {"vintage": stretch.vintage, "break": stretch.breaks}
            rows += [place | row for row in _map_rows(inside, stretch.periods, chosen)]
    table = pd.DataFrame(rows, columns=COLUMNS).astype(TYPES)
    order = ["indicator", "group", "method", "level", "vintage", "side", "area"]
    return table.sort_values(order, kind="stable", ignore_index=True)


def _map_rows(
    rows: pd.DataFrame, periods: tuple[str, ...], settings: HistorySettings
) -> Iterator[dict[str, object]]:
    words = rows.pivot(index="area", columns="period", values="class")[list(periods)]
    known = words.notna() & (words != NO_STATEMENT)
    for side, names in SIDES.items():
        inside = words.isin(names)
        for area in words.index:
            seen = known.loc[area].to_numpy()
            dates = [p for p, there in zip(periods, seen, strict=True) if there]
            states = inside.loc[area].to_numpy()[seen].tolist()
            yield {"area": area, "side": side} | _row(dates, states, side, periods, settings)


def _row(
    dates: list[str],
    states: list[bool],
    side: str,
    periods: tuple[str, ...],
    settings: HistorySettings,
) -> dict[str, object]:
    gaps = len(periods) - len(dates)
    enough = len(dates) >= settings.min_periods and gaps <= settings.max_gaps * len(periods)
    # Whether a hotspot is still there cannot be said without the latest date.
    judged = enough and dates[-1] == periods[-1]
    word = history_class(states, settings) if judged else NO_STATEMENT
    run = _last_run(states)
    since = dates[len(states) - run] if states and states[-1] else ""
    return {
        "period_from": dates[0] if dates else periods[0],
        "period_to": dates[-1] if dates else periods[-1],
        "periods": len(dates),
        "gaps": gaps,
        "times": sum(states),
        "since": since,
        "class": word,
        "status": (Status.PUBLISHED if judged else Status.NOT_APPLICABLE).value,
        "reason": _reason(word, dates, states, side) + _gap_words(gaps, len(periods)),
    }


def history_class(states: Sequence[bool], settings: HistorySettings) -> str:
    """The class of one area from whether it was part of a cluster at each date, oldest first.

    - ``nie``: at no date.
    - ``anhaltend``: nearly always, one of the two latest dates included; or now, and for
      more than half of the dates without a pause.
    - ``neu hinzugekommen``: now, since at least two dates, and never before.
    - ``nicht mehr``: earlier at half of the dates or more, up to the last time; no longer
      since at least two dates.
    - ``zeitweise``: everything else.
    """
    if not any(states):
        return NEVER
    count, run, now = len(states), _last_run(states), states[-1]
    often = sum(states) >= settings.nearly_always * count and any(states[-2:])
    if often or (now and run > count / 2):
        return PERSISTING
    if now and run >= settings.confirmed and run == sum(states):
        return EMERGING
    # A single earlier time is no hotspot that could fade.
    before = sum(states) >= settings.confirmed and 2 * sum(states) >= count - run
    if not now and run >= settings.confirmed and before:
        return FADING
    return SPORADIC


def _last_run(states: Sequence[bool]) -> int:
    """How many dates at the end are alike."""
    runs = [len(list(part)) for _, part in groupby(states)]
    return runs[-1] if runs else 0


def _reason(word: str, dates: list[str], states: list[bool], side: str) -> str:
    """One sentence: when this area was part of a cluster."""
    if word == NO_STATEMENT:
        return "Ohne Aussage: Zu wenige Stichtage haben ein Ergebnis, oder der letzte hat keines."
    what = f"einer Häufung {'hoher' if side == HIGH else 'niedriger'} Werte"
    total, times = len(states), sum(states)
    if word == NEVER:
        return f"An keinem der {total} Stichtage Teil {what}."
    hits = [d for d, inside in zip(dates, states, strict=True) if inside]
    if word == FADING:
        before = total - _last_run(states)
        earlier = f"davor an {times} von {before} Stichtagen Teil {what}"
        return f"Seit dem {day(dates[before])} nicht mehr; {earlier}."
    if word == EMERGING:
        return f"Seit dem {day(hits[0])} Teil {what}, davor an keinem Stichtag."
    if times == total:
        return f"An allen {total} Stichtagen seit dem {day(hits[0])} Teil {what}."
    often = "einem" if times == 1 else times
    return f"An {often} von {total} Stichtagen Teil {what}{_latest(dates, states, hits)}."


def _latest(dates: list[str], states: list[bool], hits: list[str]) -> str:
    """What the latest dates say, and that one date alone confirms nothing."""
    run, since = _last_run(states), dates[len(states) - _last_run(states)]
    if states[-1] and run == 1:
        again = "erstmals" if len(hits) == 1 else "wieder"
        return f", am letzten Stichtag {again}; ob das bleibt, ist offen"
    if states[-1]:
        return f", zuletzt ohne Pause seit dem {day(since)}"
    if run == 1:
        return ", am letzten Stichtag nicht; ob das bleibt, ist offen"
    return f", zuletzt am {day(hits[-1])}"


def _gap_words(gaps: int, total: int) -> str:
    if not gaps:
        return ""
    if gaps == 1:
        return f" Einer von {total} Stichtagen hat kein Ergebnis und zählt nicht mit."
    return f" {gaps} von {total} Stichtagen haben kein Ergebnis und zählen nicht mit."
