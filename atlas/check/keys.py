"""Which state of the boundaries a table's keys belong to, told from the keys themselves."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import geopandas as gpd

from atlas.build.collect import Sources
from atlas.check.findings import Finding, Severity
from atlas.project import Project
from atlas.wording import day, number
from geodata.errors import KeyJoinError, UserError
from geodata.files import TableCache
from geodata.model import Vintage
from indicators.dataset_files import expanded_files
from indicators.restored_keys import restored_keys
from indicators.sources import Dataset, DatasetFile
from indicators.table_rows import read_rows, words_of


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
    found = []
    for (level, vintage), part in areas.groupby(["level", "vintage"], sort=False):
        known = set(part[column])
        put_back = restored_keys(sorted(words), known) if match == "key" else {}
        hits = len({put_back.get(word, word) for word in words} & known)
        found.append(Fit(str(level), str(vintage), hits, len(words), len(part)))
    return found


def key_findings(
    project: Project, sources: Sources, data: Path, tables: TableCache
) -> Iterator[Finding]:
    """For every table of areas: does the declared state fit, and does another fit better."""
    vintages = {v.key: v for v in project.vintages}
    told = {f.file for f in sources.faults if isinstance(f.error, KeyJoinError)}
    for dataset in project.datasets:
        for file in dataset.files:
            words = area_words(dataset, file, sources.areas, data, tables)
            if words and len(sources.areas):
                found = fits(words, sources.areas, dataset.match)
                yield from _judge(dataset, file, found, words, sources.areas, file.file in told)
            yield from _outside(file, vintages)


def area_words(
    dataset: Dataset, file: DatasetFile, areas: gpd.GeoDataFrame, data: Path, tables: TableCache
) -> frozenset[str]:
    """Every key or name of a table's areas, or none where the table cannot be read."""
    if not len(areas):
        return frozenset()
    own = areas[(areas["level"] == dataset.level) & (areas["vintage"] == file.vintage)]
    try:
        each = expanded_files(replace(dataset, files=(file,)), data)
        read = [read_rows(dataset, one, own, data, tables) for one, _ in each]
    except UserError:
        return frozenset()
    return frozenset().union(*map(words_of, read))


def _judge(
    dataset: Dataset,
    file: DatasetFile,
    found: list[Fit],
    words: frozenset[str],
    areas: gpd.GeoDataFrame,
    told: bool,
) -> Iterator[Finding]:
    """What does not fit in either direction, and which state fits better."""
    own = next(
        (f for f in found if (f.level, f.vintage) == (dataset.level, file.vintage)),
        Fit(dataset.level, file.vintage, 0, len(words), 0),
    )
    noun = "Schlüssel" if dataset.match == "key" else "Namen"
    best = max(found, key=lambda f: f.score)
    better = _better(best, own)
    if own.matched < own.words:
        column = "area" if dataset.match == "key" else "name"
        here = areas[(areas["level"] == dataset.level) & (areas["vintage"] == file.vintage)]
        if not told:
            lost = tuple(sorted(words - set(here[column])))
            text = (
                f"{number(own.words - own.matched)} von {number(own.words)} {noun} gehören zu "
                f"keinem Gebiet der Ebene {own.level}, Stand {own.vintage}."
            )
            todo = "Schreibweise berichtigen, oder total_rows, rest_rows, area_map angeben."
            yield Finding("error", "Schlüssel", text, file.file, lost, todo=todo)
        absent = here[~here[column].isin(words)]
        if len(absent) and not better:
            yield absent_finding(
                file.file, tuple(f"{r.area} {r.name}" for r in absent.itertuples()), len(here)
            )
    if better:
        text = (
            f"Diese {noun} passen besser zu Ebene {best.level}, Stand {best.vintage}: {best}. "
            f"Angegeben ist Ebene {own.level}, Stand {own.vintage}: {own}."
        )
        todo = (
            f'Gehört die Datei zu diesem Stand, dann vintage = "{best.vintage}"'
            + (f' und level = "{best.level}"' if best.level != own.level else "")
            + " angeben; sonst die Datei für den angegebenen Stand besorgen."
        )
        serious: Severity = "error" if own.matched < own.words else "warning"
        yield Finding(serious, "Gebietsstand", text, file.file, todo=todo)
    else:
        text = f"Die {noun} passen zu Ebene {own.level}, Stand {own.vintage}: {own}."
        yield Finding("note", "Gebietsstand", text, file.file)


def absent_finding(file: str, absent: tuple[str, ...], areas: int) -> Finding:
    """Areas that a file has no row for."""
    has = "hat" if len(absent) == 1 else "haben"
    text = (
        f"{number(len(absent))} von {number(areas)} Gebieten {has} keine Zeile; dort gelten die "
        "Zahlen als nicht geliefert."
    )
    todo = (
        "Fehlen sie zu Unrecht, beim Herausgeber nachfragen; auf der Karte bleibt dort eine Lücke."
    )
    return Finding("warning", "Schlüssel", text, file, absent, todo=todo)


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
