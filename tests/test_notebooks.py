"""The notebooks run on a fresh edition, ask no foreign server, and are kept without outputs."""

import re
from html import unescape

import nbformat
import pytest
from nbclient import NotebookClient

from tests.handbook import ROOT

FOLDER = ROOT / "notebooks"
NOTEBOOKS = sorted(FOLDER.rglob("*.ipynb"))
FOREIGN = re.compile(r"<[^>]*\bsrc=[\"']?(?:https?:)?//|<link[^>]*//|url\([\"']?(?:https?:)?//")


@pytest.fixture
def run(tmp_path, monkeypatch, demo_path):
    """Execute a notebook in its own folder on Musterstadt; what Jupyter notes goes elsewhere."""
    monkeypatch.setenv("SOZIALATLAS_EDITION", str(demo_path))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "laufzeit"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))

    def execute(name):
        book = nbformat.read(FOLDER / name, as_version=4)
        place = {"metadata": {"path": str(FOLDER)}}
        return NotebookClient(book, timeout=300, resources=place).execute()

    return execute


def _outputs(book):
    return [output for cell in book.cells for output in cell.get("outputs", [])]


def test_there_are_notebooks():
    assert [path.name for path in NOTEBOOKS] == sorted({path.name for path in NOTEBOOKS})
    assert (FOLDER / "01_ausgabe_und_karte.ipynb") in NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_kept_without_outputs(path):
    book = nbformat.read(path, as_version=4)
    nbformat.validate(book)
    for cell in book.cells:
        assert not cell.get("outputs"), cell["id"]
        assert cell.get("execution_count") is None, cell["id"]
    assert set(book.metadata) <= {"kernelspec", "language_info"}


def test_the_first_notebook_shows_tables_and_a_map(run, demo):
    outputs = _outputs(run("01_ausgabe_und_karte.ipynb"))
    # A warning of a cell would stand in its output for errors.
    assert not [o for o in outputs if o["output_type"] == "error" or o.get("name") == "stderr"]
    printed = "".join(o["text"] for o in outputs if o["output_type"] == "stream")
    assert "Musterstadt, erfundene Daten" in printed
    assert demo.manifest.id in printed
    shown = "".join(o["data"].get("text/html", "") for o in outputs if "data" in o)
    assert "geheim (suppressed)" in shown
    values = demo.table("values")
    city = values.query("level == 'stadt' and indicator == 'sgb2_quote' and period == '2024-06-30'")
    rate = f"{city['value'].iloc[0]:.1f}".replace(".", ",")
    assert f"<td>{rate}\u202f%</td>" in shown
    page = unescape(re.search(r'srcdoc="([^"]+)"', shown)[1])
    assert "Eichenkamp-Ring" in page
    assert not FOREIGN.search(page)


@pytest.mark.reference
def test_the_classes_of_the_monitoring_come_out_as_published(run, reference):
    """Source: MSS 2015, 2017, 2019 (SenStadt Berlin)."""
    outputs = _outputs(run("02_klassen_des_monitorings.ipynb"))
    assert not [o for o in outputs if o["output_type"] == "error" or o.get("name") == "stderr"]
    tables = [o["data"].get("text/plain", "") for o in outputs if "data" in o]
    agreed = next(t for t in tables if "gleiche Status-Klasse" in t)
    rows = [line.split() for line in agreed.splitlines() if line[:2] == "20"]
    assert rows == [
        ["2015", "435", "435", "435"],
        ["2017", "436", "436", "436"],
        ["2019", "436", "436", "436"],
    ]


@pytest.mark.reference
def test_the_methods_are_compared_on_leipzig(run, reference):
    """Source: Stadt Leipzig, Open Data; 63 Ortsteile, 31.12.2022."""
    outputs = _outputs(run("03_haeufungen_in_leipzig.ipynb"))
    assert not [o for o in outputs if o["output_type"] == "error" or o.get("name") == "stderr"]
    tables = [o["data"].get("text/plain", "") for o in outputs if "data" in o]
    said = next(t for t in tables if "lokales Moran-I" in t)
    rows = {line.split()[0]: line.split()[1:] for line in said.splitlines()[2:]}
    # No method finds an Ortsteil remarkable where the usual differences are allowed for.
    assert [int(n) for n in rows["none"]] == [63, 63, 63, 63]
    plain = next(t for t in tables if "Teil einer Häufung hoher Werte" in t)
    counts = {line.rsplit(maxsplit=1)[0].strip(): int(line.split()[-1])
              for line in plain.splitlines()[1:64] if line.split()[-1].isdigit()}  # fmt: skip
    assert (
        counts["Teil einer Häufung hoher Werte"] + counts["Teil einer Häufung niedriger Werte"] > 50
    )
    shown = "".join(o["data"].get("text/html", "") for o in outputs if "data" in o)
    assert "Volkmarsdorf" in shown
    assert "Keines der 4 Verfahren" in shown


def test_the_decision_on_consultation_hours_is_walked_through(run):
    """What is recomputed by hand stops the notebook where it differs from the plan."""
    outputs = _outputs(run("04_sprechstunden.ipynb"))
    assert not [o for o in outputs if o["output_type"] == "error" or o.get("name") == "stderr"]
    printed = "".join(o["text"] for o in outputs if o["output_type"] == "stream")
    for said in (
        "Beweisbar bester Plan",
        "Nur durch diese Sprechstunde",
        "Stunden weniger",
        "fallen weg",
        "lässt sich nicht sagen: Die Vorgaben gewichten verschieden",
        "Gini vorher",
        "Fiele der Raum",
        "Vorrang „hoher Bedarf“",
    ):
        assert said in printed
    by_hand = next(o for o in outputs if "von Hand" in o.get("data", {}).get("text/plain", ""))
    rows = by_hand["data"]["text/plain"].splitlines()[2:]
    assert len(rows) == 3
    assert all(row.split()[-1] == row.split()[-2] for row in rows)


def test_a_foreign_request_would_be_seen():
    for tag in ('<script src="https://x.de/a.js">', "<link href='//x.de/a.css'>", "url(http://x)"):
        assert FOREIGN.search(tag)
