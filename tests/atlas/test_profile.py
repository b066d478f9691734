"""The page of an area as data, against the formulas of the small city."""

from dataclasses import replace

import pandas as pd
import pytest

from atlas.edition import Edition
from atlas.findings import figure_finding
from atlas.placement.result import AreaReach
from atlas.profile import (
    AreaRef,
    areas_of,
    current_vintage,
    direction,
    figures,
    overview,
    places_near,
    profile,
    series,
    sessions_near,
)
from atlas.profile.figures import Cell, against
from atlas.profile.nearby import in_force, next_planned, reach_of, walks
from atlas.profile.rows import (
    break_texts,
    count_table,
    figure_table,
    series_table,
)
from atlas.profile.sheets import area_ref, members, parents
from atlas.profile.visits import next_text, place_table, session_table
from geodata.errors import KeyJoinError
from geodata.model import Vintage
from tests.atlas.test_week import PLAN
from tests.small_city import PERIODS, VINTAGE


def people(row, column):
    return 1000 + 100 * row + 10 * column


def need(row, column, period):
    return people(row, column) * (5 + 4 * row + period) // 100


def figure_of(found, key):
    (hit,) = (f for f in found.figures if f.sheet.key == key)
    return hit


@pytest.fixture
def field(edition):
    """Feld 5-5, the square in row 4 and column 4."""
    return profile(edition, "0444", "planungsraum", VINTAGE)


def test_a_rate_is_that_of_the_counts(field):
    figure = figure_of(field, "sgb2_quote")
    assert figure.cell.value == pytest.approx(100 * need(4, 4, 1) / people(4, 4))
    assert figure.cell.low < figure.cell.value < figure.cell.high
    assert figure.period == PERIODS[-1]


def test_a_difference_is_that_of_the_printed_numbers(field):
    figure = figure_of(field, "sgb2_quote")
    shown = round(figure.cell.value, 1) - round(figure.city.value, 1)
    assert figure.difference == pytest.approx(shown)
    assert figure.against == "above"


def test_a_change_is_that_of_the_two_rates(field):
    trend = figure_of(field, "sgb2_quote").trend
    before, now = (100 * need(4, 4, t) / people(4, 4) for t in (0, 1))
    assert trend.period_from == PERIODS[0]
    assert trend.change == pytest.approx(now - before)
    assert direction(trend) == "unchanged"


def test_an_earlier_date_looks_no_further(edition):
    found = profile(edition, "0444", "planungsraum", VINTAGE, PERIODS[0])
    assert {f.period for f in found.figures} == {PERIODS[0]}


def test_a_hidden_figure_carries_no_number_anywhere(edition):
    found = profile(edition, "0102", "planungsraum", VINTAGE)
    figure = figure_of(found, "sgb2_kinder")
    assert figure.cell.status == "suppressed"
    assert (figure.cell.value, figure.cell.low, figure.cell.high) == (None, None, None)
    assert (figure.difference, figure.against) == (None, "none")
    assert figure_table((figure,)).iloc[0]["Wert"] == "geheim"


def test_a_count_has_a_share_and_no_difference(field):
    figure = figure_of(field, "n_residents")
    assert (figure.difference, figure.against, figure.trend) == (None, "none", None)
    total = sum(people(r, c) for r in range(6) for c in range(6)) - 1000 - 1010 + 60
    assert figure.city.value == total
    share = f"{100 * people(4, 4) / total:.1f}".replace(".", ",")
    assert count_table((figure,)).iloc[0]["Anteil an der Stadt"] == f"{share}\u202f%"


def test_the_chain_of_areas_ends_with_the_city(edition):
    ref = area_ref(edition, VINTAGE, "planungsraum", "0444")
    assert [p.name for p in parents(edition, ref)] == ["Region 04", "Kleinstadt"]


def test_a_region_consists_of_its_squares(edition):
    ref = area_ref(edition, VINTAGE, "bezirksregion", "04")
    assert members(edition, ref, "planungsraum") == tuple(
        f"04{r}{c}" for r in (3, 4, 5) for c in (3, 4, 5)
    )
    assert members(edition, ref, "bezirksregion") == ("04",)


def test_an_unknown_area_is_refused_by_name(edition):
    with pytest.raises(KeyJoinError, match="9999"):
        profile(edition, "9999", "planungsraum", VINTAGE)


def test_an_uninhabited_area_says_so(edition):
    assert not profile(edition, "0100", "planungsraum", VINTAGE).inhabited


def test_rooms_inside_come_first_then_those_within_the_walk(edition):
    ref = area_ref(edition, VINTAGE, "planungsraum", "0121")
    assert places_near(edition, ref) == ()
    near = places_near(edition, ref, reach_minutes=20)
    assert [(p.place, p.inside) for p in near] == [("b1", False), ("j1", False)]
    # 1 km between the middles, straight line times 1.3, 75 m a minute.
    assert near[0].minutes == pytest.approx(1000 * 1.3 / 75)


def test_a_region_walks_from_its_nearest_square(edition):
    ref = area_ref(edition, VINTAGE, "bezirksregion", "01")
    assert walks(edition, ref)["b1"] == pytest.approx(0)
    assert {p.place for p in places_near(edition, ref) if p.inside} == {"b1", "j1", "v1"}


def test_existing_hours_of_rooms_near_by(edition):
    ref = area_ref(edition, VINTAGE, "planungsraum", "0120")
    (session,) = sessions_near(edition, places_near(edition, ref))
    assert (session.place.name, session.weekday) == ("Jobcenter Kleinstadt", 0)


@pytest.mark.parametrize(
    ("start", "end", "held"),
    [
        ("2024-01-01", "", True),
        ("", "", True),
        ("2024-07-01", "", False),
        ("", "2024-06-29", False),
        ("2024-06-30", "2024-06-30", True),
    ],
)
def test_hours_are_held_between_their_days_inclusive(start, end, held):
    table = pd.DataFrame({"valid_from": [start], "valid_to": [end]}, dtype="str")
    assert len(in_force(table, "2024-06-30")) == held


def test_a_series_has_every_date_and_no_break(edition):
    ref = area_ref(edition, VINTAGE, "planungsraum", "0444")
    line = series(edition, ref, "sgb2_quote")
    assert [p.period for p in line.points] == list(PERIODS)
    assert line.breaks == ()
    assert line.drawable
    assert list(series_table(line).index) == ["30.06.2024", "31.12.2023"]


def two_vintages(edition, area, name=None, moved=0.0):
    """The edition, its first date under older boundaries.

    One old area may have another name, or an outline that lies `moved` metres further east.
    """
    old = Vintage("2019", "Stand 2019", None, "2023-12-31")
    manifest = replace(edition.manifest, vintages=(old, *edition.manifest.vintages))
    made = Edition(edition.path, manifest)
    values = edition.table("values").copy()
    values.loc[values["period"] == PERIODS[0], "vintage"] = "2019"
    made._tables["values"] = values
    before = edition.areas.assign(vintage="2019")
    if name is not None:
        before.loc[before["area"] == area, "name"] = name
    hit = before["area"] == area
    before.loc[hit, "geometry"] = before.loc[hit, "geometry"].translate(moved)
    made.__dict__["areas"] = pd.concat([before, edition.areas], ignore_index=True)
    return made


def test_new_boundaries_break_the_series_of_an_area_that_was_redrawn(edition):
    made = two_vintages(edition, "0444", moved=10)
    line = series(made, area_ref(made, VINTAGE, "planungsraum", "0444"), "sgb2_quote")
    assert [(p.vintage, p.segment) for p in line.points] == [("2019", 0), (VINTAGE, 1)]
    (sentence,) = break_texts(line)
    assert (
        "Zwischen 31.12.2023 und 30.06.2024 wurden die Grenzen dieses Gebiets geändert" in sentence
    )


@pytest.mark.parametrize("moved", [0.0, 0.3])
def test_an_area_that_kept_its_outline_keeps_its_line(edition, moved):
    # squares of 1 km: 30 cm to the side is 0.06 % of the area, a redrawn copy of the same
    made = two_vintages(edition, "0444", moved=moved)
    line = series(made, area_ref(made, VINTAGE, "planungsraum", "0444"), "sgb2_quote")
    assert [(p.vintage, p.segment) for p in line.points] == [("2019", 0), (VINTAGE, 0)]
    assert line.breaks == ()


@pytest.mark.parametrize(("moved", "same"), [(0.0, True), (10.0, False)])
def test_a_change_is_broken_only_where_the_area_was_redrawn(edition, moved, same):
    made = two_vintages(edition, "0444", moved=moved)
    trends = edition.table("trends").copy()
    reason = "Die Gebiete wurden neu zugeschnitten (Stand 2019, dann 2022)."
    blank = {"change": float("nan"), "break": reason, "status": "not_applicable"}
    made._tables["trends"] = trends.assign(**blank)
    (figure,) = figures(made, area_ref(made, VINTAGE, "planungsraum", "0444"), only="sgb2_quote")
    assert figure.trend.same_area == same
    assert ("neu zugeschnitten" in figure_finding(figure)) != same
    assert direction(figure.trend) == "none"


def test_a_key_with_another_name_is_another_area(edition):
    made = two_vintages(edition, "0444", "Altes Feld")
    line = series(made, area_ref(made, VINTAGE, "planungsraum", "0444"), "sgb2_quote")
    assert [p.period for p in line.points] == [PERIODS[1]]
    (sentence,) = break_texts(line)
    assert "Die Reihe beginnt am 30.06.2024 neu" in sentence


def test_the_whole_city_stays_itself_under_new_boundaries(edition):
    made = two_vintages(edition, "0444")
    line = series(made, area_ref(made, VINTAGE, "stadt", "00"), "sgb2_quote")
    assert line.breaks == ()


def test_rooms_are_not_looked_for_under_old_boundaries(edition):
    made = two_vintages(edition, "0444")
    assert current_vintage(made) == VINTAGE
    assert places_near(made, area_ref(made, "2019", "planungsraum", "0122")) == ()


@pytest.mark.parametrize("language", ["de", "en"])
def test_every_cell_of_every_table_is_words(edition, language):
    for ref in areas_of(edition, VINTAGE, "planungsraum"):
        found = profile(edition, ref.area, ref.level, VINTAGE, language=language)
        tables = [
            figure_table(found.figures, language),
            count_table(found.figures, language),
            place_table(found.places, language),
            session_table(edition, found.sessions, language),
        ]
        for table in tables:
            assert not {"nan", "None", ""} & {str(c) for c in table.to_numpy().ravel()}


def test_the_overview_counts_what_is_hidden(edition):
    found = overview(edition)
    hidden = (edition.table("counts")["status"] == "suppressed").sum()
    assert sum(h.hidden for h in found.hidden) == hidden
    assert isinstance(found.city, AreaRef)
    assert found.figures == figures(edition, found.city)


def test_the_overview_names_the_highest_areas_in_order(edition):
    (highest, *_) = overview(edition).highest
    assert highest.sheet.key == "sgb2_quote"
    values = [a.figure.cell.value for a in highest.areas]
    assert values == sorted(values, reverse=True)
    assert all(a.figure.cell.low > a.figure.city.value for a in highest.areas)


def reach(area, minutes, place="b1"):
    """A row of a plan: the nearest place with an hour, and the way to it."""
    return AreaReach(
        area=area, group="alle", need=10.0, low=10.0, high=10.0, status="published",
        minutes_before=None, minutes_after=minutes, level_before=None, level_after=None,
        next_place=place, next_minutes=minutes,
    )  # fmt: skip


def test_near_by_goes_as_far_as_the_plan_does():
    assert reach_of(()) == 15
    assert reach_of((PLAN,)) == 25


@pytest.mark.parametrize(
    ("level", "area", "sentence"),
    [
        (
            "planungsraum",
            "0121",
            "Nächste geplante Sprechstunde: Bibliothek Mitte, Montag 9.00–12.00 Uhr, "
            "23 Minuten zu Fuß.",
        ),
        (
            "planungsraum",
            "0120",
            "Nächste Sprechstunde nach dem Plan: Jobcenter Kleinstadt, Montag 9.00–12.00 Uhr, "
            "1 Minute zu Fuß (besteht schon).",
        ),
        (
            "bezirksregion",
            "04",
            "Nächste geplante Sprechstunde: Bibliothek Mitte, Montag 9.00–12.00 Uhr, "
            "40 Minuten zu Fuß. Das ist weiter als die 25 Minuten, mit denen der Plan rechnet.",
        ),
        (
            "bezirksregion",
            "02",
            "Der Plan enthält keine Sprechstunde, die von hier zu Fuß erreichbar ist.",
        ),
    ],
)
def test_the_next_hour_of_a_plan_is_named_however_far(edition, level, area, sentence):
    rows = (reach("0121", 23.4), reach("0120", 1.0, "j1"), reach("0444", 44.0), reach("0433", 40.0))
    plan = replace(PLAN, areas=rows)
    ref = area_ref(edition, VINTAGE, level, area)
    assert next_text(next_planned(edition, plan, ref), plan) == sentence


def test_a_range_that_ends_at_the_printed_city_value_contains_it() -> None:
    """13.3 to 18.5 beside a city of 18.5 must not be called beyond chance."""
    cell = Cell(value=15.8, low=13.3, high=18.478, status="published", estimated_share=None)
    city = Cell(value=18.519, low=None, high=None, status="published", estimated_share=None)
    assert against(cell, city, 1) == "within"
    assert against(cell, city, 2) == "below"
