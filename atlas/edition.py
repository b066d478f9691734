"""A published edition: written whole, verified, opened; the only input of all that is shown.

An edition is a folder of Parquet and JSON files (see `TABLES`). It is written under a
temporary name beside its place and put there in one step; nothing half-written opens.
"""

import contextlib
import ctypes
import hashlib
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, field
from datetime import UTC, datetime
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from geodata.errors import EditionError, FileMissingError, OutputError, Problem, ProblemCollector
from geodata.model import Level, Vintage
from indicators.disclosure.identities import Relation

FORMAT = 1
_ABANDONED_S = 3600
_T, _I, _F, _B = pa.string(), pa.int64(), pa.float64(), pa.bool_()
_AREA = {"area": _T, "level": _T, "vintage": _T}

TABLES: Mapping[str, Mapping[str, pa.DataType]] = {
    "areas": {
        "vintage": _T,
        "level": _T,
        "area": _T,
        "name": _T,
        "parent": _T,
        "inhabited": _B,
        "geometry": pa.binary(),
    },
    "hierarchies": {
        "hierarchy": _T,
        "vintage": _T,
        "child_level": _T,
        "child": _T,
        "parent_level": _T,
        "parent": _T,
    },
    "vintages": {
        "level": _T,
        "from_vintage": _T,
        "from_area": _T,
        "to_vintage": _T,
        "to_area": _T,
        "weight": _F,
        "method": _T,
    },
    "groups": {
        "group": _T,
        "dimension": _T,
        "member": _T,
        "parent": _T,
        "name_de": _T,
        "name_en": _T,
    },
    "counts": {
        **_AREA,
        "period": _T,
        "measure": _T,
        "group": _T,
        "count": _I,
        "bound_low": _I,
        "bound_high": _I,
        "status": _T,
        "method": _T,
    },
    "values": {
        **_AREA,
        "period": _T,
        "indicator": _T,
        "group": _T,
        "value": _F,
        "low": _F,
        "high": _F,
        "bound_low": _F,
        "bound_high": _F,
        "numerator": _F,
        "denominator": _F,
        "status": _T,
        "estimated_share": _F,
    },
    "index": {
        **_AREA,
        "period": _T,
        "index": _T,
        "score": _F,
        "class": _T,
        "robustness": _F,
        "status": _T,
    },
    "index_parts": {
        **_AREA,
        "period": _T,
        "index": _T,
        "indicator": _T,
        "value": _F,
        "z": _F,
        "weight": _F,
    },
    "hotspots": {
        **_AREA,
        "period": _T,
        "indicator": _T,
        "group": _T,
        "method": _T,
        "statistic": _F,
        "p_value": _F,
        "q_value": _F,
        "class": _T,
        "cluster": _T,
        "neighbours": _I,
        "permutations": _I,
        "seed": _I,
        "status": _T,
        "reason": _T,
    },
    "clusters": {
        "cluster": _T,
        "level": _T,
        "vintage": _T,
        "period": _T,
        "indicator": _T,
        "group": _T,
        "areas": _I,
        "observed": _F,
        "expected": _F,
        "relative_risk": _F,
        "log_likelihood_ratio": _F,
        "p_value": _F,
    },
    "trends": {
        **_AREA,
        "indicator": _T,
        "group": _T,
        "period_from": _T,
        "period_to": _T,
        "change": _F,
        "low": _F,
        "high": _F,
        "class": _T,
        "break": _T,
        "status": _T,
    },
    "concentration": {
        "level": _T,
        "vintage": _T,
        "period": _T,
        "measure": _T,
        "group": _T,
        "statistic": _T,
        "value": _F,
        "status": _T,
    },
    "places": {
        "place": _T,
        "name": _T,
        "kind": _T,
        "owner": _T,
        "barrier_free": _T,
        "capacity": _I,
        "accepts": _T,
        "address": _T,
        "source": _T,
        "area": _T,
        "geometry": pa.binary(),
    },
    "windows": {"place": _T, "weekday": _I, "start": _T, "end": _T, "known": _B},
    "sessions": {
        "place": _T,
        "provider": _T,
        "team": _T,
        "kind": _T,
        "groups": _T,
        "weekday": _I,
        "start": _T,
        "end": _T,
        "valid_from": _T,
        "valid_to": _T,
    },
    "travel": {
        **_AREA,
        "place": _T,
        "mode": _T,
        "profile": _T,
        "minutes": _F,
        "minutes_p90": _F,
        "status": _T,
    },
}
"""Columns and types of every table, in the order in which they are written.

``period`` and the ``valid_…`` columns are ISO dates as text; ``weekday`` is 0 for Monday;
times are ``HH:MM``. ``measure``, ``indicator`` and ``group`` are keys of the catalogue.
"""

GEO_TABLES = frozenset({"areas", "places"})
DOCUMENTS = ("catalogue", "checks")
_PANDAS = {_I: "Int64", _F: "float64", _T: "str", _B: "boolean"}


@dataclass(frozen=True)
class SourceCard:
    """A file the edition was made from."""

    name: str
    title: str
    publisher: str
    licence: str
    attribution: str
    period: str
    sha256: str


@dataclass(frozen=True)
class HierarchyInfo:
    """A grouping of areas; the main one has the key ``raum``."""

    key: str
    name: str
    levels: tuple[str, ...]


@dataclass(frozen=True)
class DisclosureSummary:
    """The rule, and what the audit found."""

    threshold: int
    zeros: str
    suppressed: int
    cells: int
    audited: int
    narrowest: int | None
    methods: dict[str, str] = field(default_factory=dict)
    public_measures: tuple[str, ...] = ()


@dataclass(frozen=True)
class IndexInfo:
    """An index and its classes in order, as German words."""

    key: str
    name: str
    classes: tuple[str, ...]


@dataclass(frozen=True)
class TableInfo:
    """Rows and hash of one table."""

    rows: int
    sha256: str


@dataclass(frozen=True)
class Draft:
    """What a build knows about an edition before it is written."""

    title: str
    city: str
    notice: str
    language: str
    crs: str
    reporting_date: str
    project_sha256: str
    sources: tuple[SourceCard, ...]
    levels: tuple[Level, ...]
    hierarchies: tuple[HierarchyInfo, ...]
    vintages: tuple[Vintage, ...]
    disclosure: DisclosureSummary
    equations: tuple[Relation, ...] = ()
    indices: tuple[IndexInfo, ...] = ()
    default_indicator: str | None = None
    scenario: str | None = None


@dataclass(frozen=True)
class Manifest(Draft):
    """`manifest.json`: what an edition is and how to tell it is whole."""

    format: int = FORMAT
    id: str = ""
    content: str = ""
    created: str = ""
    software: str = ""
    previous: str | None = None
    tables: dict[str, TableInfo] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)


_MANIFEST: TypeAdapter[Manifest] = TypeAdapter(Manifest)


class Edition:
    """An opened edition. Tables are read when first asked for.

    Parameters
    ----------
    path
        The folder.
    manifest
        Its parsed manifest.
    """

    def __init__(self, path: Path, manifest: Manifest) -> None:
        self.path = path
        self.manifest = manifest
        self._tables: dict[str, pd.DataFrame] = {}

    @property
    def plans_path(self) -> Path:
        """The folder beside the edition in which its plans lie."""
        return self.path.with_name(self.path.name + ".plans")

    def table(self, name: str) -> pd.DataFrame:
        """A table by its name in `TABLES`; do not change it in place."""
        if name not in self._tables:
            self._tables[name] = _read_table(self.path, name)
        return self._tables[name]

    @cached_property
    def areas(self) -> gpd.GeoDataFrame:
        """The areas with their geometry in the city's CRS."""
        return gpd.read_parquet(self.path / "areas.parquet")

    @cached_property
    def places(self) -> gpd.GeoDataFrame:
        """The rooms and services with their geometry in the city's CRS."""
        return gpd.read_parquet(self.path / "places.parquet")

    @cached_property
    def catalogue(self) -> dict[str, Any]:
        """The sheets of the measures and indicators used."""
        return _read_json(self.path / "catalogue.json")

    @cached_property
    def checks(self) -> dict[str, Any]:
        """The check report of the build."""
        return _read_json(self.path / "checks.json")

    def outline_path(self, vintage: str, level: str) -> Path:
        """The simplified outlines of a level, WGS84."""
        return self.path / "outlines" / vintage / f"{level}.geojson"


def open_edition(path: Path) -> Edition:
    """Open an edition after checking that it is whole.

    Every file named in the manifest must be there with its size and hash. Where the folder
    is missing but ``<path>.previous`` is there, that one is put back first: an exchange
    was interrupted.

    Raises
    ------
    FileMissingError
        There is nothing at `path`.
    EditionError
        The folder is no edition, is damaged, or has another format version.
    """
    path = path.absolute()
    previous = path.with_name(path.name + ".previous")
    if not path.exists() and previous.is_dir():
        previous.rename(path)
    if not path.is_dir():
        raise FileMissingError(f"Die Ausgabe {path} gibt es nicht.")
    manifest = _read_manifest(path)
    _check_files(path, manifest)
    return Edition(path, manifest)


def _read_manifest(path: Path) -> Manifest:
    file = path / "manifest.json"
    if not file.is_file():
        raise EditionError(
            f"{path} ist keine vollständige Ausgabe.",
            [
                Problem(
                    str(path), "manifest.json fehlt", "ein Ordner, den `sozialatlas build` schrieb"
                )
            ],
        )
    raw = _read_json(file)
    if raw.get("format") != FORMAT:
        raise EditionError(
            f"Die Ausgabe {path} hat ein anderes Format.",
            [Problem("manifest.json, format", f"gefunden {raw.get('format')!r}", str(FORMAT))],
        )
    try:
        return _MANIFEST.validate_python(raw)
    except ValidationError as error:
        problems = [
            Problem("manifest.json, " + ".".join(map(str, e["loc"])), str(e["msg"]))
            for e in error.errors()
        ]
        raise EditionError(
            f"Das Verzeichnis der Ausgabe {path} ist fehlerhaft.", problems
        ) from None


def _read_json(file: Path) -> dict[str, Any]:
    try:
        raw = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise EditionError(
            "Die Ausgabe ist beschädigt.", [Problem(str(file), str(error), "unverändertes JSON")]
        ) from None
    if not isinstance(raw, dict):
        raise EditionError("Die Ausgabe ist beschädigt.", [Problem(str(file), "kein JSON-Objekt")])
    return raw


def _check_files(path: Path, manifest: Manifest) -> None:
    found = ProblemCollector()
    for name, digest in manifest.files.items():
        file = path / name
        if not file.is_file():
            found.add(name, "die Datei fehlt")
        elif sha256_of(file) != digest:
            found.add(name, "der Inhalt wurde verändert")
    missing = sorted(set(_expected_files()) - set(manifest.files))
    for name in missing:
        found.add("manifest.json, files", f"{name} ist nicht verzeichnet")
    if not missing and _content(manifest.files) != manifest.content:
        found.add("manifest.json, content", "passt nicht zu den Tabellen")
    found.raise_if_any(EditionError, f"Die Ausgabe {path} ist nicht vollständig oder verändert.")


def _expected_files() -> list[str]:
    return [*(f"{t}.parquet" for t in TABLES), *(f"{d}.json" for d in DOCUMENTS)]


def sha256_of(file: Path) -> str:
    """Hash of a file."""
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _content(files: Mapping[str, str]) -> str:
    tables = sorted(d for name, d in files.items() if name.endswith(".parquet"))
    return hashlib.sha256("\n".join(tables).encode()).hexdigest()


def publish(
    out: Path,
    draft: Draft,
    tables: Mapping[str, pd.DataFrame],
    documents: Mapping[str, Mapping[str, Any]],
    outlines: Mapping[tuple[str, str], str],
    *,
    replace: bool = False,
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

    Raises
    ------
    OutputError
        `out` exists and `replace` is false, or it cannot be written.
    """
    out = out.absolute()
    if out.exists() and not replace:
        raise OutputError(f"{out} gibt es schon; mit --replace wird die Ausgabe ausgetauscht.")
    if out.exists() and not (out / "manifest.json").is_file():
        raise OutputError(f"{out} ist keine Ausgabe und wird deshalb nicht ersetzt.")
    previous = _previous_content(out)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        _sweep(out)
        with _scratch_beside(out) as scratch:
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
            _write_json(scratch / "manifest.json", _manifest(draft, rows, files, previous))
            _sync(scratch)
            _put_in_place(scratch, out)
    except OSError as error:
        raise OutputError(
            f"{out} kann nicht geschrieben werden: {error.strerror or error}."
        ) from error
    return open_edition(out)


def _manifest(
    draft: Draft, rows: Mapping[str, int], files: dict[str, str], previous: str | None
) -> dict[str, Any]:
    content = _content(files)
    return {
        "format": FORMAT,
        "id": f"{draft.city}-{draft.reporting_date}-{content[:12]}",
        "content": content,
        **asdict(draft),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "software": f"sozialatlas {version('sozialatlas')}",
        "previous": previous,
        "tables": {n: {"rows": r, "sha256": files[f"{n}.parquet"]} for n, r in rows.items()},
        "files": files,
    }


def _previous_content(out: Path) -> str | None:
    if not (out / "manifest.json").is_file():
        return None
    with contextlib.suppress(EditionError):
        return _read_manifest(out).content
    return None


def _sweep(out: Path) -> None:
    """Remove what a build that was killed left behind, but not what one is writing now."""
    for left in out.parent.glob(f".{out.name}.*.teil"):
        if time.time() - left.stat().st_mtime > _ABANDONED_S:
            shutil.rmtree(left, ignore_errors=True)


@contextlib.contextmanager
def _scratch_beside(out: Path) -> Iterator[Path]:
    scratch = Path(tempfile.mkdtemp(prefix=f".{out.name}.", suffix=".teil", dir=out.parent))
    scratch.chmod(0o755)
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


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
        types = {c: _PANDAS[schema[c]] for c in keys}
        gpd.GeoDataFrame(ordered.astype(types), geometry="geometry").to_parquet(file, index=False)
    else:
        arrow = pa.Table.from_pandas(
            ordered, schema=pa.schema(schema.items()), preserve_index=False
        )
        pq.write_table(arrow.replace_schema_metadata(None), file, compression="zstd")
    return len(ordered)


def _read_table(path: Path, name: str) -> pd.DataFrame:
    schema = TABLES[name]
    columns = [c for c in schema if c != "geometry"]
    table = pq.read_table(path / f"{name}.parquet", columns=columns)
    frame: pd.DataFrame = table.to_pandas(ignore_metadata=True)
    return frame.astype({c: _PANDAS[schema[c]] for c in columns})


def empty_table(name: str) -> pd.DataFrame:
    """An empty table with the columns and types of `name`."""
    return pd.DataFrame(
        {c: pd.Series(dtype=_PANDAS.get(t, "object")) for c, t in TABLES[name].items()}
    )


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
