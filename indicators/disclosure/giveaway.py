"""Which equations give a hidden number away, in words."""

from collections.abc import Iterable, Mapping

import numpy as np

from indicators.disclosure.cells import BoolArray
from indicators.disclosure.equations import System

_SHOWN = 8
"""How many equations are named; proofs are rarely longer."""


def given_away(
    system: System,
    known: BoolArray,
    rows: Iterable[int],
    names: Mapping[str, str],
    *,
    whole: bool = False,
) -> str:
    """Say what proves a bound.

    Parameters
    ----------
    known
        Shape (cells,): cells whose number stands there.
    rows
        Rows of the system that together prove it; repeats count once.
    whole
        Whether it also takes that counts are whole numbers.
    """
    once = list(dict.fromkeys(rows))
    parts = [_in_words(system, known, row, names) for row in once[:_SHOWN]]
    if len(once) > _SHOWN:
        more = len(once) - _SHOWN
        parts.append("noch eine Summe" if more == 1 else f"{more} weitere Summen")
    if whole:
        parts.append("und dadurch, dass nur ganze Zahlen möglich sind")
    return f"verraten durch {'; '.join(parts)}" if parts else ""


def _in_words(system: System, known: BoolArray, row: int, names: Mapping[str, str]) -> str:
    here = slice(*system.matrix.indptr[row : row + 2])
    less = " abzüglich der veröffentlichten Zahlen darin"
    parts = system.matrix.indices[here][system.matrix.data[here] > 0]
    return system.reason(row, names) + (less if np.any(known[parts]) else "")
