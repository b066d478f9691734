"""An invented town for the check: 16 squares in 4 quarters, two states, plain files."""

from pathlib import Path

import geopandas as gpd
import pandas as pd
from shapely.geometry import box

HEAD = """
format = 1
key = "probe"
title = "Probe"
city = "Probe"
crs = "EPSG:25832"
reporting_date = "2023-12-31"
city_area = { key = "00", name = "Probe" }
indicators = ["sgb2_quote", "n_residents"]

[[levels]]
key = "teil"
name = "Teil"
plural = "Teile"

[[levels]]
key = "stadt"
name = "Stadt"
plural = "Stadt"
"""


def vintage(key, since, until=""):
    end = f'valid_to = "{until}"\n' if until else ""
    return (
        f'\n[[vintages]]\nkey = "{key}"\nname = "{key}"\nvalid_from = "{since}"\n{end}'
        f'\n[[geometries]]\nlevel = "teil"\nvintage = "{key}"\nfile = "{key}.gpkg"\n'
        'key = "KEY"\nname = "NAME"\n'
    )


def dataset(key, files, counts, public=True):
    named = ", ".join(f'{{ file = "{f}", vintage = "{v}", period = "{p}" }}' for f, v, p in files)
    columns = "\n".join(f'{c} = "{t}"' for c, t in counts.items())
    return (
        f'\n[[datasets]]\nkey = "{key}"\nlevel = "teil"\narea = "KEY"\nfiles = [{named}]\n'
        f"already_public = {str(public).lower()}\n"
        'source = { title = "T", publisher = "P", licence = "L", attribution = "A" }\n'
        f"[datasets.counts]\n{columns}\n"
    )


def squares(prefix, n=16):
    rows = [
        (f"{prefix}{i:02d}", f"Feld {prefix}{i}", box(x, y, x + 1000, y + 1000))
        for i in range(n)
        for x, y in [(500_000 + 1000 * (i % 4), 5_700_000 + 1000 * (i // 4))]
    ]
    return gpd.GeoDataFrame(rows, columns=["KEY", "NAME", "geometry"], crs="EPSG:25832")


def table(path, keys, **columns):
    frame = pd.DataFrame({"KEY": keys, **columns})
    frame.to_csv(path, sep=";", index=False)


def people(shift=0):
    return [1000 + 37 * i + shift * (1 if i % 2 else -1) for i in range(16)]


def write(folder: Path, *parts: str) -> Path:
    """Areas of both states and a project file of `parts`."""
    squares("0").to_file(folder / "alt.gpkg")
    squares("9").to_file(folder / "neu.gpkg")
    project = folder / "probe.toml"
    states = vintage("alt", "2010-01-01", "2020-12-31") + vintage("neu", "2021-01-01")
    project.write_text(HEAD + states + "".join(parts), encoding="utf-8")
    return project


OLD = [f"0{i:02d}" for i in range(16)]
NEW = [f"9{i:02d}" for i in range(16)]
