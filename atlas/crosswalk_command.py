"""The work of `sozialatlas crosswalk`: a table of weights and its report."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from atlas.outputs import refuse_outputs, write_together
from atlas.project import Project, load_project
from geodata.areas import read_areas
from geodata.crosswalk import CrosswalkSource, names_of, notes_of, read_crosswalk
from geodata.errors import Problem, ProjectError

_OPTIONS = {"file": "--file", "old": "--old-column", "new": "--new-column"}


def crosswalk_files(project_file: Path, data: Path, options: Mapping[str, Any]) -> list[str]:
    """Do what the command line asks for; see `write_crosswalk`."""
    old, new, method = options["old"], options["new"], options["method"]
    asked = None
    if method is not None:
        asked = CrosswalkSource(
            old, new, method, options["file"], old=options["old_column"],
            new=options["new_column"], weight=options["weight"], percent=options["percent"],
            already_public=options["already_public"],
        )  # fmt: skip
    return write_crosswalk(project_file, data, old, new, asked, Path(options["out"]))


def write_crosswalk(
    project_file: Path, data: Path, old: str, new: str, asked: CrosswalkSource | None, out: Path
) -> list[str]:
    """Write the weights from one state of a project's finest areas to another.

    Parameters
    ----------
    project_file, data
        The project and the folder of its files.
    old, new
        Keys of the two states.
    asked
        How; None takes what the project declares.
    out
        CSV (UTF-8 with byte order mark, semicolon, decimal comma): both keys and names, the
        share, the method. The report is written beside it.

    Returns
    -------
    list of str
        The report, in German sentences.
    """
    project = load_project(project_file)
    spec = _spec(project, project_file, old, new, asked)
    report_file = out.with_name(f"{out.stem}.bericht.txt")
    read = [project_file, *([data / spec.file] if spec.file else [])]
    refuse_outputs(read, [out, report_file])
    areas, _ = read_areas(
        project.geometries, (), project.levels, project.city_area, project.crs, data
    )
    fine = areas[areas["level"] == project.levels[0].key]
    walk = read_crosswalk(spec, fine, data)
    sides = [fine[fine["vintage"] == v] for v in (old, new)]
    lines = list(notes_of(walk, *(names_of(side) for side in sides)))
    table = _lines(walk.weights, sides, walk.method)
    write_together({out: table, report_file: "\n".join(lines) + "\n"})
    return [*lines, f"Anteile in {out}, Bericht in {report_file}"]


def _spec(
    project: Project, project_file: Path, old: str, new: str, asked: CrosswalkSource | None
) -> CrosswalkSource:
    known = [v.key for v in project.vintages]
    problems = [
        Problem(what, f"gefunden {key!r}", ", ".join(known))
        for what, key in (("OLD", old), ("NEW", new))
        if key not in known
    ]
    declared = [w for w in project.crosswalks if (w.from_vintage, w.to_vintage) == (old, new)]
    if asked is None and not declared and not problems:
        problems.append(Problem(f"{old} → {new}", "steht nicht in crosswalks", "--method dazu"))
    if asked is not None:
        problems += [
            Problem(f"--method {asked.method}", f"{name} fehlt", f"{_OPTIONS[name]} dazu")
            for name in asked.missing()
        ]
    if problems:
        name = project_file.name
        raise ProjectError(f"So lässt sich mit {name} nicht umrechnen.", problems)
    return declared[0] if asked is None else asked


def _lines(weights: pd.DataFrame, sides: list[gpd.GeoDataFrame], method: str) -> str:
    table = weights.copy()
    for column, side in zip(("source", "target"), sides, strict=True):
        names = dict(zip(side["area"], side["name"], strict=True))
        table[f"{column}_name"] = table[column].map(names)
    table["method"] = method
    named = table[["source", "source_name", "target", "target_name", "weight", "method"]]
    named.columns = ["von", "von_name", "nach", "nach_name", "anteil", "verfahren"]
    text: str = named.to_csv(sep=";", decimal=",", index=False, lineterminator="\r\n")
    return "\ufeff" + text
