"""A WFS is asked for all of a layer or for nothing: pages, formats, versions, faults."""

import pytest

from geodata.errors import ServiceError
from geodata.sources import ServiceOptions, address_problem
from tests.geodata.outlines_city import quarters, same_areas, survey
from tests.geodata.wfs_server import Behaviour, serving

GML = ("text/xml; subtype=gml/3.2",)


@pytest.mark.parametrize("formats", [GML, ("application/json",), (*GML, "application/geo+json")])
@pytest.mark.parametrize("version", ["2.0.0", "1.1.0"])
@pytest.mark.parametrize(("page_size", "most"), [(1000, 1000), (2, 1000), (1000, 4)])
def test_all_areas_come_page_by_page(tmp_path, formats, version, page_size, most):
    server = Behaviour(quarters(), version=version, formats=formats, most_at_once=most)
    with serving(server) as address:
        options = ServiceOptions(page_size=page_size)
        found = survey(tmp_path, address, "ortsteile", service=options)
    assert same_areas(found, quarters(), 0.001)
    pages = [q for q in server.asked if q["REQUEST"] == "GetFeature"]
    assert len(pages) >= 6 // min(page_size, most)
    assert {q["SRSNAME"] for q in pages} == {"urn:ogc:def:crs:EPSG::25832"}
    assert {q["MAP"] for q in server.asked} == {"alle"}


def test_the_hash_is_that_of_the_content_in_any_order(tmp_path):
    hashes = []
    for frame in (quarters(), quarters().sample(frac=1, random_state=3), quarters().iloc[1:]):
        with serving(Behaviour(frame)) as address:
            hashes.append(survey(tmp_path, address, "ortsteile").report.layers[0].sha256)
    assert hashes[0] == hashes[1] != hashes[2]


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("short", "unvollständig"),
        ("html", "Webseite statt Daten"),
        ("exception", "Unknown type & nothing more"),
        ("status", r"HTTP 400\): Unknown type"),
        ("away", "anderen Rechner: localhost"),
        ("unsorted", "doppelt"),
        ("loses", "nennt 7 Gebiete, schickt aber 6"),
        ("slow", "antwortet nicht in 0.5 Sekunden"),
    ],
)
def test_every_fault_is_one_clear_error(tmp_path, fault, words):
    options = ServiceOptions(page_size=4, timeout_seconds=0.5 if fault == "slow" else 10)
    with (
        serving(Behaviour(quarters(), fault=fault)) as address,
        pytest.raises(ServiceError, match=words) as error,
    ):
        survey(tmp_path, address, "ortsteile", service=options)
    assert len(str(error.value).splitlines()) == 1


@pytest.mark.parametrize("formats", [GML, ("application/json",)])
def test_an_old_server_that_turns_no_pages_is_held_to_its_own_count(tmp_path, formats):
    def asked(fault, most=1000):
        own = {"version": "1.1.0", "formats": formats, "fault": fault, "most_at_once": most}
        # Such a server tells its limit to nobody.
        server = Behaviour(quarters(), tells_limit=False, **own)
        with serving(server) as address:
            return survey(tmp_path, address, "ortsteile")

    assert same_areas(asked("one page"), quarters(), 0.001)
    with pytest.raises(ServiceError, match="nennt 6 Gebiete, schickt aber 4"):
        asked("one page, cut", most=4)
    with pytest.raises(ServiceError, match="ob alle angekommen sind, ist nicht zu erkennen"):
        asked("one page, no count")


def test_an_unknown_layer_is_answered_with_those_there_are(tmp_path):
    words = r"'bezirke' nicht; es gibt: grenzen:ortsteile"
    with serving(Behaviour(quarters())) as address, pytest.raises(ServiceError, match=words):
        survey(tmp_path, address, "bezirke")


def test_nobody_there_is_one_clear_error(tmp_path):
    with pytest.raises(ServiceError, match="nicht erreichbar"):
        survey(tmp_path, "wfs+http://127.0.0.1:9/wfs", "ortsteile")


def test_addresses_that_cannot_be_used_are_told_before_anything_is_asked():
    assert address_problem("raum.gpkg", None) is None
    assert address_problem("wfs+https://geo.stadt.de/wfs", "ortsteile") is None
    assert "layer" in address_problem("wfs+https://geo.stadt.de/wfs", None)
    assert "beginnt mit" in address_problem("https://geo.stadt.de/wfs", "x")
    assert "Kennwort" in address_problem("postgis://leser:geheim@db/geo", "x")
    assert "Kennwort" in address_problem("postgis://leser@db/geo?password=geheim", "x")
