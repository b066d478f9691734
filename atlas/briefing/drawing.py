"""The map and the chart of a briefing as SVG, drawn from plain data.

A drawing carries no meaning of its own: the words for it (title, legend, text alternative)
stand beside it in the page.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from typing import Any

from atlas.classes import pattern_defs
from atlas.profile.figures import NO_CELL
from atlas.profile.series import Point, Series
from atlas.wording import PERCENT, quantity, text

FONT = "Libertinus Serif"
"""Comes with typst, so that a page looks the same on every computer."""

OWN, CITY, QUIET_LINE, MARK = "#1f4e79", "#6b6b6b", "#c9c9c9", "#d1360b"
"""Colours of the area, the city, grid lines, and the outline of the area on the map."""

_MAP_WIDTH, _MAP_HEIGHT = 640.0, 560.0
_SMALL = 0.09
"""Below this share of the map's width an area gets a ring, so that it is found at once."""

Ring = Sequence[Sequence[float]]


@dataclass(frozen=True)
class Drawing:
    """An SVG and its width divided by its height."""

    content: str
    aspect: float


def svg_map(
    outlines: Mapping[str, Any], fills: Mapping[str, str], marked: Mapping[str, Any] | None
) -> Drawing:
    """Draw all areas of a level and the outline of one area.

    Parameters
    ----------
    outlines
        GeoJSON in degrees; each feature has the property ``area``.
    fills
        SVG fill by area key; every area must have one.
    marked
        GeoJSON geometry of the area to be marked, or None.
    """
    features = outlines["features"]
    fit = _Fit.of([f["geometry"] for f in features])
    shapes = [
        f'<path d="{fit.path(f["geometry"])}" fill="{fills[f["properties"]["area"]]}"/>'
        for f in features
    ]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {fit.width:.0f} {fit.height:.0f}">',
        f"<defs>{pattern_defs()}</defs>",
        '<g stroke="#8d8d8d" stroke-width="0.8" stroke-linejoin="round" fill-rule="evenodd">',
        *shapes,
        "</g>",
        *([] if marked is None else _mark(fit, marked)),
        "</svg>",
    ]
    return Drawing("".join(parts), fit.width / fit.height)


@dataclass(frozen=True)
class _Fit:
    """Degrees to the drawing's units, the north at the top."""

    west: float
    north: float
    scale_x: float
    scale_y: float
    width: float
    height: float

    @classmethod
    def of(cls, geometries: Sequence[Mapping[str, Any]]) -> "_Fit":
        points = [p for g in geometries for ring in _rings(g) for p in ring]
        west, east = min(p[0] for p in points), max(p[0] for p in points)
        south, north = min(p[1] for p in points), max(p[1] for p in points)
        # a degree of longitude is shorter than one of latitude by the cosine of the latitude
        narrow = math.cos(math.radians((south + north) / 2))
        edge = 4.0
        scale = min(
            (_MAP_WIDTH - 2 * edge) / ((east - west) * narrow),
            (_MAP_HEIGHT - 2 * edge) / (north - south),
        )
        pad = edge / scale
        return cls(
            west - pad / narrow,
            north + pad,
            scale * narrow,
            scale,
            (east - west) * narrow * scale + 2 * edge,
            (north - south) * scale + 2 * edge,
        )

    def at(self, point: Sequence[float]) -> tuple[float, float]:
        return (point[0] - self.west) * self.scale_x, (self.north - point[1]) * self.scale_y

    def path(self, geometry: Mapping[str, Any]) -> str:
        """The outline as path commands, to a tenth of a unit."""
        return "".join(self._ring(ring) for ring in _rings(geometry))

    def _ring(self, ring: Ring) -> str:
        points = [f"{x:.1f} {y:.1f}" for x, y in map(self.at, ring)]
        kept = [p for p, _ in groupby(points)]
        return f"M{'L'.join(kept)}Z"


def _rings(geometry: Mapping[str, Any]) -> list[Ring]:
    """All rings of a Polygon or MultiPolygon."""
    if geometry["type"] == "Polygon":
        return list(geometry["coordinates"])
    return [ring for polygon in geometry["coordinates"] for ring in polygon]


def _mark(fit: _Fit, geometry: Mapping[str, Any]) -> list[str]:
    path = fit.path(geometry)
    points = [fit.at(p) for ring in _rings(geometry) for p in ring]
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    span = max(max(xs) - min(xs), max(ys) - min(ys))
    small = span <= _SMALL * fit.width
    halo, line = (0.0, 1.3) if small else (5.0, 2.8)
    outline = [
        f'<path d="{path}" fill="none" stroke="#fff" stroke-width="{halo}" '
        'stroke-linejoin="round"/>',
        f'<path d="{path}" fill="none" stroke="{MARK}" stroke-width="{line}" '
        'stroke-linejoin="round"/>',
    ]
    if not small:
        return outline
    x, y = (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2
    ring = f'cx="{x:.1f}" cy="{y:.1f}" r="{span / 2 + 16:.1f}" fill="none"'
    return [
        *outline,
        f'<circle {ring} stroke="#fff" stroke-width="5"/>',
        f'<circle {ring} stroke="{MARK}" stroke-width="2.6"/>',
    ]


@dataclass(frozen=True)
class _Plane:
    """Dates and values to the drawing's units."""

    start: int
    end: int
    low: float
    high: float
    left: float = 44.0
    right: float = 452.0
    top: float = 24.0
    bottom: float = 196.0

    def x(self, period: str) -> float:
        days = date.fromisoformat(period).toordinal() - self.start
        return self.left + (self.right - self.left) * days / max(self.end - self.start, 1)

    def y(self, value: float) -> float:
        return self.bottom - (self.bottom - self.top) * (value - self.low) / (self.high - self.low)


_CHART_WIDTH, _CHART_HEIGHT = 520, 226


def svg_series(series: Series, own: str, language: str = "de", *, with_city: bool = True) -> str:
    """Draw an indicator over time: the area with its range, the city, breaks marked.

    Parameters
    ----------
    series
        At least one visible value; lines never cross a break.
    own
        Label of the area's line.
    language
        Of numbers and labels.
    with_city
        Whether the city's line is drawn too.
    """
    points = series.points if with_city else [_alone(p) for p in series.points]
    plane, ticks = _plane(points, [d for b in series.breaks for d in (b.period_before, b.period)])
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_CHART_WIDTH} {_CHART_HEIGHT}" '
        f'font-family="{FONT}" font-size="13">',
        *_grid(plane, ticks, series.sheet.unit, language),
        *_dates(plane, [p.period for p in points]),
        *_breaks(plane, series, language),
    ]
    for _, segment in groupby(points, key=lambda p: p.segment):
        part = list(segment)
        parts += [_band(plane, part), _line(plane, part, whole_city=True)]
        parts += [_line(plane, part, whole_city=False), *_dots(plane, part)]
    parts += [*_end_labels(plane, points, own, language), "</svg>"]
    return "".join(parts)


def _alone(point: Point) -> Point:
    return replace(point, city=NO_CELL)


def _plane(points: Sequence[Point], edges: Sequence[str]) -> tuple[_Plane, list[float]]:
    shown = [c for p in points for c in (p.cell, p.city) if c.visible]
    known = [x for c in shown for x in (c.value, c.low, c.high) if x is not None]
    ticks = nice_ticks(min(0.0, *known, 0.0), max(0.0, *known, 0.0))
    dates = [*(p.period for p in points), *edges]
    days = [date.fromisoformat(d).toordinal() for d in dates]
    digits = max(len(quantity(t, "", 0)) for t in ticks)
    left = max(44.0, 12.0 + 6.8 * digits)
    return _Plane(min(days), max(days), ticks[0], ticks[-1], left), ticks


def nice_ticks(low: float, high: float, wanted: int = 5) -> list[float]:
    """Round numbers that cover a range, four to eight of them.

    Examples
    --------
    >>> nice_ticks(0.0, 18.3)
    [0.0, 5.0, 10.0, 15.0, 20.0]
    """
    span = (high - low) or 1.0
    raw = span / (wanted - 1)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(m * power for m in (1.0, 2.0, 5.0, 10.0) if m * power >= raw * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(n * step, 10) for n in range(first, max(last, first + 1) + 1)]


def _grid(plane: _Plane, ticks: Sequence[float], unit: str, language: str) -> list[str]:
    """Lines and their labels; per cent stands at each, any other unit in the title."""
    decimals = max(0, -math.floor(math.log10(ticks[1] - ticks[0]) + 1e-9))
    parts = []
    for tick in ticks:
        y = plane.y(tick)
        label = quantity(tick, unit if unit == PERCENT else "", decimals, language)
        parts.append(
            f'<path d="M{plane.left} {y:.1f}H{plane.right}" stroke="{QUIET_LINE}" '
            f'stroke-width="{1.2 if tick == 0 else 0.6}"/>'
            f'<text x="{plane.left - 7}" y="{y + 4.5:.1f}" text-anchor="end" fill="#333">'
            f"{label}</text>"
        )
    return parts


def _dates(plane: _Plane, periods: Sequence[str], most: int = 6) -> list[str]:
    """Labels of some dates, the last one always: years where all are year ends."""
    years = all(p.endswith("12-31") for p in periods)
    step = math.ceil(len(periods) / most)
    chosen = list(periods)[::-1][::step]
    return [
        f'<text x="{plane.x(p):.1f}" y="{plane.bottom + 20}" text-anchor="middle" fill="#333">'
        f"{p[:4] if years else f'{p[5:7]}/{p[:4]}'}</text>"
        for p in chosen
    ]


def _breaks(plane: _Plane, series: Series, language: str) -> list[str]:
    parts = []
    for item in series.breaks:
        x = (plane.x(item.period_before) + plane.x(item.period)) / 2
        label = text(
            f"brief.break_{'definition' if item.reason == 'definition' else 'vintage'}", language
        )
        anchor, dx = ("end", -5) if x > (plane.left + plane.right) / 2 else ("start", 5)
        parts.append(
            f'<path d="M{x:.1f} {plane.top - 17}V{plane.bottom}" stroke="#333" stroke-width="1.1" '
            f'stroke-dasharray="5 4"/><text x="{x + dx:.1f}" y="{plane.top - 8}" fill="#333" '
            f'text-anchor="{anchor}" font-size="12" font-style="italic">{label}</text>'
        )
    return parts


def _runs(points: Sequence[Point], *, whole_city: bool) -> list[list[Point]]:
    """Stretches without a hidden value; a line never runs over one."""

    def visible(point: Point) -> bool:
        return point.city.visible if whole_city else point.cell.visible

    return [list(run) for shown, run in groupby(points, key=visible) if shown]


def _band(plane: _Plane, points: Sequence[Point]) -> str:
    parts = []
    for run in _runs(points, whole_city=False):
        ranged = [
            (plane.x(p.period), p.cell.low, p.cell.high)
            for p in run
            if p.cell.low is not None and p.cell.high is not None
        ]
        if len(ranged) > 1:
            upper = [f"{x:.1f} {plane.y(high):.1f}" for x, _, high in ranged]
            lower = [f"{x:.1f} {plane.y(low):.1f}" for x, low, _ in reversed(ranged)]
            parts.append(
                f'<path d="M{"L".join([*upper, *lower])}Z" fill="{OWN}" fill-opacity="0.17"/>'
            )
    return "".join(parts)


def _line(plane: _Plane, points: Sequence[Point], *, whole_city: bool) -> str:
    style = (
        f'stroke="{CITY}" stroke-width="1.6" stroke-dasharray="1.5 3.2" stroke-linecap="round"'
        if whole_city
        else f'stroke="{OWN}" stroke-width="2.4" stroke-linejoin="round"'
    )
    parts = []
    for run in _runs(points, whole_city=whole_city):
        cells = [(p.period, (p.city if whole_city else p.cell).value) for p in run]
        at = [f"{plane.x(d):.1f} {plane.y(v):.1f}" for d, v in cells if v is not None]
        parts.append(f'<path d="M{"L".join(at)}" fill="none" {style}/>')
    return "".join(parts)


def _dots(plane: _Plane, points: Sequence[Point]) -> list[str]:
    return [
        f'<circle cx="{plane.x(p.period):.1f}" cy="{plane.y(p.cell.value):.1f}" r="3.2" '
        + (f'fill="#fff" stroke="{OWN}"/>' if p.is_carried_estimate else f'fill="{OWN}"/>')
        for p in points
        if p.cell.visible and p.cell.value is not None
    ]


def _end_labels(plane: _Plane, points: Sequence[Point], own: str, language: str) -> list[str]:
    """Names at the right end of the two lines, kept apart."""
    last = points[-1]
    city_y = plane.y(last.city.value) if last.city.value is not None else None
    own_y = plane.y(last.cell.value) if last.cell.value is not None else None
    if own_y is not None and city_y is not None and abs(own_y - city_y) < 15:
        middle, side = (own_y + city_y) / 2, 8 if own_y > city_y else -8
        own_y, city_y = middle + side, middle - side
    labels = [(own_y, own, OWN, "bold"), (city_y, text("common.of_city", language), CITY, "normal")]
    return [
        f'<text x="{plane.right + 9}" y="{y + 4.5:.1f}" fill="{colour}" font-weight="{weight}">'
        f"{label}</text>"
        for y, label, colour, weight in labels
        if y is not None
    ]
