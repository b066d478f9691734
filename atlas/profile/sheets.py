"""Names and places out of an edition: what an indicator is called, how an area is found."""

from dataclasses import dataclass
from functools import lru_cache

import pandas as pd

from atlas.edition import Edition
from atlas.wording import PER_1000, unit_word
from geodata.model import Level
from indicators.catalogue import Catalogue
from indicators.entries import Group, Index, Indicator, Measure

COUNT, PLAIN = "count", "plain"


@dataclass(frozen=True)
class Sheet:
    """What a reader needs to know to read one indicator's numbers.

    Parameters
    ----------
    key, name
        Key, and the name at the reporting date in the reader's language.
    sentence
        What the number says, in one sentence.
    unit, decimals
        As in `atlas.wording.value_text`; ``plain`` where the name has the unit already.
    direction
        ``more_need``, ``less_need`` or ``neutral``: what a high value means.
    publisher, caveats
        Where it comes from, and what to mind.
    flow
        Whether events of a period are counted, not a state on a day.
    """

    key: str
    name: str
    sentence: str
    unit: str
    decimals: int
    direction: str
    publisher: str
    caveats: str
    flow: bool = False

    @property
    def is_count(self) -> bool:
        """Whether it is a plain count, which no difference from the city is taken of."""
        return self.unit == COUNT


@dataclass(frozen=True)
class AreaRef:
    """An area by its key, with the words for it."""

    vintage: str
    level: str
    area: str
    name: str
    level_name: str


@lru_cache(maxsize=16)
def catalogue_of(edition: Edition) -> Catalogue:
    """The part of the catalogue that an edition carries, in its order."""
    sheets = edition.catalogue
    return Catalogue(
        measure=tuple(Measure(**m) for m in sheets.get("measures", {}).values()),
        group=tuple(Group(**g) for g in sheets.get("groups", {}).values()),
        indicator=tuple(Indicator(**i) for i in sheets.get("indicators", {}).values()),
        index=tuple(Index(**i) for i in sheets.get("indices", {}).values()),
    )


def sheet(edition: Edition, indicator: str, period: str, language: str = "de") -> Sheet:
    """The sheet of an indicator at a reporting date; its key where the catalogue has none."""
    entry = catalogue_of(edition).indicators.get(indicator)
    if entry is None:
        return Sheet(indicator, indicator, "", COUNT, 0, "neutral", "", "")
    english = language == "en"
    name = entry.label(period, "en" if english else "de")
    named = entry.unit == PER_1000 and unit_word(PER_1000, language) in name
    return Sheet(
        key=indicator,
        name=name,
        sentence=entry.sentence_en if english else entry.sentence_de,
        unit=PLAIN if named else entry.unit,
        decimals=0 if entry.unit == COUNT else entry.decimals,
        direction=entry.direction,
        publisher=entry.publisher,
        caveats=entry.caveats_de,
        flow=_is_flow(catalogue_of(edition), entry),
    )


def _is_flow(catalogue: Catalogue, entry: Indicator) -> bool:
    """Whether its numerator counts events of a period."""
    measure = catalogue.measures.get((entry.numerator or "").split("/")[0])
    return measure is not None and measure.kind == "flow"


def group_name(edition: Edition, group: str, language: str = "de") -> str:
    """The name of a group; its key where the edition has none."""
    table = edition.table("groups")
    hits = table.loc[table["group"] == group, "name_en" if language == "en" else "name_de"]
    return listed(hits)[0] if len(hits) else group


def listed(column: pd.Series) -> list[str]:
    """A column of text as a list."""
    return [str(x) for x in column]


def main_levels(edition: Edition) -> tuple[Level, ...]:
    """Levels of the main hierarchy, from finest to the whole city."""
    return tuple(x for x in edition.manifest.levels if x.hierarchy == "raum")


def finest_level(edition: Edition) -> str:
    """Key of the level with the smallest areas."""
    return main_levels(edition)[0].key


def city_level(edition: Edition) -> str:
    """Key of the level that is the whole city."""
    return main_levels(edition)[-1].key


def level_name(edition: Edition, level: str, *, plural: bool = False) -> str:
    """The name of a level as the project file gives it; German institutions keep theirs."""
    hits = [x for x in edition.manifest.levels if x.key == level]
    return (hits[0].plural if plural else hits[0].name) if hits else level


def vintage_name(edition: Edition, vintage: str) -> str:
    """The name of a state of the boundaries."""
    hits = [v.name for v in edition.manifest.vintages if v.key == vintage]
    return hits[0] if hits else vintage


def area_ref(edition: Edition, vintage: str, level: str, area: str) -> AreaRef | None:
    """An area with its name, or None where the edition does not have it."""
    areas = edition.areas
    hits = areas.loc[
        (areas["vintage"] == vintage) & (areas["level"] == level) & (areas["area"] == area), "name"
    ]
    if hits.empty:
        return None
    name = str(hits.iloc[0])
    return AreaRef(vintage, level, area, name, level_name(edition, level))


def areas_of(edition: Edition, vintage: str, level: str) -> tuple[AreaRef, ...]:
    """All areas of a level, by name."""
    areas = edition.areas
    here = areas[(areas["vintage"] == vintage) & (areas["level"] == level)]
    word = level_name(edition, level)
    found = zip(here["area"], here["name"], strict=True)
    return tuple(
        AreaRef(vintage, level, a, n, word) for a, n in sorted(found, key=lambda x: (x[1], x[0]))
    )


def city_ref(edition: Edition, vintage: str) -> AreaRef | None:
    """The whole city in a vintage."""
    hits = areas_of(edition, vintage, city_level(edition))
    return hits[0] if hits else None


def parents(edition: Edition, ref: AreaRef) -> tuple[AreaRef, ...]:
    """The areas above one, the nearest first, the city last, then other groupings."""
    links = edition.table("hierarchies")
    links = links[links["vintage"] == ref.vintage]
    chain: list[AreaRef] = []
    other: list[AreaRef] = []
    here: AreaRef | None = ref
    while here is not None:
        rows = links[(links["child_level"] == here.level) & (links["child"] == here.area)]
        here = None
        for row in rows.itertuples(index=False):
            up = area_ref(edition, ref.vintage, str(row.parent_level), str(row.parent))
            if up is not None and row.hierarchy == "raum":
                here = up
                chain.append(up)
            elif up is not None:
                other.append(up)
    return (*chain, *other)


def members(edition: Edition, ref: AreaRef, level: str) -> tuple[str, ...]:
    """Keys of the areas of a finer level that lie in an area; itself on its own level."""
    links = edition.table("hierarchies")
    links = links[links["vintage"] == ref.vintage]
    found: dict[str, set[str]] = {ref.level: {ref.area}}
    queue = [ref.level]
    while queue:
        above = queue.pop()
        below = links[(links["parent_level"] == above) & links["parent"].isin(found[above])]
        for child_level, rows in below.groupby("child_level"):
            keys = found.setdefault(str(child_level), set())
            if not keys.issuperset(rows["child"]):
                keys.update(listed(rows["child"]))
                queue.append(str(child_level))
    return tuple(sorted(found.get(level, ())))


def current_vintage(edition: Edition) -> str:
    """The state of the boundaries in force at the edition's reporting date."""
    day = edition.manifest.reporting_date
    inside = [
        v.key
        for v in edition.manifest.vintages
        if (v.valid_from or "") <= day <= (v.valid_to or "9999-12-31")
    ]
    return inside[-1] if inside else edition.manifest.vintages[-1].key


def key_indicators(edition: Edition) -> tuple[str, ...]:
    """The indicators that are named first: the default one and those tested for clusters."""
    tested = dict.fromkeys(listed(edition.table("hotspots")["indicator"]))
    first = [edition.manifest.default_indicator] if edition.manifest.default_indicator else []
    return tuple(dict.fromkeys([*first, *tested]))[:3]
