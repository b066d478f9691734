r"""The weekly plan as an integer program: gradual covering over rooms and half-days.

Sets: rooms :math:`r`; options :math:`q`, a half-day :math:`t(q)` with a kind of session
:math:`s(q)`; classes :math:`c` of options that serve a target group at least so well; and sets
:math:`j` of (room, class) pairs, one of which must be served for the gain :math:`v_j`.

.. math::

    \max        \quad & \sum_j v_j z_j + \sum_{r,q} b_{rq} x_{rq} \\
    \text{s.t.} \quad
      & z_j \le \sum_{(r,c) \in S_j} w_{rc}          && \text{reached by one of these rooms} \\
      & w_{rc} \le \sum_{q \text{ serves } c} x_{rq} && \text{a session that suits} \\
      & \sum_{r,\, t(q) = t} m_q x_{rq} \le m_t      && \text{teams free in the half-day} \\
      & \sum_{(r,q) \in H,\, t(q) = t} m_q x_{rq} \le m'_t && \text{of these, all half-day long} \\
      & N_{min} \le \sum_{r,q} x_{rq} \le N          && \text{sessions in the week} \\
      & \sum_{r,q} m_q \ell_q x_{rq} \le L           && \text{minutes of staff in the week} \\
      & a_d \le \sum_{r,\, d(q) = d} x_{rq} \le A_d  && \text{sessions on a weekday} \\
      & \sum_q x_{rq} \le n_r                        && \text{sessions a room may hold} \\
      & \sum_{t(q) = t} x_{rq} \le 1                 && \text{one at a time in a room} \\
      & \sum_{(r,q) \in M} x_{rq} \ge 1              && \text{what must be} \\
      & x_{rq} \in \{0,1\},\ x_{rq} = 0 \text{ outside the room's windows} \\
      & 0 \le w, z \le 1

Where do the :math:`S_j` come from? Somebody of group :math:`g` in area :math:`i` who is served
in room :math:`r` by a session of kind :math:`s` counts with :math:`f_k \beta_{rg} \alpha_{sg}`:
the weight of the level of reach, how well the kind of place suits the group, and how well the
kind of session does. Let :math:`\theta_1 > \theta_2 > \dots` be the different values of this
product, then each gives a set of the pairs that attain it, with the gain :math:`d_{ig}
(\theta_k - \theta_{k+1})`. With one kind of session and no table of places these are the levels
of reach, :math:`d_{ig} (f_k - f_{k+1})`. A region that shall not go without gives the set of rooms
within reach of it, with the price of missing it. What presence that stays reaches already is a
constant and left out, so that objective, bound and gap speak of what is gained anew. Identical
sets are merged.

A team whose existing session of another half-day reaches into half-day :math:`t` is free
for the sessions that begin after it, or end before it. :math:`H` are the slots whose time
meets such a session; they need one of the :math:`m'_t` teams that have none.

Options that serve the same classes with the same kind of session are interchangeable in the
objective. (Existing sessions that may stay are options of their own, as long as they are now.)
Solving for single :math:`x_{rq}` would search through all their permutations.
Therefore the program counts sessions per room and type of option :math:`\tau` in whole numbers,
:math:`n_{r\tau} = \sum_{q \in \tau} x_{rq}`. With one kind of session, one team in each and teams
that are only counted, :math:`x` stays continuous: for whole :math:`n` the rows on :math:`x` are a
transportation problem, whose vertices are whole.

Named teams: alike ones are a crew :math:`\kappa` with :math:`v_{\kappa t s}` sessions,
:math:`\sum_r m_q x_{rq} \le \sum_\kappa v_{\kappa t s}`, within the crew's half-days, hours of the
day and of the week. Which team it is, and its ways from room to room, is found afterwards; what
no week of the teams can hold comes back as a cut, :math:`\sum_{k} [n_{r_k \tau_k} \ge \ell_k] \le
K - 1`. Ways come first: the day of a team is a path from stop to stop (a room in a half-day, or an
existing session), and the sessions of day :math:`d` must be covered by as many paths as teams are
at work, :math:`\sum_{r,\, d(q) = d} m_q x_{rq} - \sum_{u, v \in d} p_{uv} \le m_d`, with no more
ways :math:`p` from a stop, and to it, than teams there, :math:`\sum_v p_{uv} \le \sum_{q \in u} m_q
x_q` and likewise :math:`\sum_u p_{uv}`; there is a way where the time between both is enough.

Capacity: where people come (:math:`p_u` of unit :math:`u` in a week) and a session sees only so
many in an hour (:math:`\rho_\tau`), a unit is not reached but flows, :math:`y_{ur\tau} \le
n_{r\tau}`, :math:`\sum y_{ur\tau} \le 1`, :math:`\sum_u p_u y_{ur\tau} \le \rho_\tau
h_{r\tau}`, with hours :math:`h` between the shortest and longest session times :math:`n`, paid
from the staff's.

Robust need (Bertsimas and Sim 2004): at most :math:`\Gamma` units have their lowest need. The
objective loses :math:`\Gamma \lambda + \sum_u \mu_u` with :math:`\lambda + \mu_u \ge` the
deviation of what is gained from :math:`u`, and :math:`\lambda, \mu \ge 0`.
"""

import numpy as np
from scipy.sparse import csr_array

from atlas.placement.arrays import CoverProblem, Floats, Ints
from atlas.placement.blocks import Columns, Layout, Program, Rows, program_of
from atlas.placement.extras import (
    crew_columns,
    cut_columns,
    flow_columns,
    robust_columns,
    way_columns,
)


def merge_sets(cover: csr_array, gain: Floats) -> tuple[csr_array, Floats, Ints]:
    """Merge identical sets, adding their gains; sets without members or gain are dropped.

    Returns
    -------
    cover, gain, label
        ``label`` (J,) is the number of the set each was merged into, -1 where dropped.
    """
    useful = (np.diff(cover.indptr) > 0) & (gain > 0)
    rows = csr_array(cover[useful])
    rows.sort_indices()
    first: dict[bytes, int] = {}
    keys = [rows.indices[a:b].tobytes() for a, b in zip(rows.indptr, rows.indptr[1:], strict=False)]
    label = np.array([first.setdefault(k, len(first)) for k in keys], dtype=int)
    merged = np.zeros(len(first))
    np.add.at(merged, label, gain[useful])
    _, index = np.unique(label, return_index=True)
    labels = np.full(len(gain), -1, dtype=np.int64)
    labels[useful] = label
    return csr_array(rows[index]), merged, labels


def build_program(problem: CoverProblem) -> Program:
    """Write the model as one sparse matrix."""
    cover, gain, label = merge_sets(problem.cover, problem.gain)
    columns, rows = Columns(), Rows()
    at = _main_columns(problem, cover, gain, columns)
    _count_rows(at, rows)
    _served_rows(at, rows)
    _reached_rows(at, cover, rows)
    _staff_rows(at, rows)
    _room_rows(at, rows)
    _must_rows(at, rows)
    crew_columns(at, columns, rows)
    flows = flow_columns(at, columns, rows)
    robust_columns(at, label, flows, columns, rows)
    cut_columns(at, columns, rows)
    way_columns(at, columns, rows)
    # A program without any column has no status that could be read.
    columns.add(1, upper=0.0)
    slots = np.column_stack([at.room, at.option])
    return program_of(columns, rows, slots, None if flows is None else flows.hours)


def whole_slots(problem: CoverProblem) -> bool:
    """Whether single slots must be whole numbers in the program, see the module's text."""
    options = problem.options
    return bool(
        len(np.unique(options.kind)) > 1
        or options.several
        or (options.staff > 1).any()
        or problem.one_per_day
        or problem.staff.crews
        or problem.ways is not None
    )


def _main_columns(
    problem: CoverProblem, cover: csr_array, gain: Floats, columns: Columns
) -> Layout:
    room, option = (part.astype(np.int64) for part in np.nonzero(problem.allowed))
    types = problem.types
    bonus = 0.0 if problem.bonus is None else problem.bonus[room, option]
    x = columns.add(len(room), cost=bonus, whole=whole_slots(problem))
    rooms = len(problem.allowed)
    n = np.full((rooms, int(types.max(initial=-1)) + 1), -1, dtype=np.int64)
    counted = np.zeros(n.shape, dtype=np.int64)
    np.add.at(counted, (room, types[option]), 1)
    n[counted > 0] = columns.add(
        int((counted > 0).sum()),
        upper=np.minimum(counted, problem.room_limit[:, None])[counted > 0].astype(float),
        whole=True,
    )
    served = np.unique(cover.indices).astype(np.int64)
    w = np.full(rooms * len(problem.suits), -1, dtype=np.int64)
    w[served] = columns.add(len(served))
    z = columns.add(cover.shape[0], cost=gain)
    return Layout(problem, types, room, option, x, n, w, z)


def _count_rows(at: Layout, rows: Rows) -> None:
    """n[r, type] is the number of sessions in the options of the type."""
    index = np.full(at.n.shape, -1, dtype=np.int64)
    used = at.n >= 0
    index[used] = np.arange(used.sum())
    row = index[at.room, at.types[at.option]]
    count = int(used.sum())
    rows.add(count, [(np.arange(count), at.n[used], 1.0), (row, at.x, -1.0)], low=0.0, high=0.0)


def _served_rows(at: Layout, rows: Rows) -> None:
    """w[r, c] needs a session of a type that serves the class."""
    served = np.flatnonzero(at.w >= 0)
    classes = len(at.problem.suits)
    serves = np.zeros((classes, at.n.shape[1]), dtype=bool)
    serves[:, at.types] = at.problem.suits
    row, kind = np.nonzero(serves[served % classes])
    sessions = at.n[served[row] // classes, kind]
    there = sessions >= 0
    rows.add(
        len(served),
        [(np.arange(len(served)), at.w[served], 1.0), (row[there], sessions[there], -1.0)],
        high=0.0,
    )


def _reached_rows(at: Layout, cover: csr_array, rows: Rows) -> None:
    """z[j] needs one of its pairs."""
    row = np.repeat(np.arange(cover.shape[0]), np.diff(cover.indptr))
    pairs = [(np.arange(len(at.z)), at.z, 1.0), (row, at.w[cover.indices], -1.0)]
    rows.add(len(at.z), pairs, high=0.0)


def _staff_rows(at: Layout, rows: Rows) -> None:
    """Teams by half-day, sessions by weekday, sessions and hours of the week."""
    problem, staff, o = at.problem, at.problem.staff, at.problem.options
    binds = o.staff[at.option].astype(float)
    half_day, weekday = o.half_day[at.option], o.weekday[at.option]
    days = len(staff.teams)
    met = np.flatnonzero(problem.hindered[at.room, at.option])
    rows.add(days, [(half_day[met], at.x[met], binds[met])], high=staff.clear.astype(float))
    rows.add(days, [(half_day, at.x, binds)], high=staff.teams.astype(float))
    if (problem.day_low > 0).any() or (staff.day_high < staff.max_sessions).any():
        low, high = problem.day_low.astype(float), staff.day_high.astype(float)
        rows.add(len(low), [(weekday, at.x, 1.0)], low=low, high=high)
    all_x = np.zeros(len(at.x), dtype=np.int64)
    least, most = float(problem.min_sessions), float(staff.max_sessions)
    rows.add(1, [(all_x, at.x, 1.0)], low=least, high=most)
    if problem.flows is None:
        minutes = binds * o.shortest[at.option].astype(float)
        rows.add(1, [(all_x, at.x, minutes)], high=float(staff.max_minutes))


def _room_rows(at: Layout, rows: Rows) -> None:
    """Sessions of a room: in the week, at one time, on one day."""
    problem, o = at.problem, at.problem.options
    rooms = len(problem.allowed)
    rows.add(rooms, [(at.room, at.x, 1.0)], high=problem.room_limit.astype(float))
    if o.several:
        _one_of(at, o.half_day, rows)
    if problem.one_per_day:
        _one_of(at, o.weekday, rows)


def _one_of(at: Layout, key: Ints, rows: Rows) -> None:
    """At most one session in a room among the options with the same key."""
    width = int(key.max(initial=0)) + 1
    _, row = np.unique(at.room * width + key[at.option], return_inverse=True)
    rows.add(int(row.max(initial=-1)) + 1, [(row, at.x, 1.0)], high=1.0)


def _must_rows(at: Layout, rows: Rows) -> None:
    number = np.full(at.problem.allowed.shape, -1, dtype=np.int64)
    number[at.room, at.option] = at.x
    for must in at.problem.musts:
        slots = number[must.slots[:, 0], must.slots[:, 1]]
        slots = slots[slots >= 0]
        rows.add(1, [(np.zeros(len(slots), dtype=np.int64), slots, 1.0)], low=1.0)
