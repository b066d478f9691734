"""The system holds every sum a reader can make, and no sum that is not true."""

import numpy as np
import pandas as pd
import pytest

from geodata.errors import DisclosureError, KeyJoinError
from indicators.disclosure.equations import (
    Relation,
    build_system,
    declared_identities,
    group_identities,
    split,
)
from tests.indicators.disclosure_cases import DAY, city, group_table, known, links, table


def reasons(system, names=None):
    return {system.reason(row, names or {}) for row in range(len(system.equality))}


def test_every_row_of_a_city_holds_for_its_true_numbers():
    counts, hierarchies, groups = city(periods=2, seed=3)
    relations, _ = group_identities(counts, groups)
    system = build_system(counts, hierarchies, relations)
    balance = system.matrix @ counts["count"].to_numpy(dtype=np.int64)
    assert (balance[system.equality] == 0).all()
    assert (balance <= 0).all()
    # Independent count: one row per area above the finest, slice and hierarchy ...
    slices = len(counts.drop_duplicates(["period", "measure", "group"]))
    parents = len(hierarchies.drop_duplicates(["hierarchy", "parent"]))
    # ... and one per area, period and total with members.
    areas = len(counts.drop_duplicates(["level", "area"]))
    sums = sum(len(r.periods) for r in relations if r.relation == "sum")
    bounds = sum(len(r.periods) * len(r.parts) for r in relations if r.relation == "part_of")
    together = sum(len(r.periods) for r in relations if r.relation == "sum_at_most")
    assert len(system.equality) == slices * parents + areas * (sums + bounds + together)


def test_an_absent_level_is_bridged():
    # Counts for Ortsteile and the city alone: the city is still the sum of all Ortsteile.
    counts = table(known("ortsteil", {"a": 1, "b": 2, "c": 4}) + known("stadt", {"00": 7}))
    hierarchy = pd.concat(
        [
            links("ortsteil", "bezirk", {"a": "B1", "b": "B1", "c": "B2"}),
            links("bezirk", "stadt", {"B1": "00", "B2": "00"}),
        ]
    )
    assert reasons(build_system(counts, hierarchy, [])) == {
        "Summe Stadt 00 aus 3 × Ortsteil (cases)"
    }


def test_an_absent_area_leaves_an_upper_bound():
    counts = table(known("ortsteil", {"a": 1, "b": 2}) + known("stadt", {"00": 7}))
    system = build_system(counts, links("ortsteil", "stadt", dict.fromkeys("abc", "00")), [])
    assert system.equality.tolist() == [False]
    assert system.reason(0) == "Obergrenze durch die Summe Stadt 00 aus 2 × Ortsteil (cases)"


def test_a_delivered_total_above_a_sum_with_gaps_is_an_upper_bound_only():
    # B1 was summed without its missing part; the city's 20 was delivered and holds it.
    counts = table(
        [
            *known("ortsteil", {"a": 4, "c": 9}),
            ("ortsteil", "b", "cases/total", None, "missing"),
            *known("bezirk", {"B1": 4, "B2": 9}),
            *known("stadt", {"00": 20}),
        ]
    )
    counts.loc[counts["level"] == "bezirk", "method"] = "sum"
    hierarchy = pd.concat(
        [
            links("ortsteil", "bezirk", {"a": "B1", "b": "B1", "c": "B2"}),
            links("bezirk", "stadt", {"B1": "00", "B2": "00"}),
        ]
    )
    assert reasons(build_system(counts, hierarchy, [])) == {
        "Summe Bezirk B1 aus 1 × Ortsteil (cases)",
        "Summe Bezirk B2 aus 1 × Ortsteil (cases)",
        "Obergrenze durch die Summe Stadt 00 aus 2 × Bezirk (cases)",
    }


def test_reasons_are_in_words_and_take_german_names():
    rows = [("ortsteil", "01", f"cases/{g}", 5, "published") for g in ("total", "g1", "g2")]
    system = build_system(
        table(rows),
        links("ortsteil", "stadt", {}),
        [
            Relation("sum", "cases/total", ("cases/g1", "cases/g2")),
            Relation("part_of", "cases/total", ("cases/g1",)),
        ],
    )
    names = {"ortsteil/01": "Plaußig", "cases": "Fälle", "g1": "unter 15", "g2": "ab 15"}
    assert reasons(system, names) == {
        "Summe Fälle aus Fälle (unter 15), Fälle (ab 15) (Ortsteil Plaußig)",
        "Fälle (unter 15) höchstens Fälle (Ortsteil Plaußig)",
    }


def test_a_relation_counts_in_its_periods_alone():
    first = table(known("ortsteil", {"01": 5}) + known("ortsteil", {"01": 5}, "cases/g1"))
    both = pd.concat([first, first.assign(period="2024-12-31")], ignore_index=True)
    relation = Relation("part_of", "cases/total", ("cases/g1",), (DAY,))
    system = build_system(both, links("ortsteil", "stadt", {}), [relation])
    assert len(system.equality) == 1
    assert set(system.cells.iloc[system.matrix.indices]["period"]) == {DAY}


def test_a_cell_that_stands_twice_is_refused():
    counts = table(known("ortsteil", {"a": 1}) + known("ortsteil", {"a": 2}))
    with pytest.raises(KeyJoinError) as error:
        build_system(counts, links("ortsteil", "stadt", {}), [])
    assert "v1 / ortsteil / a" in str(error.value)


def test_a_relation_of_unknown_kind_is_refused():
    counts = table(known("ortsteil", {"a": 1}))
    with pytest.raises(DisclosureError, match="equals"):
        build_system(counts, links("a", "b", {}), [Relation("equals", "cases/total", ())])


def persons(**numbers: tuple[int, ...]) -> pd.DataFrame:
    """Numbers of sgb2_persons by group for the areas 01, 02, …"""
    rows = []
    for group, values in numbers.items():
        areas = {f"{i:02d}": v for i, v in enumerate(values, 1)}
        rows += known("ortsteil", areas, f"sgb2_persons/{group}")
    return table(rows)


def test_members_that_add_up_in_every_row_are_a_sum():
    counts = persons(total=(9, 5), age_u15=(3, 1), age_15_64=(5, 4), age_65plus=(1, 0))
    relations, checks = group_identities(counts, group_table())
    parts = ("sgb2_persons/age_u15", "sgb2_persons/age_15_64", "sgb2_persons/age_65plus")
    assert relations == (Relation("sum", "sgb2_persons/total", parts, (DAY,)),)
    assert [(c.rows, c.fulfilled) for c in checks] == [(2, 2)]


def test_one_row_that_does_not_add_up_leaves_bounds_and_is_reported():
    counts = persons(total=(9, 6), age_u15=(3, 1), age_15_64=(5, 4), age_65plus=(1, 0))
    relations, checks = group_identities(counts, group_table())
    assert [r.relation for r in relations] == ["sum_at_most"]
    assert "erfüllt in 1 von 2 Zeilen, nur „zusammen höchstens“ wird benutzt" in checks[0].text
    assert "am 31.12.2025" in checks[0].text


def test_overlapping_members_leave_each_at_most_the_total():
    counts = persons(total=(9, 5), age_u15=(8, 1), age_15_64=(7, 4))
    relations, _ = group_identities(counts, group_table())
    assert [r.relation for r in relations] == ["part_of"]


def test_a_single_member_is_a_part_of_its_total():
    relations, checks = group_identities(persons(total=(9, 5), age_u15=(8, 1)), group_table())
    assert relations == (
        Relation("part_of", "sgb2_persons/total", ("sgb2_persons/age_u15",), (DAY,), rest=True),
    )
    assert checks[0].text.endswith(
        "erfüllt in 0 von 2 Zeilen, nur „jeder Teil höchstens“ wird benutzt."
    )


def test_members_larger_than_their_total_are_no_relation_at_all():
    counts = persons(total=(9, 5), age_u15=(10, 1))
    relations, checks = group_identities(counts, group_table())
    assert relations == ()
    assert checks[0].text.endswith("wird nicht benutzt.")


def test_an_absent_member_is_replaced_by_its_own_members():
    counts = persons(
        total=(9, 5),
        age_00_05=(1, 1),
        age_06_14=(2, 0),
        age_15_17=(1, 1),
        age_18_24=(2, 0),
        age_25_54=(2, 3),
        age_55_64=(1, 0),
        age_65plus=(0, 0),
    )
    relations, _ = group_identities(counts, group_table())
    groups = [p.split("/")[1] for p in relations[0].parts]
    assert groups == [
        "age_00_05",
        "age_06_14",
        "age_15_17",
        "age_18_24",
        "age_25_54",
        "age_55_64",
        "age_65plus",
    ]
    assert [r.relation for r in relations] == ["sum"]


def test_a_declared_identity_is_used_only_where_the_source_fulfils_it():
    good = table(
        known("ortsteil", {"01": 9, "02": 5}, "sgb2_persons/total")
        + known("ortsteil", {"01": 6, "02": 5}, "sgb2_elb/total")
        + known("ortsteil", {"01": 3, "02": 0}, "sgb2_nef/total")
    )
    bad = good.assign(period="2024-12-31")
    bad.loc[bad["measure"].eq("sgb2_nef") & bad["area"].eq("02"), "count"] = 7
    declared = Relation("sum", "sgb2_persons/total", ("sgb2_elb/total", "sgb2_nef/total"))
    relations, checks = declared_identities(pd.concat([bad, good], ignore_index=True), [declared])
    assert relations == (Relation("sum", declared.total, declared.parts, (DAY,)),)
    assert [(c.period, c.fulfilled, c.used) for c in checks] == [
        ("2024-12-31", 1, ""),
        (DAY, 2, "sum"),
    ]


def test_a_row_with_a_missing_number_is_not_held_against_an_identity():
    counts = persons(total=(9, 5), age_u15=(3, 1), age_15_64=(6, 4))
    counts.loc[3, ["count", "status"]] = [pd.NA, "missing"]
    relations, checks = group_identities(counts, group_table())
    assert [r.relation for r in relations] == ["sum"]
    assert checks[0].rows == 1


def test_parts_that_no_row_connects_are_solved_alone():
    counts, hierarchies, groups = city(periods=2, seed=1, shape=(8, 4, 2, 2), districts=2)
    relations, _ = group_identities(counts, groups)
    system = build_system(counts, hierarchies, relations)
    parts = split(system, np.ones(len(counts), dtype=bool))
    cells = np.concatenate([p.cells for p in parts])
    assert sorted(cells.tolist()) == list(range(len(counts)))
    for part in parts:
        assert system.cells.iloc[part.cells]["period"].nunique() == 1
        assert system.cells.iloc[part.cells]["measure"].nunique() == 1
