"""Measures the four hotspot methods on a city of Berlin's size; prints Markdown, asserts nothing.

Run from the project's folder: PYTHONPATH=. python tests/benchmarks/city_indicators.py [--quick]
[--periods N] [--permutations N] [--scan-maps N] [--peer-scans N] [--peer-draws N].

The city is invented: 542 areas on 4 nested levels, 25 rates that vary smoothly in space, 10
periods. ``ours`` is what an edition's build calls: neighbours, Gi* and local Moran with their
sentences (`compute_hotspots`), funnel (`compute_funnels`), scan (`compute_clusters`). ``peer``
is what one would write (`hotspots_peer.py`): esda's `G_Local` and `Moran_Local_Rate`, q-values
and classes by scipy and pandas, indicator by indicator on one graph per level; the funnel's
formulas in numpy; the scan one random distribution and one centre after the other. Its Python
is named by SOZIALATLAS_NUMBA (a folder with esda, geopandas and numba), else ours is taken. numba
compiles before the clock runs.

Each side runs in one process of its own with one thread; seconds are processor time. With
fewer periods or maps than asked for in whole, seconds are multiplied up, which the table says;
the peer's scan always is, because in whole it would take a day. p-values are compared by the
standard error of the difference of two simulations: squares about 1 on average are chance.
esda's are counted again from its own simulations, with ties in both tails (not on the clock).
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

LEVELS = {"planungsraum": 542, "bezirksregion": 143, "prognoseraum": 58, "bezirk": 12}
INDICATORS, PERIODS, PEOPLE, SEED = 25, 10, 3_900_000, 7
PARTS = ("graph", "hotspots", "funnel", "scan")
PEER = "SOZIALATLAS_NUMBA"
VINTAGE = "2021"


def main() -> None:
    """Invent the city, run both sides, and print what they took and where they differ."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one period, two scans per level")
    parser.add_argument("--periods", type=int, default=PERIODS)
    parser.add_argument("--permutations", type=int, default=9_999)
    parser.add_argument("--scan-maps", type=int, default=INDICATORS * PERIODS)
    parser.add_argument("--peer-scans", type=int, default=3)
    parser.add_argument("--peer-draws", type=int, default=50)
    parser.add_argument("--ours", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.ours:
        run_ours(chosen.ours)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        task = {
            "levels": list(LEVELS),
            "periods": 1 if chosen.quick else chosen.periods,
            "permutations": chosen.permutations,
            "scan_maps": min(2 if chosen.quick else chosen.scan_maps, INDICATORS * PERIODS),
            "peer_scans": 1 if chosen.quick else chosen.peer_scans,
            "peer_draws": 10 if chosen.quick else chosen.peer_draws,
        }
        (folder / "task.json").write_text(json.dumps(task))
        invent(folder)
        # Else this file would stand in the way of the package of the same name.
        start([sys.executable, "-P", __file__, "--ours", str(folder)])
        start([peer_python(), str(Path(__file__).with_name("hotspots_peer.py")), str(folder)])
        report(folder, task)


def peer_python() -> str:
    """The interpreter that runs the peer."""
    home = os.environ.get(PEER)
    return str(Path(home) / "bin" / "python") if home else sys.executable


def start(command: list[str]) -> None:
    """Run one side, with one thread."""
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")
    subprocess.run(command, check=True, env=os.environ | dict.fromkeys(names, "1"))


def invent(folder: Path) -> None:
    """Outlines of each level, and cases and people, shape (periods, indicators, areas)."""
    random = np.random.default_rng(SEED)
    count = LEVELS["planungsraum"]
    points = random.uniform(0, 1, (count, 2)) * (36_000, 28_000)
    seeds = gpd.GeoSeries(gpd.points_from_xy(*points.T), crs="EPSG:25833")
    cells = seeds.voronoi_polygons(extend_to=seeds.union_all().envelope.buffer(1000))
    cells = cells.iloc[cells.sindex.query(seeds, predicate="within")[1]].reset_index(drop=True)
    weight = random.gamma(4, 1, count)
    people = np.maximum(np.rint(weight / weight.sum() * PEOPLE * 0.7), 300)
    people = np.broadcast_to(people, (PERIODS, INDICATORS, count)).astype(np.int64)
    waves = random.normal(0, 1.5e-4, (INDICATORS, 2, 3)), random.uniform(0, 6, (INDICATORS, 3))
    field = np.cos(np.einsum("pd,idw->ipw", points, waves[0]) + waves[1][:, None]).sum(axis=2)
    base = random.uniform(0.01, 0.3, (INDICATORS, 1))
    rate = base * np.exp(0.25 * field + random.normal(0, 0.15, (PERIODS, *field.shape)))
    cases = random.binomial(people, np.minimum(rate, 0.9))
    group = np.arange(count)
    for level, size in LEVELS.items():
        if size < count:
            # Whole groups of the level below go to the nearest of some of them.
            sizes = np.bincount(group)
            middle = np.column_stack([np.bincount(group, p) / sizes for p in points.T])
            chosen = middle[random.choice(len(middle), size, replace=False)]
            apart = ((middle[:, None] - chosen) ** 2).sum(axis=2)
            group = apart.argmin(axis=1)[group]
        write(folder, level, cells, group, (cases, people))


def write(
    folder: Path,
    level: str,
    cells: gpd.GeoSeries,
    group: np.ndarray,
    counts: tuple[np.ndarray, np.ndarray],
) -> None:
    """One level: its areas are groups of the finest."""
    areas = gpd.GeoDataFrame({"group": group}, geometry=cells, crs="EPSG:25833")
    areas = areas.dissolve("group").reset_index()
    areas = areas.assign(area=[f"{g:04d}" for g in areas["group"]], level=level, vintage=VINTAGE)
    areas[["area", "level", "vintage", "geometry"]].to_file(folder / f"{level}.gpkg")
    inside = (group[:, None] == np.arange(len(areas))).astype(np.int64)
    inner = areas.representative_point()
    np.savez(
        folder / f"{level}.npz",
        cases=counts[0] @ inside,
        people=counts[1] @ inside,
        points=np.column_stack([inner.x, inner.y]),
    )


def run_ours(folder: Path) -> None:
    """Everything as an edition's build would call it."""
    from indicators.catalogue import load_catalogue
    from indicators.funnel import compute_funnels
    from indicators.hotspots import HotspotSettings, compute_hotspots
    from indicators.neighbours import neighbourhood
    from indicators.scan import ScanSettings, compute_clusters

    task = json.loads((folder / "task.json").read_text())
    catalogue, keys = catalogue_of_rates(load_catalogue())
    seconds = dict.fromkeys(PARTS, 0.0)
    settings = HotspotSettings(task["permutations"], SEED)
    scans = ScanSettings(task["permutations"], SEED)
    for level in task["levels"]:
        areas = gpd.read_file(folder / f"{level}.gpkg")
        with clock(seconds, "graph"):
            near = neighbourhood(areas)
        data = np.load(folder / f"{level}.npz")
        results = {key: [] for key in ("gi", "gi_p", "moran", "moran_p", "z", "llr")}
        left = task["scan_maps"]
        for period in range(PERIODS):
            values = edition_values(data, period, level, areas["area"], keys)
            place = (level, f"{2016 + period}-12-31", VINTAGE)
            if period < task["periods"]:
                with clock(seconds, "hotspots"):
                    found = compute_hotspots(values, areas, keys, *place, settings, near)
                with clock(seconds, "funnel"):
                    funnels = compute_funnels(values, catalogue, keys, *place)
                store(results, found, funnels.table, len(areas))
            wanted, left = keys[:left], max(left - len(keys), 0)
            with clock(seconds, "scan"):
                scanned = compute_clusters(values, areas, wanted, *place, scans)
            largest = scanned.areas.groupby("indicator")["statistic"].max()
            results["llr"] += largest.reindex(wanted).tolist()
        np.savez(folder / f"ours_{level}.npz", **results)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    (folder / "ours.json").write_text(json.dumps({"seconds": seconds, "peak_mb": peak}))


def catalogue_of_rates(catalogue: object) -> tuple[object, list[str]]:
    """The catalogue's SGB II rate under 25 names."""
    from dataclasses import replace

    keys = [f"rate_{n:02d}" for n in range(INDICATORS)]
    one = catalogue.indicators["sgb2_quote"]
    return replace(catalogue, indicator=tuple(replace(one, key=key) for key in keys)), keys


@contextmanager
def clock(seconds: dict[str, float], part: str) -> Iterator[None]:
    """Add the processor time of what is inside to the part."""
    start = time.process_time()
    yield
    seconds[part] += time.process_time() - start


def edition_values(
    data: dict, period: int, level: str, areas: pd.Series, keys: list[str]
) -> pd.DataFrame:
    """The table ``values`` of one level and period."""
    cases, people = (data[name][period].astype(float).ravel() for name in ("cases", "people"))
    return pd.DataFrame(
        {
            "area": np.tile(areas, len(keys)),
            "level": level,
            "vintage": VINTAGE,
            "period": f"{2016 + period}-12-31",
            "indicator": np.repeat(keys, len(areas)),
            "group": "total",
            "value": 100 * cases / people,
            "numerator": cases,
            "denominator": people,
            "status": "published",
        }
    )


def store(results: dict[str, list], found: pd.DataFrame, funnel: pd.DataFrame, areas: int) -> None:
    """Statistics and p-values, a row for every map."""
    for name, method in (("gi", "gi_star"), ("moran", "local_moran")):
        rows = found.loc[found["method"] == method]
        results[name] += list(rows["statistic"].to_numpy().reshape(-1, areas))
        results[f"{name}_p"] += list(rows["p_value"].to_numpy().reshape(-1, areas))
    results["z"] += list(funnel["z_score"].to_numpy().reshape(-1, areas))


def report(folder: Path, task: dict) -> None:
    """Print seconds, ratios, memory and differences."""
    ours, peer = (json.loads((folder / f"{who}.json").read_text()) for who in ("ours", "peer"))
    all_maps = INDICATORS * PERIODS
    up = dict.fromkeys(PARTS, PERIODS / task["periods"]) | {"graph": 1.0}
    up["scan"] = all_maps / task["scan_maps"]
    mine = {part: ours["seconds"][part] * up[part] for part in PARTS}
    theirs = {part: peer["seconds"][part] * up[part] for part in PARTS}
    print(
        f"{'/'.join(map(str, LEVELS.values()))} areas, {INDICATORS} indicators, {PERIODS} periods, "
        f"{task['permutations']:,} permutations; the peer {'with' if peer['numba'] else 'WITHOUT'} "
        f"numba. Computed: {task['periods']} periods, ours {task['scan_maps']} scans per level "
        f"of {all_maps}, the peer {task['peer_scans']} with {task['peer_draws']} draws.\n"
    )
    print("| Part | Ours s | Peer s | Times faster |\n|---|---|---|---|")
    sums = {"all without the scan": PARTS[:-1], "all": PARTS}
    for name, parts in ({p: (p,) for p in PARTS} | sums).items():
        own, other = sum(mine[p] for p in parts), sum(theirs[p] for p in parts)
        print(f"| {name} | {own:.1f} | {other:.1f} | {other / own:.1f} |")
    print(f"\nPeak memory: ours {ours['peak_mb']:.0f} MB, peer {peer['peak_mb']:.0f} MB.\n")
    print("| Level | Gi* z | Moran I | Funnel z | Scan LLR | p: mean square | beyond 3 |")
    print("|---|---|---|---|---|---|---|")
    for level in task["levels"]:
        print(f"| {level} | {' | '.join(differences(folder, level, task))} |")


def differences(folder: Path, level: str, task: dict) -> list[str]:
    """Largest differences of the statistics, and how the p-values scatter."""
    own, other = (np.load(folder / f"{who}_{level}.npz") for who in ("ours", "peer"))
    # Where all areas are neighbours of one, Gi* is 0 here, and NaN or infinite in esda.
    apart = {k: np.abs(own[k] - other[k])[own[k] != 0] for k in ("gi", "moran", "z")}
    cells = [f"{values.max():.0e}" for values in apart.values()]
    scans = min(len(own["llr"]), len(other["llr"]))
    llr = np.abs(own["llr"][:scans] / other["llr"][:scans] - 1)
    cells.append(f"{np.nanmax(llr):.0e}" if np.isfinite(llr).any() else "–")
    scores = []
    for name in ("gi_p", "moran_p"):
        ours, theirs = own[name] / 2, np.minimum(other[name], 0.5)
        middle = (ours + theirs) / 2
        error = np.sqrt(2 * middle * (1 - middle) / task["permutations"])
        # Near a half both tails are alike and the smaller one is always below it.
        scores.append(((ours - theirs) / error)[middle < 0.45])
    score = np.concatenate(scores)
    return [*cells, f"{(score**2).mean():.2f}", f"{(np.abs(score) > 3).mean():.2%}"]


if __name__ == "__main__":
    main()
