"""Where a person counts more, held to the tables that say so."""

import tomllib
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from pydantic import TypeAdapter

from atlas.edition import Edition
from atlas.placement.priority import factors
from atlas.placement.scenario import Priority
from atlas.placement.situation import current_vintage
from geodata.errors import PlacementError
from tests.handbook import PAGES, blocks

FINE = "planungsraum"
HIGH = Priority("hohe Quote", 2.0, indicator="sgb2_quote", at_least=20.0)


def fine_areas(edition) -> pd.Series:
    table = edition.table("areas")
    here = (table["level"] == FINE) & (table["vintage"] == current_vintage(edition))
    return table.loc[here & table["inhabited"], "area"].sort_values(ignore_index=True)


def with_table(city: Edition, **tables) -> SimpleNamespace:
    """The city with some of its tables exchanged."""
    return SimpleNamespace(
        manifest=city.manifest,
        catalogue=city.catalogue,
        table=lambda name: tables.get(name, city.table(name)),
    )


def look(city, scenario, *priorities):
    areas = fine_areas(city)
    found = factors(city, replace(scenario, priorities=priorities), areas, current_vintage(city))
    assert found.by_area.shape == (len(areas), len(scenario.groups))
    return pd.DataFrame(
        found.by_area, index=areas, columns=[g.key for g in scenario.groups]
    ), found.notes


def index_rows(**classes: str) -> pd.DataFrame:
    rows = [
        {"area": a.removeprefix("a"), "index": "mss_status", "class": c or None,
         "status": "published" if c else "not_applicable"}
        for a, c in classes.items()
    ]  # fmt: skip
    return pd.DataFrame(rows).assign(level=FINE, vintage="2022", period="2024-06-30")


def test_without_priorities_everybody_counts_once_and_nothing_is_said(city, scenario):
    table, notes = look(city, scenario)
    assert (table == 1.0).all(axis=None) and notes == ()


def test_a_rate_at_or_above_the_bound_lifts_an_area(city, scenario):
    table, (note,) = look(city, scenario, HIGH)
    values = city.table("values")
    values = values[(values["indicator"] == "sgb2_quote") & (values["level"] == FINE)]
    values = values[(values["period"] == "2024-06-30") & (values["group"] == "total")]
    rate = values.set_index("area")["value"].reindex(table.index)
    assert table["alle"].tolist() == np.where(rate >= 20.0, 2.0, 1.0).tolist()
    assert 0 < (rate >= 20.0).sum() < len(rate)
    n = (rate >= 20.0).sum()
    assert f"ab 20,0\u202f%, Stand 30.06.2024): In {n} Gebieten zählt jeder Mensch 2-fach." in note
    # Field 1-2 has 60 residents: too few for a rate, therefore no priority, and it is named.
    assert np.isnan(rate["0101"]) and table.loc["0101", "alle"] == 1.0
    assert note.endswith("Ohne Angabe und deshalb ohne Vorrang: Feld 1-2.")


def test_bounds_may_come_from_both_sides_and_the_bound_itself_counts(city, scenario):
    values = city.table("values")
    here = values[(values["indicator"] == "sgb2_quote") & (values["level"] == FINE)]
    bound = float(here.loc[here["period"] == "2024-06-30", "value"].quantile(0.5, "nearest"))
    at_least, _ = look(city, scenario, replace(HIGH, at_least=bound))
    at_most, _ = look(city, scenario, replace(HIGH, at_least=None, at_most=bound))
    both, (note,) = look(city, scenario, replace(HIGH, at_least=bound, at_most=bound))
    assert (both == np.minimum(at_least, at_most)).all(axis=None)
    assert both["alle"].max() == 2.0 and "bis" in note


def test_a_number_that_is_not_shown_gives_no_priority(city, scenario):
    values = city.table("values").copy()
    hit = (values["area"] == "0455") & (values["indicator"] == "sgb2_quote")
    assert look(city, scenario, HIGH)[0].loc["0455", "alle"] == 2.0
    values.loc[hit, "status"] = "suppressed"
    table, (note,) = look(with_table(city, values=values), scenario, HIGH)
    assert table.loc["0455", "alle"] == 1.0 and "Feld 6-6" in note


def test_a_later_figure_than_the_reporting_date_is_not_used(city, scenario):
    values = city.table("values")
    later = values.assign(period=values["period"].replace("2024-06-30", "2025-06-30"))
    now, then = (look(c, scenario, HIGH) for c in (city, with_table(city, values=later)))
    assert "Stand 31.12.2023" in then[1][0] and "Stand 30.06.2024" in now[1][0]


def test_classes_of_an_index_lift_their_areas_and_others_are_left_alone(city, scenario):
    index = index_rows(a0122="sehr niedrig", a0110="hoch", a0111="niedrig", a0112="")
    rule = Priority("Bedarf", 1.5, index="mss_status", classes=("niedrig", "sehr niedrig"))
    table, (note,) = look(with_table(city, index=index), scenario, rule)
    assert table.index[table["alle"] == 1.5].tolist() == ["0111", "0122"]
    assert note.startswith(
        "Vorrang „Bedarf“ (Status-Index: niedrig und sehr niedrig, Stand 30.06.2024): "
        "In 2 Gebieten zählt jeder Mensch 1,5-fach. Ohne Angabe und deshalb ohne Vorrang: "
    )
    assert "Feld 2-3" in note and "Feld 2-2" not in note


def test_areas_of_another_vintage_with_the_same_key_are_others(city, scenario):
    index = pd.concat([index_rows(a0122="hoch"), index_rows(a0110="hoch").assign(vintage="2019")])
    rule = Priority("x", 3.0, index="mss_status", classes=("hoch",))
    table, _ = look(with_table(city, index=index), scenario, rule)
    assert table.index[table["alle"] == 3.0].tolist() == ["0122"]


def test_a_negative_development_lifts_areas_and_no_statement_does_not(city, scenario):
    columns = {"level": FINE, "vintage": "2022", "indicator": "sgb2_quote", "reason": "…"}
    kinds = {"0122": "zeitverlauf", "0110": "ohne_aussage", "0111": "stadtvergleich"}
    negative = pd.DataFrame({"area": list(kinds), "kind": list(kinds.values())}).assign(**columns)
    rule = Priority("wird schlechter", 2.0, negative=True)
    table, (note,) = look(with_table(city, negative=negative), scenario, rule)
    assert table.index[table["alle"] == 2.0].tolist() == ["0111", "0122"]
    assert note.endswith("Ohne Angabe und deshalb ohne Vorrang: Feld 2-1.")
    nothing = with_table(city, negative=negative[:0])
    table, (note,) = look(nothing, scenario, rule)
    assert (table == 1.0).all(axis=None) and "In 0 Gebieten" in note and "Feld 6-6" in note


def test_priorities_multiply_and_hold_for_their_groups_only(city, scenario):
    children = Priority("Kinder", 3.0, ("kinder",), indicator="sgb2_kinder", at_least=0.0)
    table, notes = look(city, scenario, HIGH, children)
    single, _ = look(city, scenario, HIGH)
    assert (table["alle"] == single["alle"]).all()
    assert set(table["kinder"] / single["kinder"]) == {1.0, 3.0}
    assert "3-fach (nur Kinder im Leistungsbezug)" in notes[1]
    swapped, _ = look(city, scenario, children, HIGH)
    assert (swapped == table).all(axis=None)


def test_everything_the_edition_does_not_have_is_listed_at_once(city, scenario):
    index = index_rows(a0122="hoch")
    wrong = (
        Priority("a", 2.0, index="mss_dynamik", classes=("negativ",)),
        Priority("b", 2.0, index="mss_status", classes=("hoch", "riesig")),
        Priority("c", 2.0, indicator="wohnungslose", at_least=1.0),
    )
    with pytest.raises(PlacementError) as error:
        look(with_table(city, index=index), scenario, *wrong)
    a, b, c = error.value.problems
    assert ("'mss_dynamik'" in a.found, a.allowed) == (True, "mss_status")
    assert ("'riesig'" in b.found, b.allowed) == (True, "hoch, mittel, niedrig, sehr niedrig")
    assert "'wohnungslose'" in c.found and "sgb2_quote" in c.allowed
    assert c.where == "priorities, Eintrag 3 („c“)"


def test_musterstadts_areas_of_high_need_come_first(demo, scenario):
    rules = (
        Priority("hoher Bedarf", 2.0, index="bedarf", classes=("hoch",)),
        Priority("Entwicklung", 1.5, negative=True),
    )
    table, notes = look(demo, scenario, *rules)
    index = demo.table("index")
    index = index[(index["level"] == FINE) & (index["vintage"] == "2022")]
    latest = index[index["period"] == demo.manifest.reporting_date]
    high = set(latest.loc[latest["class"] == "hoch", "area"])
    worse = demo.table("negative")
    worse = worse[(worse["level"] == FINE) & (worse["kind"] != "ohne_aussage")]
    expected = [2.0 ** (a in high) * 1.5 ** (a in set(worse["area"])) for a in table.index]
    assert table["alle"].tolist() == expected
    assert high and len(worse) and len(notes) == 2
    assert "Bedarfsindex Musterstadt: hoch, Stand 30.06.2024" in notes[0]


def test_the_handbooks_example_after_the_norm_holds_in_musterstadt(demo, scenario):
    (example,) = blocks((PAGES / "szenario.md").read_text(encoding="utf-8"), "text")
    rules = [TypeAdapter(Priority).validate_python(p) for p in tomllib.loads(example)["priorities"]]
    table, notes = look(demo, scenario, *rules)
    assert set(table["alle"]) == {1.0, 1.5, 3.0}
    assert [n.split("“")[0] for n in notes] == ["Vorrang „hoher Bedarf", "Vorrang „Kinderarmut"]
