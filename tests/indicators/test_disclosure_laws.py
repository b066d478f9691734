"""Suppression and audit against an oracle that tries every whole-number table.

The oracle knows nothing of equations as matrices: it lists all tables of innermost cells
(areas by groups), adds them up in both groupings, and keeps those that agree with what is
printed. A hidden cell is at least 1, since zeros are printed.
"""

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from geodata.errors import DisclosureError
from indicators.disclosure.audit import audit
from indicators.disclosure.equations import Relation, Rule, build_system
from indicators.disclosure.protect import protect
from tests.indicators.disclosure_cases import known, links, table

RULE = Rule(threshold=3)
AREAS = ("a", "b", "c", "d")
GROUPS = ("g1", "g2")
RAUM = {"a": "R1", "b": "R1", "c": "R2", "d": "R2"}
SUM = Relation("sum", "cases/total", ("cases/g1", "cases/g2"))
LARGEST = 400_000


def members(parent_of):
    found = {"00": AREAS, **{a: (a,) for a in AREAS}}
    for grouping in (RAUM, parent_of):
        for parent in sorted(set(grouping.values())):
            found[parent] = tuple(a for a in AREAS if grouping[a] == parent)
    return found


def margins(parent_of):
    """Which innermost cells (area by group, flat) each published cell adds up."""
    inside = {}
    for area, parts in members(parent_of).items():
        for group, chosen in (("g1", (0,)), ("g2", (1,)), ("total", (0, 1))):
            inside[(area, group)] = [
                AREAS.index(p) * len(GROUPS) + g for p in parts for g in chosen
            ]
    return inside


def make(inner, parent_of):
    level = dict.fromkeys(AREAS, "planungsraum") | dict.fromkeys(RAUM.values(), "bezirksregion")
    level |= dict.fromkeys(parent_of.values(), "jobcenter") | {"00": "stadt"}
    rows = []
    for (area, group), cells in margins(parent_of).items():
        rows += known(level[area], {area: sum(inner[i] for i in cells)}, f"cases/{group}")
    hierarchies = pd.concat(
        [
            links("planungsraum", "bezirksregion", RAUM),
            links("bezirksregion", "stadt", {"R1": "00", "R2": "00"}),
            links("planungsraum", "jobcenter", parent_of, "jobcenter"),
            links("jobcenter", "stadt", dict.fromkeys(parent_of.values(), "00"), "jobcenter"),
        ]
    )
    return table(rows), hierarchies


def all_tables(inner, printed, inside):
    """Every table of innermost cells that agrees with the printed cells, one per row."""
    zero = [value == 0 for value in inner]
    caps = []
    for cell in range(len(inner)):
        above = [
            value - sum(not zero[i] for i in inside[key]) + 1
            for key, value in printed.items()
            if cell in inside[key]
        ]
        assume(above or zero[cell])
        caps.append(min(above, default=0))
    ranges = [[0] if zero[i] else range(1, caps[i] + 1) for i in range(len(inner))]
    assume(np.prod([len(r) for r in ranges]) <= LARGEST)
    tables = np.stack(np.meshgrid(*ranges, indexing="ij"), axis=-1).reshape(-1, len(inner))
    for key, value in printed.items():
        tables = tables[tables[:, inside[key]].sum(axis=1) == value]
    return tables


def printed_cells(published):
    rows = published[published["status"] != "suppressed"]
    keys = zip(rows["area"], rows["group"], strict=True)
    return dict(zip(keys, rows["count"].tolist(), strict=True))


def unsafe_by_enumeration(inner, published, inside):
    """Cells below the threshold that are printed or too narrow, and all exact intervals."""
    printed = printed_cells(published)
    tables = all_tables(inner, printed, inside)
    intervals, unsafe = {}, set()
    for key, cells in inside.items():
        true = sum(inner[i] for i in cells)
        sums = tables[:, cells].sum(axis=1)
        intervals[key] = (int(sums.min()), int(sums.max()))
        nonzero = sum(inner[i] > 0 for i in cells)
        if not 0 < true < RULE.threshold:
            continue
        down = true - 1 if nonzero <= true - 1 else true
        up = max(true + 1, RULE.threshold)
        narrow = key in printed or intervals[key][0] > down or intervals[key][1] < up
        if narrow or known_to_somebody(key, inner, printed, inside, tables):
            unsafe.add(key)
    return unsafe, intervals


def known_to_somebody(key, inner, printed, inside, tables):
    """Whether one person who knows that she alone is a hidden 1 sees that a cell cannot move."""
    sums = tables[:, inside[key]].sum(axis=1)
    true = sum(inner[i] for i in inside[key])
    filled = {i for i in inside[key] if inner[i]}
    for other, cells in inside.items():
        if other == key or other in printed or sum(inner[i] for i in cells) != 1:
            continue
        left = sums[tables[:, cells].sum(axis=1) == 1]
        # Who is all that a cell can have in it knows it, whatever else is hidden.
        all_of_it = filled <= {i for i in cells if inner[i]}
        if left.max() <= true and not all_of_it:
            return True
        if len(filled) < true == left.min():
            return True
    return False


INNER = st.lists(st.sampled_from([0, 0, 1, 1, 2, 3, 4]), min_size=8, max_size=8)
DISTRICTS = st.sampled_from(
    [
        {"a": "J1", "b": "J2", "c": "J1", "d": "J2"},
        {"a": "J1", "b": "J2", "c": "J2", "d": "J1"},
        {"a": "J1", "b": "J1", "c": "J1", "d": "J2"},
        {"a": "J1", "b": "J2", "c": "J3", "d": "J2"},
    ]
)
LAW = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)


@LAW
@given(inner=INNER, parent_of=DISTRICTS, chosen=st.sets(st.integers(0, 26), max_size=12))
def test_the_audit_agrees_with_trying_every_table(inner, parent_of, chosen):
    truth, hierarchies = make(inner, parent_of)
    inside = margins(parent_of)
    mask = truth.index.isin(chosen) & (truth["count"] > 0)
    mask |= (truth["count"] < RULE.threshold) & (truth["count"] > 0)
    mask &= truth["area"] != "00"
    published = truth.assign(
        count=truth["count"].mask(mask), status=truth["status"].mask(mask, "suppressed")
    )
    unsafe, intervals = unsafe_by_enumeration(inner, published, inside)
    system = build_system(published, hierarchies, [SUM])
    report = audit(published, system, RULE, truth)
    assert len(report.failures) == len(unsafe)
    for row in report.intervals.itertuples():
        low, high = intervals[(row.area, row.group)]
        # Real intervals contain the whole-number ones, and never by more than one here.
        assert low - 1 <= row.bound_low <= low
        assert high <= row.bound_high <= high + 1
    alone = audit(published, system, RULE)
    exact = {key for key, (low, high) in intervals.items() if (0 < high == low < RULE.threshold)}
    assert len(alone.failures) == len(exact)


@LAW
@given(inner=INNER, parent_of=DISTRICTS)
def test_what_is_protected_is_safe_against_trying_every_table(inner, parent_of):
    truth, hierarchies = make(inner, parent_of)
    inside = margins(parent_of)
    system = build_system(truth, hierarchies, [SUM])
    total = sum(inner)
    try:
        published = protect(truth, system, RULE)
    except DisclosureError:
        # Only where hiding all but zeros and the kept total would not be safe either.
        everything = (truth["count"] > 0) & ~(
            (truth["area"] == "00") & (truth["group"] == "total") & (total >= RULE.threshold)
        )
        nothing = truth.assign(status=truth["status"].mask(everything, "suppressed"))
        assert unsafe_by_enumeration(inner, nothing, inside)[0]
        return
    assume(total >= RULE.threshold or total == 0)
    assert unsafe_by_enumeration(inner, published, inside)[0] == set()
    assert audit(published, system, RULE, truth).failures == ()
    visible = published["status"] != "suppressed"
    assert (published["count"][visible] == truth["count"][visible]).all()
