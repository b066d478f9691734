"""What stands in the tables of a page or a briefing: every cell already as words."""

import pandas as pd

from atlas.edition import Edition
from atlas.findings import difference_text, range_text
from atlas.placement.plan import Plan
from atlas.profile.figures import Cell, Figure, Trend, direction
from atlas.profile.nearby import NearbyPlace, NearbySession
from atlas.profile.series import Series
from atlas.profile.sheets import Sheet, group_name
from atlas.wording import (
    class_word,
    counted,
    day,
    listing,
    number,
    signed,
    status_word,
    text,
    value_text,
    weekday,
    word_or_key,
)
from indicators.hotspot_words import GI_STAR
from indicators.status import Status


def cell_text(cell: Cell, about: Sheet, language: str = "de") -> str:
    """A value with its unit, marked where it is estimated, or the word of its status."""
    shown = value_text(cell.value, about.unit, about.decimals, cell.status, language)
    if cell.status == Status.ESTIMATED and cell.visible:
        return f"{shown} ({status_word(cell.status, language)})"
    return shown


def trend_text(trend: Trend | None, about: Sheet, language: str = "de") -> str:
    """A change in a table's cell: arrow, word, size and since when."""
    if trend is None:
        return text("common.none", language)
    kind = direction(trend)
    if kind == "none":
        broken = "gebiet.trend_break" if trend.break_reason else "gebiet.trend_none"
        return text(broken, language)
    word = text(f"gebiet.trend_{kind}", language)
    if trend.change is None:
        return word
    change = signed(trend.change, about.decimals, language, about.unit)
    since = text("ueberblick.since", language, day=day(trend.period_from, language))
    return f"{word} ({change} {since})"


def hotspot_text(figure: Figure, language: str = "de") -> str:
    """The class of the main test of clustering, or a dash where none was made."""
    kinds = [h.kind for h in figure.hotspots if h.method == GI_STAR]
    return class_word(kinds[0], language) if kinds else text("common.none", language)


def figure_table(figures: tuple[Figure, ...], language: str = "de") -> pd.DataFrame:
    """The key figures of an area beside the city's, one row per indicator.

    Returns
    -------
    table
        Text; the index holds the indicators' names.
    """
    rows = [
        {
            text("common.indicator", language): f.sheet.name,
            text("gebiet.column_value", language): cell_text(f.cell, f.sheet, language),
            text("gebiet.column_interval", language): range_text(
                f.cell, f.sheet.unit, f.sheet.decimals, language
            ),
            text("gebiet.column_city", language): cell_text(f.city, f.sheet, language),
            text("gebiet.column_against", language): against_text(f, language),
            text("gebiet.column_trend", language): trend_text(f.trend, f.sheet, language),
            text("gebiet.column_hotspot", language): hotspot_text(f, language),
            text("gebiet.column_day", language): day(f.period, language),
        }
        for f in figures
    ]
    return _table(rows)


def against_text(figure: Figure, language: str = "de") -> str:
    """How a value lies to the city's: sign, word and size of the difference."""
    word = text(f"gebiet.against_{figure.against}", language)
    if figure.difference is None:
        return word
    about = figure.sheet
    if figure.against in ("above", "below"):
        size = difference_text(abs(figure.difference), about.unit, about.decimals, language)
        return f"{word} ({size})"
    return word


def _table(rows: list[dict[str, str]]) -> pd.DataFrame:
    """Rows as a table whose first column is the row's heading."""
    table = pd.DataFrame(rows, dtype="str")
    return table.set_index(table.columns[0]) if len(rows) else table


def series_table(series: Series, language: str = "de") -> pd.DataFrame:
    """The values behind a chart, one row per reporting date, the latest first."""
    about = series.sheet
    rows = [
        {
            text("common.period", language): day(p.period, language),
            text("gebiet.column_value", language): cell_text(p.cell, about, language),
            text("gebiet.column_interval", language): range_text(
                p.cell, about.unit, about.decimals, language
            ),
            text("gebiet.column_city", language): cell_text(p.city, about, language),
            text("common.status", language): status_word(p.cell.status, language),
        }
        for p in reversed(series.points)
    ]
    return _table(rows)


def break_texts(series: Series, language: str = "de") -> tuple[str, ...]:
    """Where a series breaks, in sentences."""
    return tuple(
        text(
            f"gebiet.series_break_{b.reason}",
            language,
            before=day(b.period_before, language),
            after=day(b.period, language),
            detail=b.detail,
        )
        for b in series.breaks
    )


def place_table(places: tuple[NearbyPlace, ...], language: str = "de") -> pd.DataFrame:
    """Rooms near by, one row each."""
    rows = [
        {
            text("gebiet.column_place", language): p.name,
            text("gebiet.column_kind", language): word_or_key("kind", p.kind, language),
            text("gebiet.column_owner", language): word_or_key("owner", p.owner, language),
            text("gebiet.column_barrier_free", language): word_or_key(
                "barrier_free", p.barrier_free, language
            ),
            text("gebiet.column_minutes", language): walk_text(p, language),
            text("gebiet.column_address", language): p.address,
        }
        for p in places
    ]
    return _table(rows)


def walk_text(place: NearbyPlace, language: str = "de") -> str:
    """How far a place is: inside the area, or so many minutes."""
    if place.inside:
        return text("gebiet.inside", language)
    if place.minutes is None:
        return text("common.unknown", language)
    return counted("gebiet.minutes", round(place.minutes), language)


def session_table(
    edition: Edition,
    sessions: tuple[NearbySession, ...],
    language: str = "de",
    plan: Plan | None = None,
) -> pd.DataFrame:
    """Consultation hours near by, one row each; `plan` gives the names of its own groups."""
    names = {g.group: g.name for g in plan.groups} if plan else {}
    rows = [
        {
            text("gebiet.column_weekday", language): weekday(s.weekday, language),
            text("gebiet.column_time", language): time_text(s.start, s.end, language),
            text("gebiet.column_place", language): s.place.name,
            text("gebiet.column_minutes", language): walk_text(s.place, language),
            text("gebiet.column_kind", language): word_or_key("session_kind", s.kind, language),
            text("gebiet.column_provider", language): s.provider,
            text("gebiet.column_groups", language): groups_text(edition, s.groups, language, names),
        }
        for s in sessions
    ]
    return _table(rows)


def time_text(start: str, end: str, language: str = "de") -> str:
    """Two times of day: ``9.00–12.00 Uhr``."""
    return text("common.time", language, start=_clock(start), end=_clock(end))


def _clock(hhmm: str) -> str:
    return hhmm.lstrip("0").replace(":", ".") if hhmm[:2] != "00" else hhmm.replace(":", ".")


def groups_text(
    edition: Edition,
    groups: tuple[str, ...],
    language: str = "de",
    names: dict[str, str] | None = None,
) -> str:
    """For whom a consultation hour is."""
    if not groups or groups == ("total",):
        return text("gebiet.everyone", language)
    known = names or {}
    return listing([known.get(g) or group_name(edition, g, language) for g in groups], language)


def residents_text(cell: Cell, period: str, language: str = "de") -> str:
    """The residents of an area, or why their number is not shown."""
    if cell.value is None:
        return text("gebiet.residents_status", language, status=status_word(cell.status, language))
    n = number(cell.value, 0, language)
    return text("gebiet.residents", language, n=n, day=day(period, language))
