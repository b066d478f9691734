"""Musterstadt: an invented city whose files are as good and as awkward as an office's."""

import hashlib
import re
import shutil
import tomllib
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from python_calamine import CalamineWorkbook

from atlas.demo import SEED, build_demo, write_demo
from atlas.edition import Edition
from atlas.project import Project, load_project
from geodata.areas import read_areas
from geodata.errors import EditionError, OutputError
from geodata.places import PlacesSpec, read_places
from indicators.catalogue import load_catalogue
from indicators.records import count_cases
from indicators.tables import read_dataset

NOTICE = "Musterstadt, erfundene Daten"
LAYERS = {"plr": 8, "bzr": 6, "pgr": 4, "bez": 2}
EXPECTED = {"2019": (88, 24, 8, 4), "2022": (96, 24, 8, 4)}
LATEST = "2024-06-30"
CELL = ["area", "vintage", "period"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_demo(tmp_path_factory.mktemp("demo")).parent


@pytest.fixture(scope="module")
def project(folder: Path) -> Project:
    return load_project(folder / "musterstadt.toml")


@pytest.fixture(scope="module")
def layers(folder: Path) -> dict[tuple[str, str], gpd.GeoDataFrame]:
    return {
        (vintage, layer): gpd.read_file(
            folder / "gebiete" / f"raeume_{vintage}.gpkg", layer=layer
        ).set_index(f"{layer.upper()}_ID")
        for vintage in EXPECTED
        for layer in LAYERS
    }


@pytest.fixture(scope="module")
def areas(folder: Path, project: Project) -> gpd.GeoDataFrame:
    return read_areas(
        project.geometries,
        project.hierarchies,
        project.levels,
        project.city_area,
        project.crs,
        folder,
    )[0]


@pytest.fixture(scope="module")
def counts(folder: Path, project: Project, areas: gpd.GeoDataFrame) -> pd.DataFrame:
    """All counts on Planungsräume as the ordinary readers read them."""
    plain = pd.DataFrame(areas.drop(columns="geometry"))
    parts = [read_dataset(d, plain, folder, folder).counts for d in project.datasets]
    parts += [count_cases(c, plain, project.vintages, folder)[0] for c in project.case_lists]
    return pd.concat(parts, ignore_index=True)


@pytest.fixture(scope="module")
def wide(counts: pd.DataFrame) -> pd.DataFrame:
    """One row per area, vintage and period; one column per ``measure/group``."""
    cells = counts.assign(cell=counts["measure"] + "/" + counts["group"])
    return cells.pivot(index=CELL, columns="cell", values="count")


@pytest.fixture(scope="module")
def cases(folder: Path) -> pd.DataFrame:
    path = folder / "fachstelle" / "faelle.csv"
    return pd.read_csv(path, sep=";", encoding="cp1252", dtype="str", keep_default_na=False)


def _hashes(folder: Path) -> dict[str, str]:
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def test_the_same_seed_gives_the_same_bytes_over_what_was_there(
    folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "gebiete").mkdir()
    shutil.copy(folder / "gebiete" / "raeume_2019.gpkg", tmp_path / "gebiete")
    (tmp_path / "musterstadt.toml").write_text("alt", encoding="utf-8")
    write_demo(tmp_path, SEED)
    assert _hashes(tmp_path) == _hashes(folder)


def test_another_seed_is_another_city_of_the_same_make(folder: Path, tmp_path: Path) -> None:
    write_demo(tmp_path, SEED + 2)
    assert _hashes(tmp_path)["fachstelle/faelle.csv"] != _hashes(folder)["fachstelle/faelle.csv"]
    for vintage, (rooms, *_) in EXPECTED.items():
        frame = gpd.read_file(tmp_path / "gebiete" / f"raeume_{vintage}.gpkg", layer="plr")
        assert len(frame) == rooms
        assert shapely.coverage_is_valid(frame.geometry.to_numpy())
        assert frame["PLR_NAME"].is_unique


def test_a_folder_that_cannot_be_made_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(OutputError, match="Musterstadt"):
        write_demo(tmp_path / "file")


def test_a_folder_that_is_no_edition_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("meins", encoding="utf-8")
    with pytest.raises(EditionError):
        build_demo(tmp_path, lambda label, share: None)
    assert [p.name for p in tmp_path.iterdir()] == ["notes.txt"]


# --- geography -----------------------------------------------------------------------


@pytest.mark.parametrize("vintage", EXPECTED)
def test_every_level_covers_the_city_without_gap_or_overlap(
    layers: dict[tuple[str, str], gpd.GeoDataFrame], vintage: str
) -> None:
    outline = layers["2022", "plr"].union_all()
    for layer, expected in zip(LAYERS, EXPECTED[vintage], strict=True):
        frame = layers[vintage, layer]
        assert len(frame) == expected
        assert frame.crs == "EPSG:25832"
        assert frame.is_valid.all()
        assert shapely.coverage_is_valid(frame.geometry.to_numpy())
        assert frame.area.sum() == pytest.approx(outline.area)
        whole = frame.union_all()
        assert isinstance(whole, shapely.Polygon)
        assert not whole.interiors
        assert whole.symmetric_difference(outline).area == pytest.approx(0, abs=1)


@pytest.mark.parametrize("vintage", EXPECTED)
def test_levels_nest_exactly(layers: dict[tuple[str, str], gpd.GeoDataFrame], vintage: str) -> None:
    rooms = layers[vintage, "plr"]
    for layer, digits in list(LAYERS.items())[1:]:
        parents = layers[vintage, layer]
        joined = rooms.dissolve(rooms.index.str[:digits])
        assert set(joined.index) == set(parents.index)
        apart = joined.geometry.symmetric_difference(parents.geometry.reindex(joined.index))
        assert apart.area.max() < 1


def test_planungsraeume_are_in_one_piece_and_small_where_people_live_densely(
    layers: dict[tuple[str, str], gpd.GeoDataFrame],
) -> None:
    rooms = layers["2022", "plr"]
    assert (rooms.geom_type == "Polygon").all()
    assert rooms["PLR_NAME"].is_unique
    lived_in = rooms[rooms["BEWOHNT"] == "J"]
    distance = lived_in.centroid.distance(shapely.Point(565_000, 5_712_000))
    assert lived_in.area[distance < 2500].median() * 5 < lived_in.area[distance > 6000].median()


def test_water_and_woods_are_areas_without_residents(
    layers: dict[tuple[str, str], gpd.GeoDataFrame], wide: pd.DataFrame
) -> None:
    empty = layers["2022", "plr"].query("BEWOHNT == 'N'")
    assert {"Alter See", "Stadtwald", "Obere Mirau", "Untere Mirau"} <= set(empty["PLR_NAME"])
    now = wide.xs(LATEST, level="period").droplevel("vintage")
    assert (now.loc[empty.index] == 0).all(axis=None)
    assert (now["residents/total"].drop(empty.index) > 0).all()


def test_an_area_that_kept_its_key_kept_its_border(
    layers: dict[tuple[str, str], gpd.GeoDataFrame],
) -> None:
    old, new = layers["2019", "plr"], layers["2022", "plr"]
    both = old.index.intersection(new.index)
    assert 40 < len(both) < 80
    assert old.loc[both].geom_equals(new.loc[both]).all()
    assert not set(old.index[~old.index.isin(both)].str[6:]) & set(new.index.str[6:])


def test_jobcenter_districts_cut_across_bezirke(folder: Path) -> None:
    for vintage in EXPECTED:
        path = folder / "gebiete" / f"jobcenter_{vintage}.csv"
        table = pd.read_csv(path, sep=";", encoding="cp1252", skiprows=1, dtype="str")
        cross = pd.crosstab(table["PLR_ID"].str[:2], table["JC_ID"]) > 0
        assert cross.shape == (4, 5)
        assert (cross.sum(axis=1) > 1).all()
        assert (cross.sum(axis=0) > 1).sum() >= 3


# --- counts --------------------------------------------------------------------------


def test_eight_half_years_on_two_vintages(wide: pd.DataFrame, project: Project) -> None:
    periods = wide.index.to_frame(index=False).groupby("vintage")["period"].unique()
    assert sorted(periods["2019"]) == ["2020-12-31", "2021-06-30", "2021-12-31"]
    assert len(periods["2022"]) == 5
    assert max(periods["2022"]) == LATEST == project.reporting_date


def test_about_640000_residents_and_some_very_small_areas(wide: pd.DataFrame) -> None:
    residents = wide["residents/total"].groupby("period").sum()
    assert residents.between(620_000, 660_000).all()
    latest = wide.xs(LATEST, level="period")["residents/total"]
    assert ((latest > 0) & (latest < 300)).sum() >= 3
    assert ((latest > 0) & (latest < 100)).any()


@pytest.mark.parametrize(
    ("total", "parts"),
    [
        ("residents/total", ["age_u15", "age_15_64", "age_65plus"]),
        ("residents/age_u15", ["age_00_05", "age_06_14"]),
        ("residents/age_15_64", ["age_15_24", "age_25_54", "age_55_64"]),
        ("residents/age_15_24", ["age_15_17", "age_18_24"]),
        ("residents/age_65plus", ["age_65_79", "age_80plus"]),
        ("sgb2_persons/total", ["age_u15", "age_15_24", "age_25_54", "age_55_64"]),
        ("sgb2_elb/total", ["age_15_24", "age_25_54", "age_55_64"]),
        (
            "sgb2_bg/total",
            ["hh_single", "hh_single_parent", "hh_couple", "hh_couple_children", "hh_other"],
        ),
        ("unemployed/total", ["legal_sgb2", "legal_sgb3"]),
        ("grusi_alter/total", ["age_65_79", "age_80plus"]),
        (
            "wn_erstkontakte/total",
            ["hh_single", "hh_single_parent", "hh_couple", "hh_couple_children", "hh_other"],
        ),
        ("wn_erstkontakte/total", ["outcome_kept", "outcome_lost", "outcome_open"]),
        ("wn_raeumungsklagen/total", ["outcome_kept", "outcome_lost", "outcome_open"]),
    ],
)
def test_parts_add_up(wide: pd.DataFrame, total: str, parts: list[str]) -> None:
    measure = total.split("/", maxsplit=1)[0]
    together = wide[[f"{measure}/{part}" for part in parts]].sum(axis=1)
    assert (together == wide[total]).all()


@pytest.mark.parametrize(
    ("part", "whole"),
    [
        ("sgb2_persons/age_u15", "residents/age_u15"),
        ("sgb2_persons/age_25_54", "residents/age_25_54"),
        ("sgb2_elb/age_15_24", "sgb2_persons/age_15_24"),
        ("sgb2_bg/total", "sgb2_elb/total"),
        ("sgb2_bg/hh_single_parent", "sgb2_persons/age_u15"),
        ("unemployed/legal_sgb2", "sgb2_elb/total"),
        ("grusi_alter/age_80plus", "residents/age_80plus"),
        ("eingliederungshilfe/total", "residents/total"),
    ],
)
def test_a_subset_is_at_most_its_whole(wide: pd.DataFrame, part: str, whole: str) -> None:
    assert (wide[part] <= wide[whole]).all()
    assert wide[part].sum() > 0


def test_some_two_to_six_per_cent_of_the_protected_cells_are_small(
    folder: Path, counts: pd.DataFrame
) -> None:
    districts = pd.concat(
        [
            pd.read_csv(
                folder / "gebiete" / f"jobcenter_{v}.csv", sep=";", skiprows=1, dtype="str",
                encoding="cp1252",
            ).assign(vintage=v)
            for v in EXPECTED
        ]
    )  # fmt: skip
    keyed = counts[counts["measure"] != "residents"].merge(
        districts, left_on=["vintage", "area"], right_on=["vintage", "PLR_ID"], validate="m:1"
    )
    levels = [keyed["area"].str[:n] for n in (8, 6, 4, 2, 0)] + [keyed["JC_ID"]]
    by = ["vintage", "period", "measure", "group"]
    sums = pd.concat([keyed.groupby([level, *by])["count"].sum() for level in levels])
    assert 0.02 <= sums.isin([1, 2]).mean() <= 0.06
    assert (keyed.loc[keyed["area"].str[:2] != "", "count"] == 0).any()


def test_poverty_has_poles(wide: pd.DataFrame, areas: gpd.GeoDataFrame) -> None:
    """Moran's I, computed from its definition on contiguity."""
    now = wide.xs(LATEST, level="period").droplevel("vintage")
    here = areas.query("level == 'planungsraum' and vintage == '2022' and inhabited")
    here = here.set_index("area")
    for part, whole in (
        ("sgb2_persons/total", "residents/total"),
        ("sgb2_persons/age_u15", "residents/age_u15"),
        ("wn_raeumungsklagen/total", "residents/total"),
    ):
        rate = (now[part] / now[whole]).reindex(here.index).astype("float64").to_numpy()
        shapes = here.geometry.to_numpy()
        a, b = shapely.STRtree(shapes).query(shapes, predicate="touches")
        z = rate - rate.mean()
        moran = len(z) * (z[a] * z[b]).sum() / (len(a) * (z**2).sum())
        assert moran > 0.25, part


def test_two_areas_get_worse_and_one_gets_better(wide: pd.DataFrame) -> None:
    quote = 100 * wide["sgb2_persons/total"] / wide["residents/total"]
    new = quote.xs("2022", level="vintage").astype("float64").unstack("period")
    change = (new[LATEST] - new["2022-06-30"]).dropna()
    assert (change > 2).sum() >= 2
    assert (change < -2).sum() >= 1
    assert change.abs().median() < 1.5


# --- files ---------------------------------------------------------------------------


def test_the_project_names_only_what_is_there(folder: Path, project: Project) -> None:
    raw = tomllib.loads((folder / "musterstadt.toml").read_text(encoding="utf-8"))
    named = set(re.findall(r"'([\w/.-]+\.(?:csv|xlsx|gpkg))'", str(raw)))
    assert all((folder / name).is_file() for name in named)
    delivered = {n for n in _hashes(folder) if n.endswith((".csv", ".xlsx", ".gpkg"))}
    assert delivered == named
    assert project.notice == NOTICE
    catalogue = load_catalogue()
    catalogue.require("indicators", project.indicators)


def test_every_file_says_that_it_is_invented(folder: Path) -> None:
    unlabelled = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        if path.suffix == ".xlsx":
            book = CalamineWorkbook.from_path(str(path))
            pages = [str(book.get_sheet_by_name(n).to_python()) for n in book.sheet_names]
            labelled = all(NOTICE in page for page in pages)
        else:
            encoding = "cp1252" if path.suffix == ".csv" else "utf-8"
            labelled = NOTICE.encode(encoding) in path.read_bytes()
        if not labelled:
            unlabelled.append(path.name)
    # the office's list starts with its header, and the layout table is ours
    assert unlabelled == ["faelle.csv", "leistungen_merkmale.csv"]


def test_tables_are_written_as_german_offices_write(folder: Path) -> None:
    lines = (folder / "einwohner" / f"einwohner_{LATEST}.csv").read_bytes().decode("cp1252")
    first, header, *rows = lines.split("\r\n")
    assert first.startswith("Einwohner am Ort der Hauptwohnung nach Altersgruppen am 30.06.2024")
    assert header.startswith("Raumnummer;Raum;Insgesamt;unter 6;")
    assert rows[0].startswith("01010101;")
    assert re.search(r";\d\.\d{3};", rows[0])
    assert re.search(r";\d+,\d;\d+,\d$", rows[0])
    assert rows[-2].startswith("Stadt insgesamt;;64")
    book = CalamineWorkbook.from_path(str(folder / "sgb2" / f"sgb2_{LATEST}.xlsx"))
    cells = [cell for row in book.get_sheet_by_name("Personen").to_python() for cell in row]
    assert "–" in cells
    assert 0 not in cells


def test_a_case_list_has_no_free_text_and_no_names(cases: pd.DataFrame, project: Project) -> None:
    date = r"(\d{2}\.\d{2}\.\d{4})?"
    allowed = {
        "FALLNR": r"F[0-9A-F]{6}",
        "ERSTKONTAKT": date,
        "RAEUMUNGSKLAGE": date,
        "ZWANGSRAEUMUNG": date,
        "HAUSHALT": "[EAPFS]",
        "AUSGANG": "[129]",
        "PLR_2019": r"(\d{8})?",
        "PLR_2022": r"(\d{8})?",
        "BEARBEITER": r"SB\d{2}",
    }
    assert list(cases.columns) == list(allowed)
    for column, pattern in allowed.items():
        assert cases[column].str.fullmatch(pattern).all(), column
    assert cases["FALLNR"].is_unique
    assert not {"FALLNR", "BEARBEITER"} & set(project.case_lists[0].columns)


def test_about_60000_cases_with_plausible_dates_and_a_few_faults(cases: pd.DataFrame) -> None:
    assert len(cases) == 60_000
    columns = ["ERSTKONTAKT", "RAEUMUNGSKLAGE", "ZWANGSRAEUMUNG"]
    dates = cases[columns].apply(pd.to_datetime, format="%d.%m.%Y")
    assert dates.notna().any(axis=1).all()
    evicted = dates["ZWANGSRAEUMUNG"].notna()
    both = evicted & dates["RAEUMUNGSKLAGE"].notna()
    assert (dates["ZWANGSRAEUMUNG"] > dates["RAEUMUNGSKLAGE"])[both].all()
    assert (cases.loc[evicted, "AUSGANG"] == "2").all()
    assert 0.001 < (cases["PLR_2022"] == "").mean() < 0.01
    outside = (dates < "2020-07-01") | (dates > LATEST)
    assert 0 < outside.to_numpy().sum() < 2000
    quarters = dates["ZWANGSRAEUMUNG"].dt.to_period("Q").value_counts().sort_index()
    steady = quarters.loc["2020Q3":"2024Q2"]
    assert len(steady) == 16
    assert steady.min() > steady.max() / 2


def test_forty_rooms_with_hours(folder: Path, project: Project, areas: gpd.GeoDataFrame) -> None:
    source = project.places[0]
    spec = PlacesSpec(
        file=source.file, columns=source.columns, crs=source.crs, format=source.format,
        owners=source.owners, windows=source.windows, sessions=source.sessions,
    )  # fmt: skip
    fine = areas[(areas["level"] == "planungsraum") & (areas["vintage"] == "2022")]
    found = read_places(spec, folder, fine.reset_index(drop=True))
    places = found.places.set_index("place")
    assert len(places) == 40
    kinds = places["kind"].value_counts()
    assert kinds["jobcenter"] == 5
    assert set(kinds.index) == {
        "library", "community_centre", "family_centre", "jobcenter", "association",
    }  # fmt: skip
    assert set(places["owner"]) == {"public", "non_profit", "other"}
    assert set(places["barrier_free"]) >= {"yes", "no"}
    assert set(found.windows["place"]) == set(places.index)
    inside = found.sessions.merge(found.windows, on=["place", "weekday"], suffixes=("", "_w"))
    inside = inside[(inside["start_w"] <= inside["start"]) & (inside["end"] <= inside["end_w"])]
    assert len(inside) == len(found.sessions) == 8
    assert np.isfinite(places["capacity"].astype("float64")).all()


def test_no_team_is_in_two_rooms_at_once(demo: Edition) -> None:
    sessions = demo.table("sessions")
    for _, own in sessions.groupby(["provider", "team", "weekday"]):
        times = own.sort_values("start")
        assert (times["start"].iloc[1:].to_numpy() >= times["end"].iloc[:-1].to_numpy()).all()


def test_musterstadt_keeps_the_limits_that_a_reader_may_assume(demo: Edition) -> None:
    parts = ("sgb2_elb/total", "sgb2_persons/age_u15")
    limits = [r for r in demo.manifest.equations if r.relation == "sum_at_most"]
    assert any(set(r.parts) == set(parts) for r in limits)
    assert all(len(r.periods) == 8 for r in limits if r.total.startswith("sgb2_"))
