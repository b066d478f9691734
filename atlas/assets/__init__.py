"""Files the browser gets: our own map code, and Leaflet from its installed package."""

import hashlib
import re
from functools import cache
from importlib.resources import files
from pathlib import Path

from xstatic.pkg import leaflet

_LEAFLET = Path(leaflet.BASE_DIR)


@cache
def leaflet_script() -> str:
    """Leaflet as a classic script, to be put into a page."""
    return _without_map((_LEAFLET / "leaflet.js").read_text(encoding="utf-8"))


@cache
def leaflet_module() -> str:
    """Leaflet as an ES module, to be imported by our own."""
    return _without_map((_LEAFLET / "leaflet-src.esm.js").read_text(encoding="utf-8"))


@cache
def leaflet_css() -> str:
    """Leaflet's style, without the rules that would load pictures."""
    css = (_LEAFLET / "leaflet.css").read_text(encoding="utf-8")
    return re.sub(r"[^{}]*\{[^{}]*url\([^{}]*\}", "", css)


@cache
def own(name: str) -> str:
    """One of our own files in this folder."""
    return files("atlas.assets").joinpath(name).read_text(encoding="utf-8")


@cache
def browser_files() -> dict[str, tuple[str, str]]:
    """What is served: media type and text by a name that changes with its content."""
    found = {
        "leaflet.js": ("text/javascript", leaflet_module()),
        "karte.js": ("text/javascript", own("karte.js")),
        "karte.css": ("text/css", leaflet_css() + own("karte.css")),
    }
    return {_stamped(name, content): (kind, content) for name, (kind, content) in found.items()}


@cache
def address(name: str) -> str:
    """The served name of ``leaflet.js``, ``karte.js`` or ``karte.css``."""
    stem, ending = name.split(".")
    return next(n for n in browser_files() if n.startswith(f"{stem}-") and n.endswith(ending))


def _stamped(name: str, content: str) -> str:
    stem, ending = name.split(".")
    return f"{stem}-{hashlib.sha256(content.encode()).hexdigest()[:12]}.{ending}"


def _without_map(script: str) -> str:
    """Drop the reference to a source map, which a browser's tools would ask for."""
    return re.sub(r"^//# sourceMappingURL=.*$", "", script, flags=re.MULTILINE)
