"""The Lorenz curve as a chart: how many of the people counted live in how much of the city."""

from dataclasses import asdict

import altair as alt
import pandas as pd

from atlas.profile.chart import AREA_COLOUR, CITY_COLOUR
from atlas.profile.spread import CurvePoint, Spread
from atlas.wording import percent, text, vega_locale

_HEIGHT = 380


def spread_chart(found: Spread, language: str = "de") -> alt.LayerChart:
    """Draw the curve and the line of equal shares.

    Parameters
    ----------
    found
        With a curve.
    language
        ``de`` or ``en``.
    """
    own, equal = (
        text("verteilung.curve_own", language),
        text("verteilung.curve_equal", language),
    )
    rows = [_row(own, point, language) for point in found.curve]
    line = [_row(equal, CurvePoint(x, x, x, x), language) for x in (0.0, 1.0)]
    kind = alt.Color(
        "kind:N",
        title=None,
        scale=alt.Scale(domain=[own, equal], range=[AREA_COLOUR, CITY_COLOUR]),
        legend=alt.Legend(orient="top", labelLimit=500),
    )
    dash = alt.StrokeDash(
        "kind:N", title=None, scale=alt.Scale(domain=[own, equal], range=[[1, 0], [6, 4]])
    )
    axis = alt.Axis(format=".0%", values=[x / 5 for x in range(6)])
    x = alt.X("population:Q", title=text("verteilung.curve_x", language), axis=axis)
    y = alt.Y("value:Q", title=text("verteilung.curve_y", language), axis=axis)
    tooltip = [
        alt.Tooltip("people:N", title=text("verteilung.column_people", language)),
        alt.Tooltip("shown:N", title=text("verteilung.column_counted", language)),
    ]
    base = alt.Chart(pd.DataFrame([*rows, *line])).encode(x=x)
    lines = base.mark_line(strokeWidth=2.5).encode(y=y, color=kind, strokeDash=dash)
    dots = (
        alt.Chart(pd.DataFrame(rows))
        .mark_point(filled=True, size=55, opacity=1, color=AREA_COLOUR)
        .encode(x=x, y=y, tooltip=tooltip)
    )
    layers = [lines, dots]
    if any(p.low < p.high for p in found.curve):
        band = alt.Chart(pd.DataFrame(rows)).mark_area(opacity=0.18, color=AREA_COLOUR)
        layers.insert(
            0,
            band.encode(
                x=x,
                y=alt.Y("low:Q", title=text("verteilung.curve_y", language), axis=axis),
                y2="high:Q",
            ),
        )
    locale = alt.Locale(**vega_locale(language)) if language == "de" else alt.Undefined
    chart: alt.LayerChart = (
        alt.layer(*layers)
        .properties(height=_HEIGHT, description=alternative(found, language))
        .configure(locale=locale)
    )
    return chart


def alternative(found: Spread, language: str = "de") -> str:
    """The curve in one sentence, for those who do not see it."""
    middle = next((p for p in found.curve if p.population == 0.5), None)
    if middle is None:
        return text("verteilung.curve", language)
    return text("verteilung.curve_alt", language, half=middle.shown(language))


def _row(kind: str, point: CurvePoint, language: str) -> dict[str, object]:
    return asdict(point) | {
        "kind": kind,
        "people": percent(100 * point.population, 0, language),
        "shown": point.shown(language),
    }
