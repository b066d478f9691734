"""The case list of the Fachstelle Wohnungsnotfälle: one row a case, no person in it.

A case starts with an eviction suit that the court reports, or with a household that comes
by itself. Dates follow each other; the area is known in both vintages.
"""

import numpy as np
import pandas as pd

from atlas.demo import plan
from atlas.demo.ground import Floats, Ints
from atlas.demo.society import Atoms

CASES = 60_000
HOUSEHOLDS = {"E": 0.52, "A": 0.13, "P": 0.11, "F": 0.16, "S": 0.08}
"""Codes of the office: Einzelperson, alleinerziehend, Paar, Familie, sonstige."""
OUTCOMES = ("1", "2", "9")
"""Codes of the office: Wohnung erhalten, Wohnung verloren, offen."""
_DAY = np.timedelta64(1, "D")
_NONE = np.datetime64("NaT", "D")
_FIRST = np.datetime64("2020-07-01", "D")
_LAST = np.datetime64("2024-06-30", "D")


def draw_cases(atoms: Atoms, rng: np.random.Generator) -> pd.DataFrame:
    """Draw the list, in the columns and words of the office."""
    atom, start = _where_and_when(atoms, rng)
    suit = rng.random(CASES) < 0.36
    suit_date = np.where(suit, start, _NONE)
    contact_date = np.where(
        ~suit, start, np.where(rng.random(CASES) < 0.72, start + _days(rng, 3, 50), _NONE)
    )
    risk = 0.20 * np.exp(0.15 * atoms.need[atom])
    evicted = suit & (rng.random(CASES) < risk)
    eviction_date = np.where(evicted, start + _days(rng, 70, 190), _NONE)
    outcome = _outcomes(evicted, start, rng)
    known = rng.random(CASES) > 0.004
    table = pd.DataFrame(
        {
            "FALLNR": _pseudonyms(rng),
            "ERSTKONTAKT": _dates(contact_date),
            "RAEUMUNGSKLAGE": _dates(suit_date),
            "ZWANGSRAEUMUNG": _dates(eviction_date),
            "HAUSHALT": rng.choice(list(HOUSEHOLDS), CASES, p=list(HOUSEHOLDS.values())),
            "AUSGANG": outcome,
            "PLR_2019": np.where(known, np.array(atoms.old)[atom], ""),
            "PLR_2022": np.where(known, np.array(atoms.new)[atom], ""),
            "BEARBEITER": [f"SB{n:02d}" for n in rng.integers(1, 25, CASES)],
        }
    )
    return table.iloc[np.argsort(start, kind="stable")].reset_index(drop=True)


def _where_and_when(atoms: Atoms, rng: np.random.Generator) -> tuple[Ints, np.ndarray]:
    """Atom and first day of every case; a few began before the first period."""
    steps = np.arange(len(plan.PERIODS))
    weight = np.array([atoms.people * np.exp(0.62 * atoms.need_at(int(s))) for s in steps])
    weight *= (1 + 0.02 * steps)[:, None] / weight.sum(axis=1, keepdims=True)
    share = (weight / weight.sum()).ravel()
    drawn = rng.choice(share.size, CASES, p=share)
    step, atom = np.divmod(drawn, len(atoms.people))
    ends = np.array([_FIRST - _DAY, *np.array(plan.PERIODS, dtype="datetime64[D]")])
    length = (ends[step + 1] - ends[step]).astype(int)
    day = 1 + (rng.random(CASES) * length).astype(int)
    start = ends[step] + day * _DAY
    early = rng.random(CASES) < 0.003
    return atom.astype(np.int64), np.where(early, start - 1500 * _DAY, start)


def _days(rng: np.random.Generator, low: int, high: int) -> np.ndarray:
    return rng.integers(low, high, CASES) * _DAY


def _outcomes(evicted: np.ndarray, start: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Who was evicted lost the home; a case begun lately is more often open."""
    age = np.clip((_LAST - start).astype(int) / 365, 0, 2)
    open_share: Floats = 0.06 + 0.5 * np.exp(-2.2 * age)
    lost_share = 0.16 * (1 - open_share)
    chance = rng.random(CASES)
    kept, lost, undecided = OUTCOMES
    other = np.where(chance < open_share + lost_share, lost, kept)
    return np.where(evicted, lost, np.where(chance < open_share, undecided, other))


def _pseudonyms(rng: np.random.Generator) -> list[str]:
    """Distinct numbers that say nothing: a shuffled range in hexadecimal."""
    return [f"F{n:06X}" for n in rng.choice(16**6, CASES, replace=False)]


def _dates(days: np.ndarray) -> list[str]:
    """Written as dd.mm.yyyy, empty where there is none."""
    column = pd.Series(pd.to_datetime(days))
    return column.dt.strftime("%d.%m.%Y").fillna("").tolist()
