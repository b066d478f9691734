"""What an entry of the catalogue consists of: measures, groups, indicators, indices."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints
from pydantic.dataclasses import dataclass

_STRICT = ConfigDict(extra="forbid")

Key = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_]*$")]
Cell = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+(/[a-z0-9_]+)?$")]
IsoDate = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$")]
Text = Annotated[str, StringConstraints(min_length=1)]
Unit = Literal["percent", "per_1000", "count", "percentage_points"]
Direction = Literal["more_need", "less_need", "neutral"]
Language = Literal["de", "en"]
Standardisation = Literal["z", "minmax", "rank"]
FIRST_DATE, LAST_DATE = "0001-01-01", "9999-12-31"
"""An open beginning and an open end."""
Weight = Annotated[float, Field(gt=0, allow_inf_nan=False)]


@dataclass(frozen=True, config=_STRICT)
class DatedName:
    """A name and the reporting dates for which the law used it; no date is open."""

    name_de: Text
    name_en: Text
    valid_from: IsoDate = FIRST_DATE
    valid_to: IsoDate = LAST_DATE


@dataclass(frozen=True, config=_STRICT)
class Break:
    """From `date` on a figure means something else.

    A break of ``definition`` is never crossed by a comparison; one of ``law`` may be, but is
    always named beside it.
    """

    date: IsoDate
    kind: Literal["definition", "law"]
    reason_de: Text
    reason_en: Text


@dataclass(frozen=True, config=_STRICT)
class Group:
    """A part of a measure: an age group, a household type, an outcome.

    The groups of a dimension are one tree, whose members add up to their parent. A group that
    cuts across such a tree, like "under 18" across the bands "under 15" and "15 to under 65",
    is a dimension of its own. ``made_of`` names the ways in which groups of the tree add up
    to it, each complete and without overlap.
    """

    key: Key
    dimension: Key
    member: Text
    name_de: Text
    name_en: Text
    parent: Key | None = None
    made_of: tuple[tuple[Key, ...], ...] = ()


@dataclass(frozen=True, config=_STRICT)
class Measure:
    """Something that is counted.

    ``part_of`` names the cells (``measure/group``) of which its total is a subset, so that
    its count is at most theirs. In the dimensions of ``part_of_by`` each group is, besides,
    a subset of the same group there.

    ``valid_from`` and ``valid_to`` are the first and the last reporting date on which the law
    or the publisher knows it; open without an entry.
    """

    key: Key
    name_de: Text
    name_en: Text
    description_de: Text
    description_en: Text
    unit: Literal["persons", "households", "cases"]
    kind: Literal["stock", "flow"]
    direction: Direction
    publisher: Text
    legal_basis: Text
    periodicity: Text
    caveats_de: Text
    part_of: tuple[Cell, ...] = ()
    part_of_by: tuple[Key, ...] = ()
    names: tuple[DatedName, ...] = ()
    breaks: tuple[Break, ...] = ()
    reference: str = ""
    valid_from: IsoDate = FIRST_DATE
    valid_to: IsoDate = LAST_DATE

    def label(self, period: str, language: Language = "de") -> str:
        """The name at a reporting date (ISO)."""
        return _label(self, period, language)


@dataclass(frozen=True, config=_STRICT)
class Limit:
    """Cells that together cannot exceed another, by what they mean; a reader may assume it.

    A part that stands several times counts as often: a couple is at least two persons.
    """

    total: Cell
    parts: tuple[Cell, ...]
    reason_de: Text


@dataclass(frozen=True, config=_STRICT)
class Indicator:
    """A figure that is shown: a count, a rate of two counts, or a rate delivered as such.

    ``numerator`` and ``denominator`` are cells, ``measure`` or ``measure/group``.
    A rate is computed where the denominator is at least ``min_denominator`` and the
    numerator is zero or at least ``min_numerator`` (Destatis for SGB II rates in small cells).
    A rate that is delivered as such may name its cells too: its decimals are shortened where
    few numerators fit, and it is withheld where its numerator is.

    What chance can do to a figure that is delivered without counts: ``base`` names a cell
    that counts, exactly or about (``base_exact``), the people of whom it is a share, and
    ``change_of`` the share whose change over time it is. Nothing else is made of them.

    The ``subject`` "migration" marks what is about citizenship or descent. It says nothing
    about need: its direction is ``neutral``, and an index that holds it must say why.
    ``valid_from`` and ``valid_to`` are the first and the last reporting date on which it is
    defined.
    """

    key: Key
    name_de: Text
    name_en: Text
    sentence_de: Text
    sentence_en: Text
    unit: Unit
    direction: Direction
    publisher: Text
    periodicity: Text
    caveats_de: str = ""
    numerator: Cell | None = None
    denominator: Cell | None = None
    delivered: bool = False
    decimals: Annotated[int, Field(ge=0, le=4)] = 1
    min_denominator: Annotated[int, Field(ge=1)] = 100
    min_numerator: Annotated[int, Field(ge=1)] = 3
    legal_basis: str = ""
    reference: str = ""
    base: Cell | None = None
    base_exact: bool = False
    change_of: Key | None = None
    names: tuple[DatedName, ...] = ()
    breaks: tuple[Break, ...] = ()
    subject: Literal["", "migration"] = ""
    valid_from: IsoDate = FIRST_DATE
    valid_to: IsoDate = LAST_DATE

    def label(self, period: str, language: Language = "de") -> str:
        """The name at a reporting date (ISO)."""
        return _label(self, period, language)

    @property
    def factor(self) -> float:
        """What a plain fraction is multiplied with to get the unit."""
        return {"percent": 100.0, "per_1000": 1000.0}.get(self.unit, 1.0)


@dataclass(frozen=True, config=_STRICT)
class Threshold:
    """A border between two classes, and the class its own value belongs to."""

    at: float
    belongs: Literal["below", "above"]


@dataclass(frozen=True, config=_STRICT)
class IndexEdition:
    """The rule of an index between two reporting dates, inclusive.

    The indicators are standardised over the areas (``z``, ``minmax``, ``rank``), one of the
    direction ``less_need`` turned round, and summed with their ``weights``, equal ones if
    none are given. The ``scale`` of the score, and so of the thresholds: the sum
    standardised again (``z``), the weighted mean (``mean``), or the place in the order of the
    areas, from 0 for the least burden to 1 (``quantile``). ``reason_de`` says why an
    indicator of the direction ``neutral`` counts as a burden.
    """

    valid_from: IsoDate
    valid_to: IsoDate
    indicators: Annotated[tuple[Key, ...], Field(min_length=1)]
    thresholds: tuple[Threshold, ...]
    classes: tuple[Text, ...]
    codes: tuple[Text, ...]
    weights: tuple[Weight, ...] = ()
    standardisation: Standardisation = "z"
    scale: Literal["z", "mean", "quantile"] = "z"
    reason_de: str = ""

    @property
    def weighting(self) -> tuple[float, ...]:
        """The weight of each indicator."""
        return self.weights or (1.0,) * len(self.indicators)


@dataclass(frozen=True, config=_STRICT)
class Index:
    """A sum of standardised indicators in classes, or the classes of two indices together."""

    key: Key
    name_de: Text
    name_en: Text
    sentence_de: Text
    sentence_en: Text
    kind: Literal["z_sum", "combination"]
    publisher: Text
    reference: Text
    editions: tuple[IndexEdition, ...] = ()
    parts: tuple[Key, ...] = ()

    def edition(self, period: str) -> IndexEdition | None:
        """The rule in force at a reporting date, or None."""
        hits = (e for e in self.editions if e.valid_from <= period <= e.valid_to)
        return next(hits, None)


def _label(entry: Measure | Indicator, period: str, language: Language) -> str:
    hits = (n for n in entry.names if n.valid_from <= period <= n.valid_to)
    named = next(hits, entry)
    return named.name_de if language == "de" else named.name_en
