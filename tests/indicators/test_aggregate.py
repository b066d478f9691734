"""Sums of areas keep their status."""

import pandas as pd
import pytest

from indicators.aggregate import complete, lift_counts
from indicators.tables import COUNT_KEYS

LINKS = pd.DataFrame(
    [("raum", "neu", "raum", c, "stadt", "00") for c in "ABC"],
    columns=["hierarchy", "vintage", "child_level", "child", "parent_level", "parent"],
)


def _counts(cells):
    rows = [(a, "raum", "neu", "2024", "m", "total", n, s) for a, n, s in cells]
    table = pd.DataFrame(rows, columns=[*COUNT_KEYS, "count", "status"])
    return table.astype({"count": "Int64"})


@pytest.mark.parametrize(
    ("cells", "count", "status"),
    [
        ([("A", 1, "published"), ("B", 2, "published"), ("C", 0, "zero")], 3, "published"),
        ([("A", 0, "zero"), ("B", 0, "zero"), ("C", 0, "zero")], 0, "zero"),
        ([("A", 1, "published"), ("B", None, "missing"), ("C", 2, "published")], 3, "estimated"),
        (
            [("A", 1, "published"), ("B", None, "suppressed"), ("C", 2, "published")],
            None,
            "suppressed",
        ),
        ([("A", None, "missing"), ("B", None, "missing")], None, "missing"),
        (
            [("A", 1, "published"), ("B", None, "not_applicable"), ("C", 2, "published")],
            3,
            "published",
        ),
    ],
)
def test_a_sum_says_what_its_parts_allow(cells, count, status):
    city = lift_counts(_counts(cells), LINKS).query("level == 'stadt'").iloc[0]
    assert city["status"] == status
    assert (None if pd.isna(city["count"]) else city["count"]) == count


def test_areas_left_out_are_missing_and_where_nobody_lives_not_applicable():
    areas = pd.DataFrame(
        {"vintage": "neu", "level": "raum", "area": list("ABC"), "inhabited": [True, True, False]}
    )
    full = complete(_counts([("A", 1, "published")]), areas, COUNT_KEYS, "count")
    assert dict(zip(full["area"], full["status"], strict=True)) == {
        "A": "published", "B": "missing", "C": "not_applicable",
    }  # fmt: skip
