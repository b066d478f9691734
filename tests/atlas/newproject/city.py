"""Invented cities in code, and an independent reading of what their files say."""

import csv
import re
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

import geopandas as gpd
import pandas as pd
from shapely.geometry import box

from atlas.build import read_inputs
from atlas.check import Report, check_project
from atlas.newproject import propose
from atlas.project import Project, load_project
from indicators.catalogue import load_catalogue

BEZIRKE = {"01": "Bezirk Mitte", "02": "Bezirk Süd"}
NAMES = [
    "Altstadt", "Südvorstadt", "Öhringer Straße", "Groß Gerau-Ost", "St. Jürgen", "Bad Weißensee",
    "Köllnische Heide", "Hafen/Speicher", "Am Bürgerpark", "Übigau", "Weststadt", "Nordend",
]  # fmt: skip
KEYS = [f"0{a}{b}{c}" for a in (1, 2) for b in (1, 2) for c in (1, 2, 3)]
PEOPLE = [1234, 987, 2500, 3101, 640, 1999, 2750, 4004, 815, 1500, 2222, 3030]
JOBLESS = [61, 33, 120, 155, 12, 80, 140, 240, 9, 71, 101, 149]


def grid(columns: dict, x0=400_000.0, y0=5_700_000.0, crs="EPSG:25832", size=1000, wide=3):
    """Squares in rows, in metres of UTM 32 before `crs`."""
    count = len(next(iter(columns.values())))
    cells = [
        box(x0 + size * (i % wide), y0 + size * (i // wide), x0 + size * (i % wide + 1),
            y0 + size * (i // wide + 1)) for i in range(count)
    ]  # fmt: skip
    return gpd.GeoDataFrame(columns, geometry=cells, crs="EPSG:25832").to_crs(crs)


def coarser(fine, by: list[str], key: str, names: dict[str, str], name: str):
    """Areas that are unions of others."""
    joined = fine[["geometry"]].assign(**{key: by}).dissolve(key, as_index=False)
    return joined.assign(**{name: [names[k] for k in joined[key]]})[[key, name, "geometry"]]


@dataclass
class Result:
    """What came of a folder: the text, the project, its counts, the check."""

    text: str
    report: Report
    project: Project
    folder: Path
    layouts: dict = field(default_factory=dict)

    def counts(self) -> pd.DataFrame:
        """All counts that a build would read."""
        return read_inputs(self.project, load_catalogue(), self.folder, self.folder).counts

    def numbers(self, measure: str, level: str, period: str, group="total") -> dict[str, int]:
        """Area → count, as a build would read it."""
        c = self.counts()
        hit = c[(c["measure"] == measure) & (c["level"] == level) & (c["period"] == period)]
        hit = hit[hit["group"] == group]
        return dict(zip(hit["area"], hit["count"].tolist(), strict=True))

    def asks(self, pattern: str) -> bool:
        """Whether a question has these words."""
        return bool(re.search(rf"# FRAGE: .*(?:{pattern})", self.text))


def first_project(folder: Path, edit=None) -> Result:
    """Run ``new`` and ``check``; `edit` is what a planner changes in between."""
    found = propose(folder)
    text = edit(found.text) if edit else found.text
    (folder / "projekt.toml").write_text(text, encoding="utf-8")
    for name, layout in found.layouts.items():
        (folder / name).write_text(layout, encoding="utf-8")
    project = load_project(folder / "projekt.toml")
    report = check_project(folder / "projekt.toml", folder)
    return Result(text, report, project, folder, found.layouts)


def sheet_cells(path: Path, number: int) -> list[list[str]]:
    """Cells of a sheet of an XLSX file, read from its XML and by none of our readers."""
    space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    with zipfile.ZipFile(path) as archive:
        shared = ElementTree.fromstring(archive.read("xl/sharedStrings.xml"))
        words = ["".join(t.text or "" for t in si.iter(f"{space}t")) for si in shared]
        sheet = ElementTree.fromstring(archive.read(f"xl/worksheets/sheet{number}.xml"))
    rows = []
    for row in sheet.iter(f"{space}row"):
        cells = [(c.get("t"), c.findtext(f"{space}v") or "") for c in row]
        rows.append([words[int(v)] if kind == "s" else v for kind, v in cells])
    return rows


def opened(text: str, start: str, lines: int | None = None) -> str:
    """What a planner does who takes a proposal: delete the ``# `` before its lines."""
    before, _, rest = text.partition(f"\n# {start}")
    block, own = [], True
    for number, line in enumerate(f"# {start}{rest}".splitlines()):
        own = own and (line.startswith("# ") or line == "#") and (lines is None or number < lines)
        block.append(line[2:] if own else line)
    return before + "\n" + "\n".join(block) + "\n"


def write_rows(path, rows, encoding="cp1252", delimiter=";"):
    """Write a text file as an office does."""
    with path.open("w", encoding=encoding, newline="") as handle:
        csv.writer(handle, delimiter=delimiter).writerows(rows)


def read_rows(path, encoding="cp1252", delimiter=";"):
    """Read it again with `csv` alone."""
    with path.open(encoding=encoding, newline="") as handle:
        return list(csv.reader(handle, delimiter=delimiter))
