"""Opening an edition after checking that it is whole."""

import json
from functools import cached_property
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyarrow.parquet as pq
from pydantic import ValidationError

from atlas.edition.manifest import FORMAT, MANIFEST, Manifest, content_of
from atlas.edition.schema import TABLES, pandas_types
from geodata.errors import EditionError, FileMissingError, Problem, ProblemCollector
from geodata.files import sha256_of
from geodata.files.nested import json_of

DOCUMENTS = ("catalogue", "checks")


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
        return read_json(self.path / "catalogue.json")

    @cached_property
    def checks(self) -> dict[str, Any]:
        """The check report of the build."""
        return read_json(self.path / "checks.json")

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
    manifest = read_manifest(path)
    _check_files(path, manifest)
    return Edition(path, manifest)


def read_manifest(path: Path) -> Manifest:
    """Read a manifest of this format, or say why it is none."""
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
    raw = read_json(file)
    if raw.get("format") != FORMAT:
        raise EditionError(
            f"Die Ausgabe {path} hat ein anderes Format.",
            [Problem("manifest.json, format", f"gefunden {raw.get('format')!r}", str(FORMAT))],
        )
    try:
        return MANIFEST.validate_python(raw)
    except ValidationError as error:
        problems = [
            Problem("manifest.json, " + ".".join(map(str, e["loc"])), str(e["msg"]))
            for e in error.errors()
        ]
        raise EditionError(
            f"Das Verzeichnis der Ausgabe {path} ist fehlerhaft.", problems
        ) from None


def read_json(file: Path) -> dict[str, Any]:
    """Read a JSON object of an edition."""
    try:
        raw = json_of(file.read_text(encoding="utf-8"))
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
    if not missing and content_of(manifest.files) != manifest.content:
        found.add("manifest.json, content", "passt nicht zu den Tabellen")
    found.raise_if_any(EditionError, f"Die Ausgabe {path} ist nicht vollständig oder verändert.")


def _expected_files() -> list[str]:
    return [*(f"{t}.parquet" for t in TABLES), *(f"{d}.json" for d in DOCUMENTS)]


def _read_table(path: Path, name: str) -> pd.DataFrame:
    types = pandas_types(name)
    table = pq.read_table(path / f"{name}.parquet", columns=list(types))
    frame: pd.DataFrame = table.to_pandas(ignore_metadata=True)
    return frame.astype(types)
