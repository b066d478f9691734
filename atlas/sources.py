"""Whose figures an edition holds: sources put together for a reader, and for a single row."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from atlas.edition import Edition, SourceCard
from atlas.wording import ISO_DAY, day, text


@dataclass(frozen=True)
class SourceGroup:
    """All files of one attribution and licence.

    Parameters
    ----------
    attribution, licence
        Words to be named with every use, and the terms.
    titles, publishers
        Of the files, each once.
    period
        First and last reporting date in words; empty where no file has one.
    """

    attribution: str
    licence: str
    titles: tuple[str, ...]
    publishers: tuple[str, ...]
    period: str


def grouped(cards: Sequence[SourceCard], language: str = "de") -> tuple[SourceGroup, ...]:
    """Sources by attribution and licence, in the order of the edition."""
    together: dict[tuple[str, str], list[SourceCard]] = {}
    for card in cards:
        together.setdefault((card.attribution or card.publisher, card.licence), []).append(card)
    return tuple(
        SourceGroup(
            *key,
            titles=tuple(dict.fromkeys(c.title for c in group)),
            publishers=tuple(dict.fromkeys(c.publisher for c in group)),
            period=_span([d for c in group for d in days_of(c)], language),
        )
        for key, group in together.items()
    )


def days_of(card: SourceCard) -> list[str]:
    """The reporting dates in a source's period: none, one, or the first and the last."""
    return ISO_DAY.findall(card.period)


def _span(days: Sequence[str], language: str) -> str:
    ordered = sorted(set(days))
    ends = dict.fromkeys([*ordered[:1], *ordered[-1:]])
    return f" {text('common.to', language)} ".join(day(d, language) for d in ends)


def attribution_at(edition: Edition, period: str) -> str:
    """Attribution of the sources with figures of a reporting date, else of all.

    Parameters
    ----------
    edition
        Its check report names the dates that were read from each file.
    period
        ISO date; empty asks for the sources without a date, such as outlines.
    """
    cards = edition.manifest.sources
    read = _days_read(edition)
    hits = [c for c in cards if _covers(read.get(c.name, days_of(c)), period)]
    return attributions(hits or cards)


_OUTLINES = (".gpkg", ".geojson", ".json", ".shp", ".gml", ".xml", ".zip", ".fgb")
"""Endings of files with outlines; a file without a date and with another ending has rooms."""


def attribution_of(edition: Edition, periods: Iterable[str], *, places: bool = False) -> str:
    """Attribution of what belongs to figures on a map: their dates, the outlines, the rooms.

    Parameters
    ----------
    edition
        Its check report names the dates that were read from each file.
    periods
        ISO dates of the figures.
    places
        Whether rooms are shown, whose files have no date.
    """
    wanted, read = list(periods), _days_read(edition)
    cards = edition.manifest.sources
    hits = []
    for card in cards:
        days = read.get(card.name) or days_of(card)
        if days:
            used = any(_covers(days, period) for period in wanted)
        else:
            used = places or card.name.lower().endswith(_OUTLINES)
        if used:
            hits.append(card)
    # a card may name several at once
    named = [part for c in hits or cards for part in (c.attribution or c.publisher).split("; ")]
    return "; ".join(dict.fromkeys(named))


def attributions(cards: Sequence[SourceCard]) -> str:
    """Every attribution once, in the order of the edition."""
    return "; ".join(dict.fromkeys(c.attribution or c.publisher for c in cards))


def _days_read(edition: Edition) -> dict[str, list[str]]:
    """Reporting dates by file, as the build read them."""
    found: dict[str, list[str]] = {}
    for report in edition.checks.get("sources", []):
        found.setdefault(str(report.get("file", "")), []).extend(report.get("periods", []))
    return found


def _covers(days: list[str], period: str) -> bool:
    return (not days) if not period else bool(days) and min(days) <= period <= max(days)
