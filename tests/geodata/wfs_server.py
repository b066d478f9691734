"""A small WFS on loopback that answers as GeoServer and MapServer do, and fails on demand."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import geopandas as gpd

EXCEPTION = """<?xml version="1.0"?><ows:ExceptionReport xmlns:ows="http://www.opengis.net/ows/1.1"
version="2.0.0"><ows:Exception exceptionCode="InvalidParameterValue"><ows:ExceptionText>
Unknown type &amp; nothing more.</ows:ExceptionText></ows:Exception></ows:ExceptionReport>"""


UNTURNED = ("one page", "one page, no count", "one page, cut")
"""Servers that send the same page whatever is asked for: STARTINDEX came with WFS 2.0."""


@dataclass
class Behaviour:
    """What the server has, and which of the faults of real servers it shows."""

    frame: gpd.GeoDataFrame
    type: str = "grenzen:ortsteile"
    version: str = "2.0.0"
    formats: tuple[str, ...] = ("application/gml+xml; version=3.2", "application/json")
    most_at_once: int = 1000
    tells_limit: bool = True
    fault: str = ""
    asked: list[dict[str, str]] = field(default_factory=list)

    def part(self, query):
        """The features of a page; without a fixed order pages overlap."""
        start = int(query.get("STARTINDEX", 0)) if self.fault not in UNTURNED else 0
        count = int(query.get("COUNT") or query.get("MAXFEATURES") or 10**6)
        if self.fault == "unsorted" and start:
            start -= 1
        return self.frame.iloc[start : start + min(count, self.most_at_once)]

    @property
    def matched(self):
        return len(self.frame) + (1 if self.fault == "loses" else 0)


def _capabilities(b: Behaviour) -> str:
    limit = b.most_at_once if b.tells_limit else ""
    values = "".join(f"<ows:Value>{f}</ows:Value>" for f in b.formats)
    return f"""<?xml version="1.0"?><wfs:WFS_Capabilities version="{b.version}"
    xmlns:wfs="http://www.opengis.net/wfs/2.0" xmlns:ows="http://www.opengis.net/ows/1.1">
    <ows:ServiceIdentification><ows:Fees>NONE</ows:Fees><ows:AccessConstraints>dl-de/by-2.0:
    Stadt Kleinstadt</ows:AccessConstraints></ows:ServiceIdentification>
    <ows:OperationsMetadata><ows:Operation name="GetFeature">
    <ows:Parameter name="outputFormat">{values}</ows:Parameter></ows:Operation>
    <ows:Constraint name="CountDefault"><ows:DefaultValue>{limit}</ows:DefaultValue>
    </ows:Constraint></ows:OperationsMetadata><FeatureTypeList><FeatureType><Name>{b.type}</Name>
    <DefaultCRS>urn:ogc:def:crs:EPSG::4258</DefaultCRS>
    <OtherCRS>urn:ogc:def:crs:EPSG::25832</OtherCRS></FeatureType></FeatureTypeList>
    </wfs:WFS_Capabilities>"""


def _json(b: Behaviour, part: gpd.GeoDataFrame) -> str:
    content = json.loads(part.to_json())
    for feature, key in zip(content["features"], part["nr"], strict=True):
        feature["id"] = f"ortsteile.{key}"
    # GeoServer's own member; RFC 7946 has none.
    content["crs"] = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::25832"}}
    return json.dumps(content | {"numberMatched": b.matched, "numberReturned": len(part)})


def _gml(b: Behaviour, part: gpd.GeoDataFrame) -> str:
    members = "".join(
        f"""<wfs:member><g:ortsteile gml:id="ortsteile.{row.nr}"><g:nr>{row.nr}</g:nr>
        <g:titel>{row.titel}</g:titel><g:shape><gml:Polygon gml:id="p.{row.nr}"
        srsName="urn:ogc:def:crs:EPSG::25832"><gml:exterior><gml:LinearRing><gml:posList>
        {" ".join(f"{x!r} {y!r}" for x, y in row.geometry.exterior.coords)}
        </gml:posList></gml:LinearRing></gml:exterior></gml:Polygon></g:shape></g:ortsteile>
        </wfs:member>"""
        for row in part.itertuples()
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?><wfs:FeatureCollection
    xmlns:wfs="http://www.opengis.net/wfs/2.0" xmlns:gml="http://www.opengis.net/gml/3.2"
    xmlns:g="urn:grenzen" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
    xsi:schemaLocation="urn:grenzen http://127.0.0.1:9/nicht-holen.xsd"
    numberMatched="{b.matched}" numberReturned="{len(part)}">{members}</wfs:FeatureCollection>"""


class _Handler(BaseHTTPRequestHandler):
    behaviour: Behaviour

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""

    def do_GET(self) -> None:
        b, query = self.behaviour, {}
        for name, value in parse_qsl(urlsplit(self.path).query):
            query[name.upper()] = value
        b.asked.append(query)
        if query.get("REQUEST") == "GetCapabilities":
            self._send(_capabilities(b), "application/xml")
        elif query.get("RESULTTYPE") == "hits":
            told = "" if b.fault == "one page, no count" else f'numberOfFeatures="{len(b.frame)}"'
            self._send(f"<wfs:FeatureCollection {told}/>", "text/xml")
        elif b.fault == "slow":
            time.sleep(3)
        elif b.fault == "away":
            self.send_response(302)
            self.send_header("Location", "http://localhost:9/anderswo")
            self.end_headers()
        elif b.fault in ("html", "exception", "status"):
            html = "<!DOCTYPE html><html><body>Wartung</body></html>"
            body = html if b.fault == "html" else EXCEPTION
            self._send(body, "text/plain", 400 if b.fault == "status" else 200)
        elif "json" in query.get("OUTPUTFORMAT", ""):
            self._send(_json(b, b.part(query)), "application/json")
        else:
            self._send(_gml(b, b.part(query)), "application/gml+xml")

    def _send(self, body: str, kind: str, status: int = 200) -> None:
        data = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        short = self.behaviour.fault == "short" and "GetFeature" in self.path
        self.wfile.write(data[: len(data) // 2] if short else data)


@contextmanager
def serving(behaviour: Behaviour) -> Iterator[str]:
    """Serve on a free port of this machine; yields the address as a project writes it."""
    handler = type("Handler", (_Handler,), {"behaviour": behaviour})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"wfs+http://127.0.0.1:{server.server_port}/wfs?map=alle"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
