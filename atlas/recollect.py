"""What readers of a published edition knew before it, as far as the ledger is at hand."""

from dataclasses import dataclass
from pathlib import Path

from atlas.edition import Edition
from atlas.ledger import beside, entry_of
from geodata.errors import FileMissingError, LedgerError, Problem
from indicators.disclosure.earlier import Earlier
from indicators.disclosure.known import known_before
from indicators.disclosure.ledger import Ledger, read_ledger

_ALONE = "ihre Grenzen sind die, die jede Leserin und jeder Leser selbst ausrechnen kann."
_WITH = (
    "ihre Grenzen sind die, die jede Leserin und jeder Leser aus dieser Ausgabe und den "
    "früheren (im Register: {count}) selbst ausrechnen kann."
)
_WIDER = (
    "aus der Ausgabe allein ergibt sich nicht mehr, als ihre Grenzen sagen. Was sich mit früheren "
    "Ausgaben zusammen ergibt, ist nicht geprüft: {why}."
)


@dataclass(frozen=True)
class Recollection:
    """What was known before an edition.

    Parameters
    ----------
    earlier
        None where there is nothing or it is not at hand.
    complete
        Whether that is all; otherwise the bounds of the edition alone may only be wider.
    words
        What the bounds were compared with, in German.
    """

    earlier: Earlier | None
    complete: bool
    words: str


def recollect(edition: Edition, ledger: Path | None = None) -> Recollection:
    """Find the ledger of an edition and what it tells of earlier ones.

    Parameters
    ----------
    edition
        The published edition.
    ledger
        Its file; None for the one beside the edition.

    Raises
    ------
    FileMissingError
        The ledger that was named is not there.
    LedgerError
        It is damaged, or the edition is not in it as it is.
    """
    mark = edition.manifest.ledger
    if edition.manifest.draft:
        why = "ein Entwurf steht nicht im Register"
        return Recollection(None, False, _WIDER.format(why=why))
    if mark is None:
        return Recollection(None, True, _ALONE)
    file = ledger or beside(edition.path, mark.city)
    if ledger is not None and not file.is_file():
        raise FileMissingError(f"Das Register {file} gibt es nicht.")
    if not file.is_file():
        if mark.number == 1:
            return Recollection(None, True, _ALONE)
        why = f"das Register fehlt, es müsste {file} sein oder mit --ledger genannt werden"
        return Recollection(None, False, _WIDER.format(why=why))
    return _from_ledger(edition, read_ledger(file, mark.city))


def _from_ledger(edition: Edition, ledger: Ledger) -> Recollection:
    manifest = edition.manifest
    entry = entry_of(ledger, manifest.ledger)
    if entry is None or entry.cells_sha256 != manifest.tables["counts"].sha256:
        what = f"{manifest.id} steht so nicht in {ledger.path}"
        problem = Problem(str(edition.path), what, "das Register, mit dem sie veröffentlicht wurde")
        raise LedgerError("Die Ausgabe passt nicht zum Register.", [problem])
    before = ledger.before(entry.number)
    if not before.entries:
        return Recollection(None, True, _ALONE)
    earlier = known_before(
        edition.table("counts"), edition.table("hierarchies"), manifest.equations, before,
        recorded=entry,
    )  # fmt: skip
    return Recollection(earlier, True, _WITH.format(count=len(before.entries)))
