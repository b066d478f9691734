"""Files become a protected, audited edition, or one clear message and nothing else."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from atlas.build import build, protect_counts, read_inputs
from atlas.edition import open_edition
from atlas.project import load_project
from atlas.verify import verify
from geodata.errors import (
    DisclosureError,
    EditionError,
    FileMissingError,
    GeometryError,
    KeyJoinError,
    OutputError,
    ProjectError,
    TableError,
    UserError,
)
from indicators.catalogue import load_catalogue
from indicators.disclosure.protect import Protection
from indicators.disclosure.task import Pattern
from indicators.tables import COUNT_KEYS
from tests.test_docs_project import write_example


@pytest.fixture(scope="module")
def small(demo_folder, tmp_path_factory):
    """Musterstadt cut down to one table and one period, so that a build takes seconds."""
    folder = tmp_path_factory.mktemp("klein") / "musterstadt"
    shutil.copytree(demo_folder, folder)
    return folder


@pytest.fixture
def city(small, tmp_path):
    return Path(shutil.copytree(small, tmp_path / "stadt"))


def _file(folder, pattern):
    return sorted(folder.rglob(pattern))[0]


def test_musterstadt_is_built_from_ordinary_files(demo):
    manifest = demo.manifest
    assert manifest.notice == "Musterstadt, erfundene Daten"
    areas = demo.table("areas")
    current = areas[areas["vintage"] == areas["vintage"].max()].groupby("level").size()
    assert current["bezirksregion"] == 24
    assert current["prognoseraum"] == 8
    assert current["bezirk"] == 4
    assert 90 <= current["planungsraum"] <= 100
    counts = demo.table("counts")
    assert counts["period"].nunique() == 8
    assert counts[counts["level"] == "jobcenter"]["area"].nunique() >= 3
    assert {"wn_erstkontakte", "grusi_alter", "eingliederungshilfe"} <= set(counts["measure"])
    assert len(demo.table("places")) == 40


def test_no_small_count_is_printed_and_the_city_stays(demo):
    counts = demo.table("counts")
    own = counts[~counts["measure"].isin(demo.manifest.disclosure.public_measures)]
    assert not own["count"].between(1, 2).any()
    city = own[(own["level"] == "stadt") & (own["group"] == "total")]
    assert (city["status"] == "published").all()
    assert demo.manifest.disclosure.suppressed > 0
    assert demo.manifest.disclosure.narrowest >= 1


def test_the_same_files_give_the_same_tables(demo, demo_folder, tmp_path):
    again = build(demo_folder / "musterstadt.toml", demo_folder, tmp_path / "nochmal")
    assert again.manifest.content == demo.manifest.content


def test_a_rate_stands_only_on_published_counts(demo):
    values = demo.table("values")
    shown = values[values["status"] == "published"]
    assert shown["value"].notna().all()
    hidden = values[values["status"].isin(["suppressed", "too_few", "missing"])]
    assert hidden["value"].isna().all()
    assert len(hidden) > 0


def test_verify_recomputes_an_edition_from_itself_alone(demo):
    lines = verify(demo.path)
    assert any("nachgerechnet" in line for line in lines)


def test_verify_finds_bounds_that_are_not_the_readers(tmp_path, demo):
    from dataclasses import fields

    from atlas.edition import TABLES, Draft, publish

    draft = Draft(**{f.name: getattr(demo.manifest, f.name) for f in fields(Draft)})
    tables = {n: demo.areas if n == "areas" else demo.table(n) for n in TABLES if n != "places"}
    counts = tables["counts"].copy()
    first = counts.index[counts["status"] == "suppressed"][0]
    counts.loc[first, "bound_high"] += 1
    documents = {"catalogue": demo.catalogue, "checks": demo.checks}
    publish(tmp_path / "falsch", draft, {**tables, "counts": counts}, documents, {})
    with pytest.raises(EditionError, match="bound_high"):
        verify(tmp_path / "falsch")


@pytest.mark.parametrize("persons", [0, 1, 2])
def test_two_residents_are_no_reason_to_refuse_and_tell_nothing(tmp_path, persons):
    project = write_example(tmp_path)
    residents = (tmp_path / "einwohner.csv").read_text(encoding="utf-8")
    few = residents.replace("04;1.520;118", "04;2;1").replace("8.495;1.120", "6.977;1.003")
    (tmp_path / "einwohner.csv").write_text(few, encoding="utf-8")
    sgb2 = (tmp_path / "sgb2.csv").read_text(encoding="utf-8")
    (tmp_path / "sgb2.csv").write_text(
        sgb2.replace("04;38;2", f"04;{persons};{min(persons, 1)}"), encoding="utf-8"
    )
    edition = build(project, tmp_path, tmp_path / "ausgabe")
    assert edition.manifest.disclosure.min_public == 6
    counts = edition.table("counts")
    own = counts[(counts["area"] == "04") & (counts["measure"] == "sgb2_persons")]
    bounds = own.set_index("group")[["status", "bound_low", "bound_high"]]
    assert tuple(bounds.loc["total"]) == ("suppressed", 0, 2)
    assert tuple(bounds.loc["age_u15"]) == ("suppressed", 0, 1)
    notes = edition.checks["notes"]
    assert any(n.startswith("2 Zellen") and "weniger als 6 Menschen" in n for n in notes)
    (known,) = (n for n in notes if "auf jeden Fall unter der Schwelle" in n)
    assert known.startswith("2 geheime Zahlen")
    assert any("nachgerechnet" in line for line in verify(edition.path))


def primaries_only(counts, world, rule, public_measures, weight, progress):
    """What a careless publisher does: hide the small numbers and nothing else."""
    small = counts["count"].between(1, rule.threshold - 1).fillna(False).astype(bool)
    small &= ~counts["measure"].isin(public_measures)
    safe = counts.copy()
    safe.loc[small, "count"] = pd.NA
    safe.loc[small, "status"] = "suppressed"
    nothing = np.zeros(0, dtype=np.int64)
    return Protection(safe, Pattern(small.to_numpy(), nothing, 0.0, 0.0, "limit"), nothing)


def test_an_unsafe_pattern_is_refused_and_nothing_is_written(city, tmp_path, monkeypatch):
    """Hide only the small cells themselves: sums give them away, and the audit says so."""
    monkeypatch.setattr("atlas.build.safety.protect_world", primaries_only)
    with pytest.raises(DisclosureError) as error:
        build(city / "musterstadt.toml", city, tmp_path / "aus")
    assert error.value.exit_code == 8
    assert len(error.value.problems) > 0
    assert sorted(p.name for p in tmp_path.iterdir()) == ["stadt"]


def _spoil_missing(city):
    _file(city, "*.gpkg").unlink()


def _spoil_column(city):
    file = _file(city, "*rooms*.csv") if list(city.rglob("*rooms*.csv")) else _file(city, "*.csv")
    text = file.read_text(encoding="cp1252")
    file.write_text(text.replace(";", ",", 1), encoding="cp1252")


def _spoil_project(city):
    file = city / "musterstadt.toml"
    file.write_text(file.read_text(encoding="utf-8") + "\nunsinn = 1\n", encoding="utf-8")


def _spoil_geometry(city):
    _file(city, "*.gpkg").write_bytes(b"SQLite format 3\0 kaputt")


@pytest.mark.parametrize(
    ("spoil", "errors"),
    [
        (_spoil_missing, (FileMissingError,)),
        (_spoil_column, (TableError, KeyJoinError)),
        (_spoil_project, (ProjectError,)),
        (_spoil_geometry, (GeometryError,)),
    ],
)
def test_bad_input_gives_one_message_and_leaves_everything_as_it_was(city, tmp_path, spoil, errors):
    old = tmp_path / "alt"
    old.mkdir()
    (old / "manifest.json").write_text("{}", encoding="utf-8")
    spoil(city)
    with pytest.raises(errors) as error:
        build(city / "musterstadt.toml", city, old, replace=True)
    assert isinstance(error.value, UserError)
    assert error.value.exit_code in {3, 4, 5, 6, 7}
    assert sorted(p.name for p in tmp_path.iterdir()) == ["alt", "stadt"]
    assert (old / "manifest.json").read_text(encoding="utf-8") == "{}"


def test_an_existing_edition_is_refused_before_any_work(demo, demo_folder):
    with pytest.raises(OutputError, match="--replace"):
        build(demo_folder / "musterstadt.toml", demo_folder, demo.path)


@pytest.mark.reference
def test_a_group_larger_than_its_whole_is_a_fault_of_the_file(reference, tmp_path):
    project_file = Path(str(__import__("atlas").__file__)).parent / "cities" / "leipzig.toml"
    data = Path(shutil.copytree(reference / "leipzig", tmp_path / "leipzig"))
    table = data / "leipzig_ortsteile_long.csv"
    text = table.read_text(encoding="utf-8")
    before = "bedarfsgemeinschaften,2022,Alleinerziehende,Plagwitz,"
    assert before in text
    table.chmod(0o644)
    table.write_text(text.replace(before, before + "9999"), encoding="utf-8")
    with pytest.raises(TableError, match=r"hh_single_parent = 9999\d+"):
        build(project_file, data, tmp_path / "aus")
    assert not (tmp_path / "aus").exists()


@pytest.mark.reference
def test_leipzig_has_fifteen_small_counts_all_safe(city_path, reference):
    edition = open_edition(city_path("leipzig"))
    project_file = Path(str(__import__("atlas").__file__)).parent / "cities" / "leipzig.toml"
    project, catalogue = load_project(project_file), load_catalogue()
    inputs = read_inputs(project, catalogue, reference / "leipzig", project_file.parent)
    truth = inputs.counts.set_index(COUNT_KEYS)["count"]
    counts = edition.table("counts")
    hidden = counts[counts["status"] == "suppressed"]
    true = truth.loc[pd.MultiIndex.from_frame(hidden[COUNT_KEYS])].to_numpy()
    small = hidden[true < 3]
    assert small.groupby("group").size().to_dict() == {"age_u15": 3, "hh_single_parent": 12}
    assert ((hidden["bound_low"] <= true) & (true <= hidden["bound_high"])).all()
    small_true = true[true < 3]
    assert (small["bound_low"].to_numpy() <= np.maximum(1, small_true - 1)).all()
    assert (small["bound_high"] >= 3).all()
    assert (counts[counts["level"] == "stadt"]["status"] == "published").all()
    assert edition.manifest.disclosure.narrowest == 2
    report = edition.checks["sources"][0]
    assert (report["areas_joined"], report["areas_known"]) == (63, 63)
    assert any("Männer" in a["reason"] and "zweimal" in a["reason"] for a in report["set_aside"])
    assert any("530 von 945" in note for note in edition.checks["notes"])
    assert any("523 von 945" in note for note in edition.checks["notes"])


@pytest.mark.reference
def test_leipzig_makes_city_sums_from_counts_and_no_rate_without_its_denominator(city_path):
    edition = open_edition(city_path("leipzig"))
    values = edition.table("values")
    city = values[(values["level"] == "stadt") & (values["indicator"] == "sgb2_quote")]
    assert len(city) == 15
    assert city["value"].to_numpy() == pytest.approx(
        100 * (city["numerator"] / city["denominator"]).to_numpy()
    )
    assert {"sgb2_kinder", "elb_quote", "arbeitslose_15_64"}.isdisjoint(values["indicator"])


@pytest.mark.reference
def test_leipzig_refuses_an_unsafe_pattern(reference, monkeypatch):
    project_file = Path(str(__import__("atlas").__file__)).parent / "cities" / "leipzig.toml"
    project, catalogue = load_project(project_file), load_catalogue()
    inputs = read_inputs(project, catalogue, reference / "leipzig", project_file.parent)

    monkeypatch.setattr("atlas.build.safety.protect_world", primaries_only)
    with pytest.raises(DisclosureError) as error:
        protect_counts(project, catalogue, inputs)
    assert 8 <= len(error.value.problems) <= 15


@pytest.mark.reference
def test_berlin_at_real_scale(city_path):
    edition = open_edition(city_path("berlin"))
    areas = edition.table("areas")
    current = areas[areas["vintage"] == "2021"].groupby("level").size().to_dict()
    assert current == {
        "planungsraum": 542, "bezirksregion": 143, "prognoseraum": 58, "bezirk": 12, "stadt": 1,
    }  # fmt: skip
    values = edition.table("values")
    shares = values[values["indicator"].str.startswith("mss_")]
    assert set(shares["level"]) == {"planungsraum"}
    assert shares[shares["indicator"] == "mss_s1"]["status"].value_counts().to_dict() == {
        "published": 536, "not_applicable": 6,
    }  # fmt: skip
    assert shares["value"].min() > -100
    index = edition.table("index")
    status = index[index["index"] == "mss_status"]
    assert set(status["class"].dropna()) - {""} == {"hoch", "mittel", "niedrig", "sehr niedrig"}
    city = edition.table("counts").query("level == 'stadt' and group == 'total'")
    by_period = city.set_index("period")["count"]
    # Counted on the areas of both states.
    assert by_period["2020-12-31"].tolist() == [3_769_962, 3_769_962]
    assert by_period["2024-12-31"] == 3_897_145
    assert city.set_index("period")["status"]["2025-12-31"] == "estimated"


@pytest.mark.reference
def test_berlin_carries_earlier_residents_to_the_present_areas(city_path):
    """EWR 31.12.2020 on the old areas against EW of the monitoring 2021 on the new ones."""
    edition = open_edition(city_path("berlin"))
    carried = edition.table("apportioned")
    fine = carried[carried["level"] == "planungsraum"]
    totals = fine.groupby("period")["value"].sum()
    city = edition.table("counts").query(
        "level == 'stadt' and group == 'total' and vintage == '2019'"
    )
    assert totals.to_dict() == city.set_index("period")["count"].to_dict()
    day = fine[fine["period"] == "2020-12-31"]
    assert day["status"].value_counts().to_dict() == {
        "published": 296, "estimated": 245, "not_applicable": 1,
    }  # fmt: skip
    assert (day["estimated_share"] > 0).sum() == 245
    assert day["error_median"].dropna().unique() == pytest.approx([0.0068], abs=0.0005)
    assert day["error_p90"].dropna().unique() == pytest.approx([0.0822], abs=0.001)
    trends = edition.table("trends")
    assert trends[trends["period_from"] < "2020-12-31"].query("vintage == '2021'").empty


_PERSONS_AND_ABLE = ("sgb2_persons", "sgb2_elb")


@pytest.mark.reference
def test_bounds_know_what_the_law_says_of_ages(city_path):
    """Employable persons are at least 15, so children under 15 are at most the rest."""
    counts = open_edition(city_path("leipzig")).table("counts")
    cells = counts.set_index(["area", "period", "measure", "group"])
    hidden = counts[(counts["status"] == "suppressed") & (counts["group"] == "age_u15")]
    assert len(hidden) >= 3
    for row in hidden.itertuples():
        persons = cells.loc[(row.area, row.period, "sgb2_persons", "total"), "bound_high"]
        employable = cells.loc[(row.area, row.period, "sgb2_elb", "total"), "bound_low"]
        assert row.bound_high <= persons - employable
    # 93 persons, 91 of them employable: printed both, they would leave one or two children
    either = [cells.loc[("00", "2017-12-31", m, "total"), "status"] for m in _PERSONS_AND_ABLE]
    assert "suppressed" in either
