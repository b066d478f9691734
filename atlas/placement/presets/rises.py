"""Which place to branch on: the one whose decision has raised the bound most so far."""

import numpy as np

from atlas.placement.presets.near import Bools, Floats

_SURE, _TINY = 1e-6, 1e-3
OPENED, CLOSED = 1, 0


class Rises:
    """How much the bound rose per unit of share when a place was opened or closed.

    Known as pseudo-costs (Benichou et al. 1971). A place that was never decided is taken
    to be like the usual one.

    Parameters
    ----------
    places
        Number of places.
    least
        A rise below this is none.
    """

    def __init__(self, places: int, least: float) -> None:
        self._total, self._times = np.zeros((2, places)), np.zeros((2, places))
        self._least = least

    def note(self, place: int, side: int, share: float, rise: float) -> None:
        """Note what a decision did to a place that had this share before."""
        moved = 1.0 - share if side == OPENED else share
        self._total[side, place] += max(rise, 0.0) / max(moved, _TINY)
        self._times[side, place] += 1.0

    def question(self, share: Floats, undecided: Bools) -> int | None:
        """The place to decide next, None where none is left.

        The expected rises of both sides are multiplied, so that neither may be idle; among
        places without a fraction the one nearest to one half is taken.
        """
        places = np.flatnonzero(undecided & (share > _SURE) & (share < 1.0 - _SURE))
        if not len(places):
            rest = np.flatnonzero(undecided)
            return int(rest[np.argmin(np.abs(share[rest] - 0.5))]) if len(rest) else None
        each = self._each()[:, places]
        parts = np.stack([share[places], 1.0 - share[places]])
        score = np.maximum(each * parts, self._least).prod(axis=0)
        return int(places[np.argmax(score)])

    def _each(self) -> Floats:
        """Rise per unit, shape (2, J)."""
        times = np.maximum(self._times, 1.0)
        many = self._times.sum(axis=1, keepdims=True)
        usual = self._total.sum(axis=1, keepdims=True) / np.maximum(many, 1.0)
        each: Floats = np.where(
            self._times > 0, self._total / times, np.maximum(usual, self._least)
        )
        return each
