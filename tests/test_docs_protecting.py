"""What the documentation shows of protecting and auditing a table is what the commands do."""

import re
import shlex

import pytest
from click.testing import CliRunner

from atlas.cli import main
from tests.handbook import PAGES, ROOT, blocks

README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGE = (PAGES / "geheimhaltung.md").read_text(encoding="utf-8")


def _run(command):
    return CliRunner().invoke(main, shlex.split(command)[1:])


@pytest.fixture
def shown_files(tmp_path, monkeypatch):
    """The two files that the handbook's page begins with."""
    monkeypatch.chdir(tmp_path)
    counts, regions, protected = blocks(PAGE, "csv")
    (tmp_path / "counts.csv").write_text(counts, encoding="utf-8")
    (tmp_path / "regions.csv").write_text(regions, encoding="utf-8")
    return protected


def test_the_table_of_the_readme_comes_out_as_shown(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (block,) = [b for b in blocks(README, "sh") if b.startswith("printf")]
    make, *commands = block.splitlines()
    text, name = re.fullmatch(r"printf '(.+)' > (\S+)", make).groups()
    (tmp_path / name).write_text(text.replace(r"\n", "\n"), encoding="utf-8")
    assert len(commands) == 2
    for command in commands:
        assert _run(command).exit_code == 0
    assert [(tmp_path / "protected.csv").read_text(encoding="utf-8")] == blocks(README, "csv")


def test_the_small_example_of_the_handbook_comes_out_as_shown(tmp_path, shown_files):
    protect, audit = blocks(PAGE, "sh")[0].splitlines()
    of_protect, of_audit, of_unsafe = blocks(PAGE, "text")
    assert _run(protect).output.endswith(of_protect)
    assert (tmp_path / "protected.csv").read_text(encoding="utf-8") == shown_files
    assert _run(audit).output.endswith(of_audit)
    printed = shown_files.replace("0102,m,,suppressed", "0102,m,4,published")
    printed = printed.replace("0102,w,,suppressed", "0102,w,6,published")
    (tmp_path / "schlecht.csv").write_text(printed, encoding="utf-8")
    unsafe = _run(audit.replace("protected.csv", "schlecht.csv"))
    assert (unsafe.exit_code, unsafe.stderr) == (8, of_unsafe)


def test_the_page_explains_every_section_of_both_reports(tmp_path, shown_files):
    protect, audit = blocks(PAGE, "sh")[0].splitlines()
    assert _run(protect).exit_code == 0
    broken = shown_files.replace("0102,m,,suppressed", "0102,m,4,published")
    (tmp_path / "protected.csv").write_text(broken, encoding="utf-8")
    assert _run(f"{audit} --report pruefung.html").exit_code == 8
    headings = {
        heading
        for name in ("bericht.html", "pruefung.html")
        for heading in re.findall("<h2>(.+)</h2>", (tmp_path / name).read_text(encoding="utf-8"))
    }
    assert {"Befunde", "Was geheim ist"} <= headings
    assert [h for h in headings if f"| {h} " not in PAGE] == []
