"""What a user may rely on when places are listed twice: certain ones merged, doubts named."""

import itertools

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Point

from geodata.places import FAR_M, Doubt, merge_duplicates
from geodata.places.duplicates import Duplicates, similar_pairs
from geodata.places.names import address_of, words_of

X, Y = 390_000, 5_820_000


def place(name: str, metres: float = 0.0, kind: str = "library", **more: object) -> dict:
    """A row as the reader makes it, so many metres east of the origin."""
    row = {"name": name, "kind": kind, "owner": "unknown", "assumed": False, "address": ""}
    row |= {"barrier_free": "unknown", "capacity": pd.NA, "accepts": "", "unnamed": not name}
    return {**row, "geometry": Point(X + metres, Y), **more}


def table(*rows: dict) -> gpd.GeoDataFrame:
    numbered = [{"place": f"p{i}", **row} for i, row in enumerate(rows)]
    return gpd.GeoDataFrame(numbered, geometry="geometry", crs="EPSG:25833")


def judged(*rows: dict) -> str:
    """What happens to two rows, in one word."""
    found: Duplicates = merge_duplicates(table(*rows))
    if found.merged:
        return "merged"
    return "doubt" if found.doubts else "two"


@pytest.mark.parametrize(
    ("a", "b", "metres"),
    [
        ("Jobcenter Mitte", "Job Center Berlin Mitte", 90),
        ("Jobcenter", "JobCenter Neukölln", 80),
        ("Job-Center Süd", "jobcenter sued", 95),
        ("Stadtbücherei Köln-Süd", "Stadtbibliothek Koeln Sued", 90),
        ("Bib. am Wasserturm", "Bibliothek Wasserturm", 60),
        ("Nachbarn in Not e.V.", "Nachbarn in Not", 60),
        ("Treff Müllerstr.", "Treff Muellerstraße", 60),
        ("Kath. Gemeinde St. Josef", "Katholische Gemeinde Sankt Josef", 60),
        ("Patientenbibliothek Nordklinik", "Patentenbibilothek Nordklinik", 10),
        ("Kita", "Kita Wunderland", 5),
    ],
)
def test_two_spellings_of_one_place_are_one(a, b, metres):
    kind = "jobcenter" if "ob" in a[:3] else "library"
    assert judged(place(a, kind=kind), place(b, metres, kind=kind)) == "merged"


@pytest.mark.parametrize(
    ("a", "b", "metres"),
    [
        ("Kita", "Kita Wunderland", 80),
        ("Kita Spatzennest", "Kita Spatzennest 2", 20),
        ("Bibliothek Wasserturm", "Bibliothek Wasserturm Außenstelle", 20),
        ("Jobcenter Mitte", "Jobcenter Mitte U25", 20),
        ("Haus der Familie", "Haus der Familien", 60),
        ("Bibliothek Wasserturm", "Bibliothek Wasserturm", 150),
        ("Jobcenter Mitte", "Jobcenter Mitte Sickingenstraße", 150),
        ("Jugendclub", "Jugendclub", 60),
    ],
)
def test_a_doubt_is_kept_and_named(a, b, metres):
    rows = table(place(a), place(b, metres))
    found = merge_duplicates(rows)
    assert len(found.kept) == 2 and not found.merged and not found.renamed
    assert isinstance(found.doubts[0], Doubt)
    assert set(found.doubts[0].names) == {a, b} and found.doubts[0].metres == metres
    assert a in str(found.doubts[0]) and "p1" in str(found.doubts[0])


@pytest.mark.parametrize(
    ("a", "b", "metres"),
    [
        ("Bibliothek Nord", "Stadtbibliothek", 40),
        ("Jobcenter Mitte", "Jobcenter Pankow", 10),
        ("Jobcenter Lichtenberg", "Jobcenter Lichtenrade", 400),
        ("Bürgeramt 1", "Bürgeramt 2", 30),
        ("", "Bibliothek Nord", 0),
        ("", "", 0),
        ("Bibliothek", "Bibliothek", 200),
    ],
)
def test_two_places_are_two(a, b, metres):
    assert judged(place(a), place(b, metres)) == "two"


def test_the_same_name_at_two_addresses_is_a_doubt():
    a = place("Kiezladen Sonne", address="Sonnenallee 154, 12059")
    assert judged(a, place("Kiezladen Sonne", 40, address="Sonnenallee 152, 12059")) == "doubt"
    assert judged(a, place("Kiezladen Sonne", 40, address="Sonnenallee 150-156")) == "merged"
    assert judged(a, place("Kiezladen Sonne", 40)) == "merged"


def test_one_address_and_a_word_of_its_own_in_common_is_a_doubt():
    house = {"address": "Demminer Straße 28"}
    a = place("Jugendbereich im Olof-Palme-Zentrum", **house)
    assert judged(a, place("Nachbarschaftstreff im Olof-Palme-Zentrum", 12, **house)) == "doubt"
    # The street's name is no name of its own.
    street = {"address": "Halemweg 18"}
    a = place("Stadtteilbibliothek Halemweg", **street)
    assert judged(a, place("Bürgeramt Halemweg", 11, "town_hall", **street)) == "two"


def test_one_house_under_two_kinds_is_a_doubt_but_a_jobcenter_is_one():
    a = place("Treffpunkt Linde", kind="library")
    assert judged(a, place("Treffpunkt Linde", 5, kind="community_centre")) == "doubt"
    found = merge_duplicates(
        table(
            place("Jobcenter Mitte", kind="employment_agency"),
            place("Jobcenter Berlin Mitte", 50, kind="advice_or_welfare_office"),
        )
    )
    assert found.kept["kind"].tolist() == ["jobcenter"]
    # Another institution, even in the same house.
    b = place("Agentur für Arbeit Mitte", 5, kind="employment_agency")
    assert judged(place("Jobcenter Mitte", kind="employment_agency"), b) == "two"


def test_a_name_between_two_places_merges_neither():
    rows = [place("Jobcenter Mitte"), place("Jobcenter", 40), place("Jobcenter Pankow", 80)]
    found = merge_duplicates(table(*[{**r, "kind": "jobcenter"} for r in rows]))
    assert len(found.kept) == 3
    assert [d.places for d in found.doubts] == [("p0", "p1"), ("p1", "p2")]


def test_a_chain_of_equal_names_is_not_drawn_together():
    found = merge_duplicates(table(*(place("Haus Linde", 90 * i) for i in range(3))))
    assert len(found.kept) == 3 and len(found.doubts) == 3


def test_rows_with_one_key_are_one_place_and_its_twin_joins_them():
    rows = table(
        place("Haus Linde", place="a"),
        place("Lindenhaus", 5, place="a", capacity=12),
        place("Haus Linde", 50, place="b", address="Lindenweg 3"),
    )
    kept, renamed, merged, doubts = merge_duplicates(rows)
    assert kept["place"].tolist() == ["a"] and renamed == {"a": "a", "b": "a"}
    assert (kept.at[0, "capacity"], kept.at[0, "address"]) == (12, "Lindenweg 3")
    assert len(merged) == 1 and doubts == ()


NAMES = st.sampled_from(
    [
        *("Jobcenter", "Jobcenter Mitte", "Job Center Berlin Mitte", "Jobcenter Pankow", ""),
        *("Kita", "Kita Sonne", "Kindertagesstätte Sonne", "Kita Sonne 2"),
        *("Haus Linde", "Haus Lynde"),
    ]
)
ROWS = st.lists(
    st.builds(
        place,
        NAMES,
        st.integers(0, 400),
        st.sampled_from(["jobcenter", "library"]),
        address=st.sampled_from(["", "Am Park 3", "Am Park 5"]),
    ),
    max_size=9,
)


@settings(deadline=None)
@given(ROWS)
def test_the_search_by_distance_finds_what_comparing_all_pairs_finds(rows):
    places = table(*rows) if rows else table(place("x")).iloc[:0]
    found = {(p.a, p.b): p for p in similar_pairs(places)}
    for a, b in itertools.combinations(range(len(places)), 2):
        pair = places.iloc[[a, b]].reset_index(drop=True)
        alone = similar_pairs(pair)
        assert [tuple(p)[2:4] for p in alone] == (
            [tuple(found[a, b])[2:4]] if (a, b) in found else []
        )
        assert not alone or places.geometry[a].distance(places.geometry[b]) <= FAR_M


@settings(deadline=None)
@given(ROWS)
def test_only_rows_that_are_all_certain_with_each_other_are_merged_and_nothing_is_lost(rows):
    places = table(*rows) if rows else table(place("x")).iloc[:0]
    found = merge_duplicates(places)
    certain = {
        (places.at[p.a, "place"], places.at[p.b, "place"]): p.certain for p in similar_pairs(places)
    }
    home = {p: found.renamed.get(p, p) for p in places["place"]}
    for a, b in itertools.combinations(places["place"], 2):
        if home[a] == home[b]:
            assert certain[a, b]
        elif (a, b) in certain:
            assert tuple(sorted((home[a], home[b]))) in {d.places for d in found.doubts}
    assert sorted(found.kept["place"]) == sorted(set(home.values()))
    assert len(found.merged) == sum(list(home.values()).count(h) > 1 for h in set(home.values()))


@pytest.mark.parametrize(
    ("a", "b", "same", "differs"),
    [
        ("Müllerstr. 147, 13353", "Muellerstraße 147", True, False),
        ("Eisenhammerweg 22-24", "Eisenhammerweg 22", True, False),
        ("Schönhauser Allee 134a", "Schönhauser Allee 134 A", True, False),
        ("Obstallee 22D", "Obstallee 22F", False, True),
        ("Obstallee 22", "Obstallee 22F", False, False),
        ("Groß-Berliner Damm 73A", "Groß-Berliner Damm 75", False, True),
        ("Straße des 17. Juni 135", "Straße des 17. Juni 135, 10623", True, False),
        ("Lindenweg", "Lindenweg 3", False, False),
        ("", "Lindenweg 3", False, False),
    ],
)
def test_addresses_are_compared_by_street_and_numbers(a, b, same, differs):
    one, two = address_of(a), address_of(b)
    assert (one.same(two), two.same(one)) == (same, same)
    assert (one.differs(two), two.differs(one)) == (differs, differs)


def test_words_of_a_name_have_one_spelling():
    assert words_of("Café „Müßiggang“ e.V.") == ("cafe", "muessiggang")
    assert words_of("JobCenter") == words_of("Job-Center") == words_of("Job Center")
    assert words_of("Agentur für Arbeit") == words_of("Arbeitsagentur")
