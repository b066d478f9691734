"""Places from OpenStreetMap: tags become our columns by a table of rules.

The rules stand in ``osm.toml`` and are data; a project's own rules come before them. A file
is an extract (``.pbf``, read by pyrosm) or a GeoJSON or GeoPackage that carries the tags.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from geodata.errors import Problem, TableError
from geodata.files import ROW, existing, is_nothing
from geodata.files.nested import json_of
from geodata.tags import ANY, OsmRule, Tags, values_of

_HSTORE = re.compile(r'"((?:[^"\\]|\\.)*)"\s*=>\s*"((?:[^"\\]|\\.)*)"')
_PLAIN = ("name", "opening_hours")
_KEYS = (
    *("name", "official_name", "short_name", "operator", "operator:type", "wheelchair"),
    *("capacity", "opening_hours", "addr:street", "addr:place", "addr:housenumber"),
    *("addr:postcode", "addr:city"),
)


@dataclass(frozen=True)
class OsmProfile:
    """Rules in the order in which they are tried, and what single values mean."""

    rules: tuple[OsmRule, ...]
    owners: Mapping[str, str] = field(default_factory=dict)
    barrier_free: Mapping[str, str] = field(default_factory=dict)
    no_capacity: frozenset[str] = frozenset()

    def rule_of(self, tags: Tags) -> OsmRule | None:
        """The first rule that fits; None where none does or it leaves the place out."""
        found = next((rule for rule in self.rules if rule.fits(tags)), None)
        return found if found and found.kind else None

    def row(self, tags: Tags) -> dict[str, str] | None:
        """Our columns as text; None where the tags are those of no place."""
        rule = self.rule_of(tags)
        if rule is None:
            return None
        capacity = tags.get("capacity", "")
        counted = capacity.isdecimal() and rule.kind not in self.no_capacity
        return {
            **{key: tags.get(key, "") for key in _PLAIN},
            "kind": rule.kind,
            "owner": self.owners.get(tags.get("operator:type", ""), rule.owner),
            "barrier_free": self.barrier_free.get(tags.get("wheelchair", ""), ""),
            "capacity": capacity if counted else "",
            "address": _address(tags),
        }

    def filter(self) -> dict[str, list[str] | bool]:
        """Keys and values of which a place has one at least, for pyrosm."""
        wanted: dict[str, set[str]] = {}
        for rule in self.rules:
            for key, value in list(rule.tags.items())[:1]:
                wanted.setdefault(key, set()).update(values_of(value))
        return {k: True if ANY in v else sorted(v) for k, v in sorted(wanted.items())}

    def keys(self) -> list[str]:
        """Every tag that is looked at."""
        return sorted({*_KEYS, *(key for rule in self.rules for key in rule.tags)})


@cache
def standard_profile() -> OsmProfile:
    """The rules that come with the program."""
    text = (files("geodata.places") / "osm.toml").read_text(encoding="utf-8")
    content = tomllib.loads(text)
    return OsmProfile(
        tuple(OsmRule(**rule) for rule in content["rules"]),
        content["owners"],
        content["barrier_free"],
        frozenset(content["capacity"]["not_for"]),
    )


def profile_with(rules: Iterable[OsmRule]) -> OsmProfile:
    """The standard profile with a project's own rules before it."""
    standard = standard_profile()
    return OsmProfile(
        (*rules, *standard.rules), standard.owners, standard.barrier_free, standard.no_capacity
    )


def _address(tags: Tags) -> str:
    street = tags.get("addr:street") or tags.get("addr:place", "")
    line = f"{street} {tags.get('addr:housenumber', '')}".strip() if street else ""
    return ", ".join(part for part in (line, tags.get("addr:postcode", "")) if part)


def places_of(
    features: gpd.GeoDataFrame, profile: OsmProfile, extra: Mapping[str, str]
) -> gpd.GeoDataFrame:
    """Features with OpenStreetMap tags as rows of our columns; others are left out.

    Parameters
    ----------
    features
        Tags as columns, or in ``tags`` (JSON) or ``other_tags`` (GDAL); an id in ``@id``,
        ``osm_id``, ``osm_way_id`` or ``id``.
    extra
        Our column to a tag that fills it instead.
    """
    rows, kept = [], []
    for number, (record, shape) in enumerate(
        zip(features.drop(columns="geometry").to_dict("records"), features.geometry, strict=True)
    ):
        tags = _tags(record)
        row = profile.row(tags)
        if row is not None and shape is not None and not shape.is_empty:
            row |= {ours: tags.get(tag, "") for ours, tag in extra.items()}
            rows.append({"place": _key(tags), **row, ROW: number + 1})
            kept.append(shape)
    columns = ["place", *_PLAIN, "kind", "owner", "barrier_free", "capacity", "address", ROW]
    table = pd.DataFrame(rows, columns=list(dict.fromkeys([*columns, *extra])))
    text = table.columns.drop(ROW)
    table[text] = table[text].astype("str")
    return gpd.GeoDataFrame(table, geometry=kept, crs=features.crs)


def _tags(record: Mapping[str, Any]) -> dict[str, str]:
    """All tags of a feature: own columns, and what the file has packed into one."""
    tags = {str(k): str(v).strip() for k, v in record.items() if _said(v)}
    for key, value in _HSTORE.findall(tags.pop("other_tags", "")):
        tags.setdefault(key, value.replace('\\"', '"'))
    packed = tags.pop("tags", "")
    if packed.startswith("{"):
        try:
            inner = json_of(packed)
        except ValueError:
            inner = {}
        for key, value in inner.items():
            tags.setdefault(str(key), str(value))
    return tags


def _said(value: object) -> bool:
    return not is_nothing(value) and str(value) != ""


def _key(tags: Tags) -> str:
    """``n`` node, ``w`` way or ``r`` relation with its number; empty where there is none."""
    for column in ("@id", "full_id", "osm_id", "id", "osm_way_id"):
        text = tags.get(column, "")
        match = re.fullmatch(r"(node|way|relation|n|w|r)?/?(\d+)(?:\.0)?", text)
        if match:
            kind = match[1] or tags.get("@type") or tags.get("osm_type", "")
            if column == "osm_way_id":
                kind = "way"
            return f"{kind[:1]}{match[2]}"
    return ""


def read_pbf(path: Path, profile: OsmProfile) -> gpd.GeoDataFrame:
    """Features of an OpenStreetMap extract that may be places.

    Raises
    ------
    FileMissingError
        There is no such file.
    TableError
        It is no extract.
    """
    from pyrosm import OSM

    existing(path)
    try:
        found = OSM(str(path)).get_data_by_custom_criteria(
            custom_filter=profile.filter(), tags_as_columns=profile.keys()
        )
    # pyrosm lets protobuf's, zlib's and its own errors through, which have no common base.
    except Exception as error:
        raise TableError(
            f"{path.name} ist kein lesbarer Auszug aus OpenStreetMap.",
            [Problem(path.name, f"{type(error).__name__}: {error}", "eine Datei .osm.pbf")],
        ) from None
    if found is None or found.empty:
        return gpd.GeoDataFrame({"geometry": []}, geometry="geometry", crs="EPSG:4326")
    return found
