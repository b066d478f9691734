"""The whole way from a folder to a project file's text."""

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from atlas.newproject.levels import Area, as_area, chains
from atlas.newproject.scan import Found, FoundTable, scan
from atlas.newproject.tables import Read, case_like, has_coordinates, join_of, read
from atlas.newproject.write import Dataset, Draft, labels_text, project_text, slug
from geodata.errors import FileMissingError, GeometryError
from indicators.catalogue import Catalogue, load_catalogue

_LEVELS = {
    "plr": "Planungsraum", "bzr": "Bezirksregion", "pgr": "Prognoseraum", "bezirke": "Bezirk",
    "baubl": "Baublock", "statistische": "Statistischer Bezirk", "ortsteil": "Ortsteil",
    "stadtteil": "Stadtteil", "stadtbezirk": "Stadtbezirk", "quartier": "Quartier",
    "viertel": "Viertel", "planungsr": "Planungsraum", "bezirksregion": "Bezirksregion",
    "sozialraum": "Sozialraum", "sozialr": "Sozialraum", "bezirk": "Bezirk",
}  # fmt: skip


@dataclass(frozen=True)
class Proposal:
    """The text of the project file and of its layout tables by name, and what was found."""

    text: str
    layouts: dict[str, str]
    summary: tuple[str, ...]
    questions: int


def propose(folder: Path, name: str = "projekt") -> Proposal:
    """Propose a project file for the files of a folder.

    Parameters
    ----------
    folder
        Read, never written.
    name
        Begins the names of layout tables of long tables.

    Raises
    ------
    FileMissingError
        There is no such folder.
    GeometryError
        No outlines of areas are in it, without which there is no atlas.
    """
    if not folder.is_dir():
        raise FileMissingError(f"Den Ordner {folder} gibt es nicht.")
    found, catalogue = scan(folder), load_catalogue()
    areas = [a for f in found.layers if not f.points and (a := as_area(f))]
    if not areas:
        raise GeometryError(
            f"In {folder} liegen keine Umrisse von Gebieten (GeoPackage, GeoJSON, Shapefile, KML)."
        )
    draft = _draft(folder, found, areas, catalogue, name)
    text = project_text(draft, catalogue)
    layouts = {d.labels_file: labels_text(d.reads[0]) for d in draft.datasets if d.labels_file}
    return Proposal(text, layouts, tuple(_summary(draft, found)), text.count("# FRAGE: "))


def _draft(folder: Path, found: Found, areas: list[Area], catalogue: Catalogue, name: str) -> Draft:
    every = chains(areas)
    questions: list[str] = []
    every = [_without_space(chain, questions) for chain in every]
    reads: list[Read] = []
    places: list[FoundTable] = []
    names = [t.file for t in found.tables]
    for table in found.tables:
        where = f"{table.file}{f', Blatt {table.format.sheet}' if table.format.sheet else ''}"
        if has_coordinates(table):
            places.append(table)
            continue
        join = join_of(table, every)
        if join is None:
            questions.append(f"{where}: keine Spalte passt zu den Gebieten; bleibt draußen.")
            continue
        one = None if case_like(table) else read(table, join, catalogue, names)
        if one is None:
            questions.append(
                f"{where}: je Gebiet stehen mehrere Zeilen da. Ist es eine Fallliste? Dann "
                "[[case_lists]] mit den erlaubten Spalten dazu; sie wurde nicht weiter gelesen."
            )
        else:
            reads.append(one)
    questions += [f"{f}: {why}; bleibt draußen." for f, why in found.others]
    used = sorted({r.join.chain for r in reads if _says(r)} or {0})
    periods = {c: sorted(p for r in reads if r.join.chain == c for p in r.periods) for c in used}
    order = sorted(used, key=lambda c: (periods[c][-1:] or [""], len(every[c][0].found.frame)))
    levels = _levels(every[order[-1]])
    placed = {c: _placed(every[c], levels, questions) for c in order}
    reads = [r for r in reads if r.join.chain in placed]
    for one in [r for r in reads if r.join.level >= len(placed[r.join.chain])]:
        questions.append(f"{one.table.file}: seine Ebene fehlt im Projekt; bleibt draußen.")
        reads.remove(one)
    _name_unused(found, areas, every, order, questions)
    return Draft(
        city=folder.resolve().name.replace("_", " ").title(),
        key=slug(folder.resolve().name),
        crs=_crs(every[order[-1]][0]),
        chains=[every[c][: len(placed[c])] for c in order],
        placed=[placed[c] for c in order],
        vintages=_vintages([every[c] for c in order]),
        since=_since([periods[c] for c in order]),
        levels=levels,
        reporting_date=max((p for c in used for p in periods[c]), default="2024-12-31"),
        datasets=_datasets(reads, order, name),
        places=places,
        questions=questions,
    )


def _placed(chain: list[Area], levels: list[tuple[str, str]], questions: list[str]) -> list[str]:
    """The level of each layer of a state; the rest of a state that does not fit is left out.

    A state with as many levels as the newest has the same ones; else names must agree.
    """
    keys = [key for key, _ in levels]
    if len(chain) == len(levels):
        return keys
    found = keys[:1]
    for (key, title), area in zip(_levels(chain)[1:], chain[1:], strict=True):
        if key not in keys[keys.index(found[-1]) + 1 :]:
            questions.append(
                f"{area.title} ({title}) gehört zu keiner Ebene des neuesten Standes; "
                "diese und gröbere Ebenen des Standes bleiben draußen."
            )
            break
        found.append(key)
    return found


def _name_unused(
    found: Found, areas: list[Area], every: list[list[Area]], order: list[int], questions: list[str]
) -> None:
    """Name every layer that the file does not use, with the reason."""
    known = [a.found for a in areas]
    used = [a.found for c in order for a in every[c]]
    for layer in found.layers:
        title = f"{layer.file} {layer.layer or ''}".strip()
        if layer.points:
            questions.append(f"{title} hat Punkte: eine Liste von Orten? Dann [[places]] dazu.")
        elif layer not in known:
            questions.append(f"{title}: keine Spalte ist eindeutig; bleibt draußen.")
        elif layer not in used:
            questions.append(
                f"{title} gehört zu keinem Stand, zu dem Tabellen passen; bleibt draußen."
            )


def _without_space(chain: list[Area], questions: list[str]) -> list[Area]:
    """Cut a chain where only the place on the map relates two levels: a key is needed."""
    for i, area in enumerate(chain):
        if area.in_space and i + 1 < len(chain):
            questions.append(
                f"{chain[i + 1].title} liegt über {area.title}, aber keine Spalte und kein "
                "Anfang der Schlüssel nennt das übergeordnete Gebiet; diese Ebene bleibt draußen."
            )
            return [*chain[:i], replace(area, in_space=False)]
    return chain


def _says(one: Read) -> bool:
    return bool(one.counts) or any(t for t, _ in one.label_targets.values())


def _crs(area: Area) -> str:
    """The layer's own metric system if it is a UTM zone of Germany, else the zone it lies in."""
    epsg = area.found.frame.crs.to_epsg()
    if epsg in (25831, 25832, 25833):
        return f"EPSG:{epsg}"
    west, _, east, _ = area.found.frame.to_crs(4326).total_bounds
    return f"EPSG:258{31 + min(2, max(0, int(((west + east) / 2) // 6)))}"


def _vintages(order: list[list[Area]]) -> list[str]:
    names: list[str] = []
    for chain in order:
        found = chain[0].found
        year = re.search(r"(?:19|20)\d{2}", f"{found.file} {found.layer or ''}")
        base = slug(f"{Path(found.file).stem}")
        key = year[0] if year and "pre" not in found.file and "bis" not in found.file else base
        while key in names:
            key += f"_{slug(found.layer or 'b')}"
        names.append(key)
    return names


def _since(periods: list[list[str]]) -> list[str | None]:
    """From when a state is in force: the day after the last date of the state before."""
    since: list[str | None] = [None]
    for before in periods[:-1]:
        since.append(str(date.fromisoformat(before[-1]) + timedelta(days=1)) if before else None)
    return since


def _levels(chain: list[Area]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for area in chain:
        words = f"{area.found.layer or ''} {Path(area.found.file).stem} {area.name}".lower()
        own = (area.found.layer or "").lower()
        title = _level_word(own) or _level_word(words)
        title = title or (area.found.layer or Path(area.found.file).stem).replace("_", " ").title()
        while slug(title) in [k for k, _ in found] or slug(title) == "stadt":
            title += " 2"
        found.append((slug(title), title))
    return found


def _level_word(text: str) -> str | None:
    """The longest known word for a level in a name: a Stadtbezirk is no Bezirk."""
    hits = sorted((w for w in _LEVELS if w in text), key=len)
    return _LEVELS[hits[-1]] if hits else None


def _datasets(reads: list[Read], order: list[int], name: str) -> list[Dataset]:
    """Tables of the same shape are files of one dataset; a cell is taken from one file alone."""
    groups: dict[tuple[object, ...], list[Read]] = {}
    for one in reads:
        if one.join.chain in order:
            groups.setdefault(one.signature, []).append(one)
    datasets: list[Dataset] = []
    taken: set[tuple[str, str, int]] = set()
    keys: list[str] = []
    for group in sorted(groups.values(), key=lambda g: -sum(len(c) for r in g for c in r.counts)):
        own, twice = list[Read](), list[Read]()
        for one in group:
            targets = {t for ts in one.counts.values() for t in ts}
            targets |= {t for t, _ in one.label_targets.values() if t}
            cells = {(t, p, one.join.chain) for t in targets for p in one.periods}
            out = not one.periods or bool(cells & taken)
            (twice if out else own).append(one)
            taken |= cells
        key = slug(Path(group[0].table.file).stem)
        while key in keys:
            key += "_2"
        keys.append(key)
        labels = f"{name}_{key}.csv" if group[0].layout == "long" else ""
        datasets.append(Dataset(key, own or twice, twice if own else [], not own, labels, order))
    return datasets


def _summary(draft: Draft, found: Found) -> list[str]:
    lines = [f"{len(found.layers)} Ebenen mit Umrissen oder Punkten, {len(found.tables)} Tabellen"]
    for vintage, chain in zip(draft.vintages, draft.chains, strict=True):
        steps = ", darüber ".join(f"{a.title} ({len(a.found.frame)})" for a in chain)
        lines.append(f"Stand {vintage}: {steps}")
    for dataset in draft.datasets:
        for one in dataset.reads:
            j = one.join
            what = "Schlüssel" if j.match == "key" else "Namen"
            lines.append(
                f"{one.table.file}: Spalte {j.column}, {j.matched} von {j.words} {what} passen, "
                f"{len(one.counts) or sum(1 for t, _ in one.label_targets.values() if t)} "
                "Messgrößen oder Spalten erkannt"
            )
    return lines
