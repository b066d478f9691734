"""What each session is worth, and what could stand in its place."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from scipy.sparse import csr_array

from atlas.placement.arrays import Bools, CoverProblem, Floats, Ints, asked_for
from atlas.placement.solve import is_possible

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

    def value(self, counts: Floats, chosen: Bools) -> float:
        """What a plan whose sessions reach `counts` gains, what counts by itself included."""
        bonus = self.problem.bonus
        extra = 0.0 if bonus is None else float(bonus[chosen].sum())
        return float(self.problem.gain[counts > 0].sum()) + extra

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
    whole = gains.value(counts, chosen)
    for room, q in np.argwhere(chosen).tolist():
        others = chosen.copy()
        others[room, q] = False
        left = counts - gains.of_slot(room, q)
        base, able = gains.value(left, others), _staffed(problem, others)
        added = np.where(possible_slots(problem, others), gains.added(left), -np.inf)
        added[room, q] = -np.inf
        elsewhere = added.copy()
        elsewhere[room] = -np.inf
        other_time = np.full_like(added, -np.inf)
        moved = problem.options.half_day != problem.options.half_day[q]
        other_time[room, moved] = added[room, moved]
        result[room, q] = Worth(
            whole - base,
            _best(problem, elsewhere, base, q, able),
            _best(problem, other_time, base, q, able),
        )
    return result


def _staffed(problem: CoverProblem, others: Bools) -> Callable[[int], bool]:
    """Ask whether named teams can hold one more session in an option beside the others."""

    @cache
    def able(option: int) -> bool:
        if not problem.staff.crews:
            return True
        # Who holds a session does not depend on its room: any free one asks the question.
        extra = np.zeros((1, others.shape[1]), dtype=bool)
        extra[0, option] = True
        chosen = np.vstack([others, extra])
        return is_possible(
            replace(
                problem,
                allowed=chosen,
                hindered=np.zeros_like(chosen),
                longest=np.where(chosen, problem.options.shortest[None, :], 0),
                room_limit=np.full(len(chosen), chosen.size),
                min_sessions=int(chosen.sum()),
                day_low=np.zeros_like(problem.day_low),
                one_per_day=False,
                musts=(),
                cuts=(),
                ways=None,
            )
        )

    return able


def _best(
    problem: CoverProblem, added: Floats, base: float, now: int, able: Callable[[int], bool]
) -> Slot | None:
    """The slot that adds most; of equals one in the same half-day, then the earliest.

    One that adds nothing to the others replaces nothing.
    """
    o, left = problem.options, added.copy()
    while (most := float(left.max(initial=-np.inf))) > _NOTHING:
        equal = np.argwhere(left >= most - _NOTHING - 1e-9 * abs(most)).tolist()
        ranked = sorted(
            equal, key=lambda s: (o.half_day[s[1]] != o.half_day[now], o.half_day[s[1]], *s)
        )
        for room, option in ranked:
            if able(option):
                return Slot(room, option, base + float(added[room, option]))
        left[:, sorted({option for _, option in equal})] = -np.inf
    return None


def possible_slots(problem: CoverProblem, others: Bools) -> Bools:
    """(R, Q): slots that are free beside the other sessions, and leave nothing out that must be."""
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
    room = (others.sum(axis=1) < problem.room_limit) & (others.sum() < staff.max_sessions)
    possible = problem.allowed & free[None, :] & room[:, None]
    possible &= ~problem.hindered | clear[None, :]
    key = o.weekday if problem.one_per_day else o.half_day
    taken = np.zeros((len(others), int(key.max(initial=0)) + 1), dtype=bool)
    at = np.argwhere(others)
    taken[at[:, 0], key[at[:, 1]]] = True
    result: Bools = possible & ~taken[:, key] & _wanted(problem, others)
    return result


def _wanted(problem: CoverProblem, others: Bools) -> Bools:
    """(R, Q): slots with which every wish is kept that the other sessions leave open."""
    o = problem.options
    wanted = np.ones(others.shape, dtype=bool)
    for must in problem.musts:
        if not must.met(others):
            wanted &= asked_for([must], wanted.shape)
    missing = problem.day_low - _by(o.weekday, others.sum(axis=0), len(problem.day_low))
    if missing.max(initial=0) > 0:
        wanted &= (np.maximum(missing, 0).sum() == 1) & (missing[o.weekday] == 1)[None, :]
    return wanted


def _by(key: Ints, values: Ints, size: int) -> Ints:
    return np.bincount(key, weights=values, minlength=size).astype(np.int64)
