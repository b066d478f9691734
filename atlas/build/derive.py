"""What follows from published numbers and outlines: groups, developments, minutes, outlines."""

import geopandas as gpd
import pandas as pd

from atlas.build.inputs import Inputs, current_fine
from atlas.build.ways import minutes
from atlas.project import Project
from geodata.outlines import light_outlines
from indicators.catalogue import Catalogue
from indicators.negative import COLUMNS as NEGATIVE_COLUMNS
from indicators.negative import NOT_JUDGED, Computed, negative_development


def joined(pieces: pd.DataFrame, weights: pd.DataFrame) -> pd.DataFrame:
    """The table ``vintages``: pieces that belong to the equations, and weights of crosswalks."""
    return pieces if weights.empty else pd.concat([pieces, weights], ignore_index=True)


def groups_used(catalogue: Catalogue, counts: pd.DataFrame) -> pd.DataFrame:
    """The groups that occur, with their ancestors."""
    groups = catalogue.groups_table()
    used, fresh = {"total"}, set(counts["group"])
    parent = dict(zip(groups["group"], groups["parent"], strict=True))
    while fresh:
        used |= fresh
        fresh = {parent[g] for g in fresh if parent.get(g)} - used
    # A band is made up in several ways, each with the group above its parts.
    kept = groups["parent"].isin(used) | (groups["parent"] == "")
    return groups[groups["group"].isin(used) & kept]


def negative(computed: Computed, catalogue: Catalogue, city_level: str) -> pd.DataFrame:
    """The areas that develop for the worse with their reasons, and those not judged."""
    found = negative_development(computed, catalogue, city_level)
    empty = {"kind": NOT_JUDGED, "indicator": "", "period_from": "", "period_to": ""}
    rows = [found.reasons, found.unjudged.assign(**empty)[NEGATIVE_COLUMNS]]
    return pd.concat(rows, ignore_index=True)


def travel(project: Project, inputs: Inputs) -> pd.DataFrame | None:
    """Minutes from the finest areas in force to every place, by every mode asked for."""
    if inputs.places.places is None or inputs.ways is None:
        return None
    fine = current_fine(project, inputs.areas)
    return minutes(project, fine, inputs.places.places, inputs.ways)


def outlines(areas: gpd.GeoDataFrame) -> dict[tuple[str, str], str]:
    """Light outlines of every vintage and level, as GeoJSON."""
    return {
        (str(vintage), str(level)): light_outlines(part)
        for (vintage, level), part in areas.groupby(["vintage", "level"])
    }
