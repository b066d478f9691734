"""Cells written by few unknowns, and classes that move together, against trying every table."""

from itertools import product

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.optimize import linprog

from indicators.disclosure.attacker import Attacker, Puzzle
from indicators.disclosure.movement import merged, tie
from indicators.disclosure.unknowns import Unknowns, carry_limits, express

LAW = settings(max_examples=60, deadline=None, derandomize=True)
LONG = settings(LAW, max_examples=3000)
CELLS = 5
HIGHEST = 6
TABLES = np.array(list(product(range(HIGHEST + 1), repeat=CELLS)))
CHANGES = np.array(list(product(range(-2, 3), repeat=CELLS)))

FACTORS = st.sampled_from([-2, -1, -1, 0, 0, 0, 1, 1, 2])
ROWS = st.lists(st.lists(FACTORS, min_size=CELLS, max_size=CELLS), min_size=1, max_size=5)
NUMBERS = st.lists(st.integers(0, 4), min_size=CELLS, max_size=CELLS)


@st.composite
def puzzles(draw):
    """Rows of which most fit one table, with that table's cells limited from both sides.

    The last cell of a row may be off by one: then the rows may contradict each other.
    """
    matrix = np.array(draw(ROWS), dtype=np.int64)
    table = np.array(draw(NUMBERS), dtype=np.int64)
    equality = np.array(draw(st.lists(st.booleans(), min_size=len(matrix), max_size=len(matrix))))
    off = draw(st.sampled_from([0, 0, 0, 1]))
    right = matrix @ table
    right[-1] += off
    lower = np.array(draw(st.lists(st.integers(0, 1), min_size=CELLS, max_size=CELLS)))
    return sparse.csr_array(matrix), equality, right, lower


def solutions(matrix, equality, right, lower):
    """Every table within the box that fits; the box holds all that `express` may be asked for."""
    rest = TABLES @ matrix.T.toarray() - right
    fits = np.where(equality, rest == 0, rest <= 0).all(axis=1) & (lower <= TABLES).all(axis=1)
    return TABLES[fits]


def boxed(matrix, equality, right, lower):
    """The same puzzle with a row for each cell that keeps it within the box."""
    whole = sparse.csr_array(sparse.vstack([matrix, sparse.eye_array(CELLS, dtype=np.int64)]))
    whole.eliminate_zeros()
    return (
        whole,
        np.concatenate([equality, np.zeros(CELLS, dtype=np.bool_)]),
        np.concatenate([right, np.full(CELLS, HIGHEST)]),
        lower,
    )


def unknown_numbers(found: Unknowns, tables):
    """The value of every unknown in every table."""
    first = [int(np.flatnonzero(found.label == u)[0]) for u in range(len(found.low))]
    return (tables[:, first] - found.offset[first]) * found.sign[first]


def written_back(found: Unknowns, numbers):
    """The tables that values of the unknowns stand for."""
    padded = np.concatenate([numbers, np.zeros((len(numbers), 1), dtype=np.int64)], axis=1)
    return found.offset + np.where(found.label >= 0, found.sign * padded[:, found.label], 0)


def check_writing(puzzle):
    """No solution is lost, none is added, and limits hold for all of them."""
    matrix, equality, right, lower = boxed(*puzzle)
    expected = solutions(*puzzle)
    found = express(matrix, equality, right, lower)
    if found is None:
        assert not len(expected)
        return
    size = len(found.low)
    assert set(found.label.tolist()) - {-1} == set(range(size))
    assert (found.offset[found.label < 0] >= lower[found.label < 0]).all()
    numbers = unknown_numbers(found, expected)
    assert (written_back(found, numbers) == expected).all()
    rest = numbers @ found.matrix.T.toarray() - found.right
    assert np.where(found.equality, rest == 0, rest <= 0).all()
    assert ((numbers >= found.low) & (numbers <= found.high)).all()
    check_nothing_added(found, expected)
    limits = carry_limits(found)
    if limits is None:
        assert not len(expected)
        return
    low, high = limits
    assert ((numbers >= low) & (numbers <= high)).all()
    assert (low >= found.low).all() and (high <= found.high).all()
    assert np.isfinite(low).all() and np.isfinite(high).all()


def check_nothing_added(found: Unknowns, expected):
    """Every value of the unknowns that fits what is left is one of the tables."""
    box = [range(-HIGHEST, 2 * HIGHEST + 1)] * len(found.low)
    if len(box) > 3:
        return
    numbers = np.array(list(product(*box)), dtype=np.int64).reshape(-1, len(box))
    rest = numbers @ found.matrix.T.toarray() - found.right
    fits = np.where(found.equality, rest == 0, rest <= 0).all(axis=1)
    fits &= ((numbers >= found.low) & (numbers <= found.high)).all(axis=1)
    tables = written_back(found, numbers[fits])
    assert {tuple(t) for t in tables.tolist()} <= {tuple(t) for t in expected.tolist()}


@LAW
@given(puzzle=puzzles())
def test_writing_cells_by_unknowns_loses_and_adds_no_table(puzzle):
    check_writing(puzzle)


@pytest.mark.long
@LONG
@given(puzzle=puzzles())
def test_writing_cells_by_unknowns_loses_and_adds_no_table_thousands_of_times(puzzle):
    check_writing(puzzle)


def puzzle_of(rows, right, lower, at_most=()):
    equality = np.array([i not in at_most for i in range(len(rows))])
    return sparse.csr_array(np.array(rows)), equality, np.array(right), np.array(lower)


def test_two_holes_in_every_sum_leave_one_unknown():
    # A square of holes: rows add up to 5 and 7, columns to 4 and 8.
    rows = [[1, 1, 0, 0], [0, 0, 1, 1], [1, 0, 1, 0], [0, 1, 0, 1]]
    found = express(*puzzle_of(rows, [5, 7, 4, 8], [1, 1, 1, 1]))
    assert len(found.low) == 1
    assert found.matrix.shape[0] == 0
    low, high = carry_limits(found)
    ends = written_back(found, np.array([[int(low[0])], [int(high[0])]]))
    assert sorted(ends[:, 0].tolist()) == [1, 3]


@pytest.mark.parametrize(
    ("rows", "right", "lower"),
    [
        ([[1, 1], [1, 1]], [3, 4], [0, 0]),  # one sum is two numbers
        ([[1, 1], [1, -1]], [3, 2], [0, 0]),  # a half
        ([[2, 0]], [3, 0], [0, 0]),  # half of an odd number
        ([[1, 1, 0], [0, 1, 1], [1, 0, 1]], [1, 1, 1], [0, 0, 0]),  # halves around a ring
        ([[1, 0], [1, 1]], [4, 3], [0, 0]),  # below nothing
        ([[1, 1]], [1], [1, 1]),  # two who are somebody make at least two
    ],
)
def test_numbers_that_contradict_each_other_are_found_to(rows, right, lower):
    found = express(*puzzle_of(rows, right[: len(rows)], lower))
    assert found is None or carry_limits(found) is None


def test_a_sum_that_is_at_most_another_bounds_its_parts():
    found = express(*puzzle_of([[1, 1, 0], [0, 1, 1]], [4, 9], [1, 0, 0], at_most=(0,)))
    low, high = carry_limits(found)
    numbers = np.array([low, high]).astype(np.int64)
    ends = np.sort(written_back(found, numbers), axis=0)
    assert ends[:, 0].tolist() == [1, 4]
    assert ends[:, 1].tolist() == [0, 3]
    assert ends[:, 2].tolist() == [6, 9]


def check_ties(matrix, equality):
    """Cells of one class move together in every change, and all changes can be written so."""
    label, sign = tie(matrix, equality)
    moved = CHANGES @ matrix.T.toarray()
    changes = CHANGES[np.where(equality, moved == 0, moved <= 2).all(axis=1)]
    assert (changes[:, label < 0] == 0).all()
    count = int(label.max(initial=-1)) + 1
    assert set(label.tolist()) - {-1} == set(range(count))
    for number in range(count):
        members = np.flatnonzero(label == number)
        steps = changes[:, members] * sign[members]
        assert (steps == steps[:, :1]).all()
    rows = merged(matrix, label, sign)
    first = [int(np.flatnonzero(label == number)[0]) for number in range(count)]
    steps = changes[:, first] * sign[first]
    assert (steps @ rows.T.toarray() == changes @ matrix.T.toarray()).all()
    # What is left has no equation that ties one class to another or holds one fast.
    for row in np.flatnonzero(equality).tolist():
        factors = np.abs(rows.data[rows.indptr[row] : rows.indptr[row + 1]])
        assert len(factors) != 1
        assert not (len(factors) == 2 and factors[0] == factors[1])


@given(puzzle=puzzles(), cell=st.integers(0, CELLS - 1), sign=st.sampled_from([-1, 1]))
@LAW
def test_the_rows_of_a_proof_alone_prove_the_bound(puzzle, cell, sign):
    """By scipy, from the named rows and the cells' own lower ends, and nothing else."""
    matrix, equality, right, lower = boxed(*puzzle)
    attacker = Attacker(Puzzle(matrix, equality, right, lower))
    assume(attacker.feasible)
    proof = attacker.proof(cell, sign)
    cost = np.zeros(CELLS)
    cost[cell] = -sign
    rows = matrix.toarray()[proof.rows]
    equal = equality[proof.rows]
    solved = linprog(
        cost,
        A_ub=rows[~equal] if (~equal).any() else None,
        b_ub=right[proof.rows][~equal] if (~equal).any() else None,
        A_eq=rows[equal] if equal.any() else None,
        b_eq=right[proof.rows][equal] if equal.any() else None,
        bounds=[(low, None) for low in lower],
    )
    assert solved.status == 0
    assert -sign * solved.fun == pytest.approx(proof.end)


@st.composite
def rooms(draw):
    matrix = np.array(draw(ROWS), dtype=np.int64)
    sides = st.sampled_from([True, True, True, False])
    equality = draw(st.lists(sides, min_size=len(matrix), max_size=len(matrix)))
    assume(any(equality))
    return sparse.csr_array(matrix), np.array(equality)


@LAW
@given(room=rooms())
def test_cells_that_are_tied_move_together_in_every_change(room):
    check_ties(*room)


@pytest.mark.long
@LONG
@given(room=rooms())
def test_cells_that_are_tied_move_together_in_every_change_thousands_of_times(room):
    check_ties(*room)


def test_two_hidden_cells_in_every_sum_are_one_class():
    rows = [[1, 1, 0, 0, 0], [0, 0, 1, 1, 0], [1, 0, 1, 0, 0], [0, 1, 0, 1, 0], [0, 0, 0, 0, 1]]
    label, sign = tie(sparse.csr_array(np.array(rows)), np.ones(5, dtype=np.bool_))
    assert label.tolist() == [0, 0, 0, 0, -1]
    assert (sign[:4] * sign[0]).tolist() == [1, -1, -1, 1]
