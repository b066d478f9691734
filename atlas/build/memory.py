"""A build that remembers: protected given all earlier editions, and recorded when published."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pandas as pd

from atlas.build.equations import relations_among
from atlas.build.inputs import Inputs
from atlas.build.safety import Protected, protect_counts, rule_of
from atlas.edition import LedgerMark, Published
from atlas.project import Project
from geodata.progress import silent
from indicators.catalogue import Catalogue
from indicators.disclosure.cells import KEY, read_knowledge
from indicators.disclosure.earlier import Earlier, nothing_before
from indicators.disclosure.identities import Relation
from indicators.disclosure.known import known_before, public_already
from indicators.disclosure.ledger import Entry, Imprint, Ledger, RecordedRule, record
from indicators.disclosure.matching import KeyIndex

_WITHOUT = (
    "Ohne Register der Veröffentlichungen gebaut: Frühere Ausgaben wurden nicht berücksichtigt, "
    "und diese ist nicht verzeichnet."
)
_TORN = (
    "Die letzte Zeile des Registers ist unvollständig und wurde übergangen; eine Ausgabe dazu "
    "wurde nicht veröffentlicht. Der nächste Eintrag ersetzt sie."
)


@dataclass(frozen=True)
class Remembered:
    """Counts that may be published beside all editions of a ledger.

    Parameters
    ----------
    safe
        The counts, and what was found.
    ledger
        The whole ledger; None where the project does without.
    """

    safe: Protected
    ledger: Ledger | None


def protect_remembering(
    project: Project,
    catalogue: Catalogue,
    inputs: Inputs,
    ledger: Ledger | None,
    progress: Callable[[float], None] = silent,
) -> Remembered:
    """Protect the counts given what readers know from earlier editions.

    The same edition built again must come out the same: where its numbers are those of the
    newest entry, it is protected as that one was, and taken if the result is that entry.
    """
    if ledger is None:
        safe = protect_counts(project, catalogue, inputs, progress)
        return Remembered(replace(safe, notes=(*safe.notes, _WITHOUT)), None)
    newest = ledger.entries[-1] if ledger.entries else None
    if newest is not None and _may_be(newest, _published(project, inputs)):
        past = ledger.before(newest.number)
        again = _protect(project, catalogue, inputs, past, progress)
        if _is_same(newest, again.counts):
            return Remembered(again, ledger)
    return Remembered(_protect(project, catalogue, inputs, ledger, progress), ledger)


def _published(project: Project, inputs: Inputs) -> pd.DataFrame:
    every = inputs.counts
    return every[~every["measure"].isin(project.check_only)].reset_index(drop=True)


def _protect(
    project: Project,
    catalogue: Catalogue,
    inputs: Inputs,
    ledger: Ledger,
    progress: Callable[[float], None],
) -> Protected:
    def find(counts: pd.DataFrame) -> tuple[Relation, ...]:
        return relations_among(project, catalogue, counts)

    def recall(
        counts: pd.DataFrame, hierarchies: pd.DataFrame, relations: tuple[Relation, ...]
    ) -> Earlier:
        return known_before(counts, hierarchies, relations, ledger, find=find)

    safe = protect_counts(project, catalogue, inputs, progress, recall)
    return replace(safe, notes=(*safe.notes, *_notes(project, inputs, ledger, safe)))


def _notes(project: Project, inputs: Inputs, ledger: Ledger, safe: Protected) -> tuple[str, ...]:
    """What the check report says of earlier editions beside corrections."""
    count = len(ledger.entries)
    own = [
        "Geschützt auch gegen das, was frühere Ausgaben schon gezeigt haben "
        f"(im Register {ledger.path.name}: {count})."
    ]
    if safe.earlier is not None:
        own += public_already(safe.counts, safe.earlier, rule_of(project), inputs.public_measures)
    return (*(own if count else []), *([_TORN] if ledger.torn else []))


def _may_be(entry: Entry, counts: pd.DataFrame) -> bool:
    """Whether the true counts have the cells of an entry and all numbers that it printed."""
    place = KeyIndex(counts).find(entry.counts)
    if len(counts) != len(entry.counts) or (place < 0).any():
        return False
    then, now = read_knowledge(entry.counts), read_knowledge(counts)
    return bool((~then.known | (now.value[place] == then.value)).all())


def _is_same(entry: Entry, counts: pd.DataFrame) -> bool:
    """Whether protected counts are those of an entry, bounds included."""
    columns = ["count", "bound_low", "bound_high", "status", "method"]
    one, other = (t.set_index(KEY)[columns].sort_index() for t in (entry.counts, counts))
    return one.astype("str").equals(other.astype("str"))


def recorder(
    project: Project, inputs: Inputs, remembered: Remembered, draft: bool
) -> Callable[[Published], LedgerMark] | None:
    """What publishing calls before the edition is put in its place; None records nothing."""
    ledger = remembered.ledger
    if ledger is None or draft:
        return None
    safe = remembered.safe
    rule = RecordedRule(
        project.disclosure.threshold, "published", tuple(sorted(inputs.public_measures))
    )
    earlier = safe.earlier or nothing_before(safe.counts, inputs.links)

    def write(published: Published) -> LedgerMark:
        imprint = Imprint(
            edition=published.id,
            content=published.content,
            reporting_date=project.reporting_date,
            created=published.created,
            software=published.software,
            rule=rule,
            relations=safe.relations,
        )
        counts, links = (
            (published.folder / f"{name}.parquet").read_bytes()
            for name in ("counts", "hierarchies")
        )
        entry = record(ledger, imprint, counts, links, earlier)
        return LedgerMark(ledger.city, entry.number, entry.sha256)

    return write
