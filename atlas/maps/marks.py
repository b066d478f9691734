"""What a map says of one area: its class, its value in words, what hovering shows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from atlas.classes import UNINHABITED, Classes, MapClass
from atlas.state import VALUE, View
from atlas.wording import interval, number, status_word, text, value_text
from indicators.status import VISIBLE, Status

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Mark:
    """One area on a map.

    Parameters
    ----------
    area, name
        Key and name.
    parent
        Name of the area one level up, or empty.
    shade
        Its class.
    value
        The value as printed, or the word that stands for it.
    number, low, high, numerator, denominator
        Published figures, rounded as printed; None where there is none.
    status
        Its status, see `indicators.status.Status`.
    lines
        What hovering shows below the name.
    reason
        Why an area has the class it has, where the edition says so.
    """

    area: str
    name: str
    parent: str
    shade: MapClass
    value: str
    number: float | None
    low: float | None
    high: float | None
    numerator: float | None
    denominator: float | None
    status: str
    lines: tuple[str, ...]
    reason: str = ""


_STAR = "M9 1l2.4 5.2 5.6.7-4.1 3.9 1 5.6L9 13.7l-4.9 2.7 1-5.6L1 6.9l5.6-.7z"
SYMBOLS = {
    "room": '<circle cx="9" cy="9" r="6"/>',
    "existing": '<rect x="3" y="3" width="12" height="12"/>',
    "planned": f'<path d="{_STAR}"/>',
    "both": (
        '<rect x="7" y="7" width="12" height="12" fill="#1f5a96"/>'
        f'<path transform="translate(-4 -4)" d="{_STAR}"/>'
    ),
}
"""Shapes by the kind of a place, in a square of 18 units, on the map and in its legend.

A star over a square: hours are held there already, and a plan adds some.
"""


@dataclass(frozen=True)
class PlaceMark:
    """A room, an existing hour or a planned session on a map (degrees, WGS84)."""

    lon: float
    lat: float
    label: str
    kind: str = "room"
    colour: str = "#ffffff"


def mark_of(
    area: Row,
    parent: str,
    row: Row | None,
    classes: Classes,
    entry: Mapping[str, Any],
    view: View,
) -> Mark:
    """The mark of an area.

    Parameters
    ----------
    area
        Its row in the table ``areas``.
    parent
        Name of the area one level up.
    row
        Its row in the table that the view's layer stands for, or None.
    classes
        Of the map.
    entry
        The figure's or index's entry in the catalogue sheet.
    view
        What is shown.
    """
    status = str(row["status"]) if row else Status.MISSING.value
    figures = _figures(row or {}, status, int(entry.get("decimals", 1)))
    if view.layer == VALUE:
        shade = classes.of_value(_or_nan(figures["number"]), status)
        unit, decimals = str(entry["unit"]), int(entry["decimals"])
        value = value_text(figures["number"], unit, decimals, status, view.language)
    else:
        word = str(row["class"]) if row else ""
        shade = classes.of_word(word, status)
        value = shade.label if shade in classes.steps else status_word(status, view.language)
    if not area["inhabited"] and not figures["number"] and shade not in classes.steps[1:]:
        shade = classes.of_status(UNINHABITED)
        value = shade.label
    return Mark(
        area=str(area["area"]),
        name=str(area["name"]),
        parent=parent,
        shade=shade,
        value=value,
        status=status,
        lines=_lines(value, shade, figures, status, entry, view),
        reason=str(row["reason"]) if row and "reason" in row else "",
        **figures,
    )


_FIGURES = {
    "value": "number",
    "low": "low",
    "high": "high",
    "numerator": "numerator",
    "denominator": "denominator",
}


def _figures(row: Mapping[str, Any], status: str, decimals: int) -> dict[str, float | None]:
    """The published figures of a row as printed; all None where the status shows none."""
    shown = status in VISIBLE
    places = {"numerator": 0, "denominator": 0}
    return {
        name: round(float(row[column]), places.get(name, decimals))
        if shown and column in row and pd.notna(row[column])
        else None
        for column, name in _FIGURES.items()
    }


def _or_nan(x: float | None) -> float:
    return float("nan") if x is None else x


def _lines(
    value: str,
    shade: MapClass,
    figures: Mapping[str, float | None],
    status: str,
    entry: Mapping[str, Any],
    view: View,
) -> tuple[str, ...]:
    lines = [value]
    unit, decimals = str(entry.get("unit", "")), int(entry.get("decimals", 1))
    low, high = figures["low"], figures["high"]
    if low is not None and high is not None and low < high:
        bounds = interval(low, high, unit, decimals, view.language)
        lines.append(f"{text('common.interval', view.language)}: {bounds}")
    part, whole = figures["numerator"], figures["denominator"]
    if part is not None and whole is not None:
        shares = (number(part, 0, view.language), number(whole, 0, view.language))
        lines.append(text("karte.part_of", view.language, part=shares[0], whole=shares[1]))
    if status in (Status.ESTIMATED, Status.ROUNDED, Status.PERTURBED):
        lines.append(status_word(status, view.language))
    if shade.help:
        lines.append(shade.help)
    return tuple(lines)
