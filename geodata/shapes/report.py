"""What reading the outlines did and noticed, as data for the check report."""

import hashlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal

Kind = Literal[
    "crs",
    "ring",
    "collection",
    "height",
    "curve",
    "part",
    "overlap",
    "gap",
    "sliver",
    "outside",
    "uncovered",
    "name",
    "parent",
    "file",
]


@dataclass(frozen=True)
class Finding:
    """One thing that was mended, or that is worth a look and changes no number.

    Parameters
    ----------
    kind
        What sort of thing.
    areas
        The areas concerned, key and name of each.
    text
        A German sentence without the areas.
    size_m2
        How much of the ground is concerned, in square metres; None where it has no size.
    mended
        Whether the outline was changed; else it was only noticed.
    """

    kind: Kind
    areas: tuple[str, ...]
    text: str
    size_m2: float | None = None
    mended: bool = False

    def __str__(self) -> str:
        return f"{', '.join(self.areas)}: {self.text}" if self.areas else self.text


@dataclass(frozen=True)
class LayerReport:
    """One layer of outlines.

    Parameters
    ----------
    level, vintage, file, layer
        As in the project; ``file`` is an address where a service was asked.
    crs
        Of the delivered coordinates, as it was used.
    rows, areas
        Rows delivered and areas that became of them.
    sha256
        Of the content that came from a service; empty for a file, whose own hash counts.
    findings
        What was mended or noticed within this layer.
    """

    level: str
    vintage: str
    file: str
    layer: str | None
    crs: str
    rows: int
    areas: int
    sha256: str = ""
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class AreasReport:
    """All layers, and what was noticed between levels: (level, vintage, finding)."""

    layers: tuple[LayerReport, ...] = ()
    between: tuple[tuple[str, str, Finding], ...] = ()

    def findings(self) -> Iterator[tuple[str, str, Finding]]:
        """Every finding with its level and vintage, layer by layer, then between levels."""
        for layer in self.layers:
            yield from ((layer.level, layer.vintage, finding) for finding in layer.findings)
        yield from self.between

    def lines(self) -> list[str]:
        """German sentences, one per finding, in the order of the project."""
        return [
            f"{level}, Stand {vintage}: {'Repariert: ' if finding.mended else ''}{finding}"
            for level, vintage, finding in self.findings()
        ]

    def service_hashes(self) -> dict[str, str]:
        """Hash of what each service sent, by its address; over all layers asked for there."""
        sent: dict[str, list[str]] = {}
        for layer in self.layers:
            if layer.sha256:
                sent.setdefault(layer.file, []).append(f"{layer.layer} {layer.sha256}")
        return {
            file: hashlib.sha256("\n".join(sorted(set(lines))).encode()).hexdigest()
            for file, lines in sent.items()
        }

    def as_dict(self) -> dict[str, Any]:
        """Plain values, as the check report stores them."""
        return {
            "layers": [asdict(layer) for layer in self.layers],
            "between": [
                {"level": level, "vintage": vintage, **asdict(finding)}
                for level, vintage, finding in self.between
            ],
        }


def square_metres(size: float) -> str:
    """An area in words: ``0,25 m²``, ``573,7 m²``, ``12.600 m²``.

    Examples
    --------
    >>> square_metres(12600.4)
    '12.600 m²'
    """
    digits = 0 if size >= 1000 else 1 if size >= 10 else 2
    text = f"{size:,.{digits}f}".translate(str.maketrans(",.", ".,"))
    return f"{text} m²"
