"""Which state of the boundaries a table's keys belong to, told from the keys themselves."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd

from atlas.build.collect import Sources
from atlas.check.findings import Finding
from atlas.project import Project
from atlas.wording import day, number
from geodata.errors import UserError
from geodata.files import read_table, tidy
from geodata.model import Vintage
from indicators.dataset_files import file_format
from indicators.restored_keys import restored_keys
from indicators.sources import Dataset, DatasetFile
from indicators.table_totals import is_total


@dataclass(frozen=True)
class Fit:
    """How a table's words fit the areas of one level and vintage."""

    level: str
    vintage: str
    matched: int
    words: int
    areas: int

    @property
    def score(self) -> tuple[int, int]:
        """More words that fit, then fewer areas left over."""
        return self.matched, -self.areas

    def __str__(self) -> str:
        return f"{number(self.matched)} von {number(self.words)}"


def fits(words: frozenset[str], areas: gpd.GeoDataFrame, match: str) -> list[Fit]:
    """Compare the words of an area column with every level and vintage.

    Parameters
    ----------
    words
        Keys or names, each once, without rows that are totals.
    areas
        Columns ``level``, ``vintage``, ``area``, ``name``.
    match
        ``key`` or ``name``.
    """
    column = "area" if match == "key" else "name"
    return [
        Fit(str(level), str(vintage), len(words & set(part[column])), len(words), len(part))
        for (level, vintage), part in areas.groupby(["level", "vintage"], sort=False)
    ]


def key_findings(project: Project, sources: Sources, data: Path) -> Iterator[Finding]:
    """For every table of areas: does the declared state fit, and does another fit better."""
    vintages = {v.key: v for v in project.vintages}
    for dataset in project.datasets:
        for file in dataset.files:
            words = area_words(dataset, file, data)
            if words and len(sources.areas):
                words = _restored(words, dataset, file, sources.areas)
                found = fits(words, sources.areas, dataset.match)
                yield from _judge(dataset, file, found, words, sources.areas)
            yield from _outside(file, vintages)


def area_words(dataset: Dataset, file: DatasetFile, data: Path) -> frozenset[str]:
    """Words of a table's area column without sums, or none where it cannot be read."""
    try:
        raw = read_table(data / file.file, file_format(dataset, file))
    except UserError:
        return frozenset()
    if dataset.area not in raw or any(c not in raw for c in file.where):
        return frozenset()
    for column, allowed in file.where.items():
        raw = raw[raw[column].isin(allowed)]
    sums = [*dataset.total_rows, *(n for rule in dataset.subtotal_rows for n in rule.rows)]
    words = set(raw[dataset.area].map(tidy)) - {""}
    return frozenset(w for w in words if not is_total(w, sums))


def _restored(
    words: frozenset[str], dataset: Dataset, file: DatasetFile, areas: gpd.GeoDataFrame
) -> frozenset[str]:
    """Keys with the zeros that reading gives back to them."""
    if dataset.match != "key":
        return words
    own = areas[(areas["level"] == dataset.level) & (areas["vintage"] == file.vintage)]
    back = restored_keys(sorted(words), own["area"])
    return frozenset(back.get(w, w) for w in words)


def _judge(
    dataset: Dataset,
    file: DatasetFile,
    found: list[Fit],
    words: frozenset[str],
    areas: gpd.GeoDataFrame,
) -> Iterator[Finding]:
    own = next(
        (f for f in found if (f.level, f.vintage) == (dataset.level, file.vintage)),
        Fit(dataset.level, file.vintage, 0, len(words), 0),
    )
    noun = "Schlüssel" if dataset.match == "key" else "Namen"
    best = max(found, key=lambda f: f.score)
    if own.matched < own.words:
        column = "area" if dataset.match == "key" else "name"
        here = (areas["level"] == dataset.level) & (areas["vintage"] == file.vintage)
        lost = tuple(sorted(words - set(areas.loc[here, column])))
        text = (
            f"{number(own.words - own.matched)} von {number(own.words)} {noun} gehören zu keinem "
            f"Gebiet der Ebene {own.level}, Stand {own.vintage}."
        )
        yield Finding("error", "Schlüssel", text, file.file, lost)
    if _better(best, own):
        text = (
            f"Diese {noun} passen besser zu Ebene {best.level}, Stand {best.vintage}: {best}. "
            f"Angegeben ist Ebene {own.level}, Stand {own.vintage}: {own}."
        )
        yield Finding("warning", "Gebietsstand", text, file.file)
    else:
        text = f"Die {noun} passen zu Ebene {own.level}, Stand {own.vintage}: {own}."
        yield Finding("note", "Gebietsstand", text, file.file)


def _better(best: Fit, own: Fit) -> bool:
    """Whether another state fits better: more words, or as many of one level and all its areas."""
    if best.matched > own.matched:
        return True
    other = (best.level, best.vintage) != (own.level, own.vintage)
    whole = best.matched == best.areas and own.matched < own.areas
    return other and best.level == own.level and best.matched == own.matched and whole


def _outside(file: DatasetFile, vintages: Mapping[str, Vintage]) -> Iterator[Finding]:
    """Figures of a day on which their areas were not in force are allowed, and named."""
    vintage = vintages.get(file.vintage)
    if file.period is None or vintage is None:
        return
    if (vintage.valid_from or "") <= file.period <= (vintage.valid_to or "9999"):
        return
    text = (
        f"Der Stichtag {day(file.period)} liegt außerhalb der Zeit, in der der Stand "
        f"{vintage.key} gilt. Das ist richtig, wenn die Zahlen auf diese Gebiete umgerechnet sind."
    )
    yield Finding("note", "Gebietsstand", text, file.file)
