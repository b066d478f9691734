"""Columns and types of an edition's tables."""

from collections.abc import Mapping

import pandas as pd
import pyarrow as pa

_TYPES = {
    "text": (pa.string(), "str"),
    "int": (pa.int64(), "Int64"),
    "float": (pa.float64(), "float64"),
    "bool": (pa.bool_(), "boolean"),
    "wkb": (pa.binary(), "object"),
}
_AREA = "area level vintage"
_COLUMNS = {
    "areas": "vintage level area name parent inhabited:bool geometry:wkb",
    "hierarchies": "hierarchy vintage child_level child parent_level parent",
    "vintages": "level from_vintage from_area to_vintage to_area weight:float method",
    "groups": "group dimension member parent name_de name_en",
    "counts": f"{_AREA} period measure group count:int bound_low:int bound_high:int status method",
    "values": (
        f"{_AREA} period indicator group value:float low:float high:float bound_low:float "
        "bound_high:float numerator:float denominator:float status estimated_share:float"
    ),
    "apportioned": (
        f"{_AREA} period indicator group value:float low:float high:float bound_low:float "
        "bound_high:float numerator:float denominator:float status estimated_share:float "
        "from_vintage method error_median:float error_p90:float"
    ),
    "index": f"{_AREA} period index score:float class robustness:float basis near status",
    "index_parts": f"{_AREA} period index indicator value:float z:float weight:float",
    "hotspots": (
        f"{_AREA} period indicator group method statistic:float p_value:float q_value:float class "
        "cluster neighbours:int permutations:int seed:int status reason"
    ),
    "clusters": (
        "level vintage period indicator group cluster rank:int direction area centre "
        "radius_m:float cases:int expected:float relative_risk:float llr:float p_value:float "
        "population_share_limit:float radius_limit_m:float permutations:int seed:int status "
        "reason"
    ),
    "agreement": (
        f"{_AREA} period indicator group gi_star local_moran scan funnel high:int low:int "
        "methods:int direction reason"
    ),
    "stability": f"{_AREA} period indicator method queen knn distance stable:bool reason",
    "history": (
        f"{_AREA} indicator group method side period_from period_to periods:int gaps:int "
        "times:int since class break status reason"
    ),
    "trends": (
        f"{_AREA} indicator group period_from period_to change:float low:float high:float class "
        "break status"
    ),
    "estimates": (
        f"{_AREA} period indicator group method value:float low:float high:float "
        "bound_low:float bound_high:float shrinkage:float standard status reason"
    ),
    "series": (
        f"{_AREA} indicator group period_from period_to points:int gaps:int method slope:float "
        "low:float high:float autocorrelation:float p_value:float q_value:float class break "
        "status reason"
    ),
    "negative": f"{_AREA} kind indicator period_from period_to reason",
    "concentration": (
        "level vintage period measure group reference statistic value:float bound_low:float "
        "bound_high:float status"
    ),
    "places": (
        "place name kind owner barrier_free capacity:int accepts address source area geometry:wkb"
    ),
    "windows": "place weekday:int start end known:bool",
    "sessions": "place provider team kind groups weekday:int start end valid_from valid_to",
    "travel": f"{_AREA} place mode profile minutes:float minutes_p90:float status",
}
GEO_TABLES = frozenset({"areas", "places"})


def _kinds(columns: str) -> dict[str, str]:
    pairs = (word.partition(":") for word in columns.split())
    return {name: kind or "text" for name, _, kind in pairs}


TABLES: Mapping[str, Mapping[str, pa.DataType]] = {
    name: {c: _TYPES[kind][0] for c, kind in _kinds(columns).items()}
    for name, columns in _COLUMNS.items()
}
"""Columns and types of every table, in the order in which they are written.

``period`` and the ``valid_…`` columns are ISO dates as text; ``weekday`` is 0 for Monday;
times are ``HH:MM``. ``measure``, ``indicator`` and ``group`` are keys of the catalogue.
"""


def pandas_types(name: str) -> dict[str, str]:
    """The types of a table's columns in memory, geometry left out."""
    kinds = _kinds(_COLUMNS[name])
    return {c: _TYPES[kind][1] for c, kind in kinds.items() if kind != "wkb"}


def empty_table(name: str) -> pd.DataFrame:
    """An empty table with the columns and types of `name`."""
    types = pandas_types(name)
    return pd.DataFrame({c: pd.Series(dtype=types.get(c, "object")) for c in TABLES[name]})
