"""Drawings: everything inside the frame, lines that never cross a gap or a break."""

import math
import re
import xml.etree.ElementTree as ET
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from atlas.briefing.drawing import nice_ticks, svg_map, svg_series
from atlas.profile.carried import Break
from atlas.profile.figures import Cell
from atlas.profile.series import Point, Series
from atlas.profile.sheets import AreaRef, Sheet

ABOUT = Sheet("q", "Quote", "", "percent", 1, "more_need", "", "")
AREA = AreaRef("2022", "planungsraum", "01", "Feld", "Planungsraum")
SVG = "{http://www.w3.org/2000/svg}"


def square(west: float, south: float) -> dict[str, object]:
    ring = [(0, 0), (0.1, 0), (0.1, 0.1), (0, 0.1), (0, 0)]
    return {"type": "Polygon", "coordinates": [[(west + x, south + y) for x, y in ring]]}


OUTLINES = {
    "features": [
        {"properties": {"area": "01"}, "geometry": square(10.0, 51.0)},
        {"properties": {"area": "02"}, "geometry": square(10.1, 51.1)},
    ]
}


def cell(value: float | None) -> Cell:
    if value is None:
        return Cell(None, None, None, "suppressed")
    return Cell(value, max(value - 1, 0), value + 1, "published")


def series(values: list[float | None], breaks: tuple[int, ...] = ()) -> Series:
    days = [f"{2000 + n}-12-31" for n in range(len(values))]
    points, segment = [], 0
    for n, value in enumerate(values):
        segment += n in breaks
        points.append(Point(days[n], "2022", cell(value), cell(10.0), segment))
    marks = tuple(Break(days[n - 1], days[n], "vintage", "Räume 2022") for n in breaks)
    return Series(sheet=ABOUT, group="total", area=AREA, points=tuple(points), breaks=marks)


def own_lines(svg: str) -> list[int]:
    """Number of points of each solid line."""
    paths = ET.fromstring(svg).iter(f"{SVG}path")
    solid = [p for p in paths if p.get("stroke-width") == "2.4"]
    return [len(re.findall(r"[ML]", str(p.get("d")))) for p in solid]


def test_north_is_up_and_shapes_keep_their_proportions() -> None:
    drawing = svg_map(OUTLINES, {"01": "#111111", "02": "#222222"}, None)
    first, second = [
        [(float(x), float(y)) for x, y in re.findall(r"([\d.]+) ([\d.]+)", str(p.get("d")))]
        for p in ET.fromstring(drawing.content).iter(f"{SVG}path")
        if p.get("fill") in ("#111111", "#222222")
    ]
    assert max(y for _, y in second) <= min(y for _, y in first) + 0.2
    width = max(x for x, _ in first) - min(x for x, _ in first)
    height = max(y for _, y in first) - min(y for _, y in first)
    assert math.isclose(width / height, math.cos(math.radians(51.1)), rel_tol=0.01)


def test_the_area_is_outlined_and_a_small_one_ringed() -> None:
    fills = {"01": "#111111", "02": "#222222"}
    assert "<circle" not in svg_map(OUTLINES, fills, square(10.0, 51.0)).content
    dot = {"type": "Polygon", "coordinates": [[(10, 51), (10.01, 51), (10.01, 51.01), (10, 51)]]}
    assert svg_map(OUTLINES, fills, dot).content.count("<circle") == 2


def test_an_area_without_a_class_is_an_error_and_not_a_white_spot() -> None:
    try:
        svg_map(OUTLINES, {"01": "#111111"}, None)
    except KeyError as error:
        assert error.args == ("02",)
    else:
        raise AssertionError("an area without a fill was drawn")


def test_a_hidden_value_interrupts_the_line() -> None:
    assert own_lines(svg_series(series([5, 6, None, 7, 8, 9]), "Gebiet")) == [2, 3]


def test_a_break_interrupts_the_line_and_is_named() -> None:
    svg = svg_series(series([5, 6, 7, 8], breaks=(2,)), "Gebiet")
    assert own_lines(svg) == [2, 2]
    assert "neue Gebietsgrenzen" in svg


@given(st.lists(st.none() | st.floats(0, 100), min_size=2, max_size=12))
def test_everything_drawn_lies_inside_the_frame(values: list[float | None]) -> None:
    root = ET.fromstring(svg_series(series(values), "Gebiet"))
    _, _, width, height = map(float, str(root.get("viewBox")).split())
    for path in root.iter(f"{SVG}path"):
        for x, y in re.findall(r"[ML]([-\d.]+) ([-\d.]+)", str(path.get("d"))):
            assert 0 <= float(x) <= width
            assert 0 <= float(y) <= height


@given(st.floats(-1000, 1000), st.floats(0.01, 5000))
def test_ticks_are_even_and_cover_the_range(low: float, span: float) -> None:
    ticks = nice_ticks(low, low + span)
    steps = {round(b - a, 6) for a, b in pairwise(ticks)}
    assert len(steps) == 1
    assert ticks[0] <= low + 1e-6
    assert ticks[-1] >= low + span - 1e-6
    assert 2 <= len(ticks) <= 8
