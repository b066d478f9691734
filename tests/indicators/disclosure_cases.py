"""Small and city-size tables for the tests of disclosure control."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

DAY = "2025-12-31"
LINK = ["hierarchy", "vintage", "child_level", "child", "parent_level", "parent"]
COLUMNS = ["area", "level", "vintage", "period", "measure", "group", "count", "status", "method"]


def table(rows: Sequence[tuple[str, str, str, int | None, str]]) -> pd.DataFrame:
    """Rows of (level, area, "measure/group", count, status) as a counts table."""
    frame = pd.DataFrame(
        [
            (area, level, "v1", DAY, *item.split("/"), count, status, "delivered")
            for level, area, item, count, status in rows
        ],
        columns=COLUMNS,
    )
    return frame.astype({"count": "Int64"})


def known(level: str, numbers: Mapping[str, int], item: str = "cases/total") -> list:
    """Published cells of one level, with the right status for zero."""
    return [
        (level, area, item, n, "zero" if n == 0 else "published") for area, n in numbers.items()
    ]


def links(
    child_level: str, parent_level: str, parent_of: Mapping[str, str], key: str = "raum"
) -> pd.DataFrame:
    rows = [(key, "v1", child_level, c, parent_level, p) for c, p in parent_of.items()]
    return pd.DataFrame(rows, columns=LINK)


def hide(counts: pd.DataFrame, cells: Sequence[tuple[str, str]]) -> pd.DataFrame:
    """Suppress the cells (area, group) by hand, as a careless publisher would."""
    chosen = pd.MultiIndex.from_frame(counts[["area", "group"]]).isin(cells)
    if chosen.sum() != len(cells):
        raise ValueError("a cell to hide is not in the table")
    return counts.assign(
        count=counts["count"].mask(chosen), status=counts["status"].mask(chosen, "suppressed")
    )


def city(
    periods: int, seed: int, shape: Sequence[int] = (96, 24, 8, 4), districts: int = 5
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """A random city like the demo: counts, hierarchies, groups. Second grouping not nested."""
    rng = np.random.default_rng(seed)
    levels = ["planungsraum", "bezirksregion", "prognoseraum", "bezirk", "stadt"]
    sizes = [*shape, 1]
    tables = [
        links(
            levels[i],
            levels[i + 1],
            {f"{i}{c:03d}": f"{i + 1}{c * sizes[i + 1] // sizes[i]:03d}" for c in range(sizes[i])},
        )
        for i in range(4)
    ]
    fine = [f"0{c:03d}" for c in range(shape[0])]
    which = (np.arange(shape[0]) * districts // shape[0] + rng.integers(0, 2, shape[0])) % districts
    tables.append(
        links(
            "planungsraum",
            "jobcenter",
            {a: f"j{w:03d}" for a, w in zip(fine, which, strict=True)},
            "jobcenter",
        )
    )
    hierarchies = pd.concat(tables, ignore_index=True)
    counts = pd.concat(
        [
            _inner(rng, fine, f"{2020 + p // 2}-{'06-30' if p % 2 else '12-31'}")
            for p in range(periods)
        ]
    )
    return aggregate(counts, hierarchies), hierarchies, group_table()


TREES = {
    "age": {
        "total": ("age_u15", "age_15_64", "age_65plus"),
        "age_u15": ("age_00_05", "age_06_14"),
        "age_15_64": ("age_15_24", "age_25_54", "age_55_64"),
        "age_15_24": ("age_15_17", "age_18_24"),
        "age_65plus": ("age_65_79", "age_80plus"),
    },
    "household": {
        "total": ("hh_single", "hh_single_parent", "hh_couple", "hh_couple_children", "hh_other")
    },
    "outcome": {"total": ("outcome_kept", "outcome_lost", "outcome_open")},
}


def group_table() -> pd.DataFrame:
    rows = [("total", "", "total", "")] + [
        (member, dimension, member, parent)
        for dimension, tree in TREES.items()
        for parent, members in tree.items()
        for member in members
    ]
    return pd.DataFrame(rows, columns=["group", "dimension", "member", "parent"])


_SHARES = {
    "residents": (
        4000,
        {
            "age_00_05": 0.06,
            "age_06_14": 0.08,
            "age_15_17": 0.03,
            "age_18_24": 0.09,
            "age_25_54": 0.42,
            "age_55_64": 0.13,
            "age_65_79": 0.13,
            "age_80plus": 0.06,
        },
    ),
    "sgb2_persons": (
        380,
        {
            "age_00_05": 0.12,
            "age_06_14": 0.17,
            "age_15_17": 0.06,
            "age_18_24": 0.1,
            "age_25_54": 0.41,
            "age_55_64": 0.13,
            "age_65_79": 0.01,
        },
    ),
    "sgb2_bg": (
        200,
        {
            "hh_single": 0.55,
            "hh_single_parent": 0.18,
            "hh_couple": 0.1,
            "hh_couple_children": 0.15,
            "hh_other": 0.02,
        },
    ),
    "grusi_alter": (30, {"age_65_79": 0.8, "age_80plus": 0.2}),
    "eingliederungshilfe": (20, {}),
    "wn_raeumungsklagen": (9, {"outcome_kept": 0.6, "outcome_lost": 0.25, "outcome_open": 0.15}),
    "wn_zwangsraeumungen": (4, {}),
    "wn_erstkontakte": (15, {"outcome_kept": 0.6, "outcome_lost": 0.25, "outcome_open": 0.15}),
}


def _inner(rng: np.random.Generator, areas: Sequence[str], period: str) -> pd.DataFrame:
    """Counts of the finest level and all groups of one period."""
    burden = rng.lognormal(-0.1, 0.5, len(areas))
    rows = []
    for measure, (mean, shares) in _SHARES.items():
        inner = {g: rng.poisson(mean * s * burden) for g, s in shares.items()}
        if not inner:
            inner = {"total": rng.poisson(mean * burden)}
        for group, numbers in _margins(inner).items():
            rows += [(a, period, measure, group, n) for a, n in zip(areas, numbers, strict=True)]
    frame = pd.DataFrame(rows, columns=["area", "period", "measure", "group", "count"])
    return frame.assign(level="planungsraum", vintage="v1", method="delivered")


def _margins(inner: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    found = dict(inner)
    for tree in TREES.values():
        for parent, members in sorted(tree.items(), key=lambda item: item[0] == "total"):
            present = [found[m] for m in members if m in found]
            if present and parent not in found:
                found[parent] = np.sum(present, axis=0)
    return found


def aggregate(counts: pd.DataFrame, hierarchies: pd.DataFrame) -> pd.DataFrame:
    """Add the levels above, level by level, and the status."""
    tables = [counts]
    for (_, level), rows in hierarchies.groupby(["hierarchy", "child_level"], sort=False):
        below = pd.concat(tables)
        below = below[below["level"] == level]
        joined = below.merge(rows, left_on="area", right_on="child")
        sums = joined.groupby(["parent", "period", "measure", "group"], sort=False)["count"].sum()
        tables.append(
            sums.reset_index()
            .rename(columns={"parent": "area"})
            .assign(level=rows["parent_level"].iloc[0], vintage="v1", method="sum")
        )
    whole = pd.concat(tables, ignore_index=True)
    whole["status"] = np.where(whole["count"] == 0, "zero", "published")
    whole["count"] = whole["count"].astype("Int64")
    return whole[COLUMNS].astype({c: "str" for c in COLUMNS if c != "count"})
