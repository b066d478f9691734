"""Earlier counts on other areas: weights that tell nothing of people, and what the report says."""

from dataclasses import dataclass

import pandas as pd

from atlas.build.inputs import Inputs
from atlas.carrying import Printed, carried_table
from atlas.edition import TABLES
from atlas.project import Project
from geodata.crosswalk import Crosswalk, CrosswalkSource, in_steps, names_of, notes_of
from geodata.crosswalk.spec import STEPS
from indicators.catalogue import Catalogue
from indicators.status import VISIBLE

PEOPLE_PER_STEP = 10
"""A step of a weight is worth at least this many people, where the units are not public."""


@dataclass(frozen=True)
class Carried:
    """The edition's table ``apportioned``, its weights, and what the check report says."""

    table: pd.DataFrame | None
    weights: pd.DataFrame
    notes: tuple[str, ...]


def carry_over(
    project: Project,
    catalogue: Catalogue,
    inputs: Inputs,
    counts: pd.DataFrame,
    values: pd.DataFrame,
) -> Carried:
    """Apportion counts by every crosswalk that the project declares.

    Parameters
    ----------
    counts, values
        The edition's protected tables: nothing else enters, so nothing more can come out.
    """
    level = project.levels[0].key
    weights, notes = [], []
    for spec, walk in inputs.crosswalks:
        part = counts[(counts["level"] == level) & (counts["vintage"] == spec.from_vintage)]
        shown, coarser = _safe_weights(spec, walk, part)
        weights.append(_printed(shown, walk.method, level, spec))
        notes += _notes(project, catalogue, inputs, spec, walk, coarser)
    if not weights:
        return Carried(None, pd.DataFrame(), ())
    table = pd.concat(weights, ignore_index=True)
    printed = Printed(
        counts, values, inputs.areas, inputs.links, table,
        tuple(v.key for v in project.levels if v.hierarchy == project.levels[0].hierarchy),
        catalogue, project.indicators,
    )  # fmt: skip
    return Carried(carried_table(printed), table, tuple(notes))


def _safe_weights(
    spec: CrosswalkSource, walk: Crosswalk, counts: pd.DataFrame
) -> tuple[pd.DataFrame, int]:
    """The weights as they may be printed, and of how many areas they became coarser.

    A weight times a printed count gives the people of a piece. Where the file behind is not
    public, a step is therefore worth `PEOPLE_PER_STEP` of the largest printed count of the area.
    """
    if spec.shows_nothing:
        return walk.weights, 0
    seen = counts[counts["status"].isin(VISIBLE)]
    people = seen.groupby("area")["count"].max().astype("float64")
    people = people.reindex(walk.weights["source"].unique()).fillna(0.0)
    steps = (people // PEOPLE_PER_STEP).clip(1, STEPS)
    split = set(walk.weights.loc[walk.divided, "source"])
    coarser = int((steps[steps.index.isin(split)] < STEPS).sum())
    return in_steps(walk.weights, steps), coarser


def _printed(weights: pd.DataFrame, method: str, level: str, spec: CrosswalkSource) -> pd.DataFrame:
    names = {"source": "from_area", "target": "to_area"}
    return weights.rename(columns=names).assign(
        level=level,
        from_vintage=spec.from_vintage,
        to_vintage=spec.to_vintage,
        method=method,
    )[list(TABLES["vintages"])]


def crosswalk_notes(
    project: Project, areas: pd.DataFrame, spec: CrosswalkSource, walk: Crosswalk
) -> list[str]:
    """What the weights of a crosswalk are and everything that is doubtful about them."""
    fine = areas[areas["level"] == project.levels[0].key]
    sides = (names_of(fine[fine["vintage"] == v]) for v in (spec.from_vintage, spec.to_vintage))
    return [_head(spec) + note for note in notes_of(walk, *sides)]


def _head(spec: CrosswalkSource) -> str:
    return f"Gebietsstand {spec.from_vintage} auf {spec.to_vintage}: "


def _notes(
    project: Project,
    catalogue: Catalogue,
    inputs: Inputs,
    spec: CrosswalkSource,
    walk: Crosswalk,
    coarser: int,
) -> list[str]:
    head = _head(spec)
    notes = crosswalk_notes(project, inputs.areas, spec, walk)
    if coarser:
        notes.append(
            f"{head}In {coarser} Gebieten mit weniger als {PEOPLE_PER_STEP * STEPS} Menschen "
            "sind die Anteile noch gröber: Ein Schritt steht für mindestens "
            f"{PEOPLE_PER_STEP} Menschen."
        )
    delivered = [
        catalogue.indicators[k].name_de
        for k in project.indicators
        if catalogue.indicators[k].delivered
    ]
    if delivered:
        notes.append(
            f"{head}Als fertige Quote geliefert und deshalb nur dort übernommen, wo ein Gebiet "
            f"gleich blieb (ein Mittel von Quoten ist keine Quote): {', '.join(delivered)}."
        )
    return notes
