"""A plan as a GeoPackage, for QGIS and other geographic information systems.

Layers: ``sprechstunden`` (points), ``gebiete_GRUPPE`` for each target group (the finest areas,
one group per layer, so that a layer can be coloured as it is), and the table ``hinweise``.
"""

from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

from atlas.edition import Edition
from atlas.export.writers import write_geopackage
from atlas.placement.held import holders, kind_text
from atlas.placement.result import AreaReach, GroupReach, Plan, PlannedSession
from atlas.placement.situation import current_vintage
from atlas.sources import attributions
from atlas.wording import day, status_word, weekday, word_or_key
from geodata.errors import PlacementError, Problem

_DETAIL_M = 5.0


def write_plan_geopackage(plan: Plan, edition: Edition, path: Path) -> None:
    """Write sessions, areas by group and notes in the city's CRS.

    Parameters
    ----------
    plan, edition
        The plan and the edition it was made from.
    path
        Where to; must not exist.

    Raises
    ------
    PlacementError
        The plan belongs to another edition.
    """
    if plan.content != edition.manifest.content:
        problem = Problem("content", plan.content, edition.manifest.content)
        raise PlacementError("Der Plan gehört zu einer anderen Ausgabe.", [problem])
    layers = [("sprechstunden", session_layer(plan, edition)), *area_layers(plan, edition)]
    tables = [("hinweise", notes_table(plan, edition))]
    write_geopackage(path, layers, tables, plan.reporting_date)


def session_layer(plan: Plan, edition: Edition) -> gpd.GeoDataFrame:
    """One point per session, those that the plan gives up included."""
    points = edition.places.set_index("place").geometry
    given = [(s, "bestehend" if s.existing else "neu") for s in plan.sessions]
    given += [(s, "entfällt") for s in plan.ended]
    names = {g.group: g.name for g in plan.groups}
    rows = [_session(s, state, names) for s, state in given]
    # An empty layer still has all its columns, so that a saved project finds them.
    return gpd.GeoDataFrame(
        pd.DataFrame(rows, columns=_SESSION_COLUMNS).astype(_SESSION_NUMBERS),
        geometry=points.loc[[s.place for s, _ in given]].to_numpy(),
        crs=edition.places.crs,
    )


_SESSION_COLUMNS = [
    *("raum", "raum_schluessel", "art_des_ortes", "traeger", "barrierefreiheit", "adresse"),
    *("gebiet", "tag", "tag_nr", "beginn", "ende", "stunden", "art", "wer", "zielgruppen"),
    *("zustand", "menschen", "verlust_pct", "begruendung"),
]
_SESSION_NUMBERS = {
    "tag_nr": "int64",
    **dict.fromkeys(("stunden", "menschen", "verlust_pct"), "float64"),
}


def _session(s: PlannedSession, state: str, names: dict[str, str]) -> dict[str, object]:
    return {
        "raum": s.place_name,
        "raum_schluessel": s.place,
        "art_des_ortes": word_or_key("kind", s.place_kind),
        "traeger": word_or_key("owner", s.owner) + " (angenommen)" * s.owner_assumed,
        "barrierefreiheit": word_or_key("barrier_free", s.barrier_free),
        "adresse": s.address,
        "gebiet": s.area,
        "tag": weekday(s.weekday),
        "tag_nr": s.weekday + 1,
        "beginn": s.start,
        "ende": s.end,
        "stunden": s.hours,
        "art": kind_text(s),
        "wer": holders(s),
        "zielgruppen": ", ".join(names.get(g, g) for g in s.groups),
        "zustand": state,
        "menschen": s.persons,
        "verlust_pct": None if s.lost is None else round(100 * s.lost, 2),
        "begruendung": s.reason,
    }


def area_layers(plan: Plan, edition: Edition) -> Iterator[tuple[str, gpd.GeoDataFrame]]:
    """A layer per target group: every inhabited finest area with its need and reach."""
    level, vintage = edition.manifest.levels[0].key, current_vintage(edition)
    table = edition.areas
    here = table[(table["level"] == level) & (table["vintage"] == vintage)].set_index("area")
    outlines = _light(here.geometry)
    rooms = {s.place: s.place_name for s in plan.sessions}
    for group in plan.groups:
        rows = [a for a in plan.areas if a.group == group.group]
        frame = pd.DataFrame([_area(a, group, rooms) for a in rows], columns=_AREA_COLUMNS)
        shapes = outlines.loc[[a.area for a in rows]]
        yield (
            f"gebiete_{group.group}",
            gpd.GeoDataFrame(
                frame.astype(dict.fromkeys(_AREA_NUMBERS, "float64")),
                geometry=shapes.to_numpy(),
                crs=table.crs,
            ),
        )


def _light(shapes: gpd.GeoSeries) -> gpd.GeoSeries:
    """Outlines without details below a few metres, neighbours still sharing their border.

    Every group has a layer of its own, so exact outlines would stand in the file many times.
    """
    if not shapes.crs.is_projected:
        return shapes
    simple = shapely.coverage_simplify(shapes.to_numpy(), _DETAIL_M)
    return gpd.GeoSeries(simple, index=shapes.index, crs=shapes.crs)


_AREA_NUMBERS = [
    *("bedarf", "bedarf_mindestens", "bedarf_hoechstens", "vorrang", "minuten_vorher"),
    *("minuten_nachher", "stufe_vorher", "stufe_nachher", "minuten_dorthin"),
]
_AREA_COLUMNS = [
    *("schluessel", "name", "zielgruppe", "gezaehlt", "bedarf", "bedarf_mindestens"),
    *("bedarf_hoechstens", "bedarf_status", "vorrang", "minuten_vorher", "minuten_nachher"),
    *("stufe_vorher", "stufe_nachher", "veraenderung", "naechste_sprechstunde"),
    *("minuten_dorthin", "warum"),
]


def _area(a: AreaReach, group: GroupReach, rooms: dict[str, str]) -> dict[str, object]:
    return {
        "schluessel": a.area,
        "name": a.area_name,
        "zielgruppe": group.name,
        "gezaehlt": group.counted,
        "bedarf": _whole(a.need),
        "bedarf_mindestens": _whole(a.low),
        "bedarf_hoechstens": _whole(a.high),
        "bedarf_status": status_word(a.status),
        "vorrang": a.factor,
        "minuten_vorher": a.minutes_before,
        "minuten_nachher": a.minutes_after,
        "stufe_vorher": a.level_before,
        "stufe_nachher": a.level_after,
        "veraenderung": change_word(a),
        "naechste_sprechstunde": rooms.get(a.next_place, ""),
        "minuten_dorthin": a.next_minutes,
        "naeher_ganze_woche": a.always_name,
        "warum": a.reason,
    }


def _whole(x: float | None) -> int | None:
    """Rounded as everywhere a reader sees it; None stays None, never a zero instead."""
    return None if x is None else round(x)


def change_word(area: AreaReach) -> str:
    """What the plan changes for an area: ``neu erreicht``, ``näher``, ``wie bisher`` and so on."""
    before, after = area.level_before, area.level_after
    if before is None or after is None:
        if before is after:
            return "nicht erreicht"
        return "neu erreicht" if before is None else "nicht mehr erreicht"
    if before == after:
        return "wie bisher erreicht"
    return "näher als bisher" if after < before else "weiter als bisher"


def notes_table(plan: Plan, edition: Edition) -> pd.DataFrame:
    """What the layers are and where their figures come from: ``was`` and ``inhalt``."""
    rows = [
        ("Titel", f"{plan.title} ({plan.name}), {plan.city}"),
        ("Hinweis", plan.notice),
        ("Stand der Zahlen", day(plan.reporting_date)),
        ("Ausgabe", plan.edition),
        ("Prüfsumme der Ausgabe (SHA-256)", plan.content),
        ("Prüfsumme des Szenarios (SHA-256)", plan.scenario_sha256),
        ("Quellen", attributions(edition.manifest.sources)),
        *(("Warnung", line) for line in plan.warnings),
        *(("Zusammenfassung", line) for line in plan.summary()),
        *(("Hinweis zum Plan", line) for line in plan.notes),
        ("Umrisse", f"vereinfacht, Einzelheiten unter {_DETAIL_M:g} m fehlen"),
        ("Spalten stufe_vorher, stufe_nachher", "Minuten der Stufe der Reichweite; leer: keine"),
        ("Spalte verlust_pct", "Anteil am Gewinn des Plans, der ohne die Sprechstunde fehlt, in %"),
    ]
    return pd.DataFrame([r for r in rows if r[1]], columns=["was", "inhalt"])
