"""OGC API Features, parts 1 (core) and 2 (reference systems): a collection, page by page."""

from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import geopandas as gpd

from geodata.errors import ServiceError
from geodata.files.nested import json_of
from geodata.sources.content import Pages
from geodata.sources.features import parse_page
from geodata.sources.http import Answer, get, host_of
from geodata.sources.service import ServiceOptions, east_first
from geodata.sources.wfs import with_query

_JSON = "application/geo+json, application/json;q=0.9"
_MAX_PAGES = 10_000


def read_ogcapi(url: str, layer: str, crs: str, options: ServiceOptions) -> gpd.GeoDataFrame:
    """Ask for all features of a collection.

    Raises
    ------
    ServiceError
        No answer, an unknown collection, pages that lead elsewhere, overlap or do not add up.
    """
    base, where = url.rstrip("/").removesuffix("/collections"), host_of(url)
    collection = _collection(base, layer, options)
    query = {"f": "json", "limit": str(options.page_size)}
    systems = [str(c) for c in collection.get("crs") or []]
    asked = next((c for c in systems if _same_system(c, crs) and east_first(crs)), None)
    if asked:
        query["crs"] = asked
    if options.bbox:
        query |= _bbox(options.bbox, crs, asked)
    address: str | None = with_query(f"{base}/collections/{quote(layer, safe=':')}/items", query)
    pages, matched, visited = Pages(), None, set()
    for _ in range(_MAX_PAGES):
        if address is None or address in visited:
            break
        visited.add(address)
        answer = get(address, options.timeout_seconds, _JSON)
        page = parse_page(answer.body, where, None)
        matched = page.matched if matched is None else matched
        pages.add(_in_system(page.frame, answer, crs if asked else None), page.ids)
        address = _onward(address, page.next) if len(page.frame) else None
    _check_whole(pages, matched, where)
    return pages.whole()


def _collection(base: str, layer: str, options: ServiceOptions) -> dict[str, Any]:

    address = with_query(f"{base}/collections", {"f": "json"})
    answer = get(address, options.timeout_seconds, "application/json")
    try:
        known = {str(c["id"]): c for c in json_of(answer.body)["collections"]}
    except (ValueError, KeyError, TypeError):
        raise ServiceError(f"{host_of(base)} ist kein Dienst nach OGC API Features.") from None
    if layer not in known:
        names = ", ".join(sorted(known)[:20]) or "keine"
        raise ServiceError(f"{host_of(base)} hat die Sammlung {layer!r} nicht; es gibt: {names}.")
    return dict(known[layer])


def _same_system(address: str, crs: str) -> bool:
    """Whether ``…/def/crs/EPSG/0/25833`` is the system ``EPSG:25833``."""
    return address.rstrip("/").split("/")[-3::2] == crs.upper().split(":")


def _bbox(bbox: tuple[float, float, float, float], crs: str, asked: str | None) -> dict[str, str]:
    if asked:
        return {"bbox": ",".join(f"{v:.3f}" for v in bbox), "bbox-crs": asked}
    from pyproj import Transformer

    degrees = Transformer.from_crs(crs, "OGC:CRS84", always_xy=True).transform_bounds(*bbox)
    return {"bbox": ",".join(f"{v:.7f}" for v in degrees)}


def _in_system(frame: gpd.GeoDataFrame, answer: Answer, asked: str | None) -> gpd.GeoDataFrame:
    """GeoJSON itself always claims degrees; the header says what was really sent."""
    told = answer.headers.get("Content-Crs", "").strip("<> ")
    if asked and len(frame) and _same_system(told, asked):
        return frame.set_crs(asked, allow_override=True)
    return frame


def _onward(address: str, link: str | None) -> str | None:
    """The next page, which must be on the same host: the project names whom we ask."""
    if link is None:
        return None
    target = urljoin(address, link)
    if urlsplit(target).hostname != urlsplit(address).hostname:
        raise ServiceError(
            f"Die nächste Seite von {host_of(address)} läge auf einem anderen Rechner: "
            f"{host_of(target)}. Abgebrochen."
        )
    return target


def _check_whole(pages: Pages, matched: int | None, where: str) -> None:
    if pages.repeated:
        raise ServiceError(
            f"{where} schickt beim Blättern Gebiete doppelt, zum Beispiel {pages.repeated[0]}."
        )
    if matched is not None and pages.rows != matched:
        raise ServiceError(f"{where} nennt {matched} Gebiete, schickt aber {pages.rows}.")
    if not pages.rows:
        raise ServiceError(f"{where} schickt kein einziges Gebiet.")
