"""The rows of a map as a table: on the screen, and as a CSV file for German offices."""

import math
from collections.abc import Iterable, Sequence

import pandas as pd

from atlas.maps.describe import MapDescription
from atlas.maps.marks import Mark
from atlas.state import VALUE
from atlas.wording import status_word, text, unit_word

_FIGURES = ("number", "low", "high", "numerator", "denominator")
_COUNTED = ("numerator", "denominator")


def table_of(description: MapDescription) -> pd.DataFrame:
    """One row per area: its name, the area above it, the value and what belongs to it.

    Columns are named as the reader sees them; one without any content is left out. Numbers
    are floats rounded as printed, NaN where there is none; the status says why.
    """
    language, marks = description.language, description.marks
    columns: dict[str, Sequence[object]] = {
        text("common.area", language): [m.name for m in marks],
        text("karte.parent", language): [m.parent for m in marks],
        text("karte.key", language): [m.area for m in marks],
    }
    if description.layer == VALUE:
        for name, heading in number_columns(description).items():
            columns[heading] = _floats(getattr(m, name) for m in marks)
        columns[text("common.status", language)] = [_status(m, language) for m in marks]
    else:
        columns[text("common.class", language)] = [m.value for m in marks]
        columns[text("karte.reason", language)] = [m.reason for m in marks]
    frame = pd.DataFrame(columns)
    empty = [c for c in frame if frame[c].isna().all() or (frame[c].astype(str) == "").all()]
    return frame.drop(columns=empty)


def number_columns(description: MapDescription) -> dict[str, str]:
    """Field of a `Mark` with a number, and the heading of its column."""
    language = description.language
    unit = unit_word(description.unit, language)
    value = text("common.value", language) + (f" ({unit})" if unit else "")
    return {"number": value, **{n: text(f"karte.{n}", language) for n in _FIGURES[1:]}}


def decimals_of(description: MapDescription) -> dict[str, int]:
    """Decimals to which each column of numbers is printed, by heading."""
    columns = number_columns(description)
    return {h: 0 if n in _COUNTED else description.decimals for n, h in columns.items()}


def csv_of(description: MapDescription) -> bytes:
    """The table as a German spreadsheet opens it: UTF-8 with BOM, semicolon, decimal comma.

    Each row carries the figure's name, its day, the state of the boundaries and the source,
    so that it may be cut out and still be cited.
    """
    language, frame = description.language, table_of(description)
    for heading, decimals in decimals_of(description).items():
        if heading in frame:
            frame[heading] = [_plain(x, decimals, language) for x in frame[heading]]
    about = {
        text("common.indicator", language): description.title,
        text("common.period", language): description.period,
        text("common.vintage", language): description.vintage,
        text("common.source", language): " · ".join(
            part for part in dict.fromkeys((description.attribution, description.notice)) if part
        ),
    }
    return (
        frame.assign(**about)
        .to_csv(index=False, sep=";", lineterminator="\r\n")
        .encode("utf-8-sig")
    )


def _floats(values: Iterable[float | None]) -> list[float]:
    return [float("nan") if v is None else v for v in values]


def _status(mark: Mark, language: str) -> str:
    """Why there is no number, else how the number came about."""
    return mark.shade.label if mark.shade.help else status_word(mark.status, language)


def _plain(x: float, decimals: int, language: str) -> str:
    """Digits a spreadsheet reads: no thousands mark, an ordinary minus."""
    if not math.isfinite(x):
        return ""
    digits = f"{x:.{decimals}f}"
    return digits.replace(".", ",") if language == "de" else digits
