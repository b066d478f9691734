"""Real counts of Leipzig (Stadt Leipzig, dl-de/by-2.0): 63 Ortsteile, 2008 to 2022."""

import os
from pathlib import Path

import pandas as pd
import pytest

from indicators.disclosure.audit import audit
from indicators.disclosure.equations import (
    Relation,
    Rule,
    build_system,
    declared_identities,
    group_identities,
)
from indicators.disclosure.protect import primary_cells, protect
from tests.indicators.disclosure_cases import COLUMNS, aggregate, group_table, links

PUBLIC = frozenset({"residents"})
ITEMS = {
    ("bedarfsgemeinschaften", "Bedarfsgemeinschaften"): "sgb2_bg/total",
    ("bedarfsgemeinschaften", "Alleinerziehende"): "sgb2_bg/hh_single_parent",
    ("bedarfsgemeinschaften", "Personen in Bedarfsgemeinschaften"): "sgb2_persons/total",
    ("bedarfsgemeinschaften", "unter 15 Jahre"): "sgb2_persons/age_u15",
    ("bedarfsgemeinschaften", "Erwerbsfähige Leistungsberechtigte"): "sgb2_elb/total",
    ("arbeitslose-insgesamt", "Arbeitslose insgesamt"): "unemployed/total",
    ("einwohner-insgesamt", "Einwohner insgesamt"): "residents/total",
}


@pytest.fixture(scope="module")
def leipzig():
    folder = os.environ.get("SOZIALATLAS_REFERENCE")
    if not folder:
        pytest.skip("SOZIALATLAS_REFERENCE names no folder with the reference data")
    raw = pd.read_csv(Path(folder) / "leipzig" / "leipzig_ortsteile_long.csv")
    raw = raw[raw["year"].between(2008, 2022)]
    raw["item"] = [ITEMS.get(key) for key in zip(raw["topic"], raw["indicator"], strict=True)]
    raw = raw[raw["item"].notna()]
    counts = pd.DataFrame(
        {
            "area": raw["ortsteil"],
            "period": raw["year"].astype(str) + "-12-31",
            "measure": raw["item"].str.split("/").str[0],
            "group": raw["item"].str.split("/").str[1],
            "count": raw["value"].astype("float64").astype("Int64"),
            "level": "ortsteil",
            "vintage": "v1",
            "method": "delivered",
        }
    )
    hierarchies = links("ortsteil", "stadt", dict.fromkeys(counts["area"].unique(), "00"))
    return aggregate(counts, hierarchies)[COLUMNS], hierarchies


@pytest.mark.reference
def test_leipzig_is_protected_with_all_city_totals_printed(leipzig):
    counts, hierarchies = leipzig
    rule = Rule(threshold=3)
    small = counts[primary_cells(counts, rule, PUBLIC)]
    assert small.groupby(["measure", "group"]).size().to_dict() == {
        ("sgb2_persons", "age_u15"): 3,
        ("sgb2_bg", "hh_single_parent"): 12,
    }
    found, _ = group_identities(counts, group_table())
    declared = [
        Relation("part_of", "residents/total", ("sgb2_persons/total", "unemployed/total")),
        Relation("part_of", "sgb2_persons/total", ("sgb2_elb/total", "sgb2_bg/total")),
    ]
    bounds, _ = declared_identities(counts, declared)
    system = build_system(counts, hierarchies, [*found, *bounds])
    published = protect(counts, system, rule, PUBLIC)
    report = audit(published, system, rule, counts, PUBLIC)
    assert report.failures == ()
    assert report.narrowest is not None
    assert report.narrowest >= 2
    assert (published.loc[small.index, "status"] == "suppressed").all()
    assert "suppressed" not in set(published.loc[published["level"] == "stadt", "status"])
    # Few cells go along with the 15: at most two each.
    assert len(small) < report.audited <= 3 * len(small)
    assert (
        audit(published, build_system(published, hierarchies, [*found, *bounds]), rule).failures
        == ()
    )
