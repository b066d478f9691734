"""Standard populations for age standardisation: given ones, and those of an edition."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from geodata.errors import ProblemCollector, ProjectError, TableError
from indicators.catalogue import Catalogue, normal_cell
from indicators.entries import Indicator
from indicators.rates import AREA_KEYS
from indicators.status import VISIBLE

AGE = "age"


@dataclass(frozen=True)
class Standard:
    """A standard population: its German name, and the people in each age group."""

    name_de: str
    groups: tuple[str, ...]
    people: tuple[float, ...]

    @property
    def weights(self) -> npt.NDArray[np.float64]:
        """Share of each group in all people."""
        people = np.array(self.people, dtype=np.float64)
        return np.asarray(people / people.sum(), dtype=np.float64)


def given_standard(name_de: str, people: Mapping[str, float]) -> Standard:
    """A standard population given as people by age group.

    Raises
    ------
    ProjectError
        There is no group, or a group without people.
    """
    found = ProblemCollector()
    if not people:
        found.add(name_de, "keine Altersgruppe", "mindestens eine")
    for group, number in people.items():
        if not (np.isfinite(number) and number > 0):
            found.add(f"{name_de}, {group}", f"gefunden {number:g}", "mehr als 0 Menschen")
    found.raise_if_any(ProjectError, "Die Standardbevölkerung ist nicht brauchbar.")
    return Standard(name_de, tuple(people), tuple(float(n) for n in people.values()))


def published_standard(
    name_de: str, counts: pd.DataFrame, cell: Mapping[str, str], groups: Iterable[str]
) -> Standard:
    """The population of an area of the edition as standard, usually that of the city.

    Parameters
    ----------
    name_de
        Name for readers, such as ``Leipzig, 31.12.2022``.
    counts
        The edition's table ``counts``.
    cell
        Which population: ``area``, ``level``, ``vintage``, ``period``, ``measure``.
    groups
        Age groups.

    Raises
    ------
    TableError
        A group has no published number, or no people.
    """
    keys = [*AREA_KEYS, "measure"]
    rows = counts.loc[(counts[keys] == pd.Series({k: cell[k] for k in keys})).all(axis=1)]
    rows = rows.loc[rows["status"].isin(VISIBLE)]
    numbers = rows.drop_duplicates("group").set_index("group")["count"].astype("float64")
    wanted = list(dict.fromkeys(groups))
    found = ProblemCollector()
    for group in wanted:
        if not numbers.get(group, np.nan) > 0:
            where = " / ".join([*(cell[k] for k in keys), group])
            found.add(where, "keine veröffentlichte Anzahl", "eine Anzahl über 0")
    found.raise_if_any(TableError, f"{name_de} taugt nicht als Standardbevölkerung.")
    return given_standard(name_de, {g: float(numbers[g]) for g in wanted})


def check_standard(
    catalogue: Catalogue, item: Indicator, standard: Standard, available: set[str]
) -> None:
    """Refuse a standard that does not cover exactly the age groups that are there.

    Parameters
    ----------
    item
        A rate with numerator and denominator.
    available
        Groups with a numerator and a denominator; coarser and finer groups are recognised.

    Raises
    ------
    ProjectError
        With every group that is unknown, stands within another one, or is left out.
    """
    found = ProblemCollector()
    ages = [g for g, entry in catalogue.groups.items() if entry.dimension == AGE]
    chosen = set(standard.groups)
    for group in standard.groups:
        if group not in ages:
            found.add(standard.name_de, f"{group!r} ist keine Altersgruppe", ", ".join(ages))
            continue
        above = set(_above(catalogue, group))
        for other in sorted(above & chosen):
            found.add(standard.name_de, f"{group} ist ein Teil von {other}", "eines von beiden")
        for cell in (item.numerator, item.denominator):
            whole = normal_cell(str(cell)).split("/")[1]
            if whole not in above | {group}:
                found.add(f"Indikator {item.key}", f"{group} ist kein Teil von {cell}")
    for group in (g for g in ages if g in available):
        if not _covered(catalogue, group, chosen):
            found.add(standard.name_de, f"{group} fehlt, kommt aber vor", "jede Altersgruppe")
    found.raise_if_any(ProjectError, "Die Standardbevölkerung passt nicht zu den Altersgruppen.")


def _above(catalogue: Catalogue, group: str) -> list[str]:
    """All groups that contain a group, the nearest first."""
    parent = catalogue.groups[group].parent
    return [] if parent is None else [parent, *_above(catalogue, parent)]


def _covered(catalogue: Catalogue, group: str, chosen: set[str]) -> bool:
    """Whether the chosen groups hold a group, as such, in a coarser one, or by its parts."""
    if chosen & {group, *_above(catalogue, group)}:
        return True
    parts = [g.key for g in catalogue.group if g.parent == group and g.dimension == AGE]
    return bool(parts) and all(_covered(catalogue, part, chosen) for part in parts)
