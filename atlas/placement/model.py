r"""The weekly plan as an integer program: gradual covering over rooms and half-days.

Sets: rooms :math:`r`, half-days :math:`t`, classes :math:`c` of target groups that share
suitable half-days and rooms, and sets :math:`j` of (room, class) pairs, one of which must
be served for the gain :math:`v_j`.

.. math::

    \max        \quad & \sum_j v_j z_j \\
    \text{s.t.} \quad
      & z_j \le \sum_{(r,c) \in S_j} w_{rc}          && \text{reached by one of these rooms} \\
      & w_{rc} \le \sum_{t \text{ suits } c} x_{rt}  && \text{a session at a suitable time} \\
      & \sum_r x_{rt} \le m_t                        && \text{teams free in the half-day} \\
      & N_{min} \le \sum_{r,t} x_{rt} \le N          && \text{hours of staff in the week} \\
      & \sum_{r: (r,t) \in H} x_{rt} \le m'_t          && \text{of these, free all half-day long} \\
      & \sum_t x_{rt} \le n_r                        && \text{sessions a room may hold} \\
      & x_{rt} \in \{0,1\},\ x_{rt} = 0 \text{ outside the room's windows} \\
      & 0 \le w, z \le 1

Where do the :math:`S_j` come from? An area :math:`i`, group :math:`g` and level of reach
:math:`k` with minutes :math:`L_k` and weights :math:`f_1 > f_2 > \dots`, :math:`f_{K+1} = 0`
give the set of rooms within :math:`L_k` of :math:`i` with the gain
:math:`d_{ig} (f_k - f_{k+1})`; a region that shall not go without gives the set of rooms
within reach of it, with the price of missing it. What an existing session reaches already
is a constant and left out, so that objective, bound and gap speak of what is gained anew.
Identical sets are merged.

A team whose existing session of another half-day reaches into half-day :math:`t` is free
for the sessions that begin after it, or end before it. :math:`H` are the slots whose time
meets such a session; they need one of the :math:`m'_t` teams that have none.

Half-days that the same classes find suitable are interchangeable in the objective. Solving
for single :math:`x_{rt}` would search through all their permutations. Therefore the program
counts sessions per room and type of half-day :math:`\tau` in whole numbers,
:math:`n_{r\tau} = \sum_{t \in \tau} x_{rt}`, and leaves :math:`x` continuous: for whole
:math:`n` the rows on :math:`x` are a transportation problem, whose vertices are whole.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csc_array, csr_array

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class CoverProblem:
    """The data of the model, as arrays over rooms R, half-days T, classes C, sets J.

    Parameters
    ----------
    allowed
        (R, T): the room has a window in the half-day.
    suits
        (C, T): the half-day suits the class.
    cover
        (J, R * C): column ``r * C + c`` is 1 where serving class c in room r reaches set j.
    gain
        (J,): what reaching the set is worth.
    teams
        (T,): sessions that can run in the half-day.
    room_limit
        (R,): sessions that the room may hold in a week.
    min_sessions, max_sessions
        Of the week.
    hindered
        (R, T): at its time a team that reaches into the half-day is out.
    clear_teams
        (T,): how many of the teams are free all half-day long.
    """

    allowed: Bools
    suits: Bools
    cover: csr_array
    gain: Floats
    teams: Ints
    room_limit: Ints
    min_sessions: int
    max_sessions: int
    hindered: Bools
    clear_teams: Ints


@dataclass(frozen=True)
class Program:
    """A mixed-integer program: maximise ``cost @ v``, ``low <= matrix @ v <= high``."""

    cost: Floats
    upper: Floats
    integer: Bools
    matrix: csc_array
    low: Floats
    high: Floats
    slots: Ints
    """(n, 2): room and half-day of the first n columns, the x."""


def merge_sets(cover: csr_array, gain: Floats) -> tuple[csr_array, Floats]:
    """Merge identical sets, adding their gains; sets without members or gain are dropped."""
    useful = (np.diff(cover.indptr) > 0) & (gain > 0)
    rows = csr_array(cover[useful])
    rows.sort_indices()
    first: dict[bytes, int] = {}
    keys = [rows.indices[a:b].tobytes() for a, b in zip(rows.indptr, rows.indptr[1:], strict=False)]
    label = np.array([first.setdefault(k, len(first)) for k in keys], dtype=int)
    merged = np.zeros(len(first))
    np.add.at(merged, label, gain[useful])
    _, index = np.unique(label, return_index=True)
    return csr_array(rows[index]), merged


def half_day_types(suits: Bools) -> Ints:
    """Number half-days so that those which suit the same classes have the same number."""
    patterns = suits.T
    _, types = np.unique(patterns, axis=0, return_inverse=True)
    return types.reshape(-1).astype(np.int64)


def build_program(problem: CoverProblem) -> Program:
    """Write the model as one sparse matrix; the order of columns is that of `_Columns`."""
    cover, gain = merge_sets(problem.cover, problem.gain)
    at = _columns_of(problem, cover)
    blocks = [
        _count_rows(problem, at),
        _served_rows(problem, at),
        _reached_rows(cover, at),
        *_staff_rows(problem, at),
    ]
    heights = [len(block.low) for block in blocks]
    offsets = np.repeat(np.cumsum([0, *heights[:-1]]), [len(block.row) for block in blocks])
    row = np.concatenate([block.row for block in blocks]) + offsets
    column = np.concatenate([block.column for block in blocks])
    value = np.concatenate([block.value for block in blocks])
    matrix = coo_array((value, (row, column)), shape=(sum(heights), at.end)).tocsc()
    upper = np.ones(at.end)
    upper[at.n : at.w] = np.repeat(problem.room_limit, at.types)
    integer = np.zeros(at.end, dtype=bool)
    integer[at.n : at.w] = True
    return Program(
        cost=np.concatenate([np.zeros(at.z), gain]),
        upper=upper,
        integer=integer,
        matrix=matrix,
        low=np.concatenate([block.low for block in blocks]),
        high=np.concatenate([block.high for block in blocks]),
        slots=at.slots,
    )


@dataclass(frozen=True)
class _Columns:
    """Where columns begin: x (slots) at 0, n (room, type) at n, w (pairs) at w, z (sets) at z.

    ``slots`` are the room and half-day of each x, ``served`` the (room, class) columns of the
    cover that have a w, ``types`` the number of types, ``type_of`` that of each half-day.
    """

    slots: Ints
    served: Ints
    types: int
    type_of: Ints
    n: int
    w: int
    z: int
    end: int


def _columns_of(problem: CoverProblem, cover: csr_array) -> _Columns:
    type_of = half_day_types(problem.suits)
    types = int(type_of.max(initial=-1)) + 1
    slots = np.argwhere(problem.allowed)
    served = np.unique(cover.indices).astype(np.int64)
    n = len(slots)
    w = n + len(problem.allowed) * types
    z = w + len(served)
    return _Columns(slots, served, types, type_of, n, w, z, z + cover.shape[0])


@dataclass(frozen=True)
class _Block:
    """Rows of the matrix as triplets, with their bounds."""

    row: Ints
    column: Ints
    value: Floats
    low: Floats
    high: Floats


def _at_most_zero(left: Ints, row: Ints, right: Ints, low: float = -np.inf) -> _Block:
    """Row k says: column ``left[k]`` minus the sum of ``right`` in row k is at most 0."""
    return _Block(
        np.concatenate([np.arange(len(left)), row]),
        np.concatenate([left, right]),
        np.concatenate([np.ones(len(left)), -np.ones(len(right))]),
        np.full(len(left), low),
        np.zeros(len(left)),
    )


def _count_rows(problem: CoverProblem, at: _Columns) -> _Block:
    """n[r, type] is the number of sessions in the half-days of the type."""
    room, day = at.slots[:, 0], at.slots[:, 1]
    counted = room * at.types + at.type_of[day]
    every = np.arange(at.n, at.n + len(problem.allowed) * at.types)
    return _at_most_zero(every, counted, np.arange(len(at.slots)), low=0.0)


def _served_rows(problem: CoverProblem, at: _Columns) -> _Block:
    """w[r, c] needs a session of a type that suits the class."""
    classes = len(problem.suits)
    suits_type = np.zeros((classes, at.types), dtype=bool)
    suits_type[:, at.type_of] = problem.suits
    row, kind = np.nonzero(suits_type[at.served % classes])
    sessions = at.n + at.served[row] // classes * at.types + kind
    return _at_most_zero(np.arange(at.w, at.z), row, sessions)


def _reached_rows(cover: csr_array, at: _Columns) -> _Block:
    """z[j] needs one of its pairs."""
    row = np.repeat(np.arange(cover.shape[0]), np.diff(cover.indptr))
    pairs = at.w + np.searchsorted(at.served, cover.indices)
    return _at_most_zero(np.arange(at.z, at.end), row, pairs)


def _staff_rows(problem: CoverProblem, at: _Columns) -> tuple[_Block, ...]:
    """Teams by half-day, sessions by room, and hours of the week."""
    room, day = at.slots[:, 0], at.slots[:, 1]
    x, ones = np.arange(len(at.slots)), np.ones(len(at.slots))
    rooms, days = problem.allowed.shape
    low, high = float(problem.min_sessions), float(problem.max_sessions)
    met = np.flatnonzero(problem.hindered[room, day])
    return (
        _Block(day[met], met, ones[met], np.zeros(days), problem.clear_teams.astype(float)),
        _Block(day, x, ones, np.zeros(days), problem.teams.astype(float)),
        _Block(room, x, ones, np.zeros(rooms), problem.room_limit.astype(float)),
        _Block(np.zeros_like(x), x, ones, np.array([low]), np.array([high])),
    )
