"""Official layers by name: whole files with cards, and earlier files stay on any fault."""

import json
import tomllib

import geopandas as gpd
import pytest
from click.testing import CliRunner

from atlas.cli import main
from atlas.fetch import FetchLayer, FetchList, fetch_layers, fetch_list, known_cities
from atlas.fetch.catalogue import Rights
from geodata.errors import FileMissingError, OutputError, ProjectError, ServiceError
from geodata.files import sha256_of
from tests.geodata.outlines_city import quarters, same_areas, survey
from tests.geodata.wfs_server import Behaviour, serving

RIGHTS = Rights("Stadt Kleinstadt", "dl-de/by-2.0", "Stadt Kleinstadt, Vermessungsamt")


def _listed(address, *keys):
    layers = tuple(FetchLayer(k, k.title(), address, "ortsteile") for k in keys or ["ortsteile"])
    return FetchList("Kleinstadt", "EPSG:25832", RIGHTS, layers)


def _state(folder):
    return {p.name: p.read_bytes() for p in sorted(folder.iterdir())}


def test_a_layer_comes_with_its_card_and_can_be_built_from(tmp_path):
    with serving(Behaviour(quarters())) as address:
        done = fetch_layers(_listed(address), tmp_path)
    assert [str(d) for d in done] == ["ortsteile.gpkg: neu, 6 Gebiete"]
    card = json.loads((tmp_path / "ortsteile.gpkg.quelle.json").read_text(encoding="utf-8"))
    assert card["publisher"] == "Stadt Kleinstadt"
    assert card["licence"] == "dl-de/by-2.0"
    assert card["service_says"] == "dl-de/by-2.0: Stadt Kleinstadt"
    assert card["sha256"] == sha256_of(tmp_path / "ortsteile.gpkg")
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "ortsteile.gpkg", "ortsteile.gpkg.quelle.json",
    ]  # fmt: skip
    assert same_areas(survey(tmp_path, "ortsteile.gpkg"), quarters(), 0.001)


def test_the_same_content_in_another_order_leaves_the_file_alone(tmp_path):
    with serving(Behaviour(quarters())) as address:
        fetch_layers(_listed(address), tmp_path)
    before = _state(tmp_path)
    with serving(Behaviour(quarters().sample(frac=1, random_state=1))) as address:
        done = fetch_layers(_listed(address), tmp_path)
    assert done[0].state == "same"
    assert _state(tmp_path) == before


def _moved():
    frame = quarters()
    frame.geometry = frame.geometry.translate(1, 0)
    return frame


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (quarters().iloc[1:], "6 Gebiete vorher, 5 jetzt"),
        (quarters().assign(stand="2025"), "Spalte stand ist neu"),
        (_moved(), "Umrisse sind anders"),
        (quarters().assign(titel="Neu"), "Angaben zu Gebieten sind anders"),
    ],
)
def test_changed_content_is_told_and_replaced_only_on_request(tmp_path, now, words):
    with serving(Behaviour(quarters())) as address:
        fetch_layers(_listed(address), tmp_path)
    before = _state(tmp_path)
    with serving(Behaviour(now)) as address:
        with pytest.raises(OutputError, match=words):
            fetch_layers(_listed(address), tmp_path)
        assert _state(tmp_path) == before
        done = fetch_layers(_listed(address), tmp_path, replace=True)
    assert done[0].state == "replaced"
    assert len(gpd.read_file(tmp_path / "ortsteile.gpkg")) == len(now)


def test_a_file_that_was_changed_here_is_not_overwritten(tmp_path):
    with serving(Behaviour(quarters())) as address:
        fetch_layers(_listed(address), tmp_path)
        with (tmp_path / "ortsteile.gpkg").open("ab") as handle:
            handle.write(b"mehr")
        with pytest.raises(OutputError, match="nach dem Holen verändert"):
            fetch_layers(_listed(address), tmp_path)


@pytest.mark.parametrize("fault", ["short", "html", "exception", "status", "loses", "away", "slow"])
def test_a_broken_transfer_leaves_the_earlier_file_even_with_replace(tmp_path, fault):
    with serving(Behaviour(quarters())) as address:
        fetch_layers(_listed(address), tmp_path)
    before = _state(tmp_path)
    with serving(Behaviour(quarters(), fault=fault)) as address, pytest.raises(ServiceError):
        seconds = 0.5 if fault == "slow" else 10.0
        fetch_layers(_listed(address), tmp_path, replace=True, timeout_seconds=seconds)
    assert _state(tmp_path) == before


def test_layers_that_work_are_fetched_though_others_do_not(tmp_path):
    with serving(Behaviour(quarters())) as address:
        good = _listed(address)
        lost = FetchLayer("bezirke", "Bezirke", address, "bezirke")
        with pytest.raises(ServiceError, match="bezirke"):
            fetch_layers(FetchList("X", "EPSG:25832", RIGHTS, (lost, *good.layers)), tmp_path)
    assert (tmp_path / "ortsteile.gpkg").is_file()
    with pytest.raises(FileMissingError, match="ortsteile"):
        fetch_layers(good, tmp_path, ["stadtteile"])


def test_the_command_reads_a_list_of_ones_own(tmp_path):
    with serving(Behaviour(quarters())) as address:
        (tmp_path / "meine.toml").write_text(
            f"""city = "Kleinstadt"
crs = "EPSG:25832"
defaults = {{ publisher = "Stadt", licence = "dl-de/by-2.0", attribution = "Stadt" }}
layers = [{{ key = "ortsteile", title = "Ortsteile", address = "{address}", layer = "ortsteile" }}]
""",
            encoding="utf-8",
        )
        out = tmp_path / "daten"
        command = ["fetch", str(tmp_path / "meine.toml"), "--out", str(out)]
        result = CliRunner().invoke(main, command)
    assert result.exit_code == 0, result.output
    assert "ortsteile.gpkg: neu, 6 Gebiete" in result.output
    unknown = CliRunner().invoke(main, ["fetch", "atlantis", "--out", str(out)])
    assert unknown.exit_code == 3
    assert "berlin, hamburg, muenchen" in unknown.output


@pytest.mark.parametrize("city", known_cities())
def test_every_list_that_comes_along_can_be_used(city):
    listed = fetch_list(city)
    assert all(layer.address.startswith("wfs+https://") for layer in listed.layers)
    assert all(all(vars(listed.rights_of(layer)).values()) for layer in listed.layers)


def test_a_list_with_a_plain_address_is_refused(tmp_path):
    text = (
        'city = "A"\ncrs = "EPSG:25832"\n[defaults]\npublisher="a"\nlicence="b"\nattribution="c"\n'
        '[[layers]]\nkey="x"\ntitle="x"\naddress="https://geo.stadt.de"\nlayer="x"\n'
    )
    assert tomllib.loads(text)
    (tmp_path / "a.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ProjectError, match="ein Dienst beginnt mit"):
        fetch_list(str(tmp_path / "a.toml"))
