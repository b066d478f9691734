"""The whole way from a folder to a project file's text."""

from dataclasses import dataclass, replace
from pathlib import Path

from atlas.newproject import kinds
from atlas.newproject.crs import degrees_of, settled
from atlas.newproject.datasets import datasets_of
from atlas.newproject.dates import last_day
from atlas.newproject.draft import Draft
from atlas.newproject.joins import Join, join_of
from atlas.newproject.levels import (
    Area,
    above,
    as_area,
    chains,
    distinct,
    nests_in_space,
    same_areas,
)
from atlas.newproject.scan import Found, FoundTable, scan
from atlas.newproject.states import levels_of, settle_states
from atlas.newproject.tables import Read, read
from atlas.newproject.tell import questions_of, summary
from atlas.newproject.text import slug
from atlas.newproject.write import project_text
from atlas.newproject.write_data import labels_text
from geodata.errors import FileMissingError, GeometryError
from geodata.progress import Progress, silent
from indicators.catalogue import Catalogue, load_catalogue

DEFAULT_DATE = "2024-12-31"


@dataclass(frozen=True)
class Proposal:
    """The text of the project file and of its layout tables by name, and what was found.

    ``summary`` is for the terminal, ``files`` are those of the folder that were looked at.
    """

    text: str
    layouts: dict[str, str]
    summary: tuple[str, ...]
    questions: int
    files: tuple[str, ...] = ()


def propose(folder: Path, name: str = "projekt", progress: Progress = silent) -> Proposal:
    """Propose a project file for the files of a folder.

    Parameters
    ----------
    folder
        Read, never written.
    name
        Begins the names of layout tables of long tables.
    progress
        Is told the name of each file that is looked at.

    Raises
    ------
    FileMissingError
        There is no such folder.
    GeometryError
        No outlines of areas are in it, without which there is no atlas.
    """
    if not folder.is_dir():
        raise FileMissingError(f"Den Ordner {folder} gibt es nicht.")
    scanned, catalogue = scan(folder, progress), load_catalogue()
    found = replace(scanned, layers=tuple(settled(scanned.layers)))
    areas = [a for f in found.layers if not f.points and f.crs != "" and (a := as_area(f))]
    areas = distinct(areas)
    if not areas:
        raise GeometryError(_no_areas(folder, found))
    draft = _draft(folder, found, areas, catalogue, name)
    text = project_text(draft, catalogue)
    layouts = {d.labels_file: labels_text(d.reads[0]) for d in draft.datasets if d.labels_file}
    files = (*(x.file for x in found.layers), *(t.file for t in found.tables),
             *(f for f, _ in found.others))  # fmt: skip
    asked = questions_of(text)
    return Proposal(text, layouts, tuple(summary(draft, found, asked)), len(asked), files)


def _no_areas(folder: Path, found: Found) -> str:
    said = "; ".join(f"{name}: {why}" for name, why in found.others[:5])
    said = said or "; ".join(f"{x.title}: {x.doubt or 'keine Spalte nennt die Gebiete'}"
                             for x in found.layers[:5] if not x.points)  # fmt: skip
    return (
        f"In {folder} liegen keine Umrisse von Gebieten (GeoPackage, GeoJSON, Shapefile, KML)."
        + (f" Nicht zu gebrauchen sind: {said}." if said else "")
    )


@dataclass
class _Sorted:
    """Tables by what they are."""

    reads: list[Read]
    places: list[tuple[FoundTable, kinds.Points]]
    cases: list[kinds.Cases]
    registers: list[kinds.Register]
    groupings: list[kinds.Grouping]
    unused: list[str]


def _draft(folder: Path, found: Found, areas: list[Area], catalogue: Catalogue, name: str) -> Draft:
    every = chains(areas)
    tables = _sorted(found, every, catalogue)
    questions: list[str] = []
    states, reads = settle_states(every, tables.reads, questions)
    newest = states[-1]
    periods = sorted({p for r in reads if r.says for p in r.periods})
    proposed = sorted({p for r in reads for p in r.periods})
    unused = [*tables.unused, *(f"{f}: {why}" for f, why in found.others)]
    unused += _unused_layers(found, [a for s in states for a in s.chain])
    title = folder.resolve().name.replace("_", " ").replace("-", " ").strip().title() or "Stadt"
    return Draft(
        city=title,
        key=slug(folder.resolve().name),
        crs=_crs(newest.chain[0]),
        states=states,
        levels=levels_of(newest.chain),
        reporting_date=last_day(periods or proposed, DEFAULT_DATE),
        dated=bool(periods),
        datasets=datasets_of(reads, states, name),
        places=tables.places,
        maps=[x for x in found.layers if x.points],
        cases=tables.cases,
        registers=tables.registers,
        groupings=[g for g in tables.groupings if g.join.chain in [s.number for s in states]],
        questions=questions,
        unused=unused,
    )


def _sorted(found: Found, every: list[list[Area]], catalogue: Catalogue) -> _Sorted:
    near = degrees_of([a.found for chain in every for a in chain])
    out = _Sorted([], [], [], [], [], [])
    names = [t.file for t in found.tables]
    for table in found.tables:
        join, points = join_of(table, every), kinds.points_of(table, near)
        if kinds.is_case_list(table, join):
            out.cases.append(kinds.cases_of(table, join, points))
        elif register := kinds.register_of(table, join, points):
            out.registers.append(register)
        elif points:
            out.places.append((table, points))
        elif join is None:
            out.unused.append(f"{table.title}: keine Spalte passt zu den Gebieten")
        else:
            _add_numbers(table, join, every[join.chain], catalogue, names, out)
    return out


def _add_numbers(
    table: FoundTable, join: Join, chain: list[Area], catalogue: Catalogue, names: list[str],
    out: _Sorted,
) -> None:  # fmt: skip
    reads = read(table, join, catalogue, names)
    if reads is None and kinds.days_of(table):
        out.cases.append(kinds.cases_of(table, join, None))
        return
    if reads is None:
        out.unused.append(
            f"{table.title}: je Gebiet stehen mehrere Zeilen da, und keine Spalte sagt, worin sie "
            "sich unterscheiden; vielleicht eine Fallliste (case_lists)"
        )
        return
    coarser = [set(a.keys) for a in chain[1:]]
    says = any(r.targets for r in reads)
    grouping = kinds.grouping_of(table, join, says, coarser)
    if grouping:
        out.groupings.append(grouping)
    elif not any(r.targets or r.unmapped or r.rates or r.labels for r in reads):
        out.unused.append(f"{table.title}: keine Spalte mit Zahlen")
    else:
        out.reads += reads


def _unused_layers(found: Found, used: list[Area]) -> list[str]:
    """Name every layer that the file does not use, with the reason."""
    by_layer = {x: a for x in found.layers if not x.points and x.crs != "" and (a := as_area(x))}
    there = [a.found for a in used]
    lines = []
    for layer in found.layers:
        if layer.points or layer in there:
            continue
        area = by_layer.get(layer)
        if area is None:
            why = layer.doubt if layer.crs == "" else "keine Spalte sagt, welches Gebiet es ist"
            lines.append(f"{layer.title}: {why}")
        elif len(layer.frame) == 1:
            lines.append(f"{layer.title} hat nur ein Gebiet; die ganze Stadt entsteht von selbst")
        elif twin := next((a for a in used if same_areas(a, area)), None):
            lines.append(f"{layer.title} hat dieselben Gebiete wie {twin.title}")
        elif below := next((a for a in used if above(a, area)), None):
            lines.append(
                f"{layer.title} liegt auch über {below.title}, aber quer zu den anderen Ebenen: "
                "eine weitere Gliederung? Sie braucht eine Tabelle ([[hierarchies]])"
            )
        elif below := next((a for a in used if nests_in_space(a, area)), None):
            lines.append(
                f"{layer.title} liegt über {below.title}, aber keine Spalte und kein Anfang der "
                "Schlüssel nennt dort das Gebiet darüber: eine Ebene mehr (parent_in_space)?"
            )
        else:
            lines.append(f"{layer.title} gehört zu keinem Stand, zu dem Tabellen passen")
    return lines


def _crs(area: Area) -> str:
    """The layer's own metric system if it is a UTM zone of Germany, else the zone it lies in."""
    epsg = area.found.frame.crs.to_epsg()
    if epsg in (25831, 25832, 25833):
        return f"EPSG:{epsg}"
    if epsg in (32631, 32632, 32633):
        return f"EPSG:{epsg - 6800}"
    west, _, east, _ = area.found.frame.to_crs(4326).total_bounds
    return f"EPSG:258{31 + min(2, max(0, int(((west + east) / 2) // 6)))}"
