"""The case list of the Fachstelle Wohnungsnotfälle: one row a case, no person in it.

A case starts with an eviction suit that the court reports, or with a household that comes
by itself. Dates follow each other; the area is known in both vintages.
"""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from atlas.demo import plan
from atlas.demo.ground import Floats, Ints
from atlas.demo.society import Atoms

CASES = 60_000
HOUSEHOLDS = {"E": 0.52, "A": 0.13, "P": 0.11, "F": 0.16, "S": 0.08}
"""Codes of the office: Einzelperson, alleinerziehend, Paar, Familie, sonstige."""
OUTCOMES = ("1", "2", "9")
"""Codes of the office: Wohnung erhalten, Wohnung verloren, offen."""

Days = NDArray[np.datetime64]
Bools = NDArray[np.bool_]
Texts = NDArray[np.str_]

_DRAWN = 76_000
"""Drawn before those are left out that have no date in the list's time."""
_DAY = np.timedelta64(1, "D")
_NONE = np.datetime64("NaT", "D")
_FIRST = np.datetime64("2020-07-01", "D")
_DELIVERED = np.datetime64("2024-08-30", "D")
_HALF_YEARS = np.array(["2019-12-31", "2020-06-30", *plan.PERIODS], dtype="datetime64[D]")


def draw_cases(atoms: Atoms, rng: np.random.Generator) -> pd.DataFrame:
    """Draw the list, in the columns and words of the office."""
    atom, start = _where_and_when(atoms, rng)
    suit = rng.random(_DRAWN) < 0.36
    met = ~suit | (rng.random(_DRAWN) < 0.72)
    contact = np.where(suit, start + _days(rng, 3, 50), start)
    evicted = suit & (rng.random(_DRAWN) < 0.20 * np.exp(0.15 * atoms.need[atom]))
    known = rng.random(_DRAWN) > 0.004
    cases = pd.DataFrame(
        {
            "start": start,
            "ERSTKONTAKT": _until_delivery(np.where(met, contact, _NONE)),
            "RAEUMUNGSKLAGE": _until_delivery(np.where(suit, start, _NONE)),
            "ZWANGSRAEUMUNG": _until_delivery(
                np.where(evicted, start + _days(rng, 70, 190), _NONE)
            ),
            "HAUSHALT": rng.choice(list(HOUSEHOLDS), _DRAWN, p=list(HOUSEHOLDS.values())),
            "AUSGANG": _outcomes(evicted, start, rng),
            "PLR_2019": np.where(known, np.array(atoms.old)[atom], ""),
            "PLR_2022": np.where(known, np.array(atoms.new)[atom], ""),
        }
    )
    return _as_delivered(cases, rng)


def _where_and_when(atoms: Atoms, rng: np.random.Generator) -> tuple[Ints, Days]:
    """Atom and first day of every case, from half a year before the first period."""
    steps = np.arange(-1, len(plan.PERIODS))
    weight = np.array([atoms.people * np.exp(0.62 * atoms.need_at(int(s))) for s in steps])
    weight *= (1 + 0.02 * steps)[:, None] / weight.sum(axis=1, keepdims=True)
    share = (weight / weight.sum()).ravel()
    step, atom = np.divmod(rng.choice(share.size, _DRAWN, p=share), len(atoms.people))
    length = (_HALF_YEARS[step + 1] - _HALF_YEARS[step]).astype(int)
    day = 1 + (rng.random(_DRAWN) * length).astype(int)
    return atom.astype(np.int64), _HALF_YEARS[step] + day * _DAY


def _days(rng: np.random.Generator, low: int, high: int) -> NDArray[Any]:
    return rng.integers(low, high, _DRAWN) * _DAY


def _until_delivery(dates: Days) -> Days:
    """The office cannot know what happens after it wrote the list."""
    return np.where(dates <= _DELIVERED, dates, _NONE)


def _outcomes(evicted: Bools, start: Days, rng: np.random.Generator) -> Texts:
    """Who was evicted lost the home; a case begun lately is more often open."""
    years = np.clip((_HALF_YEARS[-1] - start).astype(int) / 365, 0, 2)
    undecided: Floats = 0.14 + 0.4 * np.exp(-2.2 * years)
    lost: Floats = 0.16 * (1 - undecided)
    chance = rng.random(_DRAWN)
    other = np.where(chance < undecided + lost, OUTCOMES[1], OUTCOMES[0])
    return np.where(evicted, OUTCOMES[1], np.where(chance < undecided, OUTCOMES[2], other))


def _as_delivered(cases: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Cases with a date in the list's time, ordered by their start, dates as text."""
    dates = ["ERSTKONTAKT", "RAEUMUNGSKLAGE", "ZWANGSRAEUMUNG"]
    kept = cases[(cases[dates] >= _FIRST).any(axis=1)].head(CASES)
    kept = kept.sort_values("start", kind="stable", ignore_index=True).drop(columns="start")
    for column in dates:
        kept[column] = kept[column].dt.strftime("%d.%m.%Y").fillna("")
    numbers = rng.choice(16**6, len(kept), replace=False)
    kept.insert(0, "FALLNR", [f"F{n:06X}" for n in numbers])
    return kept.assign(BEARBEITER=[f"SB{n:02d}" for n in rng.integers(1, 25, len(kept))])
