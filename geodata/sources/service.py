"""Services that a project names in place of a file: WFS, OGC API Features, PostGIS."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import Field
from pyproj import CRS

from geodata.sources.content import Opened, content_hash, crs_name

PREFIXES = {
    "wfs+https://": "WFS",
    "wfs+http://": "WFS",
    "ogcapi+https://": "OGC API Features",
    "ogcapi+http://": "OGC API Features",
    "postgis://": "PostGIS",
}


@dataclass(frozen=True)
class ServiceOptions:
    """How a service is asked.

    Parameters
    ----------
    timeout_seconds
        Time limit of one step: to connect, and for each piece of an answer; for PostGIS of
        the query.
    page_size
        Features asked for at a time.
    bbox
        West, south, east, north in the city's system: only what touches it is asked for.
    version
        Of WFS; the best that the service offers where None.
    geometry
        Geometry column of a PostGIS table that has several.
    """

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    timeout_seconds: Annotated[float, Field(gt=0, le=3600)] = 60.0
    page_size: Annotated[int, Field(ge=1, le=100_000)] = 1000
    bbox: tuple[float, float, float, float] | None = None
    version: Literal["1.1.0", "2.0.0"] | None = None
    geometry: str | None = None


def is_service(address: str) -> bool:
    """Whether an entry ``file`` names a service.

    Examples
    --------
    >>> is_service("wfs+https://gdi.berlin.de/services/wfs/lor_2021")
    True
    >>> is_service("lor_2021.gpkg")
    False
    """
    return address.startswith(tuple(PREFIXES))


def public_name(address: str) -> str:
    """What an edition may print of an entry ``file``: no inner machine, account or query.

    Examples
    --------
    >>> public_name("postgis://leser@db.amt.intern/geo")
    'PostGIS'
    """
    if address.startswith("postgis://"):
        return "PostGIS"
    return address.partition("+")[2].partition("?")[0] if is_service(address) else address


def address_problem(address: str, layer: str | None) -> str | None:
    """Say what is wrong with an entry ``file``; None for a file or a usable address."""
    if not is_service(address):
        if "://" in address:
            return "ein Dienst beginnt mit " + ", ".join(PREFIXES)
        return None
    parts = urlsplit(address)
    wrong = {
        "ein Kennwort steht nie in der Projektdatei; PGPASSWORD oder .pgpass": (
            parts.password is not None or "password" in parts.query.lower()
        ),
        "Zugangsdaten stehen nie in der Projektdatei": (
            parts.username is not None and parts.scheme != "postgis"
        ),
        "die Adresse nennt keinen Rechner": not parts.hostname,
        "ein Dienst braucht layer: den Namen der Ebene, Sammlung oder Tabelle": not layer,
    }
    return next((words for words, is_so in wrong.items() if is_so), None)


def east_first(crs: str) -> bool:
    """Whether a system writes east before north, so that no server can swap the two."""
    axes = CRS.from_user_input(crs).axis_info
    return bool(axes) and axes[0].direction.lower() == "east"


def rights_said(address: str, options: ServiceOptions) -> str:
    """What a WFS itself says of its use; empty for other services and where it says nothing.

    Raises
    ------
    ServiceError
        The service does not answer.
    """
    kind, _, rest = address.partition("+")
    if kind != "wfs":
        return ""
    from geodata.sources.wfs import capabilities

    return capabilities(rest, options).rights


def read_service(
    address: str, layer: str, crs: str, options: ServiceOptions, columns: list[str]
) -> Opened:
    """Ask a service for a layer.

    Parameters
    ----------
    address
        As in the project, with its prefix.
    layer
        Feature type, collection, or table.
    crs
        The city's system; asked for where the service has it.
    options
        Limits and filters.
    columns
        What is needed beside the outlines.

    Raises
    ------
    ServiceError
        The service does not answer, or not wholly; nothing of it is used.
    """
    kind, _, rest = address.partition("+")
    if address.startswith("postgis://"):
        from geodata.sources.postgis import read_postgis

        frame = read_postgis(address, layer, crs, options, columns)
    elif kind == "wfs":
        from geodata.sources.wfs import read_wfs

        frame = read_wfs(rest, layer, crs, options)
    else:
        from geodata.sources.ogcapi import read_ogcapi

        frame = read_ogcapi(rest, layer, crs, options)
    label = f"{urlsplit(address).hostname} {layer}"
    return Opened(frame, label, crs_name(frame), sha256=content_hash(frame))
