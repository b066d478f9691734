"""The page on case lists: its example is read, counted and reported as it says."""

from atlas.build.collect import read_sources
from atlas.check import check_project, show
from atlas.project import load_project
from indicators.catalogue import load_catalogue
from tests.handbook import PAGES, blocks
from tests.test_docs_project import write_example

PAGE = (PAGES / "falllisten.md").read_text(encoding="utf-8")


def test_the_example_counts_what_the_page_says(tmp_path):
    project = write_example(tmp_path)
    with project.open("a", encoding="utf-8") as file:
        file.write("\n" + blocks(PAGE, "toml")[0])
    (tmp_path / "faelle.csv").write_text(blocks(PAGE, "csv")[0], encoding="utf-8")
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
