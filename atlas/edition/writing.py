"""Writing an edition whole under a temporary name, then putting it in place in one step."""

import contextlib
import ctypes
import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from atlas.edition.manifest import FORMAT, Draft, LedgerMark, Manifest, content_of
from atlas.edition.reading import DOCUMENTS, Edition, open_edition, read_manifest
from atlas.edition.schema import GEO_TABLES, TABLES, empty_table, pandas_types
from atlas.folders import scratch_beside
from geodata.errors import EditionError, OutputError, why
from geodata.files import sha256_of

_ABANDONED_S = 3600


@dataclass(frozen=True)
class Published:
    """An edition that is written whole but not yet in its place.

    Parameters
    ----------
    folder
        Where its tables lie.
    id, content, created, software
        As its manifest will say.
    """

    folder: Path
    id: str
    content: str
    created: str
    software: str


def publish(
    out: Path,
    draft: Draft,
    tables: Mapping[str, pd.DataFrame],
    documents: Mapping[str, Mapping[str, Any]],
    outlines: Mapping[tuple[str, str], str],
    *,
    replace: bool = False,
    is_draft: bool = False,
    record: Callable[[Published], LedgerMark] | None = None,
) -> Edition:
    """Write an edition whole, then put it in its place in one step.

    Parameters
    ----------
    out
        Where the edition shall lie.
    draft
        All that the manifest says beside hashes and clock.
    tables
        By name in `TABLES`; a table that is not given is written empty.
    documents
        ``catalogue`` and ``checks``.
    outlines
        GeoJSON text by vintage and level.
    replace
        Whether an existing edition may be exchanged.
    is_draft
        Whether it is only to be looked at.
    record
        Enters the edition into the ledger, before it is put in its place: an entry without
        an edition does no harm, an edition without an entry would.

    Raises
    ------
    OutputError
        `out` exists and `replace` is false, it cannot be written, or a draft would take the
        place of a published edition.
    """
    out = out.absolute()
    if out.exists() and not replace:
        raise OutputError(f"{out} gibt es schon; mit --replace wird die Ausgabe ausgetauscht.")
    if out.exists() and not (out / "manifest.json").is_file():
        raise OutputError(f"{out} ist keine Ausgabe und wird deshalb nicht ersetzt.")
    previous = _previous(out)
    if is_draft and previous is not None and previous.ledger is not None:
        raise OutputError(
            f"{out} ist veröffentlicht; ein Entwurf ersetzt sie nicht. Nennen Sie einen "
            "anderen Ordner."
        )
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        _sweep(out)
        with scratch_beside(out) as scratch:
            rows = {
                name: _write_table(scratch, name, tables.get(name), draft.crs) for name in TABLES
            }
            for name in DOCUMENTS:
                _write_json(scratch / f"{name}.json", documents[name])
            for (vintage, level), text in outlines.items():
                file = scratch / "outlines" / vintage / f"{level}.geojson"
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8")
            files = {
                f.relative_to(scratch).as_posix(): sha256_of(f)
                for f in sorted(scratch.rglob("*"))
                if f.is_file()
            }
            ready = _ready(scratch, draft, files)
            _sync(scratch)
            manifest = _manifest(ready, draft, rows, files, previous.content if previous else None)
            mark = record(ready) if record else None
            manifest |= {"draft": is_draft, "ledger": asdict(mark) if mark else None}
            _write_json(scratch / "manifest.json", manifest)
            _sync(scratch)
            _put_in_place(scratch, out)
    except OSError as error:
        raise OutputError(f"{out} kann nicht geschrieben werden: {why(error)}.") from error
    return open_edition(out)


def _ready(folder: Path, draft: Draft, files: Mapping[str, str]) -> Published:
    content = content_of(files)
    return Published(
        folder=folder,
        id=f"{draft.city}-{draft.reporting_date}-{content[:12]}",
        content=content,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        software=f"sozialatlas {version('sozialatlas')}",
    )


def _manifest(
    ready: Published,
    draft: Draft,
    rows: Mapping[str, int],
    files: dict[str, str],
    previous: str | None,
) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "id": ready.id,
        "content": ready.content,
        **asdict(draft),
        "created": ready.created,
        "software": ready.software,
        "previous": previous,
        "tables": {n: {"rows": r, "sha256": files[f"{n}.parquet"]} for n, r in rows.items()},
        "files": files,
    }


def _previous(out: Path) -> Manifest | None:
    if not (out / "manifest.json").is_file():
        return None
    with contextlib.suppress(EditionError):
        return read_manifest(out)
    return None


def _sweep(out: Path) -> None:
    """Remove what a build that was killed left behind, but not what one is writing now."""
    for left in out.parent.glob(f".{out.name}.*.teil"):
        if time.time() - left.stat().st_mtime > _ABANDONED_S:
            shutil.rmtree(left, ignore_errors=True)


def _write_table(folder: Path, name: str, table: pd.DataFrame | None, crs: str) -> int:
    schema = TABLES[name]
    if table is None:
        table = empty_table(name)
        if name in GEO_TABLES:
            table = gpd.GeoDataFrame(table, geometry="geometry", crs=crs)
    extra, missing = set(table.columns) - set(schema), set(schema) - set(table.columns)
    if extra or missing:
        raise ValueError(f"table {name}: missing {sorted(missing)}, unknown {sorted(extra)}")
    keys = [c for c in schema if c != "geometry"]
    ordered = table[list(schema)].sort_values(keys, kind="stable", ignore_index=True)
    file = folder / f"{name}.parquet"
    if name in GEO_TABLES:
        typed = gpd.GeoDataFrame(ordered.astype(pandas_types(name)), geometry="geometry")
        typed.to_parquet(file, index=False)
    else:
        arrow = pa.Table.from_pandas(
            ordered, schema=pa.schema(schema.items()), preserve_index=False
        )
        pq.write_table(arrow.replace_schema_metadata(None), file, compression="zstd")
    return len(ordered)


def _write_json(file: Path, content: Mapping[str, Any]) -> None:
    text = json.dumps(content, ensure_ascii=False, indent=1)
    file.write_text(text + "\n", encoding="utf-8")


def _sync(folder: Path) -> None:
    for file in folder.rglob("*"):
        if file.is_file():
            with file.open("rb") as handle:
                os.fsync(handle.fileno())


def _put_in_place(scratch: Path, out: Path) -> None:
    """Exchange `out` for `scratch`: at once where the system can, else by way of .previous."""
    if not out.exists():
        scratch.rename(out)
        return
    if _exchange(scratch, out):
        return
    previous = out.with_name(out.name + ".previous")
    shutil.rmtree(previous, ignore_errors=True)
    out.rename(previous)
    scratch.rename(out)
    shutil.rmtree(previous, ignore_errors=True)


def _exchange(a: Path, b: Path) -> bool:
    """Swap two folders atomically (Linux ``renameat2``); False where that is not possible."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except AttributeError:
        return False
    at_cwd, exchange = -100, 2
    return bool(rename(at_cwd, os.fsencode(a), at_cwd, os.fsencode(b), exchange) == 0)
