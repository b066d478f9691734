"""Rooms and services of a project: every list read, joined, and what reading them did."""

from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from atlas.project import Project
from atlas.wording import number, word_or_key
from geodata.places import PlacesReport, PlacesSpec, join_places, read_places


@dataclass(frozen=True)
class Places:
    """Rooms, their opening windows, existing sessions, and what reading them did.

    ``reports`` has one entry per table of places, for the check report.
    """

    places: gpd.GeoDataFrame | None = None
    windows: pd.DataFrame | None = None
    sessions: pd.DataFrame | None = None
    notes: tuple[str, ...] = ()
    reports: tuple[dict[str, Any], ...] = ()


def read_all_places(project: Project, fine: gpd.GeoDataFrame, data: Path) -> Places:
    """All tables of places together; empty ones where the project names none.

    ``fine`` has the finest areas in force on the reporting date.
    """
    results = []
    for source in project.places:
        spec = PlacesSpec(
            source.file, source.columns, source.crs, source.format, source.owners,
            source.windows, source.sessions, source.source.title, source.teams, source.layer,
            source.tags, source.rules, source.hours, date.fromisoformat(project.reporting_date),
        )  # fmt: skip
        results.append(read_places(spec, data, fine))
    if not results:
        return Places()
    joined = join_places(results)
    between = {"merged": list(joined.merged), "doubts": [d.as_dict() for d in joined.doubts]}
    across = {"file": "", "assumed_owners": [], **between}
    return Places(
        joined.places,
        joined.windows,
        joined.sessions,
        (*joined.lines(), *(line for r in joined.reports for line in _assumed(r))),
        (
            *(_report(p.file, r) for p, r in zip(project.places, joined.reports, strict=True)),
            *([across] if joined.merged or joined.doubts else []),
        ),
    )


def _report(file: str, report: PlacesReport) -> dict[str, Any]:
    """What reading one list of places did, as plain values for the check report."""
    return {
        "file": file,
        "rows": report.rows,
        "kept": report.kept,
        "assumed_owners": [asdict(a) for a in report.assumed],
        "merged": list(report.merged),
        "doubts": [d.as_dict() for d in report.doubts],
        "hours": list(report.hours),
        "teams": [dict(t) for t in report.teams],
    }


def _assumed(report: PlacesReport) -> list[str]:
    """Say where an owner follows from the kind of place alone, in words and not in keys."""
    return [
        f"Träger nach der Art des Ortes angenommen, nicht geliefert: "
        f"{word_or_key('kind', a.kind)} gilt als {word_or_key('owner', a.owner)} "
        f"({number(len(a.places))} {'Ort' if len(a.places) == 1 else 'Orte'})."
        for a in report.assumed
    ]
