"""Rounding that adds up: every number becomes a multiple of a base, and every sum still holds.

Rounded one by one, parts and totals contradict each other, and the contradictions give
numbers away: 1 + 1 = 2, printed to base 3 as 0 + 0 = 3, can be nothing else. Here all cells
are rounded together (controlled rounding, Cox 1987; Salazar-González 2005) to one of their
two neighbouring multiples, multiples stay, and the distance to the true numbers is least.
Then the printed table itself is one of those that may be true, so no number that was
changed can be known exactly.
"""

from dataclasses import dataclass, replace
from typing import Literal

import highspy
import numpy as np
from scipy import sparse

from geodata.errors import DisclosureError, Problem, UserError
from indicators.disclosure.cells import BoolArray, FloatArray, IntArray
from indicators.disclosure.conflict import smallest_conflict
from indicators.disclosure.equations import Component, System, split
from indicators.disclosure.keys import uniform
from indicators.disclosure.programs import INFEASIBLE, OPTIMAL, in_whole_numbers, solver_of
from indicators.disclosure.reading import UNBOUNDED, Limits
from indicators.programs import linear_program

BASES = (3, 5, 10)
_STEPS = 2
"""How many multiples beyond its neighbours a cell may go where nothing else adds up."""
_FAR = 4.0
"""How much dearer a step beyond the neighbouring multiples is."""

Ended = Literal["optimal", "limit"]
_GAP = 0.01
"""How far the distance may be from the least one, as a share: the last steps take longest."""
_WORK = 200_000
"""Limit of the search for whole numbers: nodes times cells, counted and so deterministic."""
_FEWEST = 20
"""Nodes that are looked at in any case."""
_HAS_SOLUTION = 2


@dataclass(frozen=True)
class Rounding:
    """A rounded table.

    Parameters
    ----------
    printed
        Shape (cells,): multiples of `base`; the true number where it is printed exactly, and
        0 where there is none.
    base
        The base.
    steps
        Shape (cells,): how many multiples beyond the two neighbours were allowed; 0 wherever
        that is possible.
    distance
        Sum of the differences between printed and true numbers.
    ended
        Whether the distance is proven to be within one per cent of the least, given `steps`
        and, with a key, what was drawn.
    """

    printed: IntArray
    base: int
    steps: IntArray
    distance: int
    ended: Ended


@dataclass(frozen=True)
class _Job:
    """What is rounded; arrays have one entry per cell of the system.

    ``pull`` is the cost of going up instead of down. ``system`` holds only rows that the
    printed numbers must fulfil.
    """

    system: System
    value: IntArray
    base: int
    exact: BoolArray
    blank: BoolArray
    pull: FloatArray

    @property
    def down(self) -> IntArray:
        """The multiple below each number, or the number where it is printed as it is."""
        return np.where(self.exact, self.value, self.value - self.value % self.base)

    @property
    def free(self) -> BoolArray:
        """The numbers that are no multiples: each goes down or up."""
        free: BoolArray = ~self.exact & (self.value % self.base != 0)
        return free


def refuse_base(base: int) -> None:
    """Raise if a base is not offered.

    Raises
    ------
    DisclosureError
        It is not one of `BASES`.
    """
    if base not in BASES:
        allowed = ", ".join(map(str, BASES))
        raise UserError(
            "Auf diese Zahl wird nicht gerundet.", [Problem("Rundung", f"Basis {base}", allowed)]
        )


def controlled_rounding(
    system: System,
    value: IntArray,
    base: int,
    exact: BoolArray | None = None,
    blank: BoolArray | None = None,
    key: bytes | None = None,
) -> Rounding:
    """Round all cells together, so that every sum and every "at most" holds as printed.

    True zeros stay zero. Where no such rounding to the neighbouring multiples exists, which
    happens from three dimensions on or with a second hierarchy, the cells bound together may
    go one multiple further, then two, at a price.

    Parameters
    ----------
    system
        The equations.
    value
        Shape (cells,): true numbers, not negative; anything where `blank`.
    base
        3, 5 or 10.
    exact
        Cells that are printed as they are, for example what is public anyway.
    blank
        Cells without a number; sums over them need not hold, the other parts are at most it.
    key
        None: least distance to the true numbers. Otherwise each number is drawn up or down
        with this secret key, so that it is right on average as far as the sums allow, and
        nobody can tell more from the rule of least distance.

    Raises
    ------
    DisclosureError
        The numbers contradict the equations; or exact cells make sums impossible: the rows
        in conflict are named, none of which could be left out.
    """
    refuse_base(base)
    none = np.zeros(len(value), dtype=np.bool_)
    empty = none if blank is None else blank
    kept = none if exact is None else exact & ~empty
    true = np.where(empty, 0, value).astype(np.int64)
    job = _Job(_known_rows(system, empty), true, base, kept, empty, _pulls(true, base, system, key))
    _refuse_contradictions(job)
    _refuse_remainders(job)
    return _round(job)


def limits_of(rounding: Rounding, exact: BoolArray, blank: BoolArray) -> Limits:
    """What the printed multiples say of the true numbers to a reader who knows the method.

    A multiple m of b is a number from m - b + 1 to m + b - 1, at least 1 where m is above 0
    since zeros stay zero; wider where further multiples were allowed.
    """
    reach = rounding.base * (rounding.steps + 1) - 1
    printed = rounding.printed
    lower = np.maximum(printed - reach, np.where(printed > 0, 1, 0))
    lower = np.where(exact, printed, np.where(blank, 0, lower))
    upper = np.where(exact, printed, np.where(blank, UNBOUNDED, printed + reach))
    return Limits(lower.astype(np.int64), upper.astype(np.int64))


def _pulls(value: IntArray, base: int, system: System, key: bytes | None) -> FloatArray:
    """The cost of rounding up: by distance, or drawn so that up has the odds of the rest."""
    rest = (value % base).astype(np.float64)
    if key is None:
        return base - 2.0 * rest
    return base * uniform(key, "round", system.cells) - rest


def _known_rows(system: System, blank: BoolArray) -> System:
    """The rows without blank cells: a sum over a blank part is a limit, a blank total nothing."""
    if not blank.any():
        return system
    columns = blank.astype(np.int64)
    parts = np.asarray((system.matrix > 0).astype(np.int64) @ columns) > 0
    total = np.asarray((system.matrix < 0).astype(np.int64) @ columns) > 0
    rows = np.flatnonzero(~total)
    shown = sparse.csr_array(
        system.matrix[rows] @ sparse.diags_array((~blank).astype(np.int64), dtype=np.int64)
    )
    shown.eliminate_zeros()
    return replace(system, matrix=shown, equality=(system.equality & ~parts)[rows])


def _refuse_contradictions(job: _Job) -> None:
    balance = np.asarray(job.system.matrix @ job.value)
    wrong = np.flatnonzero((balance > 0) | (job.system.equality & (balance != 0)))
    if len(wrong):
        raise DisclosureError(
            f"{len(wrong)} Summen stimmen nicht mit ihren Teilen überein.",
            [
                Problem(job.system.reason(int(r)), f"Teile minus Summe = {balance[r]}", "0")
                for r in wrong[:50]
            ],
        )


def _refuse_remainders(job: _Job) -> None:
    """Raise where exact numbers leave a remainder that no multiples can make up for."""
    matrix = job.system.matrix
    rest = np.asarray(matrix @ np.where(job.exact, job.value, 0)) % job.base
    wrong = np.flatnonzero(job.system.equality & (rest != 0))
    if len(wrong):
        raise DisclosureError(
            "Gerundete und genaue Zahlen lassen sich nicht zusammen veröffentlichen.",
            [
                Problem(
                    job.system.reason(int(r)),
                    f"die genauen Zahlen darin lassen einen Rest, der kein Vielfaches von "
                    f"{job.base} ist",
                    "alle Zahlen dieser Summe runden, oder alle genau lassen",
                )
                for r in wrong[:50]
            ],
        )


def _round(job: _Job) -> Rounding:
    """Round part after part; where a part has no solution, all that sums tie to it gives way."""
    printed = job.down + job.base * (job.free & (job.pull <= 0))
    steps = np.zeros(len(printed), dtype=np.int64)
    optimal, failed = True, np.zeros(len(printed), dtype=np.bool_)
    for part in split(job.system, job.free):
        if not len(part.rows):
            continue
        found = _solve(job, part, 0)
        optimal &= found.proven
        if found.printed is None:
            failed[part.cells] = True
        else:
            printed[part.cells] = found.printed
    for part in split(job.system, ~job.exact & (job.value > 0)) if failed.any() else ():
        if failed[part.cells].any():
            found, step = _stretch(job, part)
            optimal &= found.proven
            printed[part.cells], steps[part.cells] = found.printed, step
    distance = int(np.abs(printed - job.value).sum())
    return Rounding(printed, job.base, steps, distance, "optimal" if optimal else "limit")


def _stretch(job: _Job, part: Component) -> tuple["_Found", int]:
    """Round a part with as few steps beyond the neighbouring multiples as will do."""
    found = _Found(None, proven=True)
    for step in range(1, _STEPS + 1):
        found = _solve(job, part, step)
        if found.printed is not None:
            return found, step
    if not found.proven:
        raise DisclosureError(
            "Innerhalb der Suchgrenze wurde keine Rundung gefunden, die aufgeht.",
            [Problem(job.system.name(int(part.cells[0])), f"{len(part.cells)} Zellen hängen "
             "durch Summen zusammen", "weniger Gruppen, oder Sperrung statt Rundung")],
        )  # fmt: skip
    rows = smallest_conflict(part.rows, lambda some: _can_round(job, part, some))
    raise DisclosureError(
        "Diese Summen lassen sich nicht zugleich runden. Lässt man eine davon fort, geht es.",
        [
            Problem(
                job.system.reason(row),
                "mit den genauen Zahlen darin nicht zu erfüllen",
                "weitere Zahlen runden statt genau lassen, oder eine der Summen fortlassen",
            )
            for row in rows.tolist()
        ],
    )


@dataclass(frozen=True)
class _Found:
    """Printed numbers of a part, or None; `proven`: the least distance, or that none exist."""

    printed: IntArray | None
    proven: bool


def _can_round(job: _Job, part: Component, rows: IntArray) -> bool:
    """Whether some rows alone leave a solution; what the limit leaves open counts as one."""
    found = _solve(job, Component(part.cells, rows), _STEPS)
    return found.printed is not None or not found.proven


def _solve(job: _Job, part: Component, step: int) -> _Found:
    """The closest printed numbers of a part, at most `step` multiples beyond the neighbours."""
    cells, size = part.cells, len(part.cells)
    down, free = job.down[cells], job.free[cells]
    lowest = np.maximum(-step, -down // job.base)
    solver = solver_of(_model(job, part, lowest, free + step, step))
    solver.setOptionValue("mip_max_nodes", max(_FEWEST, _WORK // size))
    solver.setOptionValue("mip_rel_gap", _GAP)
    solver.run()
    proven = solver.getModelStatus() in (OPTIMAL, INFEASIBLE)
    if solver.getInfo().primal_solution_status != _HAS_SOLUTION:
        return _Found(None, proven)
    value = np.rint(np.asarray(solver.getSolution().col_value)).astype(np.int64)
    moves = value.reshape(-1, size).sum(axis=0)
    return _Found(down + job.base * moves, proven)


def _model(
    job: _Job, part: Component, lowest: IntArray, highest: IntArray, step: int
) -> highspy.HighsLp:
    """Whole numbers of multiples above `down`: one column to the upper neighbour, two beyond."""
    matrix = job.system.matrix[part.rows]
    right = -np.asarray(matrix @ job.down) // job.base
    equality = job.system.equality[part.rows]
    inner = matrix[:, part.cells]
    free = job.free[part.cells].astype(np.float64)
    lower, upper, cost = np.zeros(len(free)), free, job.pull[part.cells]
    if step:
        inner = sparse.hstack([inner, inner, inner], format="csr")
        zero, far = np.zeros(len(free)), np.full(len(free), _FAR * job.base)
        lower = np.concatenate([zero, zero, lowest.astype(np.float64)])
        upper = np.concatenate([free, highest - free, zero])
        cost = np.concatenate([cost, far, -far])
    ends = right.astype(np.float64)
    rows = (np.where(equality, ends, -np.inf), ends)
    model = linear_program(inner, cost, (lower, upper), rows)
    model.offset_ = float(((job.value - job.down)[part.cells]).sum())
    return in_whole_numbers(model)
