"""Which layers a city's geoportal offers, as data: one file per city, or the user's own."""

from importlib import resources
from pathlib import Path
from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints, TypeAdapter
from pydantic.dataclasses import dataclass

from atlas.tomlfile import KEY_PATTERN, load_toml
from geodata.errors import FileMissingError, ProblemCollector, ProjectError
from geodata.sources import address_problem, is_service

_STRICT = ConfigDict(extra="forbid")
_SHIPPED = Path(str(resources.files("atlas") / "fetch"))

Key = Annotated[str, StringConstraints(pattern=KEY_PATTERN)]


@dataclass(frozen=True, config=_STRICT)
class Rights:
    """Who publishes and under which terms."""

    publisher: str
    licence: str
    attribution: str


@dataclass(frozen=True, config=_STRICT)
class FetchLayer:
    """One official layer; what is None is as in the list's ``defaults``."""

    key: Key
    title: str
    address: str
    layer: str
    publisher: str | None = None
    licence: str | None = None
    attribution: str | None = None


@dataclass(frozen=True, config=_STRICT)
class FetchList:
    """All layers of a city, and the metric system in which they are asked for."""

    city: str
    crs: str
    defaults: Rights
    layers: Annotated[tuple[FetchLayer, ...], Field(min_length=1)]

    def rights_of(self, layer: FetchLayer) -> Rights:
        """Publisher, licence and attribution of a layer."""
        return Rights(
            layer.publisher or self.defaults.publisher,
            layer.licence or self.defaults.licence,
            layer.attribution or self.defaults.attribution,
        )


_ADAPTER: TypeAdapter[FetchList] = TypeAdapter(FetchList)


def known_cities() -> list[str]:
    """Names of the lists that come with the program."""
    return sorted(file.stem for file in _SHIPPED.glob("*.toml"))


def fetch_list(name: str) -> FetchList:
    """Read a city's list: by name, or a file of one's own.

    Raises
    ------
    FileMissingError
        There is no such list; the known ones are named.
    ProjectError
        The file is wrong.
    """
    path = Path(name)
    if path.suffix != ".toml":
        path = _SHIPPED / f"{name}.toml"
        if name not in known_cities():
            known = ", ".join(known_cities())
            raise FileMissingError(
                f"Für {name!r} sind keine Ebenen bekannt; es gibt: {known}, oder nennen Sie "
                "eine eigene Liste (.toml)."
            )
    listed, _ = load_toml(path, _ADAPTER, f"Die Liste {path.name} ist fehlerhaft.")
    _check(listed, path)
    return listed


def _check(listed: FetchList, path: Path) -> None:
    found, keys = ProblemCollector(), [layer.key for layer in listed.layers]
    for key in sorted({k for k in keys if keys.count(k) > 1}):
        found.add(f"{path.name}, layers", f"{key!r} steht mehrfach", "jeder Schlüssel einmal")
    for layer in listed.layers:
        wrong = address_problem(layer.address, layer.layer)
        if wrong is None and not is_service(layer.address):
            wrong = f"{layer.address!r} ist kein Dienst"
        if wrong:
            found.add(f"{path.name}, {layer.key}", wrong)
    found.raise_if_any(ProjectError, f"Die Liste {path.name} ist fehlerhaft.")
