"""The page on case lists: its example is read, counted and reported as it says."""

from atlas.build.collect import read_sources
from atlas.check import check_project, show
from atlas.project import load_project
from geodata.errors import ServiceError
from indicators.catalogue import load_catalogue
from tests.handbook import PAGES, blocks
from tests.test_docs_project import write_example

PAGE = (PAGES / "falllisten.md").read_text(encoding="utf-8")


def write_cases(folder):
    """The example of the project page with the case list of this page."""
    project = write_example(folder)
    with project.open("a", encoding="utf-8") as file:
        file.write("\n" + blocks(PAGE, "toml")[0])
    (folder / "faelle.csv").write_text(blocks(PAGE, "csv")[0], encoding="utf-8")
    return project


def test_a_cluster_that_talks_in_the_open_is_an_error_of_the_report(tmp_path):
    report = check_project(write_cases(tmp_path), tmp_path, cluster="tcp://amt.example:8786")
    assert report.exit_code == ServiceError.exit_code
    assert any("offen durch das Netz" in f.text for f in report.of("error"))


def test_a_project_without_case_lists_needs_no_cluster(tmp_path):
    report = check_project(write_example(tmp_path), tmp_path, cluster="tcp://amt.example:8786")
    assert report.exit_code == 0


def test_the_example_counts_what_the_page_says(tmp_path):
    project = write_cases(tmp_path)
    report = check_project(project, tmp_path)
    assert report.exit_code == 0, "\n".join(show.terminal(report))
    (rows,) = [r for r in report.sources if r.file == "faelle.csv"]
    assert (rows.read, rows.used) == (4, 3)
    assert "ohne Raum" in rows.aside[0][0]
    (unused,) = [f for f in report.of("note") if f.source == "faelle.csv" and f.details]
    assert unused.details == ("ALTER",)
    counts = read_sources(load_project(project), load_catalogue(), tmp_path, tmp_path).counts
    own = counts[(counts["measure"] == "wn_raeumungsklagen") & (counts["group"] == "total")]
    assert dict(zip(own["area"], own["count"], strict=True)) == {"01": 2, "02": 0, "03": 0, "04": 0}
    said = "\n".join(show.terminal(report)) + show.html(report)
    assert "Muster" not in said
    assert "c20b44" not in said
