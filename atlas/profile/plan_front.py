"""What more hours bring, as a chart: hours in the week against need that is reached."""

import math
from textwrap import wrap

import altair as alt
import pandas as pd

from atlas.placement.result import Plan
from atlas.profile.chart import AREA_COLOUR, CITY_COLOUR
from atlas.wording import number, percent, plain, text, vega_locale

_HEIGHT = 400
_MOST_STEPS, _LINE = 7, 44
_NUMBER = ",.2~f"
"""Thousands and decimals in the locale's marks, without zeros at the end."""
TOTAL = ""
"""Instead of a group: what the plan weighs up, over all groups."""


def front_table(plan: Plan, group: str = TOTAL, language: str = "de") -> pd.DataFrame:
    """The points of the front: ``hours``, ``sessions``, ``value``, ``bound`` and their words.

    Parameters
    ----------
    plan
        With a front.
    group
        Key of a target group: persons or cases reached. `TOTAL`: what is gained of the best
        that was proven possible with the most hours, in per cent, with the proven bound.
    language
        ``de`` or ``en``.
    """
    points = sorted(plan.front, key=lambda p: p.hours)
    whole = max((p.bound for p in points), default=0.0) or 1.0
    rows = []
    for p in points:
        value, bound = (
            (100 * p.objective / whole, 100 * p.bound / whole)
            if group == TOTAL
            else (p.reached.get(group, 0.0), None)
        )
        rows.append(
            {
                "hours": p.hours,
                "sessions": p.sessions,
                "value": value,
                "bound": bound,
                "hours_text": plain(p.hours, language),
                "value_text": _said(value, group, language),
                "bound_text": "" if bound is None else _said(bound, group, language),
            }
        )
    return pd.DataFrame(rows)


def _said(value: float, group: str, language: str) -> str:
    return percent(value, 1, language) if group == TOTAL else number(value, 0, language)


def front_chart(plan: Plan, group: str = TOTAL, language: str = "de") -> alt.LayerChart:
    """Draw the front; with `TOTAL` the proven upper bound as a dashed line above it."""
    points = front_table(plan, group, language)
    names = (text("planen.front_plan", language), text("planen.front_bound", language))
    own = points.assign(kind=names[0])
    frames = [own]
    if group == TOTAL:
        bounds = points.assign(kind=names[1], value=points["bound"])
        frames.append(bounds)
    domain = list(names[: len(frames)])
    colour = alt.Color(
        "kind:N",
        title=None,
        scale=alt.Scale(domain=domain, range=[AREA_COLOUR, CITY_COLOUR][: len(domain)]),
        legend=alt.Legend(orient="top", offset=8, labelLimit=500),
    )
    dash = alt.StrokeDash(
        "kind:N", title=None, scale=alt.Scale(domain=domain, range=[[1, 0], [6, 4]][: len(domain)])
    )
    ticks = steps([p.hours for p in plan.front])
    x = alt.X(
        "hours:Q",
        title=text("planen.front_x", language),
        scale=alt.Scale(domain=[ticks[0], ticks[-1]]),
        axis=alt.Axis(values=ticks, format=_NUMBER, labelOverlap=True),
    )
    y = alt.Y(
        "value:Q",
        title=None,
        scale=alt.Scale(zero=True),
        axis=alt.Axis(tickCount=_MOST_STEPS, format=_NUMBER),
    )
    # Above the chart and in lines: beside it, a narrow screen would cut it off.
    title = alt.Title(
        wrap(_axis(plan, group, language), _LINE),
        anchor="start",
        offset=4,
        fontSize=13,
        fontWeight="normal",
    )
    tooltip = [
        alt.Tooltip("hours_text:N", title=text("planen.front_x", language)),
        alt.Tooltip("sessions:Q", title=text("planen.front_sessions", language)),
        alt.Tooltip("value_text:N", title=names[0]),
    ]
    if group == TOTAL:
        tooltip.append(alt.Tooltip("bound_text:N", title=names[1]))
    lines = alt.Chart(pd.concat(frames)).mark_line(strokeWidth=2.5)
    dots = alt.Chart(own).mark_point(filled=True, size=70, opacity=1, color=AREA_COLOUR)
    locale = alt.Locale(**vega_locale(language)) if language == "de" else alt.Undefined
    chart: alt.LayerChart = (
        alt.layer(
            lines.encode(x=x, y=y, color=colour, strokeDash=dash),
            dots.encode(x=x, y=y, tooltip=tooltip),
        )
        .properties(
            height=_HEIGHT,
            title=title,
            description=front_alternative(plan, group, language),
        )
        .configure(locale=locale)
    )
    return chart


def steps(hours: list[float]) -> list[float]:
    """Hours to be written at the axis: round ones in even steps, whole hours at least.

    Parameters
    ----------
    hours
        Of the points; one at least.

    Examples
    --------
    >>> steps([38, 64, 91])
    [30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0, 100.0]
    """
    low, high = min(hours), max(hours)
    width = max((high - low) / _MOST_STEPS, 1.0)
    power = 10.0 ** math.floor(math.log10(width))
    step = next(power * n for n in (1, 2, 5, 10) if power * n >= width * (1 - 1e-9))
    first, last = math.floor(low / step), math.ceil(high / step)
    return [round(step * n, 9) for n in range(first, max(last, first + 1) + 1)]


def _axis(plan: Plan, group: str, language: str) -> str:
    if group == TOTAL:
        return text("planen.front_y", language)
    target = next(g for g in plan.groups if g.group == group)
    walk = plain(target.steps[-1].minutes, language)
    return text("planen.front_y_group", language, counted=target.counted, minutes=walk)


def front_alternative(plan: Plan, group: str = TOTAL, language: str = "de") -> str:
    """The chart in one sentence, for those who do not see it."""
    rows = front_table(plan, group, language)
    parts = [
        text("planen.front_point", language, hours=h, value=v)
        for h, v in zip(rows["hours_text"], rows["value_text"], strict=True)
    ]
    return f"{_axis(plan, group, language)}: {'; '.join(parts)}"
