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
    """

    allowed: Bools
    suits: Bools
    cover: csr_array
    gain: Floats
    teams: Ints
    room_limit: Ints
    min_sessions: int
    max_sessions: int


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
    """Write the model as one sparse matrix.

    Columns are x (allowed slots), n (room, type), w (room, class), z (sets), in this order.
    """
    rooms, days = problem.allowed.shape
    classes = len(problem.suits)
    types = half_day_types(problem.suits)
    kinds = int(types.max(initial=-1)) + 1
    slots = np.argwhere(problem.allowed)
    r, t = slots[:, 0], slots[:, 1]
    cover, gain = merge_sets(problem.cover, problem.gain)
    served, pairs = np.unique(cover.indices, return_inverse=True)
    at_x = 0
    at_n = len(slots)
    at_w = at_n + rooms * kinds
    at_z = at_w + len(served)
    columns = at_z + len(gain)
    rows = _Rows(columns)
    x = np.arange(at_x, at_n)
    # n[r, type] - sum of x over the half-days of the type = 0
    every_n = np.arange(rooms * kinds)
    rows.add(
        np.concatenate([every_n, r * kinds + types[t]]),
        np.concatenate([at_n + every_n, x]),
        np.concatenate([np.ones(len(every_n)), -np.ones(len(x))]),
        np.zeros(rooms * kinds),
        np.zeros(rooms * kinds),
    )
    # w[r, c] - sum of n over the types that suit c <= 0
    suits_type = np.zeros((classes, kinds), dtype=bool)
    suits_type[:, types] = problem.suits
    i, kind = np.nonzero(suits_type[served % classes])
    every_w = np.arange(len(served))
    rows.add(
        np.concatenate([every_w, i]),
        np.concatenate([at_w + every_w, at_n + (served[i] // classes) * kinds + kind]),
        np.concatenate([np.ones(len(every_w)), -np.ones(len(i))]),
        np.full(len(served), -np.inf),
        np.zeros(len(served)),
    )
    # z[j] - sum of w over the members of j <= 0
    every_z = np.arange(len(gain))
    member_of = np.repeat(every_z, np.diff(cover.indptr))
    rows.add(
        np.concatenate([every_z, member_of]),
        np.concatenate([at_z + every_z, at_w + pairs]),
        np.concatenate([np.ones(len(every_z)), -np.ones(len(pairs))]),
        np.full(len(gain), -np.inf),
        np.zeros(len(gain)),
    )
    rows.add(t, x, np.ones(len(x)), np.zeros(days), problem.teams.astype(float))
    rows.add(r, x, np.ones(len(x)), np.zeros(rooms), problem.room_limit.astype(float))
    low, high = float(problem.min_sessions), float(problem.max_sessions)
    rows.add(np.zeros(len(x), dtype=int), x, np.ones(len(x)), np.array([low]), np.array([high]))
    matrix, lower, upper = rows.matrix()
    limit = np.ones(columns)
    limit[at_n:at_w] = np.repeat(problem.room_limit, kinds)
    integer = np.zeros(columns, dtype=bool)
    integer[at_n:at_w] = True
    cost = np.concatenate([np.zeros(at_z), gain])
    return Program(cost, limit, integer, matrix, lower, upper, slots)


class _Rows:
    """Collects blocks of rows for one sparse matrix."""

    def __init__(self, columns: int) -> None:
        self._columns, self._count = columns, 0
        self._parts: list[tuple[NDArray[np.int64], NDArray[np.int64], Floats]] = []
        self._bounds: list[tuple[Floats, Floats]] = []

    def add(self, row: Ints, column: Ints, value: Floats, low: Floats, high: Floats) -> None:
        """Add ``len(low)`` rows whose numbers in `row` begin at 0."""
        self._parts.append((row + self._count, column, value))
        self._bounds.append((low, high))
        self._count += len(low)

    def matrix(self) -> tuple[csc_array, Floats, Floats]:
        """All rows, with their bounds."""
        row, column, value = (np.concatenate(p) for p in zip(*self._parts, strict=True))
        low, high = (np.concatenate(b) for b in zip(*self._bounds, strict=True))
        shape = (self._count, self._columns)
        return coo_array((value, (row, column)), shape=shape).tocsc(), low, high
