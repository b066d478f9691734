"""Who lives in Musterstadt: counts drawn from one latent field of social need.

The unit is the atom, a piece of ground that lies in one Planungsraum of either vintage; both
vintages are sums of the same atoms. Every count is a binomial draw whose quantile moves
slowly, so a stock in June resembles the one in December, and each part is drawn from its
whole, so that subsets stay subsets.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import binom, norm

from atlas.demo import plan
from atlas.demo.ground import Floats, Ground, Ints, field
from atlas.demo.regions import Regions

AGES = (
    "age_00_05",
    "age_06_14",
    "age_15_17",
    "age_18_24",
    "age_25_54",
    "age_55_64",
    "age_65_79",
    "age_80plus",
)
_AGE_SHARES = (0.056, 0.079, 0.026, 0.080, 0.430, 0.127, 0.132, 0.070)
# What each trait adds to the logarithm of an age group's share: estate, students, villas.
_ESTATE = (0.25, 0.30, 0.25, 0.05, -0.08, 0.0, 0.05, -0.25)
_STUDENTS = (-0.5, -0.7, -0.6, 1.25, 0.15, -0.5, -0.7, -0.6)
_VILLAS = (-0.1, 0.15, 0.2, -0.35, -0.15, 0.15, 0.25, 0.3)
_REFUGE_FROM = plan.PERIODS.index("2022-06-30")


@dataclass(frozen=True)
class Atoms:
    """The pieces of ground with their traits, one entry per atom.

    ``need`` is about standard over the residents, at most 2.3; ``trend`` its change in a half-year;
    ``points`` are km from the market square.
    """

    old: list[str]
    new: list[str]
    points: Floats
    people: Floats
    need: Floats
    trend: Floats
    estate: Floats
    students: Floats
    villas: Floats

    def need_at(self, step: int) -> Floats:
        """Need in the half-year number `step`."""
        return np.asarray(self.need + self.trend * step)


def people_of_cells(ground: Ground, rng: np.random.Generator) -> Floats:
    """Expected residents of each cell; the sum is the city's."""
    rough = np.exp(rng.normal(0, 0.25, len(ground.points)))
    people = field(plan.DENSITY, ground.points) * ground.areas_km2 * rough
    people = np.where(ground.blob >= 0, 0.0, people)
    people *= plan.RESIDENTS / people.sum()
    for number, blob in enumerate(plan.BLOBS):
        here = ground.blob == number
        people[here] = blob.residents * ground.areas_km2[here] / ground.areas_km2[here].sum()
    return np.asarray(people)


def make_atoms(ground: Ground, regions: Regions, people: Floats, rng: np.random.Generator) -> Atoms:
    """Gather the inhabited cells into atoms and give them their traits."""
    lived = people > 0
    pair = pd.Series(regions.of_cell["2019"]) + "|" + pd.Series(regions.of_cell["2022"])
    codes, found = pd.factorize(pair[lived], sort=True)
    cells, weights = ground.points[lived], people[lived]

    def mean(values: Floats) -> Floats:
        total = np.bincount(codes, weights)
        return np.asarray(np.bincount(codes, values * weights) / total)

    points = np.stack([mean(cells[:, 0]), mean(cells[:, 1])], axis=1)
    load: Floats = np.bincount(codes, weights).astype(np.float64)
    raw = mean(field(plan.NEED, cells)) + _swell(points, rng) + rng.normal(0, 0.16, len(found))
    middle = np.average(raw, weights=load)
    spread = np.sqrt(np.average((raw - middle) ** 2, weights=load))
    return Atoms(
        old=[p.split("|")[0] for p in found],
        new=[p.split("|")[1] for p in found],
        points=points,
        people=load,
        need=2.3 * np.tanh((raw - middle) / spread / 2.3),
        trend=mean(field(plan.TRENDS, cells)) + rng.normal(0, 0.006, len(found)),
        estate=mean(field(plan.ESTATES, cells)),
        students=mean(field(plan.STUDENTS, cells)),
        villas=mean(field(plan.VILLAS, cells)),
    )


def _swell(points: Floats, rng: np.random.Generator) -> Floats:
    """Smooth noise: twelve plane waves of 3 to 8 km."""
    total = np.zeros(len(points))
    for _ in range(12):
        turn, phase = rng.uniform(0, 2 * np.pi, 2)
        wave = 2 * np.pi / rng.uniform(3, 8) * np.array([np.cos(turn), np.sin(turn)])
        total += 0.09 * np.cos(points @ wave + phase)
    return total


class _Draws:
    """Binomial draws whose quantiles stay alike from one half-year to the next."""

    def __init__(self, atoms: int, rng: np.random.Generator, memory: float = 0.95) -> None:
        self._atoms, self._rng, self._memory = atoms, rng, memory
        self._state: dict[str, Floats] = {}

    def part(self, name: str, whole: Ints, share: Floats) -> Ints:
        """How many of `whole` belong to a part of expected `share`, both shape (atoms,)."""
        fresh = self._rng.normal(size=self._atoms)
        before = self._state.get(name)
        news = np.sqrt(1 - self._memory**2)
        state = fresh if before is None else self._memory * before + news * fresh
        self._state[name] = state
        drawn = binom.ppf(norm.cdf(state), whole, np.clip(share, 0, 1))
        return np.asarray(np.where(whole > 0, drawn, 0)).astype(np.int64)

    def split(self, name: str, whole: Ints, shares: dict[str, Floats]) -> dict[str, Ints]:
        """Divide `whole` into parts that add up to it."""
        left, rest = whole, sum(shares.values(), start=np.zeros(self._atoms))
        parts: dict[str, Ints] = {}
        for key, share in list(shares.items())[:-1]:
            parts[key] = self.part(f"{name}/{key}", left, share / np.maximum(rest, 1e-12))
            left, rest = left - parts[key], rest - share
        parts[list(shares)[-1]] = left
        return parts


def draw_counts(atoms: Atoms, rng: np.random.Generator) -> pd.DataFrame:
    """Counts of every atom.

    Returns
    -------
    DataFrame
        One row per period and atom: ``period``, ``atom``, and a column per
        ``measure/group`` of the finest groups; sums are made when tables are written.
    """
    draws = _Draws(len(atoms.people), rng)
    shares = _age_shares(atoms, rng)
    home = rng.poisson(atoms.people[:, None] * 0.985 * shares)
    drift = np.ones_like(shares)
    growth = 0.002 + rng.normal(0, 0.003, len(atoms.people))
    frames = []
    for step, period in enumerate(plan.PERIODS):
        residents = dict(zip(AGES, np.rint(home * drift).astype(np.int64).T, strict=True))
        counts = _counts(atoms.need_at(step), residents, atoms, draws, step)
        frames.append(pd.DataFrame({"period": period, "atom": range(len(growth)), **counts}))
        drift = drift * np.exp(growth[:, None] + rng.normal(0, 0.004, shares.shape))
    return pd.concat(frames, ignore_index=True)


def _age_shares(atoms: Atoms, rng: np.random.Generator) -> Floats:
    """Expected share of every age group, shape (atoms, ages)."""
    traits = np.stack([atoms.estate, atoms.students, atoms.villas], axis=1)
    tilt = traits @ np.array([_ESTATE, _STUDENTS, _VILLAS])
    raw = np.array(_AGE_SHARES) * np.exp(tilt + rng.normal(0, 0.06, tilt.shape))
    return np.asarray(raw / raw.sum(axis=1, keepdims=True))


def _logistic(values: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-values)))


def _counts(
    need: Floats, residents: dict[str, Ints], atoms: Atoms, draws: _Draws, step: int
) -> dict[str, Ints]:
    """All counts of one half-year."""
    counts = {f"residents/{age}": number for age, number in residents.items()}
    counts |= _benefit_counts(need, residents, atoms, draws, step)
    counts |= _unemployed(need, residents, counts, draws)
    old = {
        "age_65_79": _logistic(-3.05 + 0.75 * need),
        "age_80plus": _logistic(-3.55 + 0.65 * need),
    }
    for age, share in old.items():
        counts[f"grusi_alter/{age}"] = draws.part(f"grusi/{age}", residents[age], share)
    everyone = sum(residents.values(), start=np.zeros_like(residents["age_00_05"]))
    counts["eingliederungshilfe/total"] = draws.part(
        "eingliederungshilfe", everyone, 0.0095 * np.exp(0.28 * need + 0.01 * step)
    )
    return counts


def _benefit_counts(
    need: Floats, residents: dict[str, Ints], atoms: Atoms, draws: _Draws, step: int
) -> dict[str, Ints]:
    """Persons, those able to work, and Bedarfsgemeinschaften by household type."""
    # Refugees from Ukraine entered SGB II in June 2022; young people leave the benefit.
    level = 0.28 + need * 0.92 - 0.008 * step + (0.10 if step >= _REFUGE_FROM else 0.0)
    bands = {
        "age_u15": (residents["age_00_05"] + residents["age_06_14"], -1.95),
        "age_15_24": (residents["age_15_17"] + residents["age_18_24"], -2.45),
        "age_25_54": (residents["age_25_54"], -2.45),
        "age_55_64": (residents["age_55_64"], -2.70),
    }
    persons = {
        age: draws.part(f"persons/{age}", whole, _logistic(base + level - 0.5 * atoms.students))
        for age, (whole, base) in bands.items()
    }
    able = {"age_15_24": 0.94, "age_25_54": 0.965, "age_55_64": 0.93}
    flat = np.ones(len(need))
    elb = {age: draws.part(f"elb/{age}", persons[age], flat * p) for age, p in able.items()}
    workers = sum(elb.values(), start=np.zeros_like(persons["age_u15"]))
    adults = sum(v for k, v in persons.items() if k != "age_u15")
    homes = _households(persons["age_u15"], workers, adults - workers, atoms, draws)
    return {
        **{f"sgb2_persons/{k}": v for k, v in persons.items()},
        **{f"sgb2_elb/{k}": v for k, v in elb.items()},
        **{f"sgb2_bg/{k}": v for k, v in homes.items()},
    }


def _households(
    children: Ints, workers: Ints, others_grown: Ints, atoms: Atoms, draws: _Draws
) -> dict[str, Ints]:
    """Every Bedarfsgemeinschaft has someone able to work; those with children have a child.

    A couple has two grown people, so there are no more couples than grown people beyond one
    in each home.
    """
    flat = np.ones(len(children))
    homes = draws.part("bg", workers, flat * 0.74)
    families = np.minimum(draws.part("bg/families", children, flat * 0.56), homes)
    alone = _logistic(0.12 + 0.35 * atoms.estate - 0.4 * atoms.villas)
    single_parents = draws.part("bg/single_parents", families, alone)
    partners = workers + others_grown - homes
    single_parents = np.maximum(single_parents, families - partners)
    partners = partners - (families - single_parents)
    others = {
        "hh_single": flat * 0.80 + 0.05 * atoms.students,
        "hh_couple": flat * 0.15,
        "hh_other": flat * 0.05,
    }
    childless = draws.split("bg/childless", homes - families, others)
    couples = np.minimum(childless["hh_couple"], partners)
    return {
        "hh_single": childless["hh_single"] + childless["hh_couple"] - couples,
        "hh_single_parent": single_parents,
        "hh_couple": couples,
        "hh_couple_children": families - single_parents,
        "hh_other": childless["hh_other"],
    }


def _unemployed(
    need: Floats, residents: dict[str, Ints], counts: dict[str, Ints], draws: _Draws
) -> dict[str, Ints]:
    """Unemployed of SGB II are able to work and entitled; those of SGB III are not."""
    working = ("age_15_17", "age_18_24", "age_25_54", "age_55_64")
    elb = sum((v for k, v in counts.items() if k.startswith("sgb2_elb/")), start=0 * need)
    able = elb.astype(np.int64)
    others = sum((residents[a] for a in working), start=np.zeros_like(able)) - able
    return {
        "unemployed/legal_sgb2": draws.part("sgb2", able, 0.40 + 0.02 * np.tanh(need)),
        "unemployed/legal_sgb3": draws.part("sgb3", others, 0.021 * np.exp(0.22 * need)),
    }
