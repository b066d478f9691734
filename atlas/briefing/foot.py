"""The foot of the page: what is hidden, how it was made, where it comes from."""

from collections.abc import Sequence

from atlas.edition import Edition, SourceCard
from atlas.maps import MapDescription
from atlas.profile import Figure
from atlas.sources import SourceGroup, grouped
from atlas.wording import counted, day, listing, number, status_word, text
from indicators.status import Status


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
        (text("brief.source", language), _sources(manifest.sources, language)),
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


def _sources(cards: Sequence[SourceCard], language: str) -> str:
    """Who published under which terms, over which time; one sentence per attribution."""
    return " ".join(f"{_source(group)}." for group in grouped(cards, language))


def _source(group: SourceGroup) -> str:
    publishers = [p for p in group.publishers if p not in group.attribution]
    about = "; ".join(x for x in (*publishers, group.licence, group.period) if x)
    return f"{group.attribution} ({about})" if about else group.attribution
