"""Fetching layers: whole or not at all, and never over an earlier file unasked."""

import json
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from dataclasses import replace as replaced
from datetime import date
from pathlib import Path

import geopandas as gpd

from atlas.fetch.catalogue import FetchLayer, FetchList
from geodata.errors import ErrorPool, FileMissingError, GeometryError, OutputError, why
from geodata.files import sha256_of
from geodata.files.nested import json_of
from geodata.progress import Progress, silent
from geodata.sources import Opened, ServiceOptions, read_outlines, read_service, rights_said

_EXAMPLES = 5


@dataclass(frozen=True)
class Card:
    """The source card beside a file.

    ``sha256`` is that of the file as it was written, ``content_sha256`` that of rows and
    outlines in any order: it alone tells whether the publisher changed anything.
    ``service_says`` is what the service told of its use on that day; ``licence`` is what the
    list says, and somebody must look where the two differ.
    """

    title: str
    publisher: str
    licence: str
    attribution: str
    address: str
    layer: str
    fetched: str
    crs: str
    rows: int
    columns: tuple[str, ...]
    sha256: str
    content_sha256: str
    service_says: str = ""


@dataclass(frozen=True)
class Fetched:
    """What became of one layer; ``state`` is new, same or replaced."""

    file: Path
    state: str
    rows: int
    changes: tuple[str, ...] = ()

    def __str__(self) -> str:
        words = {"new": "neu", "same": "unverändert", "replaced": "ersetzt"}[self.state]
        more = f" ({'; '.join(self.changes)})" if self.changes else ""
        return f"{self.file.name}: {words}, {self.rows} Gebiete{more}"


def fetch_layers(
    listed: FetchList,
    folder: Path,
    keys: Sequence[str] = (),
    *,
    replace: bool = False,
    timeout_seconds: float = 60.0,
    progress: Progress = silent,
) -> list[Fetched]:
    """Fetch layers into a folder as GeoPackages, each with its card.

    Parameters
    ----------
    keys
        Which layers; all where empty.
    replace
        Whether a file whose content the publisher changed is exchanged.

    Raises
    ------
    FileMissingError
        A layer is not in the list.
    ServiceError, OutputError
        Layers that could not be fetched, or that changed; files of an earlier fetch are
        then as they were, and the other layers are fetched all the same.
    """
    chosen = _chosen(listed, keys)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"Der Ordner {folder} lässt sich nicht anlegen: {why(error)}.") from None
    pool, done = ErrorPool(), []
    for number, layer in enumerate(chosen):
        progress(layer.title, number / len(chosen))
        with pool.catch():
            done.append(_fetch(listed, layer, folder, replace, timeout_seconds))
    progress("fertig", 1.0)
    pool.raise_if_any("Nicht alle Ebenen wurden geholt; frühere Dateien sind unverändert.")
    return done


def _chosen(listed: FetchList, keys: Sequence[str]) -> list[FetchLayer]:
    known = {layer.key: layer for layer in listed.layers}
    unknown = [key for key in keys if key not in known]
    if unknown:
        raise FileMissingError(
            f"{listed.city} hat die Ebene {', '.join(unknown)} nicht; es gibt: {', '.join(known)}."
        )
    return [known[key] for key in keys] if keys else list(known.values())


def _fetch(
    listed: FetchList, layer: FetchLayer, folder: Path, replace: bool, timeout_seconds: float
) -> Fetched:
    options = ServiceOptions(timeout_seconds=timeout_seconds)
    opened = _storable(read_service(layer.address, layer.layer, listed.crs, options, []))
    file = folder / f"{layer.key}.gpkg"
    changes: tuple[str, ...] = ()
    if file.exists():
        card = read_card(file)
        if card and card.content_sha256 == opened.sha256 and card.sha256 == sha256_of(file):
            return Fetched(file, "same", len(opened.frame))
        changes = _changes(file, card, opened)
        if not replace:
            raise OutputError(
                f"{file.name}: Der Inhalt hat sich geändert ({'; '.join(changes)}). Die "
                "bisherige Datei bleibt; mit --replace wird sie ersetzt."
            )
    _write(file, opened, listed, layer, rights_said(layer.address, options))
    return Fetched(file, "replaced" if changes else "new", len(opened.frame), changes)


def _storable(opened: Opened) -> Opened:
    """A GeoPackage keeps ``fid`` for itself; a column of that name gets another."""
    taken = {c: f"{c}_" for c in opened.frame.columns if str(c).lower() in ("fid", "geom")}
    taken.pop(opened.frame.geometry.name, None)
    return replaced(opened, frame=opened.frame.rename(columns=taken))


def card_of(file: Path) -> Path:
    """Where the source card of a file lies."""
    return file.with_name(f"{file.name}.quelle.json")


def read_card(file: Path) -> Card | None:
    """The card beside a file; None where there is none that can be read."""
    try:
        content = json_of(card_of(file).read_text(encoding="utf-8"))
        return Card(**{**content, "columns": tuple(content["columns"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _changes(file: Path, card: Card | None, opened: Opened) -> tuple[str, ...]:
    """What differs between an earlier file and what was just sent, in words."""
    if card is None:
        return ("die Datei hier hat keine lesbare Quellenkarte",)
    if card.sha256 != sha256_of(file):
        return ("die Datei hier wurde nach dem Holen verändert",)
    before, after, told = read_outlines(file).frame, opened.frame, []
    if len(before) != len(after):
        told.append(f"{len(before)} Gebiete vorher, {len(after)} jetzt")
    ours, theirs = set(card.columns), set(_columns(after))
    told += [f"Spalte {c} fehlt jetzt" for c in sorted(ours - theirs)]
    told += [f"Spalte {c} ist neu" for c in sorted(theirs - ours)]
    shapes = set(after.geometry.normalize().to_wkb()) ^ set(before.geometry.normalize().to_wkb())
    if shapes and len(before) == len(after):
        told.append("Umrisse sind anders")
    return tuple(told[:_EXAMPLES]) or ("Angaben zu Gebieten sind anders",)


def _columns(frame: gpd.GeoDataFrame) -> tuple[str, ...]:
    return tuple(str(c) for c in frame.columns if c != frame.geometry.name)


def _write(file: Path, opened: Opened, listed: FetchList, layer: FetchLayer, said: str) -> None:
    """Write file and card under temporary names, then put both in place.

    The card goes first: if the second step fails, card and file contradict each other,
    which the next fetch notices, and never the other way round.
    """
    frame, rights = opened.frame, listed.rights_of(layer)
    if opened.crs is None:
        raise GeometryError(f"{layer.title}: Der Dienst nennt kein Koordinatensystem.")
    try:
        with tempfile.TemporaryDirectory(dir=file.parent, prefix=".fetch-") as place:
            written, card_file = Path(place) / file.name, Path(place) / "card.json"
            frame.to_file(written, layer=layer.key, driver="GPKG")
            card = Card(
                layer.title, rights.publisher, rights.licence, rights.attribution,
                layer.address, layer.layer, date.today().isoformat(), opened.crs, len(frame),
                _columns(frame), sha256_of(written), opened.sha256, said,
            )  # fmt: skip
            text = json.dumps(asdict(card), ensure_ascii=False, indent=2)
            card_file.write_text(text + "\n", encoding="utf-8")
            card_file.replace(card_of(file))
            written.replace(file)
    except OSError as error:
        raise OutputError(f"{file} lässt sich nicht schreiben: {why(error)}.") from None
