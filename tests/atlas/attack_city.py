"""A small city as files, made for attacks: small numbers, two groupings, two vintages, editions.

Twelve areas in four regions and, across them, three districts of the Jobcenter. Evictions are
counted by old and new areas; the border between the first two was moved.
"""

from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry import box

AREAS = [f"{r}{c}" for r in range(1, 4) for c in range(1, 5)]
REGION = {a: {"11": "1", "12": "1", "21": "1"}.get(a, str(1 + AREAS.index(a) // 3)) for a in AREAS}
DISTRICT = {a: f"J{a[1]}" if a[1] != "4" else "J3" for a in AREAS}
PERIODS = ("2024-12-31", "2025-06-30")
AGES = ("age_u15", "age_15_24", "age_25_54", "age_55_64")
OUTCOMES = ("outcome_kept", "outcome_lost", "outcome_open")
SIDE = 1000.0

_PROJECT = """
format = 1
key = "angriffsstadt"
title = "Sozialraumatlas Angriffsstadt"
city = "Angriffsstadt"
crs = "EPSG:25832"
reporting_date = "{last}"
indicators = [
  "sgb2_quote", "sgb2_kinder", "elb_quote", "raeumungsklagen_1000", "n_residents",
  "n_sgb2_persons",
]
city_area = {{ key = "00", name = "Angriffsstadt" }}
levels = [
  {{ key = "planungsraum", name = "Planungsraum", plural = "Planungsräume" }},
  {{ key = "bezirksregion", name = "Bezirksregion", plural = "Bezirksregionen" }},
  {{ key = "jobcenter", name = "Bezirk", plural = "Bezirke", hierarchy = "jobcenter" }},
  {{ key = "stadt", name = "Stadt", plural = "Städte" }},
]
vintages = [
  {{ key = "2019", name = "Räume 2019", valid_to = "2023-12-31" }},
  {{ key = "2024", name = "Räume 2024", valid_from = "2024-01-01" }},
]

[disclosure]
threshold = 3
keep_levels = ["stadt"]
key_file = "geheim.key"
min_public = 0
{geometries}
[[datasets]]
key = "einwohner"
source = {{ title = "Einwohner", publisher = "Amt", licence = "CC0-1.0", attribution = "erfunden" }}
level = "planungsraum"
area = "Nr"
already_public = true
counts = {{ "alle" = "residents", {ages} }}
files = [{residents}]

[[datasets]]
key = "sgb2"
source = {{ title = "SGB II", publisher = "Amt", licence = "intern", attribution = "erfunden" }}
level = "planungsraum"
area = "Nr"
counts = {{ "alle" = "sgb2_persons", {persons}, "ELB" = "sgb2_elb" }}
files = [{benefits}]

[[datasets]]
key = "klagen"
source = {{ title = "Klagen", publisher = "Amt", licence = "intern", attribution = "erfunden" }}
level = "planungsraum"
area = "Nr"
counts = {{ "alle" = "wn_raeumungsklagen", {outcomes} }}
files = [{evictions}]
"""

_GEOMETRY = """
[[geometries]]
level = "planungsraum"
vintage = "{vintage}"
file = "raeume.gpkg"
layer = "plr_{vintage}"
key = "NR"
name = "NAME"
parent = "BZR"

[[geometries]]
level = "bezirksregion"
vintage = "{vintage}"
file = "raeume.gpkg"
layer = "bzr_{vintage}"
key = "NR"
name = "NAME"

[[hierarchies]]
key = "jobcenter"
name = "Jobcenter-Bezirke"
vintage = "{vintage}"
level = "jobcenter"
child_level = "planungsraum"
file = "jobcenter.csv"
child = "NR"
parent = "JC"
parent_name = "NAME"
"""


def write_city(folder: Path, periods: Sequence[str] = PERIODS, seed: int = 1) -> Path:
    """Write the city's files; the project file.

    Parameters
    ----------
    periods
        Reporting dates of the edition.
    seed
        Of its numbers. Each period's numbers depend on the seed and the period alone.
    """
    _write_areas(folder)
    for period in PERIODS:
        _write_numbers(folder, period, np.random.default_rng([seed, PERIODS.index(period)]))
    text = _PROJECT.format(
        last=periods[-1],
        geometries="".join(_GEOMETRY.format(vintage=v) for v in ("2019", "2024")),
        ages=", ".join(f'"{g}" = "residents/{g}"' for g in AGES),
        persons=", ".join(f'"{g}" = "sgb2_persons/{g}"' for g in AGES),
        outcomes=", ".join(f'"{g}" = "wn_raeumungsklagen/{g}"' for g in OUTCOMES),
        residents=_files("einwohner", periods),
        benefits=_files("sgb2", periods),
        evictions=f"{_files('klagen', periods)}, {_files('klagen_alt', periods, '2019')}",
    )
    project = folder / "angriffsstadt.toml"
    project.write_text(text, encoding="utf-8")
    return project


def _files(name: str, periods: Sequence[str], vintage: str = "2024") -> str:
    return ", ".join(
        f'{{ file = "{name}_{p}.csv", vintage = "{vintage}", period = "{p}" }}' for p in periods
    )


def _write_areas(folder: Path) -> None:
    """Squares; in 2019 the first one was a fifth wider, and the second one narrower."""
    for vintage, border in (("2019", 1.2), ("2024", 1.0)):
        corners = {a: (int(a[1]) - 1.0, int(a[0]) - 1.0) for a in AREAS}
        boxes = {a: [x, y, x + 1, y + 1] for a, (x, y) in corners.items()}
        boxes["11"][2] = boxes["12"][0] = border
        shapes = [box(*(500_000 + SIDE * v for v in b)) for b in boxes.values()]
        fine = gpd.GeoDataFrame(
            {"NR": AREAS, "NAME": [f"Feld {a}" for a in AREAS], "BZR": list(REGION.values())},
            geometry=shapes, crs="EPSG:25832",
        )  # fmt: skip
        fine.to_file(folder / "raeume.gpkg", layer=f"plr_{vintage}")
        regions = fine.dissolve("BZR", as_index=False)[["BZR", "geometry"]]
        regions = regions.rename(columns={"BZR": "NR"})
        regions["NAME"] = "Region " + regions["NR"]
        regions.to_file(folder / "raeume.gpkg", layer=f"bzr_{vintage}")
    pairs = pd.DataFrame(
        {"NR": AREAS, "JC": list(DISTRICT.values()), "NAME": list(DISTRICT.values())}
    )
    pairs.to_csv(folder / "jobcenter.csv", sep=";", index=False)


def _write_numbers(folder: Path, period: str, rng: np.random.Generator) -> None:
    few = np.array([0.12, 0.22, 0.2, 0.2, 0.13, 0.13])
    persons = rng.choice([0, 1, 2, 4, 7, 12], (len(AREAS), len(AGES)), p=few)
    # Where two residents are all there are, their number tells of them whatever is hidden.
    others = rng.choice([4, 20, 45], persons.shape)
    most = (persons >= 4) & (rng.random(persons.shape) < 0.3)
    others = np.where(most, rng.choice([0, 1, 2], persons.shape), others)
    people = persons + others
    elb = persons[:, 1:].sum(axis=1) - np.minimum(rng.integers(0, 3, len(AREAS)), persons[:, 2])
    _write(folder / f"einwohner_{period}.csv", people, AGES)
    _write(folder / f"sgb2_{period}.csv", persons, AGES, ELB=elb)
    cases = rng.choice([0, 1, 2, 3, 6, 9], (len(AREAS), len(OUTCOMES)), p=few)
    _write(folder / f"klagen_{period}.csv", cases, OUTCOMES)
    # The strip between the old and the new border belonged to the first area.
    moved = np.minimum(rng.integers(0, 3, len(OUTCOMES)), cases[1])
    old = cases.copy()
    old[0] += moved
    old[1] -= moved
    _write(folder / f"klagen_alt_{period}.csv", old, OUTCOMES)


def _write(file: Path, numbers: np.ndarray, names: Sequence[str], **more: np.ndarray) -> None:
    table = pd.DataFrame(numbers, columns=list(names))
    table.insert(0, "alle", numbers.sum(axis=1))
    table.insert(0, "Nr", AREAS)
    table.assign(**more).to_csv(file, sep=";", index=False)
