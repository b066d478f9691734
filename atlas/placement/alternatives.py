"""What each session is worth, and what could stand in its place."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from atlas.placement.arrays import Bools, CoverProblem, Floats, Ints

_NOTHING = 1e-12


@dataclass(frozen=True)
class Slot:
    """A slot in place of another: room, option, and what the plan gains with it."""

    room: int
    option: int
    value: float


@dataclass(frozen=True)
class Worth:
    """What a session adds to the others, and the best slots in its place; None: there is none."""

    lost: float
    next_room: Slot | None
    next_time: Slot | None


class Gains:
    """What slots add to a plan, for all rooms and types of options at once.

    Parameters
    ----------
    problem
        Without flows and robust need, whose value is no sum over sets.
    """

    def __init__(self, problem: CoverProblem) -> None:
        self.problem = problem
        self._types = problem.types
        rooms, classes = len(problem.allowed), len(problem.suits)
        self._reach: list[csr_array] = []
        for kind in range(int(self._types.max(initial=-1)) + 1):
            serves = problem.suits[:, np.flatnonzero(self._types == kind)[0]]
            which = np.flatnonzero(np.tile(serves, rooms))
            of_room = csr_array(
                (np.ones(len(which)), (which, which // classes)), shape=(rooms * classes, rooms)
            )
            reached = csr_array(problem.cover @ of_room)
            reached.data = np.ones_like(reached.data)
            self._reach.append(reached)

    def counts(self, chosen: Bools) -> Floats:
        """(J,): how many sessions reach each set."""
        result = np.zeros(len(self.problem.gain))
        for room, q in np.argwhere(chosen).tolist():
            result += self.of_slot(room, q)
        return result

    def of_slot(self, room: int, option: int) -> Floats:
        """(J,): 1 where a session in the slot reaches the set."""
        column: Floats = self._reach[self._types[option]][:, [room]].toarray().ravel()
        return column

    def added(self, counts: Floats) -> Floats:
        """(R, Q): what a further session in each slot gains over those that reach `counts`."""
        open_gain = np.where(counts > 0, 0.0, self.problem.gain)
        by_type = np.array([open_gain @ reach for reach in self._reach])
        result: Floats = by_type[self._types].T
        if self.problem.bonus is not None:
            result = result + self.problem.bonus
        return result


def worth_of(gains: Gains, chosen: Bools) -> dict[tuple[int, int], Worth]:
    """Judge every session of a plan; the teams' ways are not asked.

    Returns
    -------
    dict
        By room and option. ``lost`` and the values are in the unit of the gain.
    """
    problem, counts = gains.problem, gains.counts(chosen)
    result = {}
    whole = _value(gains, counts, chosen)
    for room, q in np.argwhere(chosen).tolist():
        others = chosen.copy()
        others[room, q] = False
        left = counts - gains.of_slot(room, q)
        base = _value(gains, left, others)
        added = np.where(_possible(problem, others), gains.added(left), -np.inf)
        added[room, q] = -np.inf
        elsewhere = added.copy()
        elsewhere[room] = -np.inf
        other_time = np.full_like(added, -np.inf)
        moved = problem.options.half_day != problem.options.half_day[q]
        other_time[room, moved] = added[room, moved]
        result[room, q] = Worth(
            whole - base,
            _best(problem, elsewhere, base, q),
            _best(problem, other_time, base, q),
        )
    return result


def _value(gains: Gains, counts: Floats, chosen: Bools) -> float:
    bonus = gains.problem.bonus
    extra = 0.0 if bonus is None else float(bonus[chosen].sum())
    return float(gains.problem.gain[counts > 0].sum()) + extra


def _best(problem: CoverProblem, added: Floats, base: float, now: int) -> Slot | None:
    """The slot that adds most; of equals one in the same half-day, then the earliest."""
    most = float(added.max(initial=-np.inf))
    if not np.isfinite(most):
        return None
    o = problem.options
    equal = np.argwhere(added >= most - _NOTHING - 1e-9 * abs(most))
    key = [(o.half_day[q] != o.half_day[now], o.half_day[q], r) for r, q in equal.tolist()]
    room, option = equal[min(range(len(key)), key=key.__getitem__)].tolist()
    return Slot(room, option, base + most)


def _possible(problem: CoverProblem, others: Bools) -> Bools:
    """(R, Q): slots that are free beside the other sessions: room, teams, hours, weekdays."""
    o, staff = problem.options, problem.staff
    out = _by(o.half_day, (others * o.staff).sum(axis=0), len(staff.teams))
    met = _by(o.half_day, (others * problem.hindered * o.staff).sum(axis=0), len(staff.clear))
    day = _by(o.weekday, others.sum(axis=0), len(staff.day_high))
    minutes = int((others * o.staff * o.shortest).sum())
    free = (out[o.half_day] + o.staff <= staff.teams[o.half_day]) & (
        day[o.weekday] + 1 <= staff.day_high[o.weekday]
    )
    free &= minutes + o.staff * o.shortest <= staff.max_minutes
    clear = met[o.half_day] + o.staff <= staff.clear[o.half_day]
    room = others.sum(axis=1) < problem.room_limit
    possible = problem.allowed & free[None, :] & room[:, None]
    possible &= ~problem.hindered | clear[None, :]
    key = o.weekday if problem.one_per_day else o.half_day
    taken = np.zeros((len(others), int(key.max(initial=0)) + 1), dtype=bool)
    at = np.argwhere(others)
    taken[at[:, 0], key[at[:, 1]]] = True
    result: Bools = possible & ~taken[:, key]
    return result


def _by(key: Ints, values: Ints, size: int) -> Ints:
    return np.bincount(key, weights=values, minlength=size).astype(np.int64)
