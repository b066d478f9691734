"""The GeoPackage of a plan, read back as a geographic information system reads it."""

from dataclasses import replace

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest

from atlas.placement.geopackage import change_word, write_plan_geopackage
from atlas.placement.plan import place, write_plan
from geodata.errors import PlacementError
from tests.atlas.placement.plans import plan, session


@pytest.fixture
def written(city, tmp_path):
    """Write a plan of the small city; gives a reader of its layers."""

    def make(given):
        given = replace(given, content=city.manifest.content)
        write_plan_geopackage(given, city, tmp_path / "plan.gpkg")
        return lambda layer: gpd.read_file(tmp_path / "plan.gpkg", layer=layer)

    return make


def test_every_session_stands_where_its_room_is(city, written):
    read = written(plan())
    points = read("sprechstunden")
    assert points.crs == city.places.crs == "EPSG:25832"
    where = city.places.set_index("place").geometry
    for point, key in zip(points.geometry, points["raum_schluessel"], strict=True):
        assert point.equals(where[key])
    assert points["zustand"].tolist() == ["neu", "neu", "bestehend"]
    assert points["wer"].tolist() == ["Team 1", "Team 1 und Team 2", "Team 2"]
    assert points["tag"].tolist() == ["Montag", "Dienstag", "Montag"]
    assert points["verlust_pct"].tolist() == [12.0] * 3


def test_a_layer_per_group_has_the_areas_with_need_and_what_changes(city, written):
    read = written(plan())
    frame = read("gebiete_alle").set_index("schluessel")
    assert frame.crs == city.areas.crs
    shapes = city.areas.query("level == 'planungsraum'").set_index("area").geometry
    assert all(frame.geometry[k].equals(shapes[k]) for k in ("0122", "0110"))
    first, second = frame.loc["0122"], frame.loc["0110"]
    assert (first["bedarf"], first["vorrang"], first["minuten_nachher"]) == (600, 2.0, 8.0)
    assert pd.isna(first["minuten_vorher"]) and pd.isna(second["stufe_nachher"])
    assert (first["veraenderung"], second["veraenderung"]) == ("neu erreicht", "nicht erreicht")
    assert (second["bedarf_status"], second["warum"]) == ("geschätzt", "kein Raum in 20 Minuten.")
    assert first["naechste_sprechstunde"] == "Bibliothek Mitte"


@pytest.mark.parametrize(
    ("before", "after", "word"),
    [
        (None, None, "nicht erreicht"),
        (None, 10.0, "neu erreicht"),
        (10.0, None, "nicht mehr erreicht"),
        (20.0, 10.0, "näher als bisher"),
        (10.0, 20.0, "weiter als bisher"),
        (10.0, 10.0, "wie bisher erreicht"),
    ],
)
def test_a_change_is_told_in_words(before, after, word):
    area = replace(plan().areas[0], level_before=before, level_after=after)
    assert change_word(area) == word


def test_the_table_of_notes_names_edition_sources_and_caveats(city, written):
    table = written(plan(warnings=("Vorsicht.",)))("hinweise")
    told = table.groupby("was")["inhalt"].agg(list)
    assert told["Prüfsumme der Ausgabe (SHA-256)"] == [city.manifest.content]
    assert told["Stand der Zahlen"] == ["30.06.2024"]
    assert "Kleinstadt, erfundene Daten" in told["Quellen"][0]
    assert "Vorsicht." in told["Warnung"] and "Ein Hinweis." in told["Hinweis zum Plan"]


def test_a_session_given_up_is_a_point_as_well(written):
    points = written(plan(ended=(session("b1", 3, existing=True),)))("sprechstunden")
    assert points["zustand"].tolist()[-1] == "entfällt" and len(points) == 4


def test_an_empty_plan_has_an_empty_layer(written, tmp_path):
    points = written(replace(plan(), sessions=(), areas=()))("sprechstunden")
    assert len(points) == 0 and {"raum", "tag", "wer"} <= set(points.columns)


def test_a_computed_plan_has_all_layers_and_every_inhabited_area(city, scenario, tmp_path):
    found = place(city, scenario, "p", out=tmp_path / "p")
    file = tmp_path / "p" / "plan.gpkg"
    layers = {str(name) for name, _ in pyogrio.list_layers(file)}
    assert layers == {"sprechstunden", "gebiete_alle", "gebiete_kinder", "hinweise"}
    frame = gpd.read_file(file, layer="gebiete_kinder")
    assert len(frame) == 35 == len({a.area for a in found.areas})
    hidden = frame.set_index("schluessel").loc["0111"]
    assert hidden["bedarf_mindestens"] < hidden["bedarf"] < hidden["bedarf_hoechstens"]


def test_a_plan_of_another_edition_gets_no_map(city, tmp_path):
    with pytest.raises(PlacementError, match="anderen Ausgabe"):
        write_plan_geopackage(plan(), city, tmp_path / "plan.gpkg")


def test_without_an_edition_a_plan_is_written_without_a_map(tmp_path):
    write_plan(plan(), tmp_path / "p")
    names = sorted(f.name for f in (tmp_path / "p").iterdir())
    assert names == ["plan.ics", "plan.json", "plan.xlsx", "teams"]


def test_teams_whose_names_differ_only_in_signs_get_two_calendars(tmp_path):
    two = (session(team="Nord/1", teams=("Nord/1",)), session("f1", 1, team="nord 1", teams=()))
    write_plan(plan(*two), tmp_path / "p")
    names = {f.name.casefold() for f in (tmp_path / "p" / "teams").iterdir()}
    assert names == {"nord_1.ics", "nord_1_2.ics"}
