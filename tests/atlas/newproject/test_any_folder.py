"""Whatever lies in a folder: no crash, no file that cannot be loaded, nothing overwritten."""

import json
import tempfile
import tomllib
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from atlas.cli import main
from atlas.newproject import propose
from atlas.newproject.tell import questions_of
from atlas.project import load_project
from tests.atlas.newproject.city import JOBLESS, KEYS, NAMES, PEOPLE, grid

HEADERS = [
    "KEY", "Name", "Einwohner", "Einwohner (weiblich)", "Arbeitslose", "SGB-II-Quote", "unter 15",
    "15 bis unter 65", "65+", "Jahr", "Stichtag", "2021", "2022", "Einwohner 2020", "x", "y", "lon",
    "Straße", "Hausnr", "Aktenzeichen", "Geburtsdatum", "Merkmal", "Wert", "", "a / b", 'a"b',
    "ä\tö",
    "#", "\x7f", "Anteil in %",
]  # fmt: skip
CELLS = st.one_of(
    st.sampled_from([*KEYS, *NAMES, "insgesamt", "Stadt", "1.234", "1,5", "12,5 %", "*", "-", ".",
                     "…", "x", "", "2022", "31.12.2022", "1.1E+06", "=1+1", "'", '"', "\u2028"]),
    st.integers(-9999, 10**9).map(str),
    st.text(max_size=6),
)  # fmt: skip
FILES = st.sampled_from(
    ["ew_2022.csv", "a b.csv", "Ärger#1.csv", "x.tsv", "bericht_31.12.2021.txt", "daten/q.csv"]
)


@st.composite
def tables(draw):
    """Rows of a table under a header, with titles above and remarks below, or none."""
    header = draw(st.lists(st.sampled_from(HEADERS), min_size=1, max_size=6))
    wide = st.lists(CELLS, min_size=len(header), max_size=len(header))
    body = draw(st.lists(wide, max_size=14))
    if draw(st.booleans()):
        body = [[KEYS[i % 12], *row[1:]] for i, row in enumerate(body)]
    above = [["Bericht"]] * draw(st.integers(0, 2))
    below = [["Quelle: Amt"]] * draw(st.integers(0, 1))
    mark = draw(st.sampled_from(";,\t|"))
    lines = [mark.join(row) for row in [*above, header, *body, *below]]
    return "\n".join(lines).encode(draw(st.sampled_from(["utf-8", "cp1252", "utf-16"])), "replace")


@pytest.fixture(scope="module")
def outlines(tmp_path_factory):
    """The outlines of every folder, as bytes."""
    folder = tmp_path_factory.mktemp("umrisse")
    grid({"KEY": KEYS, "NAME": NAMES}).to_file(folder / "stadtteile.geojson")
    return (folder / "stadtteile.geojson").read_bytes()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(FILES, tables(), max_size=4))
def test_random_tables_never_break_it(outlines, files):
    """What is written loads as a project, and only what is answered may be missing."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "Stadt"
        folder.mkdir()
        (folder / "stadtteile.geojson").write_bytes(outlines)
        for file, content in files.items():
            (folder / file).parent.mkdir(exist_ok=True)
            (folder / file).write_bytes(content)
        before = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
        done = CliRunner().invoke(main, ["new", str(folder)])
        assert done.exit_code == 0, done.output
        text = (folder / "projekt.toml").read_text(encoding="utf-8")
        tomllib.loads(text)
        assert load_project(folder / "projekt.toml").levels[-1].key == "stadt"
        assert {p: p.read_bytes() for p in before} == before
        assert questions_of(text)
        again = CliRunner().invoke(main, ["new", str(folder)])
        assert again.exit_code == 11
        assert (folder / "projekt.toml").read_text(encoding="utf-8") == text


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.permutations(range(12)), st.sampled_from([";", "\t", "|"]),
    st.sampled_from(["utf-8", "cp1252", "utf-16"]), st.booleans(), st.integers(0, 3),
    st.sampled_from(["KEY", "NAME"]), st.booleans(),
)  # fmt: skip
def test_a_table_laid_out_in_any_way_reads_the_same(
    outlines, order, mark, encoding, points, above, by, total
):
    """The law: delimiter, encoding, order, titles and thousands change no number."""
    from tests.atlas.newproject.city import first_project

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "stadtteile.geojson").write_bytes(outlines)
        rows = [["Gebiet", "Arbeitslose", "Bemerkung", "Einwohner insgesamt"]]
        people = [p + 1000 for p in PEOPLE]

        def written(number):
            return f"{number:,}".replace(",", ".") if points else str(number)

        words = KEYS if by == "KEY" else NAMES
        rows += [[words[i], str(JOBLESS[i]), "geprüft", written(people[i])] for i in order]
        if total:
            rows.append(["Gesamtstadt", written(sum(JOBLESS)), "", written(sum(people))])
        lines = ["Sozialamt"] * above + [mark.join(r) for r in rows]
        (folder / "daten_30.06.2023.csv").write_bytes("\n".join(lines).encode(encoding))
        city = first_project(folder)
        assert not city.report.of("error"), city.report.of("error")
        assert city.numbers("residents", "stadtteil", "2023-06-30") == dict(
            zip(KEYS, people, strict=True)
        )
        assert city.numbers("unemployed", "stadtteil", "2023-06-30") == dict(
            zip(KEYS, JOBLESS, strict=True)
        )


def test_a_file_that_is_read_is_never_replaced(tmp_path):
    """``--out`` names a table by mistake: ``--replace`` must not cost the data."""
    grid({"KEY": KEYS, "NAME": NAMES}).to_file(tmp_path / "stadtteile.gpkg")
    table = tmp_path / "ew_2023.csv"
    pd.DataFrame({"KEY": KEYS, "Einwohner": PEOPLE}).to_csv(table, sep=";", index=False)
    content = table.read_bytes()
    done = CliRunner().invoke(main, ["new", str(tmp_path), "--out", str(table), "--replace"])
    assert done.exit_code == 11
    assert table.read_bytes() == content


def test_what_stands_in_names_never_leaves_its_comment(tmp_path):
    """A column's name with a line break and a layer's with quotes stay what they are."""
    frame = grid({"KEY": KEYS, "NAME": NAMES, 'b"\nindicators = ["x"]': KEYS})
    (tmp_path / "a.geojson").write_text(frame.to_json(to_wgs84=True), encoding="utf-8")
    found = propose(tmp_path)
    assert tomllib.loads(found.text)["indicators"] == []


def test_it_can_be_run_again_beside_its_own_layout_tables(tmp_path):
    grid({"KEY": KEYS, "NAME": NAMES}).to_file(tmp_path / "stadtteile.gpkg")
    rows = [(k, m, v) for k, p, a in zip(KEYS, PEOPLE, JOBLESS, strict=True)
            for m, v in (("Einwohner", p), ("Arbeitslose", a))]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["KEY", "Merkmal", "Wert"])
    frame.to_csv(tmp_path / "lang_2023.csv", sep=";", index=False)
    for words in (["new", str(tmp_path)], ["new", str(tmp_path), "--replace"]):
        done = CliRunner().invoke(main, words)
        assert done.exit_code == 0, done.output
    assert len(load_project(tmp_path / "projekt.toml").datasets) == 1


def test_the_terminal_says_first_what_can_be_done(tmp_path):
    grid({"KEY": KEYS, "NAME": NAMES}).to_file(tmp_path / "stadtteile.gpkg")
    pd.DataFrame({"KEY": KEYS, "Einwohner": PEOPLE}).to_csv(tmp_path / "ew_2023.csv", sep=";")
    done = CliRunner().invoke(
        main, ["new", str(tmp_path), "--out", str(tmp_path / "meine stadt.toml")]
    )
    lines = [line.strip() for line in done.output.splitlines()]
    check = lines.index(f'2. sozialatlas check "{tmp_path / "meine stadt.toml"}"')
    read = next(i for i, line in enumerate(lines) if line.startswith("ew_2023.csv: 31.12.2023"))
    assert check < read
    assert "? Stimmen die Stichtage? Sie stehen nur im Namen von Datei oder Blatt." in lines
    assert len(lines) < 40


def test_json_without_a_table_is_named(tmp_path):
    frame: gpd.GeoDataFrame = grid({"KEY": KEYS, "NAME": NAMES})
    frame.to_file(tmp_path / "stadtteile.gpkg")
    (tmp_path / "x.json").write_text(json.dumps({"a": 1}), encoding="utf-8")
    assert "#   - x.json: x.json enthält nicht genau eine Liste" in propose(tmp_path).text
