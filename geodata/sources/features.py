"""Pages of features as JSON or GML: parsed, counted, and told apart by their identifiers."""

import re
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np

from geodata.errors import ServiceError
from geodata.files.nested import json_of
from geodata.sources import files

_ROOT = re.compile(rb"<(?:\w+:)?FeatureCollection\b([^>]*)>")
_MEMBER = re.compile(rb"<(?:\w+:)?(?:member|featureMembers?)\b")
_ATTRIBUTE = re.compile(rb"\b(numberMatched|numberOfFeatures)\s*=\s*[\"'](\w+)[\"']")


@dataclass(frozen=True)
class Page:
    """One answer: features, their identifiers, how many there are in all, where more is."""

    frame: gpd.GeoDataFrame
    ids: list[str]
    matched: int | None
    next: str | None = None


def parse_page(body: bytes, where: str, asked_crs: str | None) -> Page:
    """Read an answer, whichever of the two languages it is in.

    Parameters
    ----------
    asked_crs
        The system asked for: GeoJSON can leave out which one it is in.
    """
    start = body[:200].lstrip(b"\xef\xbb\xbf \t\r\n")
    try:
        return _json_page(body, where, asked_crs) if start[:1] == b"{" else _gml_page(body, where)
    except (files.UnreadableError, files.NoLayerError) as error:
        raise ServiceError(f"Die Antwort von {where} ist nicht lesbar: {error}.") from None


def _json_page(body: bytes, where: str, asked_crs: str | None) -> Page:
    try:
        content: dict[str, Any] = json_of(body)
    except ValueError:
        raise ServiceError(f"Die Antwort von {where} ist kein vollständiges JSON.") from None
    features = content.get("features")
    if not isinstance(features, list):
        raise ServiceError(f"Die Antwort von {where} enthält keine Liste von Gebieten.")
    ids = [str(f["id"]) for f in features if isinstance(f, dict) and f.get("id") is not None]
    matched = content.get("numberMatched", content.get("totalFeatures"))
    links = content.get("links") or []
    onward = [x.get("href") for x in links if isinstance(x, dict) and x.get("rel") == "next"]
    frame = files.parse(body, None)[0] if features else gpd.GeoDataFrame(geometry=[])
    if asked_crs and features and not content.get("crs") and _are_no_degrees(frame):
        frame = frame.set_crs(asked_crs, allow_override=True)
    return Page(
        frame, ids, matched if isinstance(matched, int) else None, onward[0] if onward else None
    )


def _are_no_degrees(frame: gpd.GeoDataFrame) -> bool:
    return bool(np.nanmax(np.abs(frame.total_bounds)) > 360)


def _gml_page(body: bytes, where: str) -> Page:
    root = _ROOT.search(body[:20_000])
    if root is None:
        raise ServiceError(f"Die Antwort von {where} ist weder GeoJSON noch GML.")
    if not body.rstrip().endswith(b"FeatureCollection>") and not root.group(1).endswith(b"/"):
        raise ServiceError(f"Die Antwort von {where} ist mitten im Text zu Ende.")
    matched = told_number(body)
    if matched == 0 or _MEMBER.search(body) is None:
        return Page(gpd.GeoDataFrame(geometry=[]), [], matched)
    frame = files.parse(body, None, gml=True)[0]
    ids = [str(i) for i in frame["gml_id"].dropna()] if "gml_id" in frame else []
    return Page(frame, ids, matched)


def told_number(body: bytes) -> int | None:
    """How many features there are, as the head of a GML answer says; None where it does not."""
    root = _ROOT.search(body[:20_000])
    told: dict[bytes, bytes] = dict(_ATTRIBUTE.findall(root.group(1))) if root else {}
    number = told.get(b"numberMatched", told.get(b"numberOfFeatures", b""))
    return int(number) if number.isdigit() else None
