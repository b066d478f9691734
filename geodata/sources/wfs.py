"""Web Feature Service 2.0 and 1.1: what it offers, then page by page.

Servers differ in what a plain request would hide: the name of GeoJSON among the output
formats, whether ``srsName`` is heeded, how many features come at a time. So the
capabilities are asked first, the city's metric system is asked for (east before north,
so that no reading of the axes can differ), and all pages must add up.
"""

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit
from xml.etree import ElementTree as Xml

import geopandas as gpd

from geodata.errors import ServiceError
from geodata.files.nested import has_document_type
from geodata.sources.content import Pages
from geodata.sources.features import parse_page, told_number
from geodata.sources.http import get, host_of
from geodata.sources.service import ServiceOptions, east_first

_VERSIONS = ("2.0.0", "1.1.0")
_OURS = {
    "service",
    "request",
    "version",
    "typename",
    "typenames",
    "outputformat",
    "srsname",
    "resulttype",
}
_MAX_PAGES = 10_000


@dataclass(frozen=True)
class Capabilities:
    """What a service says of itself."""

    version: str
    types: dict[str, list[str]]
    formats: list[str]
    most_at_once: int | None
    rights: str = ""


def read_wfs(url: str, layer: str, crs: str, options: ServiceOptions) -> gpd.GeoDataFrame:
    """Ask for all features of a type.

    Raises
    ------
    ServiceError
        No answer, an exception, an unknown type, pages that overlap or do not add up.
    """
    where = host_of(url)
    offered = capabilities(url, options)
    name = type_name(offered, layer, where)
    query = {"SERVICE": "WFS", "REQUEST": "GetFeature", "VERSION": offered.version}
    query["TYPENAMES" if offered.version == "2.0.0" else "TYPENAME"] = name
    json_format = next((f for f in offered.formats if "json" in f.lower()), None)
    if json_format:
        query["OUTPUTFORMAT"] = json_format
    asked = _system(offered.types[name], crs)
    if asked:
        query["SRSNAME"] = asked
    if options.bbox:
        query["BBOX"] = ",".join(f"{v:.3f}" for v in options.bbox) + f",{_urn(crs)}"
    return _all_pages(url, query, offered, crs if asked else None, options)


def _all_pages(
    url: str,
    query: dict[str, str],
    offered: Capabilities,
    asked: str | None,
    options: ServiceOptions,
) -> gpd.GeoDataFrame:
    """Ask until all are there; a short page alone says nothing: servers cut without a word."""
    where, pages, matched = host_of(url), Pages(), None
    size = min(options.page_size, offered.most_at_once or options.page_size)
    count = "COUNT" if offered.version == "2.0.0" else "MAXFEATURES"
    for _ in range(_MAX_PAGES):
        window = {count: str(size), "STARTINDEX": str(pages.rows)}
        answer = get(with_query(url, query | window), options.timeout_seconds)
        page = parse_page(answer.body, where, asked)
        if offered.version == "2.0.0" and page.matched is not None:
            matched = page.matched if matched is None else matched
        if len(pages.frames) == 1 and pages.is_again(page.frame):
            matched = _told(url, query, options)
            break
        pages.add(page.frame, page.ids)
        if not len(page.frame) or pages.repeated or (matched and pages.rows >= matched):
            break
    _check_whole(pages, matched, where)
    return pages.whole()


def _told(url: str, query: dict[str, str], options: ServiceOptions) -> int:
    """How many there are by the server's own count, where it sends the first page only."""
    plain = {k: v for k, v in query.items() if k != "OUTPUTFORMAT"}
    answer = get(with_query(url, plain | {"RESULTTYPE": "hits"}), options.timeout_seconds)
    told = told_number(answer.body)
    if told is None:
        raise ServiceError(
            f"{host_of(url)} blättert nicht und sagt nicht, wie viele Gebiete es gibt; ob alle "
            "angekommen sind, ist nicht zu erkennen. Nehmen Sie die Ebene als Datei."
        )
    return told


def _check_whole(pages: Pages, matched: int | None, where: str) -> None:
    if pages.repeated:
        raise ServiceError(
            f"{where} schickt beim Blättern Gebiete doppelt, zum Beispiel {pages.repeated[0]}; "
            "dann fehlen andere. Setzen Sie page_size so hoch, dass alles auf eine Seite passt."
        )
    if matched is not None and pages.rows != matched:
        raise ServiceError(f"{where} nennt {matched} Gebiete, schickt aber {pages.rows}.")
    if not pages.rows:
        raise ServiceError(f"{where} schickt kein einziges Gebiet.")


def capabilities(url: str, options: ServiceOptions) -> Capabilities:
    """Ask a service which types, formats and systems it has."""
    query = {"SERVICE": "WFS", "REQUEST": "GetCapabilities"}
    query |= {"VERSION": options.version} if options.version else {"ACCEPTVERSIONS": "2.0.0,1.1.0"}
    root = _xml(get(with_query(url, query), options.timeout_seconds).body, host_of(url))
    version: str = options.version or root.get("version") or ""
    if version not in _VERSIONS:
        raise ServiceError(
            f"{host_of(url)} ist kein WFS der Version 2.0.0 oder 1.1.0 (gefunden: "
            f"{version or _local(root.tag)})."
        )
    return Capabilities(version, _types(root), _formats(root), _count_default(root), _rights(root))


def _xml(body: bytes, where: str) -> Xml.Element:
    if has_document_type(body):
        raise ServiceError(f"Die Antwort von {where} enthält XML mit DOCTYPE; abgelehnt.")
    try:
        return Xml.fromstring(body)  # noqa: S314 - entities are refused above
    except Xml.ParseError as error:
        raise ServiceError(f"Die Antwort von {where} ist kein lesbares XML: {error}.") from None


def _local(tag: str) -> str:
    return tag.rsplit("}", 1)[-1]


def _texts(element: Xml.Element, *names: str) -> list[str]:
    return [(e.text or "").strip() for e in element.iter() if _local(e.tag) in names]


def _types(root: Xml.Element) -> dict[str, list[str]]:
    """Systems by feature type, the default one first."""
    found = {}
    for kind in (e for e in root.iter() if _local(e.tag) == "FeatureType"):
        systems = _texts(kind, "DefaultCRS", "DefaultSRS") + _texts(kind, "OtherCRS", "OtherSRS")
        found.update(dict.fromkeys(_texts(kind, "Name")[:1], systems))
    return found


def _formats(root: Xml.Element) -> list[str]:
    for operation in (e for e in root.iter() if _local(e.tag) == "Operation"):
        if operation.get("name") == "GetFeature":
            for parameter in operation:
                if _local(parameter.tag) == "Parameter" and parameter.get("name") == "outputFormat":
                    return _texts(parameter, "Value")
    return []


def _rights(root: Xml.Element) -> str:
    """What the service says of its use: fees, then conditions; empty where nothing is said."""
    for head in (e for e in root.iter() if _local(e.tag) == "ServiceIdentification"):
        told = _texts(head, "Fees") + _texts(head, "AccessConstraints")
        return " | ".join(dict.fromkeys(" ".join(t.split()) for t in told if _says_something(t)))
    return ""


def _says_something(text: str) -> bool:
    return text.strip().lower() not in ("", "none", "keine")


def _count_default(root: Xml.Element) -> int | None:
    for rule in (e for e in root.iter() if _local(e.tag) == "Constraint"):
        if rule.get("name") == "CountDefault":
            told = [t for t in _texts(rule, "DefaultValue", "Value") if t.isdigit() and int(t) > 0]
            return int(told[0]) if told else None
    return None


def type_name(offered: Capabilities, layer: str, where: str) -> str:
    """The type's full name; the part before the colon may be left out where that is clear."""
    if layer in offered.types:
        return layer
    ends = [name for name in offered.types if name.rsplit(":", 1)[-1] == layer]
    if len(ends) == 1:
        return ends[0]
    known = ", ".join(sorted(offered.types)[:20]) or "keine"
    raise ServiceError(f"{where} hat die Ebene {layer!r} nicht; es gibt: {known}.")


def _code(system: str) -> str | None:
    found = re.search(r"EPSG.*?(\d{4,6})$", system)
    return found.group(1) if found else None


def _urn(crs: str) -> str:
    code = _code(crs)
    return f"urn:ogc:def:crs:EPSG::{code}" if code else crs


def _system(offered: list[str], crs: str) -> str | None:
    """The offered name of the city's system, if the service has it and nobody can swap it."""
    code = _code(crs)
    if code is None or not east_first(crs):
        return None
    return next((name for name in offered if _code(name) == code), None)


def with_query(url: str, query: dict[str, str]) -> str:
    """An address with our parameters instead of those it may carry of the same names."""
    parts = urlsplit(url)
    own = [(k, v) for k, v in parse_qsl(parts.query) if k.lower() not in _OURS]
    return urlunsplit(parts._replace(query=urlencode([*own, *query.items()], safe=":,/")))
