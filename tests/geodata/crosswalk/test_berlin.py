"""Berlin's change of areas in 2021: totals to the person, errors by method, and an oracle."""

import warnings

import numpy as np
import pandas as pd
import pytest

from geodata.crosswalk import by_area
from tests.geodata.crosswalk.berlin import area_trial, population_trial, sides

TOTAL = 3_769_962
pytestmark = pytest.mark.reference


@pytest.fixture(scope="module")
def both(reference):
    return sides(reference)


def test_the_same_people_were_published_on_both(both):
    assert [int(side.residents.sum()) for side in both] == [TOTAL, TOTAL]


@pytest.mark.parametrize("back", [False, True])
def test_totals_are_kept_and_the_error_of_each_method_is_known(both, back):
    source, target = both[::-1] if back else both
    area, people = area_trial(source, target), population_trial(source, target)
    assert (area.total, people.total) == (TOTAL, TOTAL)
    misplaced = {"area": (0.0515, 0.0221), "people": (0.0065, 0.0029)}
    assert area.error.misplaced == pytest.approx(misplaced["area"][back], abs=0.001)
    assert people.error.misplaced == pytest.approx(misplaced["people"][back], abs=0.001)
    assert people.error.p90 < area.error.p90


def test_areas_put_together_from_whole_ones_are_counted_ones(both):
    """Only a pair differs: 34 people at a border that both vintages draw alike."""
    wrong = area_trial(*both).error.exact_wrong
    assert {(key, ours - true) for key, ours, true in wrong} == {
        ("04501040", -34),
        ("04300623", 34),
    }


def test_tobler_divides_by_area_alike(both):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from tobler.area_weighted import area_interpolate
    old, new = both
    source = old.areas.assign(n=old.residents[old.areas["area"]].to_numpy(dtype="float64"))
    theirs = area_interpolate(source, new.areas, extensive_variables=["n"], allocate_total=True)
    want = pd.Series(theirs["n"].to_numpy(), index=new.areas["area"])
    links = by_area(old.areas, new.areas).weights
    ours = (links["weight"] * links["source"].map(old.residents)).groupby(links["target"]).sum()
    apart = (ours - want).abs()
    # They keep slivers: what differs is what lies in these, below one per cent of an area.
    assert apart.sum() / 2 / TOTAL < 0.001
    assert np.quantile(apart / want.clip(lower=1), 0.9) < 0.01
