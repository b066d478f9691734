"""HiGHS as the presets use it: quiet, one thread, within the limits of a watch."""

from collections.abc import Callable

import highspy

from atlas.placement.presets.watch import Watch

_TOLERANCE = 1e-9
_NEW_SOLVER: Callable[[], highspy.Highs] = highspy.Highs


def quiet_solver() -> highspy.Highs:
    """A solver that prints nothing and runs on one core, so that its way is repeatable."""
    solver = _NEW_SOLVER()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    for side in ("primal", "dual"):
        solver.setOptionValue(f"{side}_feasibility_tolerance", _TOLERANCE)
    return solver


def run_within(solver: highspy.Highs, watch: Watch) -> highspy.HighsModelStatus:
    """Run a solver no longer than the watch allows."""
    left = watch.seconds_left
    if left != float("inf"):
        # The solver's own clock goes on from one run to the next.
        solver.setOptionValue("time_limit", solver.getRunTime() + left)
    solver.run()
    return solver.getModelStatus()
