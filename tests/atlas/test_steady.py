"""Estimates beside the published rates, and a city's own index, on Musterstadt."""

import numpy as np
import pytest

from atlas.profile import profile
from atlas.profile.sheets import area_ref
from atlas.profile.steady import steady_table
from indicators.status import VISIBLE

KEYS = ["area", "level", "vintage", "period", "indicator", "group"]


def test_an_estimate_stands_only_beside_a_published_rate(demo):
    """A rate that is hidden or of too few people is not told by its smoothed value."""
    values, found = demo.table("values"), demo.table("estimates")
    smoothed = found[found["method"].isin(["eb_global", "eb_local"])]
    assert set(smoothed["method"]) == {"eb_global", "eb_local"}
    joined = smoothed.merge(values[[*KEYS, "value", "status"]], on=KEYS, suffixes=("", "_own"))
    assert len(joined) == len(smoothed)
    assert joined["status_own"].isin(VISIBLE).all()
    assert set(smoothed["status"]) == {"estimated"}


def test_smoothing_moves_small_areas_more(demo):
    found = demo.table("estimates")
    own = found[(found["method"] == "eb_global") & (found["indicator"] == "sgb2_quote")]
    own = own[own["level"] == "planungsraum"].merge(demo.table("values"), on=KEYS)
    few, many = own.nsmallest(10, "denominator"), own.nlargest(10, "denominator")
    assert few["shrinkage"].mean() > many["shrinkage"].mean()
    assert own["shrinkage"].between(0, 1).all()


def test_at_equal_age_structure_the_city_comes_out_as_it_is(demo):
    """Weighted by people of each age, the parts of the whole give back the whole."""
    found = demo.table("estimates")
    own = found[(found["method"] == "age_standardised") & found["status"].isin(VISIBLE)]
    assert set(own["indicator"]) == {"grusi_alter_quote"}
    assert own["standard"].str.startswith("Musterstadt, 30.06.2024").all()
    values = demo.table("values")
    whole = values[(values["level"] == "stadt") & (values["indicator"] == "grusi_alter_quote")]
    rate = whole.loc[whole["period"] == "2024-06-30", "value"].iloc[0]
    districts = own[own["level"] == "bezirk"]["value"]
    assert districts.min() < rate < districts.max()


def test_the_citys_own_index_follows_its_rule(demo):
    """z-scores with ddof 0, children twice, standardised again, borders at -1 and 1."""
    values, index = demo.table("values"), demo.table("index")
    mine = index[(index["index"] == "bedarf") & (index["level"] == "planungsraum")]
    mine = mine[(mine["period"] == "2024-06-30") & mine["status"].isin(VISIBLE)]
    keys = ["sgb2_quote", "sgb2_kinder", "arbeitslose_15_64"]
    rows = values[values["indicator"].isin(keys) & (values["level"] == "planungsraum")]
    rows = rows[(rows["period"] == "2024-06-30") & (rows["group"] == "total")]
    wide = rows.pivot(index="area", columns="indicator", values="value").loc[mine["area"], keys]
    z = ((wide - wide.mean()) / wide.std(ddof=0)) @ np.array([1.0, 2.0, 1.0])
    score = ((z - z.mean()) / z.std(ddof=0)).to_numpy()
    assert mine["score"].to_numpy() == pytest.approx(score, abs=1e-9)
    words = np.select([score < -1, score > 1], ["gering", "hoch"], "mittel")
    assert mine["class"].tolist() == words.tolist()
    assert set(mine["basis"]) == {"counts+weights"}
    assert mine["robustness"].between(0, 1).all()
    # Eight areas at least: the four districts and the city itself have no class.
    assert set(index["level"]) == {"planungsraum", "bezirksregion", "prognoseraum"}
    far, near = mine["score"].abs() > 1.5, (mine["score"].abs() - 1).abs() < 0.1
    assert mine.loc[far, "robustness"].mean() > mine.loc[near, "robustness"].mean()


def test_the_page_shows_estimates_with_their_kind(demo):
    ref = area_ref(demo, "2022", "planungsraum", "01020103")
    table = steady_table(demo, ref, profile(demo, "01020103", "planungsraum", "2022").figures)
    assert "geglättet, Mittel aller Gebiete" in table.columns
    assert "geschätzt" not in table.columns
    assert "Anteil mit Bürgergeld" in table.index.tolist()
