"""Which ways people on foot and people with a wheelchair may use."""

import pandas as pd
import pytest

from geodata.errors import FileMissingError, GeometryError
from geodata.travel.streets import may_roll, may_walk, read_streets

# (tags, on foot, with a wheelchair)
WAYS = [
    ({"highway": "residential"}, True, True),
    ({"highway": "footway"}, True, True),
    ({"highway": "steps"}, True, False),
    ({"highway": "steps", "ramp:wheelchair": "yes"}, True, True),
    ({"highway": "steps", "ramp:wheelchair": "no"}, True, False),
    ({"highway": "path", "wheelchair": "no"}, True, False),
    ({"highway": "path", "wheelchair": "limited"}, True, True),
    ({"highway": "motorway"}, False, True),
    ({"highway": "trunk"}, False, True),
    ({"highway": "trunk", "foot": "yes"}, True, True),
    ({"highway": "primary", "motorroad": "yes"}, False, True),
    ({"highway": "cycleway"}, False, True),
    ({"highway": "cycleway", "foot": "designated"}, True, True),
    ({"highway": "service", "access": "private"}, False, True),
    ({"highway": "service", "access": "private", "foot": "yes"}, True, True),
    ({"highway": "service", "access": "no", "foot": "permissive"}, True, True),
    ({"highway": "track", "foot": "no"}, False, True),
    ({"highway": "path", "foot": "private"}, False, True),
    ({"highway": "service", "access": "customers"}, True, True),
    ({"highway": "construction"}, False, True),
    ({"highway": "construction", "foot": "yes"}, False, True),
]


@pytest.mark.parametrize("tags, on_foot, rolling", WAYS, ids=str)
def test_a_way_is_open_as_its_tags_say(tags, on_foot, rolling):
    way = pd.DataFrame([tags])
    assert may_walk(way).tolist() == [on_foot]
    assert may_roll(way).tolist() == [rolling]


def test_a_tag_that_no_way_has_closes_none_and_an_empty_one_says_nothing():
    ways = pd.DataFrame({"highway": ["path", "path"], "foot": [None, "no"]})
    assert may_walk(ways).tolist() == [True, False]


def test_what_is_no_map_is_refused_in_plain_words(tmp_path):
    (tmp_path / "netz.pbf").write_bytes(b"keine Karte")
    with pytest.raises(GeometryError, match=r"netz\.pbf ist keine lesbare OpenStreetMap-Datei"):
        read_streets(tmp_path / "netz.pbf", (0, 0, 1, 1), "EPSG:25832")
    with pytest.raises(FileMissingError):
        read_streets(tmp_path / "fehlt.pbf", (0, 0, 1, 1), "EPSG:25832")
