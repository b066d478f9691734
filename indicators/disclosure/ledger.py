"""The ledger: which editions of a city were published, and what each of them told.

One file, UTF-8, one JSON object per line: a header, then one entry per published edition.
Every entry holds the hash of the one before, so that none can be changed or taken out
without a trace. An entry holds the public tables of its edition, byte for byte, and nothing
that is not in the edition.
"""

import base64
import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields, replace
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import TypeAdapter, ValidationError

from geodata.errors import LedgerError, Problem, why
from geodata.files.nested import json_of
from indicators.disclosure.cells import KEY
from indicators.disclosure.earlier import UP_TO, Earlier, no_revision
from indicators.disclosure.identities import Relation
from indicators.disclosure.ledger_file import locked, write_durably
from indicators.disclosure.rule import Zeros
from indicators.status import Status

FORMAT = 1
_KIND = "sozialatlas-ledger"
_BROKEN = "Das Register der Veröffentlichungen ist beschädigt."
_WHOLE = "ein unverändertes Register; holen Sie es aus der Sicherung"
_WORDS = [*KEY, "status", "method"]
_NUMBERS = ["count", "bound_low", "bound_high"]


@dataclass(frozen=True)
class RecordedRule:
    """What a reader knows of the rule that an edition was made by."""

    threshold: int
    zeros: Zeros = "published"
    public_measures: tuple[str, ...] = ()


@dataclass(frozen=True)
class Imprint:
    """What a published edition says of itself.

    Parameters
    ----------
    edition, content
        Its id, and the hash over its tables.
    reporting_date, created, software
        As in its manifest.
    rule
        The rule that its counts were protected by.
    relations
        Its equations between groups and measures.
    """

    edition: str
    content: str
    reporting_date: str
    created: str
    software: str
    rule: RecordedRule
    relations: tuple[Relation, ...]


@dataclass(frozen=True)
class Entry(Imprint):
    """A line of the ledger: a published edition, its place in the chain, its public tables.

    Parameters
    ----------
    number, previous, sha256
        Counted from 1; the hash of the entry before, and its own.
    rows, hidden
        Cells of its counts, and how many of them are hidden.
    joint
        Equations between its groups and those of earlier editions (`Earlier.joint`).
    cells_sha256
        Hash of ``counts.parquet``.
    cells, links
        Its ``counts.parquet`` and ``hierarchies.parquet`` in base64.
    revisions
        Keys whose numbers were revised (`Earlier.revised`) as Parquet in base64, empty
        where there are none.
    """

    number: int
    previous: str
    rows: int
    hidden: int
    joint: tuple[Relation, ...]
    cells_sha256: str
    cells: str
    links: str
    revisions: str
    sha256: str = ""

    @cached_property
    def counts(self) -> pd.DataFrame:
        """The edition's ``counts``."""
        frame = _read_parquet(self.cells)
        return frame.astype({**dict.fromkeys(_WORDS, "str"), **dict.fromkeys(_NUMBERS, "Int64")})

    @cached_property
    def hierarchies(self) -> pd.DataFrame:
        """The edition's ``hierarchies``."""
        return _read_parquet(self.links).astype("str")

    @cached_property
    def revised(self) -> pd.DataFrame:
        """Keys whose numbers this edition revised, see `Earlier.revised`."""
        if not self.revisions:
            return no_revision()
        return _read_parquet(self.revisions).astype({**dict.fromkeys(KEY, "str"), UP_TO: "int64"})

    @property
    def name(self) -> str:
        """Number and id, for messages."""
        return f"Eintrag {self.number} ({self.edition})"


@dataclass(frozen=True)
class Ledger:
    """The ledger of a city as read, whole and unchanged.

    Parameters
    ----------
    path, city
        Its file and the key of the city.
    entries
        Oldest first.
    torn
        Whether the last line is only half there: its edition was never published under it.
    """

    path: Path
    city: str
    entries: tuple[Entry, ...] = ()
    torn: bool = False

    @property
    def head(self) -> str:
        """The hash that the next entry will name."""
        return self.entries[-1].sha256 if self.entries else _hash(_header(self.city))

    def before(self, number: int) -> "Ledger":
        """The ledger as it was when the entry `number` was not yet made."""
        return replace(self, entries=self.entries[: number - 1], torn=False)

    def find(self, content: str) -> Entry | None:
        """The entry of an edition by the hash over its tables."""
        return next((e for e in self.entries if e.content == content), None)


_ENTRY: TypeAdapter[Entry] = TypeAdapter(Entry)


def read_ledger(path: Path, city: str | None = None) -> Ledger:
    """Read a ledger after checking that no entry was changed, taken out or moved.

    A file that is not there is an empty ledger. A last line without its end is what a copy
    that broke off leaves behind; it is left out and `Ledger.torn` says so.

    Parameters
    ----------
    path
        The file.
    city
        Key of the city that it must belong to; None takes any.

    Raises
    ------
    LedgerError
        The file is no ledger, of another city or a newer version, or its chain is broken;
        the entry is named.
    """
    if not path.exists() and city is not None:
        return Ledger(path, city)
    lines, torn = _lines_of(path)
    header = _read_header(lines[0] if lines else "", path)
    if city is not None and header != city:
        problem = Problem(str(path), f"gehört zu {header!r}", f"das Register von {city!r}")
        raise LedgerError("Das Register gehört zu einer anderen Stadt.", [problem])
    entries: list[Entry] = []
    head = _hash(lines[0])
    for number, line in enumerate(lines[1:], start=1):
        entries.append(_read_entry(line, number, head, path))
        head = entries[-1].sha256
    return Ledger(path, header, tuple(entries), torn)


def record(
    known: Ledger, imprint: Imprint, counts: bytes, hierarchies: bytes, earlier: Earlier
) -> Entry:
    """Add an edition to the ledger for good; one that is in it already is not added again.

    Parameters
    ----------
    known
        The ledger that the edition was protected with.
    imprint
        What is published.
    counts, hierarchies
        Its own ``counts.parquet`` and ``hierarchies.parquet``, byte for byte.
    earlier
        What was known before: only keys and equations are taken from it, no number.

    Raises
    ------
    LedgerError
        Somebody else has added an edition in the meantime, which this one does not know of,
        or the file cannot be read or written.
    """
    with locked(known.path):
        now = read_ledger(known.path, known.city)
        _refuse_change(known, now)
        there = now.find(imprint.content)
        if there:
            return there
        entry = _entry_of(now, imprint, counts, hierarchies, earlier)
        # The lines that are there stay as they are: another version may have written them.
        lines = _lines_of(known.path)[0] if known.path.exists() else [_header(known.city)]
        write_durably(known.path, ("\n".join([*lines, _line(entry)]) + "\n").encode())
        return entry


def _refuse_change(known: Ledger, now: Ledger) -> None:
    if now.head != known.head:
        newest = now.entries[-1].name if now.entries else "es ist leer"
        raise LedgerError(
            "Das Register hat sich während des Baus geändert; bauen Sie die Ausgabe noch "
            "einmal, damit sie auch dazu sicher ist.",
            [Problem(str(known.path), f"zuletzt {newest}")],
        )


def _entry_of(
    ledger: Ledger, imprint: Imprint, counts: bytes, hierarchies: bytes, earlier: Earlier
) -> Entry:
    status = _table_of(counts, ["status"])["status"].to_pylist()
    entry = Entry(
        **{f.name: getattr(imprint, f.name) for f in fields(Imprint)},
        number=len(ledger.entries) + 1,
        previous=ledger.head,
        rows=len(status),
        hidden=status.count(Status.SUPPRESSED.value),
        joint=earlier.joint,
        cells_sha256=hashlib.sha256(counts).hexdigest(),
        cells=base64.b64encode(counts).decode(),
        links=base64.b64encode(hierarchies).decode(),
        revisions=_as_parquet(earlier.revised) if len(earlier.revised) else "",
    )
    return replace(entry, sha256=_hash(_payload(entry)))


def _lines_of(path: Path) -> tuple[list[str], bool]:
    """The whole lines of the file, and whether one more was begun."""
    try:
        text = path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        raise LedgerError(f"Das Register {path} gibt es nicht.") from None
    except OSError as error:
        problem = Problem(str(path), why(error), "eine lesbare Datei")
        raise LedgerError("Das Register lässt sich nicht lesen.", [problem]) from None
    except UnicodeDecodeError as error:
        problem = Problem(f"{path}, Byte {error.start}", "ungültiges Zeichen", _WHOLE)
        raise LedgerError(_BROKEN, [problem]) from None
    *lines, rest = text.split("\n")
    return lines, bool(rest)


def _read_header(line: str, path: Path) -> str:
    """The key of the city, after checking kind and version."""
    raw = _parse(line)
    if raw.get("kind") != _KIND or not isinstance(raw.get("city"), str):
        problem = Problem(f"{path}, Zeile 1", "kein Kopf eines Registers", _WHOLE)
        raise LedgerError(f"{path} ist kein Register der Veröffentlichungen.", [problem])
    if raw.get("format") != FORMAT:
        problem = Problem(f"{path}, format", f"gefunden {raw.get('format')!r}", str(FORMAT))
        raise LedgerError("Das Register hat eine andere Version als dieses Programm.", [problem])
    return str(raw["city"])


def _read_entry(line: str, number: int, head: str, path: Path) -> Entry:
    where = f"{path}, Eintrag {number}"
    raw = _parse(line)
    payload = raw.get("entry")
    if not isinstance(payload, dict):
        raise LedgerError(_BROKEN, [Problem(where, "unlesbar", _WHOLE)])
    where += f" ({payload.get('edition')})"
    if raw.get("sha256") != _hash(_dump(payload)):
        raise LedgerError(_BROKEN, [Problem(where, "der Inhalt wurde verändert", _WHOLE)])
    if payload.get("number") != number or payload.get("previous") != head:
        what = "passt nicht zum Eintrag davor: einer fehlt, wurde verändert oder vertauscht"
        raise LedgerError(_BROKEN, [Problem(where, what, _WHOLE)])
    try:
        return _ENTRY.validate_python({**payload, "sha256": raw["sha256"]})
    except ValidationError as error:
        names = ", ".join(".".join(map(str, e["loc"])) for e in error.errors())
        problem = Problem(where, f"unverständlich: {names}", "ein Eintrag dieser Version")
        raise LedgerError(_BROKEN, [problem]) from None


def _parse(line: str) -> dict[str, Any]:
    try:
        raw = json_of(line)
    except json.JSONDecodeError:
        return {}
    return raw if isinstance(raw, dict) else {}


def _header(city: str) -> str:
    return _dump({"kind": _KIND, "format": FORMAT, "city": city})


def _line(entry: Entry) -> str:
    return f'{{"entry": {_payload(entry)}, "sha256": {_dump(entry.sha256)}}}'


def _payload(entry: Entry) -> str:
    """An entry as text: what people look for first, the tables last."""
    content = asdict(entry)
    last = ("cells", "links", "revisions")
    head = {k: v for k, v in content.items() if k not in {*last, "number", "sha256"}}
    return _dump({"number": entry.number, **head, **{k: content[k] for k in last}})


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _as_parquet(frame: pd.DataFrame) -> str:
    file = BytesIO()
    table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    pq.write_table(table, file, compression="zstd")
    return base64.b64encode(file.getvalue()).decode()


def _table_of(content: bytes, columns: list[str] | None = None) -> pa.Table:
    """Read a table from memory in this thread alone.

    Arrow's own threads let go of a Python buffer late; where the program has ended by then,
    they end it with an abort instead.
    """
    source = BytesIO(content)
    return pq.read_table(source, columns=columns, use_threads=False, pre_buffer=False)


def _read_parquet(text: str) -> pd.DataFrame:
    table = _table_of(base64.b64decode(text))
    frame: pd.DataFrame = table.to_pandas(ignore_metadata=True)
    return frame


def names_of(entries: Iterable[Entry]) -> str:
    """The ids of some entries, for messages."""
    return ", ".join(e.edition for e in entries) or "keine"
