"""Random tables after protection, against an attacker who tries every table that fits."""

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from indicators.disclosure.audit import audit_cells
from indicators.disclosure.plain import Wishes, knowledge_of, plain_rule, task_of_plain
from indicators.disclosure.protected import protect_by
from tests.indicators.attacks.cubes import Axis, Cube, TooManyError, all_tables, size_of

AREAS = tuple("abcd")
REGIONS = dict(zip(AREAS, ("R", "R", "Q", "Q"), strict=True))
DISTRICTS = [dict(zip(AREAS, d, strict=True)) for d in ("JKJK", "JKKJ", "JJJK", "JKLK")]
GROUPS, SEX = Axis("group", ("x", "y")), Axis("sex", ("m", "w"))


@st.composite
def cubes(draw):
    """Two or three dimensions, areas in one or two groupings, small numbers and zeros."""
    groupings = draw(
        st.one_of(
            st.just((REGIONS,)), st.sampled_from(DISTRICTS).map(lambda d: (REGIONS, d)), st.just(())
        )
    )
    axes = (Axis("area", AREAS, groupings), GROUPS)
    if draw(st.booleans()):
        axes = (Axis("area", AREAS[:3]), GROUPS, SEX)
    size = size_of(axes)
    numbers = st.sampled_from([0, 0, 1, 1, 2, 3, 4, 6])
    return Cube(axes, tuple(draw(st.lists(numbers, min_size=size, max_size=size))))


@dataclass(frozen=True)
class Played:
    """A protected table, and all tables that fit."""

    cube: Cube
    members: list[list[int]]
    value: np.ndarray
    hidden: np.ndarray
    tables: np.ndarray
    refused: tuple[str, ...]

    def nonzero(self, cell: int) -> frozenset[int]:
        """The innermost cells in a cell that are not 0, which printed zeros tell."""
        return frozenset(i for i in self.members[cell] if self.cube.inner[i])

    def numbers(self, cell: int, among: np.ndarray) -> set[int]:
        """The numbers of a cell in some of the tables."""
        return set(self.tables[among][:, self.members[cell]].sum(axis=1).tolist())


def play(cube, zeros):
    rule = plain_rule(3, zeros, insiders=True)
    plain = cube.plain
    members = cube.members(plain.cells)
    value = np.array([sum(cube.inner[i] for i in own) for own in members], dtype=np.int64)
    task = task_of_plain(plain, value, rule, Wishes())
    done = protect_by("suppress", plain.system, value, rule, task=task)
    hidden = done.status == "suppressed"
    known = knowledge_of(value, hidden, rule)
    report = audit_cells(plain.system, known, rule, value)
    printed = {i: int(value[i]) for i in np.flatnonzero(~hidden)}
    try:
        tables = all_tables(members, printed, cube.inner, rule.lowest)
    except TooManyError:
        assume(False)
    refused = tuple(f"{p.where}: {p.found}" for p in report.failures)
    return Played(cube, members, value, hidden, tables, refused)


def attack(cube, zeros):
    """What must hold of every small number, for everybody and for those who know their own."""
    played = play(cube, zeros)
    assert played.refused == ()
    assert len(played.tables), "the true table itself fits"
    everybody = np.ones(len(played.tables), dtype=bool)
    small = np.flatnonzero((played.value > 0) & (played.value < 3))
    assert played.hidden[small].all()
    for cell in small.tolist():
        found = played.numbers(cell, everybody)
        true = int(played.value[cell])
        # Printed zeros alone tell that two people in two cells are at least two.
        floor = len(played.nonzero(cell)) if zeros == "published" else 0
        top = 3 if zeros == "published" else true + 1
        wanted = set(range(max(floor, true - 1), top + 1))
        assert wanted <= found, f"cell {cell} is {true}, can be {sorted(found)}"
    alone = [c for c in small.tolist() if played.value[c] == 1]
    for me in alone:
        mine = played.tables[:, played.members[me]].sum(axis=1) == 1
        for other in small.tolist():
            if played.nonzero(other) != played.nonzero(me):
                found = played.numbers(other, mine)
                assert len(found) > 1, f"who is alone in {me} knows {other}: {found}"


LAW = settings(
    deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)  # fmt: skip
ZEROS = st.sampled_from(["published", "hidden"])


@settings(LAW, max_examples=12)
@given(cube=cubes(), zeros=ZEROS)
def test_nobody_who_tries_every_table_finds_a_small_number(cube, zeros):
    attack(cube, zeros)


@pytest.mark.long
@settings(LAW, max_examples=400)
@given(cube=cubes(), zeros=ZEROS)
def test_nobody_finds_a_small_number_in_400_tables(cube, zeros):
    attack(cube, zeros)
