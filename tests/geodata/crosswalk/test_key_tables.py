"""Key tables as offices publish them (Umsteigeschlüssel): layouts, rounding, and their faults.

The layout follows the tables of the Bundesinstitut für Bau-, Stadt- und Raumforschung: a title
above, old key and name, one column of shares by area and one by population, new key and name,
decimal comma, cp1252, and places of the whole country.
"""

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from geodata.crosswalk import (
    CrosswalkSource,
    by_area,
    by_keys,
    names_of,
    notes_of,
    read_crosswalk,
    read_keys,
)
from geodata.errors import KeyJoinError, TableError
from geodata.files import ROW, TableFormat

CRS = "EPSG:25833"
OFFICE = TableFormat(encoding="cp1252", delimiter=";", decimal=",", skip_rows=2)
HEAD = (
    "Umsteigeschlüssel Gemeinden 31.12.2008 auf 31.12.2009;;;;;\n;;;;;\n"
    "AGS 2008;Gemeindename 2008;flächenproportional;bevölkerungsproportional;AGS 2009;"
    "Gemeindename 2009\n"
)


def areas(**boxes):
    frame = pd.DataFrame({"area": [k.lstrip("g") for k in boxes]})
    frame["name"] = ["Ort " + key for key in frame["area"]]
    return gpd.GeoDataFrame(frame, geometry=[box(*b) for b in boxes.values()], crs=CRS)


# 01 keeps its outline under a new key, 02 and 03 are merged, 04 is divided among three.
OLD = areas(
    g01001=(0, 0, 1000, 1000), g01002=(1000, 0, 2000, 1000), g01003=(2000, 0, 3000, 1000),
    g01004=(0, 1000, 3000, 2000),
)  # fmt: skip
NEW = areas(
    g02001=(0, 0, 1000, 1000), g02002=(1000, 0, 3000, 1000), g02003=(0, 1000, 1000, 2000),
    g02004=(1000, 1000, 2000, 2000), g02005=(2000, 1000, 3000, 2000),
)  # fmt: skip
ROWS = (
    "01001;Althausen;1,0000;1,0000;02001;Neuhausen\n"
    "01002;Berg;1,0000;1,0000;02002;Bergtal\n"
    "01003;Tal;1,0000;1,0000;02002;Bergtal\n"
    "01004;Großort;0,3333;0,7000;02003;West\n"
    "01004;Großort;0,3333;0,2000;02004;Mitte\n"
    "01004;Großort;0,3333;0,1000;02005;Ost\n"
    "09001;Anderswo;1,0000;1,0000;09001;Anderswo\n"
)
POPULATION = "bevölkerungsproportional"


def table(folder, rows=ROWS, head=HEAD):
    path = folder / "umsteigeschluessel.csv"
    path.write_bytes((head + rows).encode("cp1252"))
    return path


def walk_of(folder, rows=ROWS, weight: str | None = POPULATION, head=HEAD, *, in_percent=False):
    path = table(folder, rows, head)
    keys = read_keys(path, OFFICE, "AGS 2008", "AGS 2009", weight, in_percent=in_percent)
    return by_keys(OLD, NEW, keys, path.name)


def weights(walk):
    rows = walk.weights.itertuples(index=False)
    return {(r.source, r.target): round(r.weight, 6) for r in rows}


def said(walk):
    return " ".join(notes_of(walk, names_of(OLD), names_of(NEW)))


def test_renamed_merged_and_divided_places(tmp_path):
    walk = walk_of(tmp_path)
    assert weights(walk) == {
        ("01001", "02001"): 1.0, ("01002", "02002"): 1.0, ("01003", "02002"): 1.0,
        ("01004", "02003"): 0.7, ("01004", "02004"): 0.2, ("01004", "02005"): 0.1,
    }  # fmt: skip
    # Renamed and merged places have counted numbers, only the divided one is estimated.
    assert walk.estimated_targets() == {"02003", "02004", "02005"}
    assert walk.findings.contradictions == ()


def test_the_column_of_shares_is_chosen_by_name(tmp_path):
    walk = walk_of(tmp_path, weight="flächenproportional")
    assert weights(walk)["01004", "02003"] == round(1 / 3, 6)


def test_shares_that_sum_to_one_but_for_their_rounding_are_normed_and_told(tmp_path):
    walk = walk_of(tmp_path, weight="flächenproportional")  # three times 0,3333
    assert walk.weights.groupby("source")["weight"].sum().tolist() == pytest.approx([1] * 4)
    assert walk.findings.normed == 1
    assert "Bei 1 Gebieten geben die Anteile" in said(walk)


@pytest.mark.parametrize(("first", "fits"), [("0,6990", True), ("0,7010", True), ("0,6800", False)])
def test_a_sum_near_one_passes_and_another_one_is_a_fault(tmp_path, first, fits):
    rows = ROWS.replace("0,7000", first)
    if fits:
        shares = walk_of(tmp_path, rows).weights.groupby("source")["weight"].sum()
        assert shares.tolist() == pytest.approx([1] * 4)
        return
    with pytest.raises(KeyJoinError, match="01004: Anteile zusammen 0,980"):
        walk_of(tmp_path, rows)


def test_per_cents_are_declared_and_whole_ones_may_miss_a_hundred_by_rounding(tmp_path):
    rows = (
        "01001;A;100;100 %;02001;N\n01002;B;100;100;02002;T\n01003;C;100;100;02002;T\n"
        "01004;D;33;33 %;02003;W\n01004;D;33;33;02004;M\n01004;D;33;33;02005;O\n"
    )
    walk = walk_of(tmp_path, rows, in_percent=True)
    assert weights(walk)["01004", "02003"] == round(1 / 3, 6)
    with pytest.raises(TableError, match="percent = true"):
        walk_of(tmp_path, rows)


def test_shares_of_one_that_are_declared_as_per_cents_are_a_fault(tmp_path):
    with pytest.raises(KeyJoinError, match="Anteile zusammen 0,010"):
        walk_of(tmp_path, in_percent=True)


def test_rows_of_other_places_are_set_aside_and_counted(tmp_path):
    walk = walk_of(tmp_path)
    assert walk.findings.aside == 1
    assert "1 Zeilen der Schlüsseltabelle betreffen andere Orte" in said(walk)


def test_a_row_that_leads_out_of_the_city_is_no_other_place(tmp_path):
    rows = ROWS.replace("0,1000;02005;Ost", "0,1000;09001;Anderswo")
    with pytest.raises(KeyJoinError, match="unbekannt '09001'"):
        walk_of(tmp_path, rows)


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (ROWS.replace("0,1000;02005;Ost", "0,1000;;"), "Zeile 9, AGS 2009: leer"),
        (ROWS + ROWS.splitlines()[0] + "\n", "Zeile 11: dasselbe Paar noch einmal"),
        (ROWS.replace("0,2000", "x"), "gefunden 'x'"),
        (ROWS.replace("0,2000", "-0,2"), "gefunden '-0,2'"),
    ],
    ids=["no target", "twice", "a word", "negative"],
)
def test_rows_that_say_nothing_certain_are_told_with_their_place(tmp_path, rows, told):
    with pytest.raises(TableError) as caught:
        walk_of(tmp_path, rows)
    assert told in str(caught.value)


def test_keys_that_lost_their_zeros_are_told_as_such(tmp_path):
    with pytest.raises(KeyJoinError) as caught:
        walk_of(tmp_path, ROWS.replace("\n0", "\n").replace("01001;Alt", "1001;Alt"))
    assert "'1001' steht darin, also gingen Nullen verloren" in str(caught.value)


def test_a_place_where_nobody_lives_may_be_left_out(tmp_path):
    rows = ROWS.replace("01001;Althausen;1,0000;1,0000;02001;Neuhausen\n", "")
    with pytest.raises(KeyJoinError, match="01001 Ort 01001: fehlt"):
        walk_of(tmp_path, rows)
    path = table(tmp_path, rows)
    keys = read_keys(path, OFFICE, "AGS 2008", "AGS 2009", POPULATION)
    empty = OLD.assign(inhabited=[False, True, True, True])
    assert "01001" not in set(by_keys(empty, NEW, keys, path.name).weights["source"])


def test_a_table_that_is_not_public_gives_whole_per_cents(tmp_path):
    both = [OLD.assign(vintage="alt"), NEW.assign(vintage="neu")]
    city = gpd.GeoDataFrame(pd.concat(both, ignore_index=True), geometry="geometry", crs=CRS)
    table(tmp_path, ROWS.replace("0,7000", "0,6960").replace("0,2000", "0,2040"))
    spec = {"from_vintage": "alt", "to_vintage": "neu", "method": "keys", "format": OFFICE,
            "file": "umsteigeschluessel.csv", "old": "AGS 2008", "new": "AGS 2009",
            "weight": POPULATION}  # fmt: skip
    hidden = read_crosswalk(CrosswalkSource(**spec), city, tmp_path)
    assert weights(hidden)["01004", "02003"] == 0.7
    public = read_crosswalk(CrosswalkSource(**spec, already_public=True), city, tmp_path)
    assert weights(public)["01004", "02003"] == 0.696


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 1000), min_size=3, max_size=3), st.integers(1, 5))
def test_shares_printed_with_any_decimals_are_accepted_and_met_but_for_their_rounding(
    parts, decimals
):
    """What an office prints rounded is never refused for it, and never moves by more."""
    total = sum(parts)
    printed = [round(n / total, decimals) for n in parts]
    keys = pd.DataFrame(
        {"source": ["01001", "01002", "01003", "01004", "01004", "01004"],
         "target": ["02001", "02002", "02002", "02003", "02004", "02005"],
         "weight": [1.0, 1.0, 1.0, *printed], "digit": 10.0**-decimals, ROW: range(6)}
    )  # fmt: skip
    found = by_keys(OLD, NEW, keys, "t").weights.set_index("target")["weight"]
    step = 10.0**-decimals
    for target, share in zip(["02003", "02004", "02005"], parts, strict=True):
        want = share / total
        got = found.get(target, 0.0)
        assert abs(got - want) <= step * 2.5 + 1e-9
    assert found[["02003", "02004", "02005"]].sum() == pytest.approx(1)


def test_where_table_and_outlines_agree_the_shares_by_area_are_those_of_the_outlines(tmp_path):
    pd.testing.assert_frame_equal(
        walk_of(tmp_path, weight="flächenproportional").weights,
        by_area(OLD, NEW).weights,
        atol=1e-4,
    )
