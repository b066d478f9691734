"""A series as a chart: the area against the city, a band for chance, a mark for a break."""

from datetime import date
from typing import Any

import altair as alt
import pandas as pd

from atlas.profile.carried import Break
from atlas.profile.rows import cell_text
from atlas.profile.series import Series
from atlas.wording import day, text, unit_word, vega_locale

AREA_COLOUR, CITY_COLOUR, BREAK_COLOUR = "#1f5a96", "#6b6b6b", "#8a4b08"
_LOOKS = {
    "own": (AREA_COLOUR, AREA_COLOUR, [1, 0]),
    "carried": (AREA_COLOUR, "white", [2, 3]),
    "city": (CITY_COLOUR, CITY_COLOUR, [6, 4]),
}
"""Of each kind of line: its colour, the inside of its points, its dashes."""
_HEIGHT = 380


def series_chart(series: Series, language: str = "de") -> alt.LayerChart:
    """Draw a series; it carries its numbers in German or English style.

    Parameters
    ----------
    series
        With at least one visible value.
    language
        ``de`` or ``en``.
    """
    rows = _rows(series, _names(series, language), language)
    shown = dict.fromkeys((r["kind"], r["look"]) for r in rows)
    names, looks = [n for n, _ in shown], [_LOOKS[look] for _, look in shown]
    base = alt.Chart(pd.DataFrame(rows)).encode(x=_x_axis(series, language))
    colours, insides = ([look[n] for look in looks] for n in range(2))
    legend = alt.Legend(orient="top", labelLimit=420)
    kind = alt.Stroke(
        "kind:N", title=None, scale=alt.Scale(domain=names, range=colours), legend=legend
    )
    fill = alt.Fill("kind:N", title=None, scale=alt.Scale(domain=names, range=insides))
    # Dashes would tear the hollow point of the legend apart: they hang on a field of their own.
    scale = alt.Scale(domain=list(_LOOKS), range=[look[2] for look in _LOOKS.values()])
    dash = alt.StrokeDash("look:N", scale=scale, legend=None)
    y = alt.Y("value:Q", title=_y_title(series, language), axis=_y_axis(series))
    tooltip = [
        alt.Tooltip("kind:N", title=text("common.area", language)),
        alt.Tooltip("day:N", title=text("common.period", language)),
        alt.Tooltip("shown:N", title=text("common.value", language)),
    ]
    detail = alt.Detail(["kind:N", "segment:N"])
    line = base.mark_line(strokeWidth=2.5).encode(y=y, stroke=kind, strokeDash=dash, detail=detail)
    dots = base.mark_point(size=45, opacity=1, strokeWidth=2).encode(
        y=y, stroke=kind, fill=fill, detail=detail, tooltip=tooltip
    )
    band = _band(series, rows, language)
    chart = alt.layer(*band, line, dots, *_break_marks(series, language))
    finished: alt.LayerChart = chart.properties(
        height=_HEIGHT, description=alternative(series, language)
    ).configure(locale=alt.Locale(**vega_locale(language)) if language == "de" else alt.Undefined)
    return finished


def _band(series: Series, rows: list[dict[str, Any]], language: str) -> list[alt.Chart]:
    """The range of chance variation of the area, where there is one."""
    if not series.has_ranges:
        return []
    # Rows of the city between those of the area would tear the band apart.
    own = pd.DataFrame([r for r in rows if r["look"] != "city"])
    band = alt.Chart(own).mark_area(opacity=0.18, color=AREA_COLOUR)
    return [band.encode(x=_x_axis(series, language), y="low:Q", y2="high:Q", detail="segment:N")]


def alternative(series: Series, language: str = "de") -> str:
    """The chart in one sentence, for those who do not see it."""
    return text(
        "gebiet.series_alt",
        language,
        name=series.sheet.name,
        area=series.area.name,
        first=day(series.points[0].period, language),
        last=day(series.points[-1].period, language),
    )


def _names(series: Series, language: str) -> dict[str, str]:
    """What each kind of line is called."""
    area = series.area.name
    return {
        "own": area,
        "carried": text("gebiet.series_estimated", language, area=area),
        "city": text("gebiet.series_city", language),
    }


def _rows(series: Series, names: dict[str, str], language: str) -> list[dict[str, Any]]:
    """One row per point and line; a hidden value stays empty and leaves a gap."""
    rows: list[dict[str, Any]] = []
    # A count of the city is of another size: on one scale it would flatten the area's.
    alone = series.sheet.is_count or series.is_city
    for p in series.points:
        breaks = sum(b.reason == "definition" and b.period <= p.period for b in series.breaks)
        own = "carried" if p.is_carried_estimate else "own"
        lines = [(own, p.cell, p.segment), ("city", p.city, breaks)]
        for look, cell, segment in lines[: 1 if alone else 2]:
            rows.append(
                {
                    "period": p.period,
                    "day": day(p.period, language),
                    "kind": names[look],
                    "look": look,
                    "segment": segment,
                    "value": cell.value,
                    "low": cell.low,
                    "high": cell.high,
                    "shown": cell_text(cell, series.sheet, language),
                }
            )
    return rows


def _x_axis(series: Series, language: str) -> alt.X:
    dates = [p.period for p in series.points]
    style = "%d.%m.%Y" if language == "de" else "%e %b %Y"
    axis = alt.Axis(
        title=text("common.period", language),
        format=style,
        values=dates,
        labelAngle=0,
        labelOverlap="greedy",
        grid=False,
    )
    return alt.X("period:T", scale=alt.Scale(type="utc"), axis=axis)


def _y_axis(series: Series) -> alt.Axis:
    return alt.Axis(format=f",.{series.sheet.decimals}~f", tickCount=6)


def _y_title(series: Series, language: str) -> str:
    unit = unit_word(series.sheet.unit, language)
    return f"{series.sheet.name} ({unit})" if unit else series.sheet.name


def _break_marks(series: Series, language: str) -> list[alt.Chart]:
    """A dashed line and the word for it in the middle of every break."""
    if not series.breaks:
        return []
    label = text("gebiet.series_break_label", language)
    rows = [{"period": _middle(b), "label": label} for b in series.breaks]
    base = alt.Chart(pd.DataFrame(rows)).encode(x=_x_axis(series, language))
    rule = base.mark_rule(strokeDash=[3, 3], color=BREAK_COLOUR, strokeWidth=1.5)
    words = base.mark_text(align="left", dx=4, color=BREAK_COLOUR).encode(
        text="label:N", y=alt.value(8)
    )
    return [rule, words]


def _middle(at: Break) -> str:
    first, second = date.fromisoformat(at.period_before), date.fromisoformat(at.period)
    return (first + (second - first) / 2).isoformat()
