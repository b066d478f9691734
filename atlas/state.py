"""The address line owns what is shown: one frozen view, made from a query and back.

Any value that an edition does not have falls back to the edition's default and is named in
`View.notes`, so that an old or mistyped link opens with a word instead of an error.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import pandas as pd

from atlas.edition import Edition
from atlas.wording import LANGUAGES, day, text

PAGES = ("ueberblick", "karte", "gebiet", "verteilung", "sprechstunden", "methode")
VALUE, CLUSTER, INDEX = "wert", "haeufung", "index"
LAYERS = (VALUE, CLUSTER, INDEX)
"""What a map can show of a figure: its values, its spatial clusters; or the classes of an index."""

QUERY = {
    "indicator": "kennzahl",
    "group": "gruppe",
    "period": "stichtag",
    "vintage": "gebietsstand",
    "level": "ebene",
    "area": "gebiet",
    "layer": "schicht",
    "index": "index",
    "language": "sprache",
    "plan": "plan",
    "content": "stand",
}
"""Field of a view and its German name in the address."""

_STAND_DIGITS = 12
_SPREAD = ["measure", "group", "level", "vintage", "period"]
_OFFER = ["layer", "key", "group", "level", "vintage", "period"]


@dataclass(frozen=True)
class View:
    """Everything that decides what a page shows.

    Parameters
    ----------
    page
        One of `PAGES`; it is the path of the address.
    indicator, group, period, vintage, level
        Keys of the edition. They name rows that exist: of the table ``values``, or, on the
        map, of the table that `layer` stands for.
    area
        Key of the area that is looked at, on `level` and `vintage`.
    layer, index
        What the map shows, see `LAYERS`; the index is used with the layer ``index``.
    language
        ``de`` or ``en``.
    plan
        Name of a plan of consultation hours.
    content
        First digits of the edition's content hash: tells on what a link was made.
    notes
        What of a query could not be kept, as sentences for the reader.
    """

    page: str
    indicator: str
    group: str
    period: str
    vintage: str
    level: str
    area: str | None = None
    layer: str = VALUE
    index: str | None = None
    language: str = "de"
    plan: str | None = None
    content: str = ""
    notes: tuple[str, ...] = field(default=(), compare=False)


def view_from_query(params: Mapping[str, str], edition: Edition, page: str = "ueberblick") -> View:
    """Read an address; unknown or impossible values fall back, with a note.

    Parameters
    ----------
    params
        The query of the address, German names as in `QUERY`.
    edition
        The edition that is shown.
    page
        The page of the address.
    """
    asked = {name: params[query] for name, query in QUERY.items() if params.get(query)}
    language = _language(asked, edition)
    choose = _Choice(asked, language)
    offer = _OFFERS_OF_PAGE.get(page, offers)(edition)
    layer = choose("layer", _in_order(offer["layer"], LAYERS), VALUE)
    rows = offer[offer["layer"] == (layer if page == "karte" else VALUE)]
    shown = "index" if page == "karte" and layer == INDEX else "indicator"
    if page == "gebiet" and asked.get("level") in set(rows["level"]):
        # Here the area comes first: a figure that its level does not have gives way.
        rows = rows[rows["level"] == asked["level"]]
    keys = _in_order(rows["key"])
    not_spread = page == "verteilung" and _known_but_not_there(asked, shown, keys, edition)
    gives_way = not_spread or (page == "gebiet" and asked.get(shown) not in keys)
    key = choose(shown, keys, edition.manifest.default_indicator, quiet=gives_way)
    rows = rows[rows["key"] == key]
    if not_spread:
        choose.notes.append(_no_spread_note(asked[shown], key, edition, language))
    rows = rows[rows["group"] == (group := choose("group", _in_order(rows["group"]), "total"))]
    order = [level.key for level in edition.manifest.levels]
    one_area = page == "verteilung" and asked.get("level") in order
    levels = _in_order(rows["level"], order)
    if one_area and asked["level"] not in levels and not not_spread:
        choose.notes.append(text("state.no_spread_level", language))
    rows = rows[rows["level"] == (level := choose("level", levels, quiet=one_area))]
    periods = sorted(rows["period"], reverse=True)
    rows = rows[rows["period"] == (period := choose("period", periods, quiet=gives_way))]
    vintages = _in_order(rows["vintage"], [v.key for v in reversed(edition.manifest.vintages)])
    vintage = choose("vintage", vintages, quiet=True)
    areas = _areas_of(edition, level, vintage)
    return View(
        page=page,
        indicator=key if shown == "indicator" else _kept_indicator(asked, edition),
        group=group,
        period=period,
        vintage=vintage,
        level=level,
        area=choose("area", [*areas, ""], "") or None,
        layer=layer,
        index=key if shown == "index" else _kept_index(asked, edition),
        language=language,
        plan=asked.get("plan"),
        content=edition.manifest.content[:_STAND_DIGITS],
        notes=(*_other_edition(asked, edition, language), *choose.notes),
    )


def query_of(view: View) -> dict[str, str]:
    """The query of an address that opens this view again (without the page, its path)."""
    values = {query: getattr(view, name) for name, query in QUERY.items()}
    plain = {QUERY["group"]: "total", QUERY["layer"]: VALUE, QUERY["language"]: "de"}
    return {q: v for q, v in values.items() if v and plain.get(q) != v}


@lru_cache(maxsize=4)
def offers(edition: Edition) -> pd.DataFrame:
    """Everything an edition can show: one row per layer, key, group, level, vintage, period.

    ``key`` is an indicator, or with the layer ``index`` an index. In the order of the
    catalogue's sheet.
    """
    values = edition.table("values").rename(columns={"indicator": "key"})
    clusters = edition.table("hotspots").rename(columns={"indicator": "key"})
    index = edition.table("index").rename(columns={"index": "key"}).assign(group="total")
    parts = [
        table.assign(layer=layer)[_OFFER].drop_duplicates()
        for layer, table in ((VALUE, values), (CLUSTER, clusters), (INDEX, index))
    ]
    sheet = edition.catalogue
    order = {k: n for n, k in enumerate([*sheet["indicators"], *sheet["indices"]])}
    whole = pd.concat(parts, ignore_index=True)
    return whole.sort_values("key", key=lambda s: s.map(order), kind="stable", ignore_index=True)


@lru_cache(maxsize=4)
def map_offers(edition: Edition) -> pd.DataFrame:
    """The rows of `offers` that can be drawn: with outlines, and more than one area."""
    offer, whole = offers(edition), edition.manifest.levels[-1].key
    pairs = offer[["vintage", "level"]].drop_duplicates().itertuples(index=False, name=None)
    drawn = {
        (vintage, level)
        for vintage, level in pairs
        if level != whole and f"outlines/{vintage}/{level}.geojson" in edition.manifest.files
    }
    kept = [pair in drawn for pair in zip(offer["vintage"], offer["level"], strict=True)]
    return offer[kept].reset_index(drop=True)


@lru_cache(maxsize=4)
def spread_offers(edition: Edition) -> pd.DataFrame:
    """The rows of `offers` whose people are counted in at least two areas: see `spread_cell`."""
    table = edition.table("concentration")
    there = set(table[_SPREAD].drop_duplicates().itertuples(index=False, name=None))
    offer = offers(edition)
    kept = np.array(
        [
            (*spread_cell(edition, key), level, vintage, period) in there and layer == VALUE
            for layer, key, level, vintage, period in offer[
                ["layer", "key", "level", "vintage", "period"]
            ].itertuples(index=False, name=None)
        ],
        dtype=np.bool_,
    )
    return offer[kept & (offer["group"] == "total")].reset_index(drop=True)


def spread_cell(edition: Edition, indicator: str) -> tuple[str, str]:
    """Measure and group of the people that an indicator counts; empty where it counts none."""
    entry = edition.catalogue["indicators"].get(indicator, {})
    measure, _, group = str(entry.get("numerator") or "").partition("/")
    # A plain count has the same people as the rate that is made of it.
    return ("", "") if not entry.get("denominator") else (measure, group or "total")


_OFFERS_OF_PAGE = {"karte": map_offers, "verteilung": spread_offers}


class _Choice:
    """Takes what was asked where it is allowed, else the default, and notes the difference."""

    def __init__(self, asked: Mapping[str, str], language: str) -> None:
        self._asked, self._language = asked, language
        self.notes: list[str] = []

    def __call__(
        self,
        name: str,
        allowed: Iterable[str],
        default: str | None = None,
        *,
        quiet: bool = False,
    ) -> str:
        options = list(allowed)
        wanted = self._asked.get(name)
        if wanted in options:
            return str(wanted)
        taken = default if default in options else next(iter(options), "")
        if wanted and not quiet:
            self.notes.append(_fallback_note(name, wanted, str(taken), self._language))
        return str(taken)


def _fallback_note(name: str, wanted: str, taken: str, language: str) -> str:
    if name == "area":
        return text("state.no_area", language, area=wanted)
    if name == "period" and _is_day(wanted) and _is_day(taken):
        days = {"wanted": day(wanted, language), "taken": day(taken, language)}
        return text("state.other_period", language, **days)
    named = text(f"state.name.{name}", language)
    return text("state.unknown", language, name=named, wanted=wanted)


def _known_but_not_there(
    asked: Mapping[str, str], shown: str, keys: list[str], edition: Edition
) -> bool:
    """Whether a figure of the edition was asked for that this page does not have."""
    wanted = asked.get(shown, "")
    return bool(keys) and wanted not in keys and wanted in edition.catalogue["indicators"]


def _no_spread_note(wanted: str, taken: str, edition: Edition, language: str) -> str:
    names = [
        str(edition.catalogue["indicators"][key][f"name_{language}"]) for key in (wanted, taken)
    ]
    return text("state.no_spread", language, wanted=names[0], taken=names[1])


def _is_day(iso: str) -> bool:
    try:
        day(iso)
    except ValueError:
        return False
    return True


def _kept_indicator(asked: Mapping[str, str], edition: Edition) -> str:
    known = edition.catalogue["indicators"]
    wanted = asked.get("indicator", "")
    fallback = edition.manifest.default_indicator or next(iter(known), "")
    return wanted if wanted in known else fallback


def _kept_index(asked: Mapping[str, str], edition: Edition) -> str | None:
    wanted = asked.get("index")
    return wanted if wanted in edition.catalogue["indices"] else None


def _language(asked: Mapping[str, str], edition: Edition) -> str:
    wanted = asked.get("language")
    return wanted if wanted in LANGUAGES else edition.manifest.language


def _in_order(values: Iterable[str], order: Iterable[str] = ()) -> list[str]:
    """Distinct values, in `order` as far as it goes, then as they come."""
    there, first = dict.fromkeys(values), dict.fromkeys(order)
    return [v for v in first if v in there] + [v for v in there if v not in first]


def _areas_of(edition: Edition, level: str, vintage: str) -> list[str]:
    areas = edition.table("areas")
    return areas.loc[(areas["level"] == level) & (areas["vintage"] == vintage), "area"].tolist()


def _other_edition(asked: Mapping[str, str], edition: Edition, language: str) -> tuple[str, ...]:
    made_on, shown = asked.get("content"), edition.manifest.content
    if not made_on or shown.startswith(made_on):
        return ()
    shown = shown[:_STAND_DIGITS]
    return (text("state.other_edition", language, made_on=made_on, shown=shown),)
