"""What the documentation says is so: examples run, commands and words exist, links lead on."""

import ast
import doctest
import re
import shlex
import shutil
import subprocess
import tomllib

import click
import pytest
from click.testing import CliRunner

from atlas.cli import main
from atlas.wording import text
from geodata.errors import UserError
from indicators.catalogue import load_catalogue
from indicators.status import Status
from tests.handbook import PAGES, ROOT, blocks, prose, rows
from tests.test_docs_project import write_example

README = (ROOT / "README.md").read_text(encoding="utf-8")
MARKDOWN = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
HANDBOOK = sorted(PAGES.glob("*.md"))


def _name(path):
    return str(path.relative_to(ROOT))


# README


def test_the_readme_example_prints_what_it_says(demo_path):
    (example,) = blocks(README, "python")
    code = example.replace("editions/musterstadt", demo_path.as_posix())
    found = doctest.DocTestParser().get_doctest(code, {}, "README", "README.md", 0)
    assert len(found.examples) == 5
    said: list[str] = []
    result = doctest.DocTestRunner().run(found, out=said.append)
    assert result.failed == 0, "".join(said)


def test_the_readme_starts_with_a_sentence_a_picture_and_the_two_commands():
    head, sentence, picture, *_ = README.split("\n\n")
    assert head.startswith("# ")
    assert sentence.count(".") == 1
    (image,) = re.findall(r"!\[[^]]+\]\(([^)]+)\)", picture)
    assert (ROOT / image).is_file()
    first = blocks(README, "sh")[0].splitlines()
    assert [line.split("#")[0].strip() for line in first] == ["make run", "make test"]


_TARGET = r"(?:^|`| )make ([a-z-]+)(?=`|$| {2,}#)"


def test_every_make_target_that_is_named_exists():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.M))
    named = {
        word
        for path in MARKDOWN
        for word in re.findall(
            r"(?:^|`| )make ([a-z-]+)(?=`|$| {2,}#)", path.read_text("utf-8"), re.M
        )
    }
    assert {"run", "test", "check"} <= named
    assert named <= targets


# Commands


def _calls(page):
    """Every line of a page's shell blocks that calls the program, as words."""
    shells = [b for language in ("sh", "powershell") for b in blocks(page, language)]
    lines = [line for shell in shells for line in shell.splitlines()]
    bare = [re.sub(r"^\S*[/\\](?=sozialatlas\b)", "", line) for line in lines]
    return [shlex.split(b, comments=True)[1:] for b in bare if b.startswith("sozialatlas ")]


@pytest.mark.parametrize("path", [ROOT / "README.md", *HANDBOOK], ids=_name)
def test_every_command_in_an_example_is_understood(path):
    commands = dict(_commands(main))
    for call in _calls(path.read_text(encoding="utf-8")):
        name = max((n for n in commands if call[: len(n.split())] == n.split()), key=len)
        words = call[len(name.split()) :]
        assert commands[name].make_context(name, words).info_name == name


def test_the_examples_are_found():
    assert len(_calls(README)) >= 6
    assert sum(len(_calls(path.read_text(encoding="utf-8"))) for path in HANDBOOK) >= 15


def test_the_page_of_commands_names_every_command_with_all_it_takes():
    page = (PAGES / "befehle.md").read_text(encoding="utf-8")
    assert re.findall(r"^## sozialatlas (\w+)$", page, re.M) == [
        *sorted(main.commands, key=list(main.commands).index)
    ]
    for name, command in _commands(main):
        found = {row[0].strip("`"): row[1].strip("`") for row in rows(page, f"sozialatlas {name}")}
        wanted = {
            p.opts[0] if isinstance(p, click.Option) else str(p.name).upper(): _without(p)
            for p in command.params
        }
        assert found == wanted, name
        assert any(call[: len(name.split())] == name.split() for call in _calls(page)), name


def _commands(group, prefix=""):
    """Every command by its words, those of a group after the group."""
    for name, command in group.commands.items():
        yield prefix + name, command
        if isinstance(command, click.Group):
            yield from _commands(command, f"{prefix}{name} ")


def _without(parameter):
    if parameter.required:
        return "**nötig**"
    default = parameter.to_info_dict()["default"]
    return str(default) if default not in (None, False) else "–"


# Errors


def _kinds(kind):
    return {kind, *(k for child in kind.__subclasses__() for k in _kinds(child))}


def test_the_page_of_errors_names_every_kind_with_its_code():
    page = (PAGES / "fehler.md").read_text(encoding="utf-8")
    found = {
        row[1].strip("`"): int(row[0].strip("`")) for row in rows(page, "Die Arten von Fehlern")
    }
    kinds = {k for k in _kinds(UserError) if k.__module__ == "geodata.errors"}
    assert found == {kind.__name__: kind.exit_code for kind in kinds}


def _spoiled(old, new, file):
    def spoil(folder):
        path = folder / file
        content = path.read_text(encoding="utf-8")
        assert old in content
        path.write_text(content.replace(old, new), encoding="utf-8")

    return spoil


def _wrong_project(folder):
    file = "kleinstadt.toml"
    _spoiled('_date = "2025-12-31"', '_date = "31.12.2025"', file)(folder)
    _spoiled("threshold = 3", "threshold = 1", file)(folder)


def _rooms(folder):
    """Three rooms, of which one has hours that can be read."""
    source = '{ title = "R", publisher = "P", licence = "L", attribution = "A" }'
    columns = 'name = "Name", kind = "Art", x = "X", y = "Y", opening_hours = "Zeiten"'
    entry = f'[[places]]\nfile = "raeume.csv"\ncrs = "EPSG:25832"\nsource = {source}\n'
    with (folder / "kleinstadt.toml").open("a", encoding="utf-8") as project:
        project.write(f"{entry}columns = {{ {columns} }}\n")
    hours = ("Di, Do 9-12 Uhr", "Di u. Do ab 14 Uhr", '"Mo-Fr 08:00-12:00; Mo 14:00-17:00"')
    body = [f"Raum {i};library;500{i}00;5700500;{h}" for i, h in enumerate(hours, 1)]
    text = "\n".join(["Name;Art;X;Y;Zeiten", *body])
    (folder / "raeume.csv").write_text(text, encoding="utf-8")


def _there_already(folder):
    (folder / "editions" / "kleinstadt").mkdir(parents=True)


@pytest.mark.parametrize(
    ("number", "city", "prepare"),
    [
        (0, "kleinstadt.toml", _wrong_project),
        (1, "atlantis", lambda folder: None),
        (2, "kleinstadt.toml", _spoiled("Insgesamt;", "Gesamt;", "einwohner.csv")),
        (3, "kleinstadt.toml", _spoiled("04;1.520", "05;1.520", "einwohner.csv")),
        (4, "kleinstadt.toml", _rooms),
        (5, "kleinstadt.toml", _there_already),
    ],
)
def test_the_messages_shown_are_those_of_the_program(tmp_path, monkeypatch, number, city, prepare):
    shown = blocks((PAGES / "fehler.md").read_text(encoding="utf-8"), "text")
    assert len(shown) == 6
    write_example(tmp_path)
    prepare(tmp_path)
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["build", city, "--out", "editions/kleinstadt"])
    assert result.stderr == shown[number]


def test_the_report_of_a_build_reads_as_shown(tmp_path):
    (shown,) = blocks((PAGES / "planung.md").read_text(encoding="utf-8"), "text")
    project = write_example(tmp_path)
    out = tmp_path / "ausgabe"
    printed = CliRunner().invoke(main, ["build", str(project), "--out", str(out)]).output
    first, *lines = shown.splitlines()
    pattern = re.escape(first).replace("…", r"\S+")
    assert re.search(f"^{pattern}$", printed, re.M)
    assert lines
    for line in lines:
        assert f"\n{line}\n" in printed


# Words of the screen


def _words(value):
    if isinstance(value, dict):
        return [w for v in value.values() for w in _words(v)]
    return [str(value)]


def test_words_in_quotation_marks_are_on_the_screen():
    locale = (ROOT / "atlas" / "locale" / "de.toml").read_text(encoding="utf-8")
    sheets = (ROOT / "atlas" / "export" / "tables.py").read_text(encoding="utf-8")
    screen = [*_words(tomllib.loads(locale)), sheets]
    quoted = {
        (path.name, word)
        for path in HANDBOOK
        if path.name not in ("projektdatei.md", "szenario.md", "fehler.md", "befehle.md")
        for word in re.findall(r"„([^“]+)“", prose(path.read_text(encoding="utf-8")))
    }
    assert len(quoted) > 40
    lost = sorted(f"{page}: {word}" for page, word in quoted if not any(word in s for s in screen))
    assert not lost, "in the handbook, but not on the screen: " + "; ".join(lost)


def test_every_status_is_explained_under_the_word_of_the_screen():
    page = (PAGES / "planung.md").read_text(encoding="utf-8")
    found = {row[1].strip("`"): row[0] for row in rows(page, "Was der Status sagt")}
    assert found == {s.value: text(f"status.{s.value}") for s in Status}


def test_the_smallest_rate_shown_is_the_one_told():
    page = (PAGES / "planung.md").read_text(encoding="utf-8")
    least = {(i.min_denominator, i.min_numerator) for i in load_catalogue().indicators.values()}
    assert least == {(100, 3)}
    assert "weniger als 100) oder zu wenige Fälle (1 oder 2)" in page


# All files


def _anchor(heading):
    plain = re.sub(r"[`*]", "", heading.strip()).lower()
    return re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")


def _anchors(path):
    return {_anchor(h) for h in re.findall(r"^#{1,6} +(.+)$", prose(path.read_text("utf-8")), re.M)}


@pytest.mark.parametrize("path", MARKDOWN, ids=_name)
def test_links_lead_to_files_and_headings_that_exist(path):
    links = re.findall(r"\]\(([^)\s]+)\)", prose(path.read_text(encoding="utf-8")))
    lost = []
    for link in (x for x in links if "://" not in x):
        file, _, anchor = link.partition("#")
        target = (path.parent / file).resolve() if file else path
        if not target.exists() or (anchor and anchor not in _anchors(target)):
            lost.append(link)
    assert not lost


def test_every_page_of_the_handbook_can_be_reached_from_its_first():
    first = (PAGES / "README.md").read_text(encoding="utf-8")
    linked = set(re.findall(r"\]\((\w+\.md)", first))
    assert linked == {path.name for path in HANDBOOK} - {"README.md"}


def test_decisions_are_numbered_without_gaps():
    files = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert files
    for number, file in enumerate(files, start=1):
        assert file.name.startswith(f"{number:04d}-")
        assert file.read_text(encoding="utf-8").startswith(f"# {number}. ")


def _tracked():
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("no git checkout, so there is no list of the project's files")
    done = subprocess.run([git, "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    names = [name for name in done.stdout.decode().split("\0") if name]
    return [path for name in names if (path := ROOT / name).is_file()]


PRIVATE = re.compile(r"(?<![\w.])/(?:home|Users|root|work)/|[A-Z]:[\\/]+Users\b|file:/{2,}")


@pytest.mark.parametrize("example", ["/ho" + "me/anna/x", "fi" + "le:///x", "C:" + "\\Users\\anna"])
def test_private_places_are_recognised(example):
    assert PRIVATE.search(f"see {example}")


def test_no_file_names_a_private_path_or_host():
    found = []
    for path in _tracked():
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:
            continue
        found += [f"{_name(path)}:{n}" for n, line in enumerate(lines, 1) if PRIVATE.search(line)]
    assert not found


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_locks_name_versions_and_hashes_and_no_host(name):
    lock = (ROOT / name).read_text(encoding="utf-8")
    assert "--hash=sha256:" in lock
    assert not re.findall(r"https?://\S+|--(?:extra-)?index-url\S*|--find-links\S*", lock)


def test_every_module_says_what_it_is():
    folders = [ROOT / name for name in ("geodata", "indicators", "atlas")]
    modules = [ROOT / "app.py", *(f for folder in folders for f in sorted(folder.rglob("*.py")))]
    assert len(modules) > 50
    silent = [_name(m) for m in modules if not ast.get_docstring(ast.parse(m.read_text("utf-8")))]
    assert not silent


def test_the_changelog_has_the_version_of_the_package():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(r"^## (\S+)", changelog, re.M)[1] == project["version"]
