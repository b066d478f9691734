"""The foot of the page: what is hidden, how it was made, where it comes from."""

import re
from collections.abc import Sequence

from atlas.edition import Edition, SourceCard
from atlas.maps import MapDescription
from atlas.profile import Figure
from atlas.wording import counted, day, listing, number, status_word, text
from indicators.status import Status

_ISO_DAY = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")


def foot(
    edition: Edition, shown: Sequence[Figure], seen: MapDescription | None, language: str
) -> list[tuple[str, str]]:
    """The paragraphs of the foot, each with its first words."""
    manifest = edition.manifest
    rule = manifest.disclosure
    method = text("brief.method_text", language, threshold=number(rule.threshold, 0, language))
    return [
        (text("brief.hidden", language), _hidden(shown, seen, language)),
        (text("brief.method", language), method),
        (text("brief.source", language), ". ".join(_sources(manifest.sources, language)) + "."),
        (
            text("brief.edition", language),
            text(
                "brief.edition_text",
                language,
                id=manifest.id,
                content=manifest.content[:12],
                day=day(manifest.reporting_date, language),
            ),
        ),
    ]


def _hidden(shown: Sequence[Figure], seen: MapDescription | None, language: str) -> str:
    """Figures without a number by the word for it, and areas of the map."""
    words = []
    for status in Status:
        names = [f.sheet.name for f in shown if f.cell.status == status and not f.cell.visible]
        if names:
            words.append(
                f"{status_word(status, language)}: {listing(names, language)} "
                f"({text(f'status_help.{status.value}', language).rstrip('.')})"
            )
    if seen is not None:
        there = seen.counts
        words += [
            text(
                "brief.hidden_map",
                language,
                areas=counted("legend.areas", there[c.key], language),
                word=c.label,
            )
            for c in seen.classes.without
            if there.get(c.key) and c.key in set(Status)
        ]
    return "; ".join(words) + "." if words else text("brief.hidden_none", language)


def _sources(cards: Sequence[SourceCard], language: str) -> list[str]:
    """One line per attribution and licence: who published, over which time."""
    together: dict[tuple[str, str], list[SourceCard]] = {}
    for card in cards:
        together.setdefault((card.attribution or card.publisher, card.licence), []).append(card)
    return [_source(*key, group, language) for key, group in together.items()]


def _source(who: str, licence: str, cards: Sequence[SourceCard], language: str) -> str:
    publishers = dict.fromkeys(c.publisher for c in cards if c.publisher not in who)
    about = [*publishers, licence, _span([c.period for c in cards], language)]
    return f"{who} ({'; '.join(x for x in about if x)})"


def _span(periods: Sequence[str], language: str) -> str:
    """First and last of all dates in some texts."""
    days = sorted({found for words in periods for found in _ISO_DAY.findall(words)})
    first_and_last = dict.fromkeys([*days[:1], *days[-1:]])
    return f" {text('common.to', language)} ".join(day(d, language) for d in first_and_last)
