"""What chance could have made of the published figures of a map, as random draws.

The counts are full counts, so a draw is no new sample: it is an underlying rate that could
have brought the published figure about. Persons out of a denominator: beta distribution
with half a person added on either side (Jeffreys), events: gamma distribution with half an
event added. Their middle 95 % are about the ranges of chance of `indicators.rates`, somewhat
less where these are exact limits of small numbers; a zero has a range, too.

Each area and figure has a random stream of its own (Philox, keyed by a hash of its names):
its draws do not depend on other areas, other indicators or the size of a block.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from indicators.catalogue import Catalogue, normal_cell
from indicators.entries import Indicator
from indicators.index_rule import Place
from indicators.status import VISIBLE, Status

NOT_DRAWN, ESTIMATED, COUNTED = 0, 1, 2
"""From what a figure is drawn: nothing, an estimated denominator, published counts."""
_COUNTED = frozenset({Status.PUBLISHED, Status.ZERO})

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Rate:
    """A figure by area, as a plain fraction, and what it is a share of.

    Attributes
    ----------
    name
        Names the random stream, together with map and area.
    value, people
        Shape (areas,). Where ``people`` is NaN the value is not drawn.
    events
        The numerator counts events, not persons out of the denominator.
    source
        One of `NOT_DRAWN`, `ESTIMATED`, `COUNTED` per area.
    """

    name: str
    value: Floats
    people: Floats
    events: bool
    source: Ints

    def draw(self, streams: Mapping[int, np.random.Generator], count: int) -> Floats:
        """Fractions that could be behind the published ones, shape (areas, count)."""
        drawn = np.repeat(self.value[:, None], count, axis=1)
        for row, stream in streams.items():
            people = self.people[row]
            inside = self.value[row] * people
            if self.events or inside > people:
                drawn[row] = stream.standard_gamma(inside + 0.5, count) / people
            else:
                drawn[row] = stream.beta(inside + 0.5, people - inside + 0.5, count)
        return drawn


@dataclass(frozen=True, eq=False)
class Figure:
    """An indicator on a map: a rate, or the change of one since an earlier rate `before`.

    ``published`` are the values in the unit of the indicator, which is the fraction times
    ``factor``; they stay where there is nothing to draw from.
    """

    published: Floats
    rate: Rate
    factor: float
    before: Rate | None = None

    @property
    def source(self) -> Ints:
        """From what it is drawn, per area."""
        return self.rate.source if self.before is None else self.before.source

    def of(self, drawn: Mapping[str, Floats]) -> Floats:
        """The indicator from the draws of its rates, shape (areas, count)."""
        fraction = drawn[self.rate.name]
        if self.before is not None:
            fraction = fraction - drawn[self.before.name]
        free = (self.source != NOT_DRAWN)[:, None]
        return np.where(free, self.factor * fraction, self.published[:, None])


class ChanceDraws:
    """Draws of several figures of one map, block by block.

    A rate and the change of the same rate share its draws.
    """

    def __init__(
        self, figures: Mapping[str, Figure], place: Place, areas: Sequence[str], seed: int
    ) -> None:
        self._figures = figures
        rates = (rate for f in figures.values() for rate in (f.rate, f.before) if rate is not None)
        self._rates = {rate.name: rate for rate in rates}
        self._streams = {
            name: {
                row: stream(seed, *place, name, areas[row])
                for row in np.flatnonzero(rate.source != NOT_DRAWN).tolist()
            }
            for name, rate in self._rates.items()
        }

    def block(self, count: int) -> dict[str, Floats]:
        """The next `count` draws of every indicator, shape (areas, count) in its own unit."""
        drawn = {n: rate.draw(self._streams[n], count) for n, rate in self._rates.items()}
        return {key: figure.of(drawn) for key, figure in self._figures.items()}


def stream(seed: int, *names: str) -> np.random.Generator:
    """A random stream of its own for each seed and sequence of names."""
    digest = hashlib.sha256("\n".join([str(seed), *names]).encode()).digest()
    return np.random.Generator(np.random.Philox(key=int.from_bytes(digest[:16], "little")))


@dataclass(frozen=True, eq=False)
class MapFigures:
    """The published figures of one map, and the counts that may serve as denominators.

    ``values`` are the rows of the map in the table ``values``; ``counts`` is that table of
    the edition; ``base_days`` is how far the date of a denominator may be away.
    """

    place: Place
    areas: list[str]
    values: pd.DataFrame
    counts: pd.DataFrame
    catalogue: Catalogue
    base_days: int

    def figures(self, indicators: Iterable[str]) -> dict[str, Figure]:
        """How each indicator is drawn; one without a known base keeps its values."""
        return {key: self._figure(self.catalogue.indicators[key]) for key in indicators}

    def _figure(self, item: Indicator) -> Figure:
        published = self._rows(item.key)["value"].to_numpy()
        share = self.catalogue.indicators.get(item.change_of or "")
        if share is None:
            return Figure(published, self._rate(item), item.factor)
        now = self._rate(share)
        return Figure(published, now, share.factor, _before(now, published / share.factor))

    def _rate(self, item: Indicator) -> Rate:
        rows = self._rows(item.key)
        fraction = rows["value"].to_numpy() / item.factor
        people, source = self._people(item, rows)
        known = (fraction >= 0) & (people > 0)
        return Rate(
            name=item.key,
            value=fraction,
            people=np.where(known, people, np.nan),
            events=self._events(item),
            source=np.where(known, source, NOT_DRAWN),
        )

    def _rows(self, key: str) -> pd.DataFrame:
        """Value, denominator and status of an indicator, one row per area."""
        rows = self.values.loc[self.values["indicator"] == key].set_index("area")
        rows = rows[["value", "numerator", "denominator", "status"]].reindex(self.areas)
        shown = rows["status"].isin(VISIBLE)
        return rows.assign(value=rows["value"].astype("float64").where(shown))

    def _events(self, item: Indicator) -> bool:
        if item.numerator is None:
            return False
        return self.catalogue.measures[normal_cell(item.numerator).split("/")[0]].kind == "flow"

    def _people(self, item: Indicator, rows: pd.DataFrame) -> tuple[Floats, Ints]:
        """Denominators, and what they are: counted with the rate, or estimated."""
        counted = np.where(rows["status"].isin(_COUNTED), COUNTED, ESTIMATED)
        if item.denominator is None and item.unit == "count":
            # A number of events is its own rate, per one; a stock is simply so many.
            return np.full(len(rows), 1.0 if self._events(item) else np.nan), counted
        if not item.delivered:
            return rows["denominator"].to_numpy(dtype=np.float64), counted
        cell = item.base or item.denominator
        if cell is None:
            return np.full(len(rows), np.nan), counted
        people, exact = self._base(normal_cell(cell))
        own = exact if item.base is None or item.base_exact else np.zeros_like(exact)
        return people, np.where(own, counted, ESTIMATED)

    def _base(self, cell: str) -> tuple[Floats, npt.NDArray[np.bool_]]:
        """The count of a cell nearest in time, and whether it is counted on the very day."""
        level, vintage, period = self.place
        measure, group = cell.split("/")
        here = (self.counts["level"] == level) & (self.counts["vintage"] == vintage)
        here &= (self.counts["measure"] == measure) & (self.counts["group"] == group)
        rows = self.counts.loc[here & self.counts["status"].isin(VISIBLE)]
        nearest = nearest_date(period, set(rows["period"]), self.base_days)
        rows = rows.loc[rows["period"] == nearest].set_index("area").reindex(self.areas)
        exact = rows["status"].isin(_COUNTED).to_numpy() & (nearest == period)
        return rows["count"].to_numpy(dtype=np.float64, na_value=np.nan), exact


def _before(now: Rate, change: Floats) -> Rate:
    """The rate from which a rate has changed; its denominator is taken to be the same.

    Hence it is estimated always. Both are drawn independently, though stocks overlap: the
    draws of a change spread rather too far than too little.
    """
    known = (now.source != NOT_DRAWN) & ~np.isnan(change)
    earlier = np.clip(now.value - change, 0.0, None if now.events else 1.0)
    return Rate(
        name=f"{now.name} before",
        value=earlier,
        people=np.where(known, now.people, np.nan),
        events=now.events,
        source=np.where(known, ESTIMATED, NOT_DRAWN),
    )


def nearest_date(period: str, dates: Iterable[str], days: int) -> str | None:
    """The date nearest to a reporting date, the earlier one of two; None beyond `days`.

    Examples
    --------
    >>> nearest_date("2020-12-31", ["2019-12-31", "2021-06-30"], 366)
    '2021-06-30'
    """
    day = date.fromisoformat(period)
    away = sorted((abs((date.fromisoformat(d) - day).days), d) for d in dates)
    return away[0][1] if away and away[0][0] <= days else None
