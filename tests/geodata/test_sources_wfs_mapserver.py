"""A real WFS: MapServer, run by the test on loopback, with all that it says and does itself."""

import os
import shutil
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from geodata.errors import ServiceError
from geodata.sources import ServiceOptions
from tests.geodata.outlines_city import quarters, same_areas, survey

MAP = """MAP
  NAME "grenzen"
  EXTENT 400000 5600000 600000 5900000
  PROJECTION "init=epsg:25832" END
  WEB METADATA
    "wfs_title" "Grenzen" "wfs_enable_request" "*" "wfs_encoding" "UTF-8"
    "wfs_onlineresource" "http://127.0.0.1:{port}/wfs?map=alle&"
    "wfs_srs" "EPSG:25832 EPSG:4326 EPSG:25833" "wfs_maxfeatures" "{most}"
  END END
  OUTPUTFORMAT
    NAME "geojson" DRIVER "OGR/GEOJSON" MIMETYPE "application/json; subtype=geojson"
    FORMATOPTION "STORAGE=stream" FORMATOPTION "FORM=SIMPLE"
    FORMATOPTION "LCO:COORDINATE_PRECISION=6"
  END
  LAYER
    NAME "ortsteile" TYPE POLYGON STATUS ON CONNECTIONTYPE OGR
    CONNECTION "{folder}/ortsteile.gpkg" DATA "ortsteile"
    PROJECTION "init=epsg:25832" END
    METADATA
      "wfs_title" "Ortsteile" "gml_include_items" "all" "gml_featureid" "nr"
      "gml_nr_type" "Character" "ows_include_items" "all" "wfs_getfeature_formatlist" "{formats}"
    END
    TEMPLATE "leer"
  END
END
"""


CONFIG = """CONFIG
  ENV "MS_MAPFILE" "{folder}/grenzen.map" END
END
"""


class _Bridge(BaseHTTPRequestHandler):
    """Hands each request to the program, as a web server does."""

    program: str
    config: str
    asked: list[dict[str, list[str]]]

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""

    def do_GET(self) -> None:
        query = urlsplit(self.path).query.replace("map=alle&", "").replace("map=alle", "")
        self.asked.append({k.upper(): v for k, v in parse_qs(query).items()})
        environment = {
            "QUERY_STRING": query, "REQUEST_METHOD": "GET",
            "MAPSERVER_CONFIG_FILE": self.config, "PATH": os.environ["PATH"],
            "SERVER_NAME": "127.0.0.1", "SERVER_PORT": str(self.server.server_port),
            "SCRIPT_NAME": "/wfs",
        }  # fmt: skip
        done = subprocess.run([self.program], env=environment, capture_output=True, check=False)
        head, _, body = done.stdout.partition(b"\r\n\r\n")
        self.send_response(200)
        for line in head.decode().splitlines():
            self.send_header(*line.split(": ", 1))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def serve(tmp_path):
    """Start MapServer with the quarters; gives its address and what it was asked."""
    program = shutil.which("mapserv") or shutil.which("mapserv", path="/usr/lib/cgi-bin")
    if program is None:
        pytest.skip("MapServer fehlt: apt-get install cgi-mapserver")
    quarters().to_file(tmp_path / "ortsteile.gpkg", layer="ortsteile")
    running = []

    def start(formats="geojson,gml", most=1000):
        own = {"program": program, "config": str(tmp_path / "dienst.conf"), "asked": []}
        handler = type("Bridge", (_Bridge,), own)
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        content = MAP.format(port=server.server_port, folder=tmp_path, formats=formats, most=most)
        (tmp_path / "grenzen.map").write_text(content)
        (tmp_path / "dienst.conf").write_text(CONFIG.format(folder=tmp_path))
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        running.append((server, thread))
        return f"wfs+http://127.0.0.1:{server.server_port}/wfs?map=alle", handler.asked

    yield start
    for server, thread in running:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize("formats", ["geojson,gml", "gml"])
@pytest.mark.parametrize("version", [None, "2.0.0", "1.1.0"])
@pytest.mark.parametrize(("page_size", "most"), [(1000, 1000), (2, 1000), (1000, 4)])
def test_a_real_server_gives_every_area_page_by_page(
    serve, tmp_path, formats, version, page_size, most
):
    address, asked = serve(formats, most)
    options = ServiceOptions(page_size=page_size, version=version)
    found = survey(tmp_path, address, "ortsteile", service=options)
    assert same_areas(found, quarters(), 0.001)
    pages = [q for q in asked if q["REQUEST"] == ["GetFeature"]]
    assert len(pages) >= 6 // min(page_size, most)
    assert {q["SRSNAME"][0].rsplit(":", 1)[-1] for q in pages} == {"25832"}


def test_only_what_touches_the_box_is_sent(serve, tmp_path):
    address, _ = serve()
    box = quarters().geometry.iloc[0].centroid.buffer(50).bounds
    found = survey(tmp_path, address, "ortsteile", service=ServiceOptions(bbox=box))
    assert list(found.areas.query("level == 'raum'")["area"]) == [quarters()["nr"].iloc[0]]


def test_an_unknown_layer_and_a_refusal_are_told_in_one_line(serve, tmp_path):
    address, _ = serve()
    with pytest.raises(ServiceError, match=r"'bezirke' nicht; es gibt: (ms:)?ortsteile"):
        survey(tmp_path, address, "bezirke")
    (tmp_path / "ortsteile.gpkg").write_bytes(b"kaputt")
    with pytest.raises(ServiceError) as error:
        survey(tmp_path, address, "ortsteile")
    assert len(str(error.value).splitlines()) == 1
    assert str(tmp_path) not in str(error.value) or "msWFS" in str(error.value)
