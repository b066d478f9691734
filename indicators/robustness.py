"""How robust a class is: the share of draws in which an area keeps it.

A draw changes what could as well be otherwise: the figures, within their range of chance
(`indicators.chance`), and the weights, each by up to half. It then repeats the whole rule
over all areas, so that means and deviations move too. Two indices that are written together
are judged in the same draws.

Sources: OECD and JRC, Handbook on Constructing Composite Indicators (2008), step 7; Saisana,
Saltelli and Tarantola (2005), J. R. Stat. Soc. A 168. The choices are explained in
``docs/decisions/0014-how-robust-a-class-is.md``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from indicators.catalogue import Catalogue
from indicators.chance import COUNTED, NOT_DRAWN, ChanceDraws, Figure, MapFigures, stream
from indicators.entries import Index
from indicators.index_rule import Floats, Ints, Place, Scored
from indicators.robustness_draws import Flags, PairTally, RobustnessSettings, Tally, draw_weights

__all__ = ["BASES", "COLUMNS", "KEYS", "RobustnessSettings", "class_robustness"]

KEYS = ["area", "level", "vintage", "period", "index"]
COLUMNS = [*KEYS, "robustness", "basis", "near"]
COUNTS, ESTIMATES, PARTIAL, WEIGHTS = (
    "counts+weights",
    "estimated+weights",
    "partial+weights",
    "weights",
)
BASES = (COUNTS, ESTIMATES, PARTIAL, WEIGHTS)
"""What was drawn: weights always; figures from published counts, from an estimated or changed
denominator or count, or some of the figures only. Without any, the class says nothing."""
SEPARATOR = ", "
"""Between the classes in ``near``."""


def class_robustness(
    scored: Sequence[Scored],
    combinations: Sequence[Index],
    tables: Mapping[str, pd.DataFrame],
    catalogue: Catalogue,
    settings: RobustnessSettings,
) -> pd.DataFrame:
    """Robustness of the classes of indices and of their combinations.

    Parameters
    ----------
    scored
        Indices on their maps.
    combinations
        Combinations wanted; their parts are among `scored`.
    tables
        The edition's ``values`` and ``counts``.
    catalogue
        Says how the range of chance of each indicator is found.
    settings
        See `RobustnessSettings`.

    Returns
    -------
    robustness
        `COLUMNS`, one row per valid area, index and map. ``robustness`` is a share from 0
        to 1, NaN where there is nothing to draw; ``basis`` one of `BASES` or empty;
        ``near`` the neighbouring classes whose threshold is closer than the spread of the
        area's draws, or than the margin.

    Raises
    ------
    ProjectError
        A setting is out of its range.
    """
    settings.check()
    places = sorted({s.place for s in scored})
    rows = [_empty()]
    for place in places:
        here = {s.index.key: s for s in scored if s.place == place}
        pairs = [c for c in combinations if all(part in here for part in c.parts)]
        figures = _map_figures(place, here, tables, catalogue, settings)
        rows += _map_rows(here, pairs, figures, settings)
    return pd.concat(rows, ignore_index=True)


def _empty() -> pd.DataFrame:
    return pd.DataFrame(
        {c: pd.Series(dtype="float64" if c == "robustness" else "str") for c in COLUMNS}
    )


def _map_figures(
    place: Place,
    here: Mapping[str, Scored],
    tables: Mapping[str, pd.DataFrame],
    catalogue: Catalogue,
    settings: RobustnessSettings,
) -> MapFigures:
    values = tables["values"]
    mask = values["group"] == "total"
    for column, key in zip(("level", "vintage", "period"), place, strict=True):
        mask &= values[column] == key
    areas = sorted({str(area) for s in here.values() for area in s.areas})
    return MapFigures(
        place, areas, values.loc[mask], tables["counts"], catalogue, settings.base_days
    )


def _map_rows(
    here: Mapping[str, Scored],
    combinations: Sequence[Index],
    known: MapFigures,
    settings: RobustnessSettings,
) -> list[pd.DataFrame]:
    """Draw one map as often as wanted, and say what came of it."""
    areas = np.array(known.areas, dtype=object)
    tallies = {key: Tally(s, np.searchsorted(areas, s.areas)) for key, s in here.items()}
    pairs = [PairTally(c, *(tallies[part] for part in c.parts)) for c in combinations]
    figures = known.figures({i for s in here.values() for i in s.edition.indicators})
    chance = ChanceDraws(figures, known.place, known.areas, settings.seed)
    streams = {key: stream(settings.seed, "weights", key) for key in here}
    for start in range(0, settings.draws, settings.block):
        count = min(settings.block, settings.draws - start)
        drawn = chance.block(count)
        for key, tally in tallies.items():
            tally.add(drawn, draw_weights(here[key], streams[key], count, settings))
        for pair in pairs:
            pair.add()
    found = {key: _Found.of(tally, figures, settings) for key, tally in tallies.items()}
    tables = [_index_rows(tallies[key], found[key], settings) for key in here]
    return tables + [_pair_rows(pair, found, settings) for pair in pairs]


@dataclass(frozen=True, eq=False)
class _Found:
    """Sources of all indicators, shape (areas, indicators), and the classes nearby.

    ``below`` and ``above``: whether the threshold to the class before or after is near.
    """

    sources: Ints
    below: Flags
    above: Flags
    varied: bool

    @classmethod
    def of(
        cls, tally: Tally, figures: Mapping[str, Figure], settings: RobustnessSettings
    ) -> "_Found":
        """From the draws of one index."""
        scored = tally.scored
        margin = settings.margin if scored.edition.scale == "z" else 0.0
        reach = np.maximum(tally.spread(settings.draws), margin)
        borders = np.array([-np.inf, *(t.at for t in scored.edition.thresholds), np.inf])
        keys = scored.edition.indicators
        return cls(
            sources=np.column_stack([figures[key].source[tally.rows] for key in keys]),
            below=scored.score - borders[scored.number] < reach,
            above=borders[scored.number + 1] - scored.score < reach,
            varied=len(keys) > 1 and settings.weight_spread > 0,
        )


def _basis(sources: Ints, varied: bool) -> npt.NDArray[np.object_]:
    """What the draws of each area change; nothing if it is neither figures nor weights."""
    drawn = sources != NOT_DRAWN
    rules = [(sources == COUNTED).all(axis=1), drawn.all(axis=1), drawn.any(axis=1)]
    words = np.select(rules, BASES[:3], WEIGHTS if varied else "")
    return np.asarray(words, dtype=object)


def _share(kept: Floats, basis: npt.NDArray[np.object_], draws: int) -> Floats:
    return np.where((basis != "") & (draws > 0), kept / max(draws, 1), np.nan)


def _rows(
    areas: npt.NDArray[np.object_], place: Place, index: str, columns: Mapping[str, object]
) -> pd.DataFrame:
    level, vintage, period = place
    where = {"level": level, "vintage": vintage, "period": period, "index": index}
    table = pd.DataFrame({"area": areas, **columns}).assign(**where)[COLUMNS]
    return table.astype({c: "float64" if c == "robustness" else "str" for c in COLUMNS})


def _index_rows(tally: Tally, found: _Found, settings: RobustnessSettings) -> pd.DataFrame:
    scored = tally.scored
    basis = _basis(found.sources, found.varied) if settings.draws else _nothing(len(tally.rows))
    near = _neighbours(scored, found, scored.edition.classes)
    columns = {
        "robustness": _share(tally.kept, basis, settings.draws),
        "basis": basis,
        "near": [SEPARATOR.join(words) for words in near],
    }
    return _rows(scored.areas, scored.place, scored.index.key, columns)


def _nothing(count: int) -> npt.NDArray[np.object_]:
    return np.full(count, "", dtype=object)


def _neighbours(scored: Scored, found: _Found, words: Sequence[str]) -> list[list[str]]:
    """The near classes of each area, lower one first."""
    return [
        [words[number + step] for step, is_near in ((-1, below), (1, above)) if is_near]
        for number, below, above in zip(scored.number, found.below, found.above, strict=True)
    ]


def _pair_rows(
    pair: PairTally, found: Mapping[str, _Found], settings: RobustnessSettings
) -> pd.DataFrame:
    """A combination: drawn from what both are drawn from, near what either is near."""
    parts = [(t, found[t.scored.index.key], pair.rows(t)) for t in (pair.first, pair.second)]
    sources = np.hstack([f.sources[rows] for _, f, rows in parts])
    varied = any(f.varied for _, f, _ in parts)
    basis = _basis(sources, varied) if settings.draws else _nothing(len(pair.areas))
    own, others = zip(*(_codes(t.scored, f, rows) for t, f, rows in parts), strict=True)
    near = [
        [*(other + second for other in firsts), *(first + other for other in seconds)]
        for first, second, firsts, seconds in zip(*own, *others, strict=True)
    ]
    columns = {
        "robustness": _share(pair.kept, basis, settings.draws),
        "basis": basis,
        "near": [SEPARATOR.join(words) for words in near],
    }
    return _rows(pair.areas, pair.first.scored.place, pair.index.key, columns)


def _codes(scored: Scored, found: _Found, rows: Ints) -> tuple[list[str], list[list[str]]]:
    """Codes of the classes and of those nearby, for some areas."""
    codes = scored.edition.codes
    nearby = _neighbours(scored, found, codes)
    return [codes[scored.number[r]] for r in rows], [nearby[r] for r in rows]
