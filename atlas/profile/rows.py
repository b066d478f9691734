"""What stands in the tables of a page or a briefing: every cell already as words."""

import re

import pandas as pd

from atlas.findings import difference_text, firmness_finding, marked, range_text
from atlas.profile.area import IndexClass
from atlas.profile.changes import CountChange
from atlas.profile.figures import NO_CELL, Cell, Figure, Trend, direction
from atlas.profile.series import Point, Series
from atlas.profile.sheets import Sheet
from atlas.wording import (
    PERCENT,
    class_word,
    day,
    number,
    quantity,
    share_text,
    signed,
    status_word,
    text,
    value_text,
    word_or_key,
)
from indicators.hotspot_words import GI_STAR
from indicators.status import VISIBLE, Status


def cell_text(cell: Cell, about: Sheet, language: str = "de") -> str:
    """A value with its unit, marked where it is estimated, or the word of its status."""
    shown = value_text(cell.value, about.unit, about.decimals, cell.status, language)
    return marked(shown, cell, language)


def trend_text(
    trend: Trend | None, about: Sheet, language: str = "de", *, since: bool = True
) -> str:
    """A change in a table's cell: arrow and word, its size where it is one, and since when."""
    if trend is None:
        return text("common.none", language)
    kind = direction(trend)
    if kind == "none" or trend.change is None:
        broken = "gebiet.trend_break" if trend.break_reason else "gebiet.trend_none"
        return text(broken, language)
    words = [text(f"gebiet.trend_{kind}", language)]
    if kind != "unchanged":
        words.append(f"({signed(trend.change, about.decimals, language, about.unit)})")
    if since:
        words.append(text("ueberblick.since", language, day=day(trend.period_from, language)))
    return " ".join(words)


def change_text(figure: Figure, language: str = "de") -> str | None:
    """The change since the date before as it stands below a large figure."""
    trend, about = figure.trend, figure.sheet
    if trend is None or trend.change is None or not figure.cell.visible:
        return None
    since = text("ueberblick.since", language, day=day(trend.period_from, language))
    kind = direction(trend)
    if kind == "unchanged":
        return f"{text('gebiet.trend_unchanged', language)} {since}"
    return f"{signed(trend.change, about.decimals, language, about.unit)} {since}"


def count_change_text(change: CountChange, language: str = "de") -> str:
    """How a count has moved since the date before."""
    since = text("ueberblick.since", language, day=day(change.period_from, language))
    return f"{signed(change.change, 0, language, 'count')} {since}"


def figure_table(
    figures: tuple[Figure, ...], language: str = "de", *, city: bool = False
) -> pd.DataFrame:
    """The rates of an area beside the city's, one row per indicator.

    Parameters
    ----------
    figures
        From `atlas.profile.figures`; counts are left to `count_table`.
    language
        ``de`` or ``en``.
    city
        The area is the whole city: nothing to hold it against.

    Returns
    -------
    table
        Text; the index holds the indicators' names. A column without content is left out,
        and the date where all figures have `common_day`.
    """
    rates = [f for f in figures if not f.sheet.is_count]
    columns = [("value", [cell_text(f.cell, f.sheet, language) for f in rates])]
    columns.append(("interval", [_range(f, language) for f in rates]))
    if not city:
        columns.append(("city", [_city(f, language) for f in rates]))
        columns.append(("against", [against_text(f, language) for f in rates]))
        columns.append(("middle", [_middle(f, language) for f in rates]))
    named = [(text(f"gebiet.column_{k}", language), v) for k, v in columns]
    named.append(_trend_column("trend", [(f.trend, f.sheet) for f in rates], language))
    named.append(_trend_column("long_trend", [(f.long_trend, f.sheet) for f in rates], language))
    if common_day(figures) is None:
        days = [day(f.period, language) for f in rates]
        named.append((text("gebiet.column_day", language), days))
    dash = text("common.none", language)
    kept = {name: cells for name, cells in named if any(c != dash for c in cells)}
    names = [f.sheet.name for f in rates]
    index = pd.Index(names, name=text("common.indicator", language), dtype="str")
    return pd.DataFrame(kept, index=index, dtype="str")


def _range(figure: Figure, language: str) -> str:
    return range_text(figure.cell, figure.sheet.unit, figure.sheet.decimals, language)


def _city(figure: Figure, language: str) -> str:
    """The city's value; a dash where the indicator is not made for the city at all."""
    if figure.city is NO_CELL:
        return text("common.none", language)
    return cell_text(figure.city, figure.sheet, language)


def _middle(figure: Figure, language: str) -> str:
    if figure.middle is None:
        return text("common.none", language)
    about = figure.sheet
    return value_text(figure.middle, about.unit, about.decimals, Status.PUBLISHED, language)


def _trend_column(
    key: str, trends: list[tuple[Trend | None, Sheet]], language: str
) -> tuple[str, list[str]]:
    """Heading and cells; the date stands in the heading where it is the same for all."""
    starts = {t.period_from for t, _ in trends if t is not None}
    same = len(starts) == 1
    heading = text(f"gebiet.column_{key}", language)
    if same:
        since = text("ueberblick.since", language, day=day(next(iter(starts)), language))
        heading = f"{heading} {since}"
    return heading, [trend_text(t, s, language, since=not same) for t, s in trends]


def common_day(figures: tuple[Figure, ...]) -> str | None:
    """The one reporting date of all figures, or None where they differ."""
    days = {f.period for f in figures}
    return next(iter(days)) if len(days) == 1 else None


def count_table(
    figures: tuple[Figure, ...], language: str = "de", *, city: bool = False
) -> pd.DataFrame:
    """The counts of an area and their part of the city's, one row each."""
    rows = []
    for f in (f for f in figures if f.sheet.is_count):
        row = {
            text("gebiet.column_count", language): f.sheet.name,
            text("gebiet.column_number", language): cell_text(f.cell, f.sheet, language),
        }
        if not city:
            row[text("gebiet.column_city", language)] = _city(f, language)
            row[text("gebiet.column_share", language)] = _share(f, language)
        if common_day(figures) is None:
            row[text("gebiet.column_day", language)] = day(f.period, language)
        rows.append(row)
    return table_of(rows)


def _share(figure: Figure, language: str) -> str:
    value, whole = figure.cell.value, figure.city.value
    if value is None or not whole:
        return text("common.none", language)
    return share_text(value, whole, language)


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


_NUMBER = re.compile(r"(?:[+\u2212±]|unter |below )?\d[\d.,]*(?!\d*[–-]\d)(?:\s|%|$)")
_DAY = re.compile(r"\d{2}\.\d{2}\.\d{4}$|\d{1,2} [A-Z][a-z]+ \d{4}$")


def number_columns(table: pd.DataFrame, language: str = "de") -> tuple[int, ...]:
    """Positions of the columns that hold numbers, or a word that stands for one."""
    words = {text("common.none", language), *(status_word(s, language) for s in Status)}
    found = []
    for n, column in enumerate(table.columns):
        cells = [str(c) for c in table[column] if str(c) not in words]
        if cells and all(_NUMBER.match(c) and not _DAY.match(c) for c in cells):
            found.append(n)
    return tuple(found)


def status_helps(figures: tuple[Figure, ...], language: str = "de") -> tuple[tuple[str, str], ...]:
    """The words that stand in the place of numbers, each with what it means, once."""
    hidden = dict.fromkeys(f.cell.status for f in figures if not f.cell.visible)
    return tuple(
        (status_word(s, language), text(f"status_help.{Status(s).value}", language))
        for s in hidden
        if Status(s) not in VISIBLE
    )


def table_of(rows: list[dict[str, str]], *, keep_empty: bool = False) -> pd.DataFrame:
    """Rows as a table whose first column is the row's heading.

    A column without any word is left out, unless `keep_empty`.
    """
    table = pd.DataFrame(rows, dtype="str")
    if not keep_empty:
        table = table.drop(columns=[c for c in table.columns[1:] if (table[c] == "").all()])
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
            text("gebiet.column_estimated_share", language): _estimated_share(p, language),
        }
        for p in reversed(series.points)
    ]
    table = table_of(rows)
    city = text("gebiet.column_city", language)
    return table.drop(columns=city) if series.is_city and rows else table


def _estimated_share(point: Point, language: str) -> str:
    """How much of a carried value is estimated; a small part is never called none."""
    share = point.cell.estimated_share
    if not point.is_carried_estimate or share is None:
        return ""
    return quantity(max(1, round(100 * share)), PERCENT, 0, language)


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


def residents_text(cell: Cell, period: str, language: str = "de") -> str:
    """The residents of an area, or why their number is not shown."""
    if cell.value is None:
        return text("gebiet.residents_status", language, status=status_word(cell.status, language))
    n = marked(number(cell.value, 0, language), cell, language)
    return text("gebiet.residents", language, n=n, day=day(period, language))


def index_table(indices: tuple[IndexClass, ...], language: str = "de") -> pd.DataFrame:
    """The classes of an area, one row per index."""
    rows = [
        {
            text("gebiet.index_column", language): i.name,
            text("common.class", language): _index_class(i, language),
            text("gebiet.index_firm", language): firmness_finding(i, language) or "–",
            text("gebiet.index_meaning", language): i.sentence,
            text("common.period", language): day(i.period, language),
        }
        for i in indices
    ]
    return table_of(rows)


def _index_class(index: IndexClass, language: str) -> str:
    if Status(index.status) not in VISIBLE or not index.kind:
        return status_word(index.status, language)
    return index.label if language == "de" else class_word(index.label, language)


def hotspot_rows(figures: tuple[Figure, ...], language: str = "de") -> pd.DataFrame:
    """What each test says of an area, with its numbers, one row per indicator and test."""
    rows = [
        {
            text("common.indicator", language): f.sheet.name,
            text("gebiet.column_test", language): word_or_key("method", h.method, language),
            text("common.class", language): class_word(h.kind, language),
            text("gebiet.column_reason", language): h.reason,
            text("common.period", language): day(h.period, language),
        }
        for f in figures
        for h in f.hotspots
    ]
    return table_of(rows)


def hotspot_lines(
    figures: tuple[Figure, ...], language: str = "de"
) -> tuple[tuple[str, str, str], ...]:
    """Key and name of each indicator and its class by the main test of clustering."""
    return tuple(
        (f.sheet.key, f.sheet.name, class_word(h.kind, language))
        for f in figures
        for h in f.hotspots
        if h.method == GI_STAR
    )
