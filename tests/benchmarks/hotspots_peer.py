"""What one would write with esda, pandas and numpy; run by `indicators.py` in its own Python.

Needs esda, libpysal, geopandas and, to be fair to esda, numba; nothing of this project.

Usage: python hotspots_peer.py FOLDER, with the files that `indicators.py` writes there.
"""

import json
import resource
import sys
import time
import warnings
from importlib.util import find_spec
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from esda import G_Local, Moran_Local_Rate
from libpysal.graph import Graph
from scipy import stats

ALPHA, WINSOR, SHARE = 0.05, 0.1, 0.5


def main() -> None:
    """Compute everything level by level, and write results and seconds."""
    folder = Path(sys.argv[1])
    task = json.loads((folder / "task.json").read_text())
    seconds = dict.fromkeys(("graph", "hotspots", "funnel", "scan"), 0.0)
    warnings.simplefilter("ignore")
    compile_kernels()
    for level in task["levels"]:
        start = time.process_time()
        areas = gpd.read_file(folder / f"{level}.gpkg")
        graph = Graph.build_contiguity(areas, rook=False)
        seconds["graph"] += time.process_time() - start
        data = np.load(folder / f"{level}.npz")
        results = {key: [] for key in ("gi", "gi_p", "moran", "moran_p", "z")}
        for number, (cases, people) in enumerate(maps(data, task["periods"])):
            start = time.process_time()
            table, gi, moran = hotspots(cases, people, graph, task["permutations"], number + 1)
            seconds["hotspots"] += time.process_time() - start
            start = time.process_time()
            table = table.assign(**funnel(cases, people))
            seconds["funnel"] += time.process_time() - start
            results["gi"].append(table["gi"])
            results["moran"].append(table["moran"])
            results["z"].append(table["z"])
            # Not on the clock: esda's own p-values do not count ties in the lower tail.
            results["gi_p"].append(tail(gi.Gs, gi.rGs))
            results["moran_p"].append(tail(moran.Is, moran.rlisas))
        ratios = []
        chosen = list(maps(data, task["periods"]))[: task["peer_scans"]]
        for cases, people in chosen:
            start = time.process_time()
            circles = order_circles(data["points"], people)
            built = time.process_time() - start
            ratios.append(ratio(cases, circles))
            start = time.process_time()
            simulate(cases, people, circles, task["peer_draws"])
            drawn = time.process_time() - start
            # One scan: its circles once, and so many random distributions more.
            whole = built + drawn * task["permutations"] / task["peer_draws"]
            seconds["scan"] += whole * task["scan_maps"] / len(chosen)
        np.savez(folder / f"peer_{level}.npz", llr=ratios, **results)
    report = {"seconds": seconds, "numba": find_spec("numba") is not None}
    report["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    (folder / "peer.json").write_text(json.dumps(report))


def maps(data: dict, periods: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Cases and people of every period and indicator."""
    return [
        (cases.astype(float), people.astype(float))
        for period in range(periods)
        for cases, people in zip(data["cases"][period], data["people"][period], strict=True)
    ]


def compile_kernels() -> None:
    """Let numba compile before the clock runs."""
    side = np.arange(16.0)
    graph = Graph.build_knn(gpd.GeoSeries(gpd.points_from_xy(side, side**2)), k=3)
    hotspots(side + 1, side + 100, graph, 9, 1)


def hotspots(
    cases: np.ndarray, people: np.ndarray, graph: Graph, permutations: int, seed: int
) -> tuple[pd.DataFrame, G_Local, Moran_Local_Rate]:
    """Gi* of the rates and local Moran of the empirical Bayes rates, with q-values and class."""
    options = {"permutations": permutations, "seed": seed, "n_jobs": 1}
    gi = G_Local(100 * cases / people, graph, transform="B", star=True, **options)
    moran = Moran_Local_Rate(cases, people, graph, transformation="r", **options)
    table = pd.DataFrame({"gi": gi.Zs, "moran": moran.Is})
    table["gi_q"] = stats.false_discovery_control(np.minimum(2 * gi.p_sim, 1))
    table["moran_q"] = stats.false_discovery_control(np.minimum(2 * moran.p_sim, 1))
    table["gi_class"] = np.where(table["gi_q"] > ALPHA, "none", np.sign(gi.Zs))
    table["moran_class"] = np.where(table["moran_q"] > ALPHA, "none", moran.q)
    return table, gi, moran


def tail(observed: np.ndarray, simulated: np.ndarray) -> np.ndarray:
    """The smaller tail of esda's simulated statistics, ties in both."""
    slack = 1e-9 * np.maximum(np.abs(simulated).max(axis=1), np.abs(observed))
    above = (simulated >= (observed - slack)[:, None]).sum(axis=1)
    below = (simulated <= (observed + slack)[:, None]).sum(axis=1)
    return (np.minimum(above, below) + 1) / (simulated.shape[1] + 1)


def funnel(cases: np.ndarray, people: np.ndarray) -> dict[str, np.ndarray]:
    """z-scores on the arcsine scale, limits by additive overdispersion and by chance, class."""
    target, tail = cases.sum() / people.sum(), 0.001
    error = 1 / (2 * np.sqrt(people))
    z = (np.arcsin(np.sqrt(cases / people)) - np.arcsin(np.sqrt(target))) / error
    low, high = np.quantile(z, [WINSOR, 1 - WINSOR])
    phi, weights = (np.clip(z, low, high) ** 2).mean(), 1 / error**2
    room = weights.sum() - (weights**2).sum() / weights.sum()
    tau = np.sqrt(max(len(z) * phi - (len(z) - 1), 0) / room)
    result = {"z": z}
    for name, share in (("95", 0.025), ("998", tail)):
        reach = stats.norm.isf(share) * np.sqrt(error**2 + tau**2)
        middle = np.arcsin(np.sqrt(target))
        result[f"low_{name}"] = np.sin(np.maximum(middle - reach, 0)) ** 2
        result[f"high_{name}"] = np.sin(np.minimum(middle + reach, np.pi / 2)) ** 2
        law = stats.binom(people, target)
        few, many = law.ppf(share), law.isf(share)
        result[f"chance_low_{name}"] = (few - (law.cdf(few) - share) / law.pmf(few)) / people
        result[f"chance_high_{name}"] = (many + (law.sf(many - 1) - share) / law.pmf(many)) / people
    rate = cases / people
    above, below = rate > result["high_998"], rate < result["low_998"]
    result["funnel_class"] = np.select([above, below], ["high", "low"], "none")
    return result


def order_circles(points: np.ndarray, people: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """For each centre the areas by distance, and their share of the people up to each."""
    circles = []
    for point in points:
        order = np.argsort(((points - point) ** 2).sum(axis=1), kind="stable")
        share = people[order].cumsum() / people.sum()
        circles.append((order[share <= SHARE], share[share <= SHARE]))
    return circles


def ratio(cases: np.ndarray, circles: list[tuple[np.ndarray, np.ndarray]]) -> float:
    """Largest log-likelihood ratio over all circles."""
    largest, total = 0.0, cases.sum()
    for order, share in circles:
        inside, usual = cases[order].cumsum(), total * share
        outside = total - inside
        with np.errstate(divide="ignore", invalid="ignore"):
            found = np.where(inside > 0, inside * np.log(inside / usual), 0.0)
            found += np.where(outside > 0, outside * np.log(outside / (total - usual)), 0.0)
        largest = max(largest, found.max(initial=0.0))
    return largest


def simulate(
    cases: np.ndarray,
    people: np.ndarray,
    circles: list[tuple[np.ndarray, np.ndarray]],
    draws: int,
) -> list[float]:
    """The largest ratios of random distributions of the cases, one after the other."""
    random = np.random.default_rng(1)
    shares = people / people.sum()
    return [ratio(random.multinomial(int(cases.sum()), shares), circles) for _ in range(draws)]


if __name__ == "__main__":
    main()
