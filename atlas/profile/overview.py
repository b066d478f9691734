"""What the first page says of the whole city, as data."""

from dataclasses import dataclass
from functools import lru_cache

from atlas.edition import Edition
from atlas.profile.changes import AreaChanges, CountChange, area_changes, count_change
from atlas.profile.development import DevelopmentList, negative_developments
from atlas.profile.figures import Figure, direction, figures, words
from atlas.profile.select import latest, rows_here
from atlas.profile.sheets import (
    AreaRef,
    Sheet,
    city_ref,
    current_vintage,
    finest_level,
    key_indicators,
    level_name,
    sheet,
)
from atlas.profile.where import Cluster, Highest, Negative, clusters, highest, negative
from geodata.errors import EditionError
from indicators.status import VISIBLE, Status

KEY_FIGURES = 4
"""So many figures of the city are shown large."""


@dataclass(frozen=True)
class Middle:
    """For an indicator that is not made for the city: the middle of the areas of a level."""

    sheet: Sheet
    level_plural: str
    period: str
    middle: float


@dataclass(frozen=True)
class HiddenCells:
    """How many counts of a level are hidden, over all reporting dates."""

    level: str
    level_plural: str
    cells: int
    hidden: int


@dataclass(frozen=True)
class Overview:
    """Everything the first page shows."""

    city: AreaRef
    period: str
    key_figures: tuple[Figure, ...]
    middles: tuple[Middle, ...]
    residents_change: CountChange | None
    figures: tuple[Figure, ...]
    changed: tuple[Figure, ...]
    area_changes: tuple[AreaChanges, ...]
    clusters: tuple[Cluster, ...]
    highest: tuple[Highest, ...]
    negative: tuple[Negative, ...]
    developments: DevelopmentList
    hidden: tuple[HiddenCells, ...]


@lru_cache(maxsize=8)
def overview(edition: Edition, *, language: str = "de") -> Overview:
    """Put together what matters for the whole city at the reporting date.

    Parameters
    ----------
    edition
        The opened edition.
    language
        ``de`` or ``en``.

    Raises
    ------
    EditionError
        The edition has no area for the whole city.
    """
    city = city_ref(edition, current_vintage(edition))
    if city is None:
        raise EditionError("Die Ausgabe hat kein Gebiet für die ganze Stadt.")
    found = figures(edition, city, language=language)
    return Overview(
        city=city,
        period=edition.manifest.reporting_date,
        key_figures=_key_figures(edition, found),
        middles=_middles(edition, found, language),
        residents_change=count_change(edition, city, "n_residents"),
        figures=found,
        changed=tuple(f for f in found if f.trend and direction(f.trend) in ("rising", "falling")),
        area_changes=area_changes(edition, language),
        clusters=clusters(edition, language),
        highest=highest(edition, language),
        negative=negative(edition, language),
        developments=negative_developments(
            edition, current_vintage(edition), finest_level(edition)
        ),
        hidden=hidden_cells(edition),
    )


def _key_figures(edition: Edition, found: tuple[Figure, ...]) -> tuple[Figure, ...]:
    """Residents, the indicators of the first page, then what comes first."""
    order = ["n_residents", *key_indicators(edition)]
    first = [f for key in order for f in found if f.sheet.key == key]
    rest = [f for f in found if f not in first]
    return tuple([*first, *rest][:KEY_FIGURES])


def _middles(edition: Edition, found: tuple[Figure, ...], language: str) -> tuple[Middle, ...]:
    """The middle of the finest areas for those main indicators that the city lacks."""
    level, there = finest_level(edition), {f.sheet.key for f in found}
    middles: list[Middle] = []
    for key in key_indicators(edition):
        rows = latest(rows_here(edition, "values", key, level))
        shown = rows.loc[rows["status"].isin(VISIBLE), "value"].dropna()
        if key not in there and len(shown):
            period = words(rows["period"].iloc[0])
            plural = level_name(edition, level, plural=True)
            about = sheet(edition, key, period, language)
            middles.append(Middle(about, plural, period, float(shown.median())))
    return tuple(middles)


def hidden_cells(edition: Edition) -> tuple[HiddenCells, ...]:
    """Hidden counts over all dates, level by level."""
    table = edition.table("counts")
    found: list[HiddenCells] = []
    for level in edition.manifest.levels:
        status = table.loc[table["level"] == level.key, "status"]
        if len(status):
            hidden = int((status == Status.SUPPRESSED).sum())
            found.append(HiddenCells(level.key, level.plural, len(status), hidden))
    return tuple(found)
