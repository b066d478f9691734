"""Measures counting case lists and finding points; prints Markdown, asserts nothing.

Run from the project's folder: PYTHONPATH=. python tests/benchmarks/records.py [--rows N]
[--points N] [--repeats N].

The list is invented: 20 million cases, 542 areas, 2,000 days as text, two columns of codes, a
name and a number that nobody reads. ``ours`` is `count_cases` with everything it checks. The
peer is a bare SELECT ... GROUP BY area, period, sex, household of DuckDB, on the same Parquet
file, and on a UTF-8 copy of the cp1252 file (DuckDB reads no cp1252 without an extension). Every
run is a process of its own; seconds are medians without start and import, memory is the peak of
the whole process.

Points are found in 542 polygons (cells with ragged borders; Berlin's areas where
SOZIALATLAS_REFERENCE is set) by `AreaLocator`, its building included, and by geopandas' `sjoin`.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from pyarrow import csv

KEYS = [f"{1100101 + i:08d}" for i in range(542)]
PERIODS = [f"{y}-{d}" for y in range(2020, 2026) for d in ("06-30", "12-31")]
SQL = """SELECT PLR, year(d) AS y, month(d) > 6 AS half, SEX, HH, count(*) AS n FROM
(SELECT PLR, SEX, HH, strptime(DATUM, '%d.%m.%Y') AS d FROM {}) GROUP BY ALL"""


def main() -> None:
    """Invent the files, run every side in a process of its own, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=20_000_000)
    parser.add_argument("--points", type=int, default=5_000_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--side", nargs=2, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.side:
        run_side(chosen.side[0], Path(chosen.side[1]))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        invent(folder, chosen.rows)
        print(f"{chosen.rows:,} rows | seconds | peak MB | total\n---|---|---|---")
        for side in ("duckdb parquet", "ours parquet", "duckdb csv", "ours csv"):
            runs = [child(side, folder) for _ in range(chosen.repeats)]
            seconds = statistics.median(r["seconds"] for r in runs)
            peak = max(r["mb"] for r in runs)
            print(f"{side} | {seconds:.2f} | {peak:.0f} | {runs[0]['total']:,}", flush=True)
    points(chosen.points)


def invent(folder: Path, rows: int) -> None:
    """Write the list as Parquet, cp1252, and UTF-8, a million rows at a time."""
    draw = np.random.default_rng(1)
    days = pa.array([f"{date(2020, 1, 1) + timedelta(i):%d.%m.%Y}" for i in range(2000)])
    pools = {
        "DATUM": days, "PLR": pa.array(KEYS), "SEX": pa.array(["w", "m", "d"]),
        "HH": pa.array(list("EAPFS")), "NAME": pa.array(["Müller", "Jürgens", "Schulz"]),
    }  # fmt: skip
    writer = None
    with (folder / "utf8.csv").open("wb") as plain, (folder / "cp1252.csv").open("wb") as office:
        for start in range(0, rows, 1_000_000):
            n = min(1_000_000, rows - start)
            table = pa.table(
                {"NR": pa.array(np.arange(start, start + n)).cast(pa.string())}
                | {k: v.take(pa.array(draw.integers(0, len(v), n))) for k, v in pools.items()}
            )
            writer = writer or pq.ParquetWriter(folder / "list.parquet", table.schema)
            writer.write_table(table)
            sink = pa.BufferOutputStream()
            options = csv.WriteOptions(
                include_header=start == 0, delimiter=";", quoting_style="none"
            )
            csv.write_csv(table, sink, options)
            text = sink.getvalue().to_pybytes()
            plain.write(text)
            office.write(text.decode().encode("cp1252"))
    if writer:
        writer.close()


def child(side: str, folder: Path) -> dict[str, float]:
    """Run one side in a process of its own."""
    # -P: else this folder would stand in the way of packages of the same name
    done = subprocess.run(
        [sys.executable, "-P", __file__, "--side", side, str(folder)],
        check=True, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
    )  # fmt: skip
    return dict(json.loads(done.stdout.splitlines()[-1]))


def run_side(side: str, folder: Path) -> None:
    """Count once and print seconds, peak memory, and the number counted."""
    who, kind = side.split()
    if who == "duckdb":
        import duckdb

        file = folder / ("list.parquet" if kind == "parquet" else "utf8.csv")
        source = f"'{file}'"
        if kind == "csv":
            source = f"read_csv('{file}', delim=';', header=true, all_varchar=true)"
        begin = time.perf_counter()
        total = sum(r[-1] for r in duckdb.connect().execute(SQL.format(source)).fetchall())
    else:
        begin, total = ours(folder / ("list.parquet" if kind == "parquet" else "cp1252.csv"))
    seconds = time.perf_counter() - begin
    # not ru_maxrss, which begins with the parent's memory
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    mb = int(status.partition("VmHWM:")[2].split()[0]) / 1024
    print(json.dumps({"seconds": seconds, "mb": mb, "total": total}))


def ours(path: Path) -> tuple[float, int]:
    """Count by `count_cases`: when it began, and the number counted."""
    from geodata.files import TableFormat
    from geodata.model import Source, Vintage
    from indicators.records import count_cases
    from indicators.sources import CaseCount, CaseList

    groups = {
        "SEX": {c: f"sex_{c}" for c in "wmd"},
        "HH": {c: f"hh_{c}" for c in "EAPFS"},
    }
    crossed = {f"{s}_{h}": (s, h) for s in groups["SEX"].values() for h in groups["HH"].values()}
    cases = CaseList(
        "list", Source("", "", "", ""), path.name, ("DATUM", "PLR", "SEX", "HH"), "plr",
        (CaseCount("cases", "DATUM", groups, crossed=crossed),), tuple(PERIODS), {"v": "PLR"},
        format=TableFormat(encoding="cp1252"),
    )  # fmt: skip
    areas = pd.DataFrame({"vintage": "v", "level": "plr", "area": KEYS})
    begin = time.perf_counter()
    counts, _ = count_cases(cases, areas, (Vintage("v", ""),), path.parent)
    return begin, int(counts[counts["group"] == "total"]["count"].sum())


def invented_areas() -> gpd.GeoSeries:
    """542 cells of a city with ragged common borders, from a Voronoi diagram of points."""
    draw = np.random.default_rng(2)
    seeds = shapely.multipoints(draw.uniform(0, 40_000, (542, 2)))
    cells = shapely.get_parts(
        shapely.voronoi_polygons(seeds, extend_to=shapely.box(0, 0, 4e4, 4e4))
    )
    cells = shapely.intersection(cells, shapely.box(0, 0, 40_000, 40_000))
    dense = shapely.segmentize(cells, 50)

    def ragged(xy: np.ndarray) -> np.ndarray:
        return xy + 20 * np.sin(xy[:, ::-1] / 70)

    return gpd.GeoSeries(shapely.transform(dense, ragged))


def points(number: int) -> None:
    """Find points both ways and compare the hits."""
    from geodata.locate import AreaLocator

    places = {"invented": invented_areas()}
    reference = os.environ.get("SOZIALATLAS_REFERENCE")
    if reference:
        file = Path(reference) / "berlin" / "lor_2021.gpkg"
        berlin = gpd.read_file(file, layer="plr").sort_values("PLR_ID", ignore_index=True)
        places["Berlin"] = berlin.geometry
    print(
        f"\n{number:,} points | areas | ours s | sjoin s | times | different",
        "---|---|---|---|---|---",
        sep="\n",
    )
    for name, outlines in places.items():
        low_x, low_y, high_x, high_y = outlines.total_bounds
        draw = np.random.default_rng(3)
        x, y = draw.uniform(low_x, high_x, number), draw.uniform(low_y, high_y, number)
        begin = time.perf_counter()
        found = AreaLocator(outlines).find(x, y)
        own = time.perf_counter() - begin
        frame = gpd.GeoDataFrame(geometry=gpd.points_from_xy(x, y), crs=outlines.crs)
        begin = time.perf_counter()
        joined = gpd.sjoin(frame, gpd.GeoDataFrame(geometry=outlines))
        peer = time.perf_counter() - begin
        first = joined["index_right"].groupby(level=0).min()
        hits = np.full(number, -1)
        hits[first.index] = first.to_numpy()
        odd = int((hits != found).sum())
        print(f"{name} | {len(outlines)} | {own:.2f} | {peer:.2f} | {peer / own:.1f} | {odd}")


if __name__ == "__main__":
    main()
