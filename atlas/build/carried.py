"""Earlier counts on other areas: apportioned from what is published, after protection."""

from dataclasses import dataclass

import pandas as pd

from atlas.build.inputs import Inputs
from atlas.edition import TABLES
from atlas.project import Project
from geodata.areas import MAIN
from geodata.crosswalk import Crosswalk, CrosswalkSource, names_of, notes_of
from indicators.apportion import Target, apportion, apportioned_values
from indicators.apportion_error import ApportionError, measure_error
from indicators.catalogue import Catalogue
from indicators.tables import COUNT_KEYS


@dataclass(frozen=True)
class Carried:
    """The edition's table ``apportioned``, its weights, and what the check report says."""

    table: pd.DataFrame | None
    weights: pd.DataFrame
    notes: tuple[str, ...]


def carry_over(
    project: Project, catalogue: Catalogue, inputs: Inputs, counts: pd.DataFrame
) -> Carried:
    """Apportion counts by every crosswalk that the project declares.

    Parameters
    ----------
    counts
        The edition's protected table: nothing else enters, so nothing more can come out.
    """
    tables, weights, notes = [], [], []
    for spec, walk in inputs.crosswalks:
        level = project.levels[0].key
        part = counts[(counts["level"] == level) & (counts["vintage"] == spec.from_vintage)]
        found = apportion(part, walk.weights, target_of(project, inputs, spec.to_vintage))
        values = apportioned_values(found, catalogue, project.indicators)
        error = _error(counts, found, level, spec, walk)
        tables.append(
            values.assign(
                from_vintage=spec.from_vintage,
                method=walk.method,
                error_median=error.median if error else float("nan"),
                error_p90=error.p90 if error else float("nan"),
            )
        )
        weights.append(_weights(walk, level, spec))
        notes += _notes(project, catalogue, inputs, spec, walk)
    if not tables:
        return Carried(None, pd.DataFrame(), ())
    table = pd.concat(tables, ignore_index=True)[list(TABLES["apportioned"])]
    return Carried(table, pd.concat(weights, ignore_index=True), tuple(notes))


def target_of(project: Project, inputs: Inputs, vintage: str) -> Target:
    """The areas of a vintage with all levels above along the main hierarchy, the city aside.

    The city is the same in every vintage and has its own counts.
    """
    links = inputs.links[(inputs.links["hierarchy"] == MAIN) & (inputs.links["vintage"] == vintage)]
    fine = project.levels[0].key
    areas = inputs.areas[(inputs.areas["level"] == fine) & (inputs.areas["vintage"] == vintage)]
    home = {str(a): str(a) for a in areas["area"]}
    levels, parents, here = [fine], {}, fine
    while True:
        step = links[links["child_level"] == here]
        if step.empty:
            break
        above = dict(zip(step["child"], step["parent"], strict=True))
        home = {a: str(above[h]) for a, h in home.items()}
        here = str(step["parent_level"].iloc[0])
        if here != project.levels[-1].key:
            levels.append(here)
            parents[here] = home
    return Target(vintage, tuple(levels), parents)


def _weights(walk: Crosswalk, level: str, spec: CrosswalkSource) -> pd.DataFrame:
    names = {"source": "from_area", "target": "to_area"}
    return walk.weights.rename(columns=names).assign(
        level=level,
        from_vintage=spec.from_vintage,
        to_vintage=spec.to_vintage,
        method=walk.method,
    )[list(TABLES["vintages"])]


def _error(
    counts: pd.DataFrame, found: pd.DataFrame, level: str, spec: CrosswalkSource, walk: Crosswalk
) -> ApportionError | None:
    """The error where the same was counted on both states on one day; None where it was not.

    Of several measures and dates the largest count tells, since small ones err by chance.
    """
    own = counts[(counts["level"] == level) & (counts["vintage"] == spec.to_vintage)]
    both = found[found["level"] == level].merge(
        own[[*COUNT_KEYS, "count"]], on=COUNT_KEYS, suffixes=("", "_counted")
    )
    both = both[both["count"].notna() & both["count_counted"].notna()]
    if both.empty:
        return None
    sizes = both.groupby(["period", "measure", "group"], sort=True)["count_counted"].sum()
    largest = both.set_index(["period", "measure", "group"]).loc[[sizes.idxmax()]]
    largest = largest.set_index("area")
    guessed = pd.Series(largest.index.isin(walk.estimated_targets()), index=largest.index)
    error = measure_error(largest["count"], largest["count_counted"], guessed)
    return error if error.areas else None


def _notes(
    project: Project,
    catalogue: Catalogue,
    inputs: Inputs,
    spec: CrosswalkSource,
    walk: Crosswalk,
) -> list[str]:
    fine = inputs.areas[inputs.areas["level"] == project.levels[0].key]
    sides = (names_of(fine[fine["vintage"] == v]) for v in (spec.from_vintage, spec.to_vintage))
    head = f"Gebietsstand {spec.from_vintage} auf {spec.to_vintage}: "
    notes = [head + note for note in notes_of(walk, *sides)]
    delivered = [
        catalogue.indicators[k].name_de
        for k in project.indicators
        if catalogue.indicators[k].delivered
    ]
    if delivered:
        notes.append(
            f"{head}Nicht umgerechnet, weil als fertige Quote geliefert (ein Mittel von Quoten "
            f"ist keine Quote): {', '.join(delivered)}."
        )
    return notes
