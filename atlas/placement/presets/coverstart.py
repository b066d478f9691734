r"""Where the master problem of an MCLP begins: its linear relaxation, solved by its prices.

Where a place costs an area nothing or its whole need :math:`d_i`, the best prices of
`lagrange.py` are those of

.. math::

    \max \sum_i \lambda_i - p \mu - \sum_j \nu_j \quad
    \sum_{i : j \in N_i} \lambda_i \le \mu + \nu_j \;\forall j, \quad
    0 \le \lambda_i \le d_i, \; \nu_j \ge 0 .

This has a row per place, not one per area, and is solved in a sixth of the time. Which
variables are basic in it says which are in the master problem (complementary slackness).
"""

import highspy
import numpy as np
from scipy import sparse

from atlas.placement.presets.lagrange import Choice
from atlas.placement.presets.near import Floats, Ints, Near
from atlas.placement.presets.solver import end_early, exact_solver, run_within
from atlas.placement.presets.watch import Watch

_LOW, _BASIC, _HIGH = (
    highspy.HighsBasisStatus.kLower,
    highspy.HighsBasisStatus.kBasic,
    highspy.HighsBasisStatus.kUpper,
)


def covers_or_not(near: Near) -> bool:
    """Whether places cost areas nothing, and none a need above 0."""
    return bool(not near.cost.any() and np.isfinite(near.rest).all() and (near.rest > 0).all())


def cover_basis(
    near: Near, choice: Choice, scale: float, watch: Watch
) -> highspy.HighsBasis | None:
    """The optimal basis of the master problem with one cut per area, in the order of areas.

    Parameters
    ----------
    near
        Lists of undecided places only, with `covers_or_not`.
    choice
        How many of them are chosen.
    scale
        By what needs are divided.

    Returns
    -------
    HighsBasis or None
        None where the limits ended it first.
    """
    free = np.flatnonzero(~(choice.opened | choice.closed))
    solver = exact_solver()
    solver.setOptionValue("presolve", "off")
    solver.setOptionValue("simplex_scale_strategy", 0)
    end_early(solver, watch)
    solver.passModel(_prices(near, free, choice.left, scale))
    watch.spend()
    if run_within(solver, watch) != highspy.HighsModelStatus.kOptimal:
        return None
    return _other_side(solver.getBasis(), len(near.rest))


def _prices(near: Near, free: Ints, left: int, scale: float) -> highspy.HighsLp:
    r"""Columns: the price of every area, :math:`\mu`, and :math:`\nu_j` of every place."""
    places, areas = len(free), len(near.rest)
    row = np.full(near.places, -1)
    row[free] = np.arange(places)
    entries = (np.ones(len(near.place)), (row[near.place], near.owner))
    covers = sparse.csc_array(entries, shape=(places, areas))
    matrix = sparse.hstack([covers, -np.ones((places, 1)), -sparse.eye_array(places)], format="csc")
    lp = highspy.HighsLp()
    lp.num_row_, lp.num_col_ = matrix.shape
    infinite: Floats = np.full(places, np.inf)
    lp.col_cost_ = np.concatenate([-np.ones(areas), [float(left)], np.ones(places)])
    lp.col_lower_ = np.concatenate([np.zeros(areas), [-np.inf], np.zeros(places)])
    lp.col_upper_ = np.concatenate([near.rest / scale, [np.inf], infinite])
    lp.row_lower_, lp.row_upper_ = -infinite, np.zeros(places)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_ = matrix.indptr, matrix.indices
    lp.a_matrix_.value_ = matrix.data
    return lp


def _other_side(prices: highspy.HighsBasis, areas: int) -> highspy.HighsBasis:
    r"""The basis of the master problem from that of the prices.

    A price between its ends: the cut holds with equality. At its high end: the area costs
    something. A place whose row and whose :math:`\nu_j` are not basic is chosen in part.
    """
    columns, rows = list(prices.col_status), list(prices.row_status)
    price, mu, nu = columns[:areas], columns[areas], columns[areas + 1 :]
    found = highspy.HighsBasis()
    found.col_status = [
        _LOW if row == _BASIC else _HIGH if more == _BASIC else _BASIC
        for row, more in zip(rows, nu, strict=True)
    ] + [_BASIC if p == _HIGH else _LOW for p in price]
    found.row_status = [_LOW if mu == _BASIC else _BASIC] + [
        _BASIC if p == _LOW else _LOW for p in price
    ]
    found.valid = True
    return found
