"""A map as one HTML page that needs nothing else: no server, no foreign script, no tiles."""

import json
import re
from html import escape
from itertools import count
from math import isfinite
from typing import Any

import folium
import geopandas as gpd
from branca.element import Element, Figure

from atlas.assets import leaflet_css, leaflet_script
from atlas.classes import MapClass, fill_of, pattern_defs, swatch
from atlas.maps.describe import MapDescription
from atlas.maps.marks import Mark, PlaceMark
from atlas.maps.rows import decimals_of, table_of
from atlas.wording import counted, number, text

_STYLE = """
body{font:16px/1.45 system-ui,"Noto Sans",Arial,sans-serif;color:#1a1a1a;margin:0}
main{max-width:76rem;margin:0 auto;padding:1rem}h1{font-size:1.5rem;margin:0 0 .2rem}
.notice{background:#fff3cd;border:1px solid #997404;padding:.4rem .7rem;margin:0 0 .8rem}
.frame{position:relative;height:68vh;min-height:24rem;border:1px solid #777}
.frame .leaflet-container{background:#fff;font:inherit}
.legend{display:flex;flex-wrap:wrap;gap:.3rem 1.2rem;list-style:none;padding:0;margin:.7rem 0}
.legend li{display:flex;align-items:center;gap:.45rem}
table{border-collapse:collapse;margin-top:.6rem}th,td{border:1px solid #999;padding:.2rem .5rem}
td.n{text-align:right;font-variant-numeric:tabular-nums}.source{color:#444;font-size:.9rem}
path:focus{outline:none;stroke:#000;stroke-width:4}
"""


def export_html(description: MapDescription) -> str:
    """Draw a map with folium as one self-contained HTML page.

    The page holds the outlines, Leaflet, a legend, the same values as a table and the
    source; it asks no server for anything.

    Returns
    -------
    str
        The page; the same description gives the same text.
    """
    chart = folium.Map(tiles=None, attributionControl=False, zoom_control=True, zoomSnap=0.25)
    chart.default_js, chart.default_css = [], []
    outlines = _outlines(description)
    outlines.add_to(chart)
    for place in description.places:
        _dot(place).add_to(chart)
    west, south, east, north = gpd.GeoDataFrame.from_features(
        outlines.data["features"]
    ).total_bounds
    chart.fit_bounds([[south, west], [north, east]])
    figure = Figure(title=escape(f"{description.title} · {description.subtitle}"))
    figure.add_child(chart)
    head = f"<style>{leaflet_css()}{_STYLE}</style><script>{leaflet_script()}</script>"
    figure.header.add_child(Element(_literal(head)), name="leaflet")
    return _finish(figure.render(), description)


def _outlines(description: MapDescription) -> folium.GeoJson:
    """The areas with their fill and what hovering shows."""
    marks = {m.area: m for m in description.marks}
    data = json.loads(description.outlines.read_text(encoding="utf-8"))
    kept = [f for f in data["features"] if f["properties"]["area"] in marks]
    for feature in kept:
        mark = marks[feature["properties"]["area"]]
        feature["properties"] = {"area": mark.area, "tip": _tip(mark)}

    def style(feature: dict[str, Any]) -> dict[str, Any]:
        mark = marks[feature["properties"]["area"]]
        chosen = mark.area == description.selected
        return {
            "fillColor": fill_of(mark.shade),
            "fillOpacity": 1,
            "color": "#111" if chosen else "#555",
            "weight": 3 if chosen else 0.7,
        }

    tip = folium.GeoJsonTooltip(fields=["tip"], labels=False, sticky=True)
    return folium.GeoJson(
        {"type": "FeatureCollection", "features": kept}, style_function=style, tooltip=tip
    )


def _tip(mark: Mark) -> str:
    lines = "<br>".join(escape(line) for line in mark.lines)
    return f"<strong>{escape(mark.name)}</strong><br>{lines}"


def _dot(place: PlaceMark) -> folium.CircleMarker:
    return folium.CircleMarker(
        (place.lat, place.lon),
        radius=6,
        color="#111",
        weight=2,
        fill=True,
        fill_color=place.colour,
        fill_opacity=1,
        tooltip=escape(place.label),
    )


def legend_html(description: MapDescription) -> str:
    """The legend as a list: shade, meaning, number of areas; only shades that occur below."""
    items = [
        _legend_item(shade, description.counts.get(shade.key, 0), description.language)
        for shade in description.classes.all
        if shade in description.classes.steps or description.counts.get(shade.key)
    ]
    return f'<ul class="legend">{"".join(items)}</ul>'


def _legend_item(shade: MapClass, areas: int, language: str) -> str:
    amount = counted("legend.areas", areas, language)
    return f"<li>{swatch(shade)}<span>{escape(shade.label)} ({amount})</span></li>"


def _table_html(description: MapDescription) -> str:
    frame, decimals = table_of(description), decimals_of(description)
    head = "".join(f"<th scope='col'>{escape(c)}</th>" for c in frame.columns)
    columns = [
        [_cell(x, decimals.get(str(c)), description.language) for x in frame[c]] for c in frame
    ]
    body = "".join(f"<tr>{''.join(row)}</tr>" for row in zip(*columns, strict=True))
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(value: str | float, decimals: int | None, language: str) -> str:
    if isinstance(value, str) or decimals is None:
        return f"<td>{escape(str(value))}</td>"
    return f"<td class='n'>{number(value, decimals, language) if isfinite(value) else ''}</td>"


def _literal(html: str) -> str:
    """Shield text from the template engine, which reads braces."""
    return "{% raw %}" + html + "{% endraw %}"


def _finish(page: str, description: MapDescription) -> str:
    """Put the map between heading, legend and table, and make the page repeatable."""
    before = (
        f"<main><h1>{escape(description.title)}</h1><p>{escape(description.subtitle)}</p>"
        + (f'<p class="notice">{escape(description.notice)}</p>' if description.notice else "")
        + f"<p>{escape(description.explanation)}</p>"
        f'<div class="frame" role="img" aria-label="{escape(description.alternative)}">'
    )
    after = (
        f"</div>{legend_html(description)}<p class='source'>{escape(description.source)}</p>"
        f"<details><summary>{escape(text('karte.table', description.language))}</summary>"
        f"{_table_html(description)}</details></main>"
        f'<svg width="0" height="0" style="position:absolute" aria-hidden="true">'
        f"<defs>{pattern_defs()}</defs></svg>"
    )
    page = re.sub(r'<div class="folium-map"[^>]*></div>', lambda m: before + m[0] + after, page)
    page = page.replace("<html>", f'<html lang="{description.language}">', 1)
    page = page.replace("maximum-scale=1.0, user-scalable=no", "maximum-scale=8.0")
    return _repeatable(page)


def _repeatable(page: str) -> str:
    """Number folium's random names, so that the same map gives the same page."""
    names: dict[str, str] = {}
    numbers = count(1)

    def renamed(match: re.Match[str]) -> str:
        return names.setdefault(match[0], f"_{next(numbers)}")

    return re.sub(r"_[0-9a-f]{32}(?![0-9a-f])", renamed, page)
