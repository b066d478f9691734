"""Need is what an edition publishes: exact, as an interval, or honestly missing."""

import numpy as np
import pandas as pd
import pytest

from atlas.placement.demand import need_of
from atlas.placement.scenario import TargetGroup, Term
from geodata.errors import PlacementError

FINE = "planungsraum"


def group(*terms: Term) -> tuple[TargetGroup, ...]:
    return (TargetGroup("g", "Menschen", terms),)


def needed(city, scenario):
    areas = city.table("areas")
    keys = areas.loc[(areas["level"] == FINE) & areas["inhabited"], "area"].reset_index(drop=True)
    need = need_of(city, scenario, keys, "2022")
    return need.table.set_index("area"), need.sources


def published(city, measure, member):
    t = city.table("counts")
    t = t[(t["level"] == FINE) & (t["period"] == "2024-06-30")]
    return t[(t["measure"] == measure) & (t["group"] == member)].set_index("area")


def test_a_published_count_is_taken_as_it_is_at_the_reporting_date(city, changed):
    table, sources = needed(city, changed(groups=group(Term(measure="sgb2_persons"))))
    counts = published(city, "sgb2_persons", "total")["count"]
    assert table["need"].to_dict() == counts.drop("0100").astype(float).to_dict()
    assert (table["low"] == table["need"]).all() and (table["high"] == table["need"]).all()
    assert set(table["status"]) == {"published"}
    assert "30.06.2024" in sources[0]


def test_a_suppressed_count_is_the_middle_of_what_any_reader_can_infer(city, changed):
    table, _ = needed(city, changed(groups=group(Term(measure="sgb2_persons/age_u15"))))
    cell = published(city, "sgb2_persons", "age_u15").loc["0102"]
    assert pd.isna(cell["count"])
    row = table.loc["0102"]
    assert (row["low"], row["high"]) == (cell["bound_low"], cell["bound_high"])
    assert row["need"] == (cell["bound_low"] + cell["bound_high"]) / 2
    assert row["status"] == "estimated"


def test_a_share_times_residents_is_an_estimate(city, changed):
    term = Term(share="sgb2_quote", of="residents")
    table, _ = needed(city, changed(groups=group(term)))
    persons = published(city, "sgb2_persons", "total")["count"].astype(float)
    rates = city.table("values")
    shown = rates[
        (rates["indicator"] == "sgb2_quote")
        & (rates["level"] == FINE)
        & (rates["period"] == "2024-06-30")
        & rates["value"].notna()
    ]["area"]
    assert len(shown) > 30
    for area in shown:
        assert table.loc[area, "need"] == pytest.approx(persons[area])
        assert table.loc[area, "status"] == "estimated"


def test_an_area_without_a_share_is_missing_and_never_zero(city, changed):
    term = Term(share="sgb2_quote", of="residents")
    table, _ = needed(city, changed(groups=group(term)))
    # 60 residents are too few for a rate.
    assert np.isnan(table.loc["0101", "need"])
    assert table.loc["0101", "status"] == "missing"


def test_terms_are_added_up(city, changed):
    both = group(Term(measure="sgb2_persons"), Term(measure="residents"))
    table, _ = needed(city, changed(groups=both))
    persons, people = (
        published(city, m, "total")["count"].astype(float) for m in ("sgb2_persons", "residents")
    )
    for area in table.index:
        assert table.loc[area, "need"] == persons[area] + people[area]


def test_everything_the_edition_does_not_have_is_listed_at_once(city, changed):
    wrong = group(Term(measure="unemployed"), Term(share="mss_s1", of="residents/age_80plus"))
    with pytest.raises(PlacementError) as error:
        needed(city, changed(groups=wrong))
    text = str(error.value)
    assert all(word in text for word in ("'unemployed'", "'mss_s1'", "'residents/age_80plus'"))
    allowed = "residents, residents/age_u15, sgb2_persons, sgb2_persons/age_u15"
    assert f"Erlaubt: {allowed}" in text


def test_a_number_per_head_is_no_share(city, changed):
    with pytest.raises(PlacementError, match="in Prozent"):
        needed(city, changed(groups=group(Term(share="n_residents", of="residents"))))
