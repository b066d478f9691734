"""Publishing with a ledger: what was shown before counts, and nothing leaves it."""

import json
import shutil
from importlib import resources
from pathlib import Path

import pytest
from click.testing import CliRunner

from atlas.build import build
from atlas.cli import main
from atlas.edition import open_edition
from atlas.ledger import ledger_path
from atlas.project import load_project
from atlas.verify import verify
from geodata.errors import EditionError, LedgerError, OutputError
from indicators.disclosure.ledger import read_ledger
from tests.test_docs_project import write_example


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The small city of the handbook."""
    folder = tmp_path_factory.mktemp("kleinstadt")
    write_example(folder)
    return folder


@pytest.fixture
def city(files, tmp_path):
    """A copy of its files, to change."""
    return shutil.copytree(files, tmp_path / "daten")


def _build(city, out, **options):
    return build(city / "kleinstadt.toml", city, out, **options)


def _correct(city, old="01;240;81", new="01;241;82"):
    file = city / "sgb2.csv"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def _run(*words):
    return CliRunner().invoke(main, [str(w) for w in words])


@pytest.fixture(scope="module")
def published(files, tmp_path_factory):
    """Two editions: the second one corrects a number of the first."""
    folder = tmp_path_factory.mktemp("register")
    city = shutil.copytree(files, folder / "daten")
    _build(city, folder / "editions" / "eins")
    _correct(city)
    _build(city, folder / "editions" / "zwei")
    return folder


@pytest.fixture
def copy(published, tmp_path):
    return shutil.copytree(published, tmp_path / "kopie")


def _ledger(folder):
    return folder / "editions" / "kleinstadt.ledger"


def test_an_edition_is_recorded_beside_it_with_its_own_bytes(published):
    edition = open_edition(published / "editions" / "eins")
    entry = read_ledger(_ledger(published), "kleinstadt").entries[0]
    mark = edition.manifest.ledger
    assert (mark.city, mark.number, mark.sha256) == ("kleinstadt", 1, entry.sha256)
    assert entry.edition == edition.manifest.id
    assert entry.content == edition.manifest.content
    assert entry.cells_sha256 == edition.manifest.tables["counts"].sha256
    assert not edition.manifest.draft


def test_no_hidden_number_of_the_city_reaches_the_ledger(published, files):
    """Quarter 04 has 2 children on benefits; the true table is in no entry."""
    for entry in read_ledger(_ledger(published)).entries:
        hidden = entry.counts[entry.counts["status"] == "suppressed"]
        assert len(hidden) == entry.hidden == 2
        assert hidden["count"].isna().all()
        assert (hidden["bound_low"] < hidden["bound_high"]).all()


def test_a_correction_is_named_and_what_was_hidden_stays_hidden(published):
    one, two = (open_edition(published / "editions" / n) for n in ("eins", "zwei"))
    assert any(
        n.startswith(f"Berichtigt seit der Ausgabe {one.manifest.id}") and "Quartier 01" in n
        for n in two.checks["notes"]
    )
    hidden = [set(e.table("counts").query("status == 'suppressed'")["area"]) for e in (one, two)]
    assert hidden[0] == hidden[1]


def _children(edition):
    counts = edition.table("counts").query("measure == 'sgb2_persons' and group == 'age_u15'")
    return counts.set_index("area")["count"]


def test_two_editions_are_not_subtracted_from_each_other(city, tmp_path):
    """The same numbers with two secret keys: each time another quarter is hidden beside 04."""
    project = city / "kleinstadt.toml"
    text = project.read_text(encoding="utf-8")
    project.write_text(
        text.replace("threshold = 3\n", 'threshold = 3\nkey_file = "geheim.key"\n'),
        encoding="utf-8",
    )

    def children(key, out):
        (city / "geheim.key").write_text(key * 32, encoding="ascii")
        return _children(_build(city, tmp_path / out))

    first, alone = children("00", "eins"), children("02", "anderswo/zwei")
    assert set(first.index[first.isna()]) == {"03", "04"}
    assert set(alone.index[alone.isna()]) == {"01", "04"}
    hidden_first = first["00"] - first["01"] - first["02"]
    assert hidden_first - alone["03"] == 2, "the two children of 04, from two safe editions"

    second = children("02", "zwei")
    assert set(second.index[second.isna()]) == {"03", "04"}
    assert verify(tmp_path / "zwei")


def test_the_same_files_give_one_entry_and_the_same_content(city, tmp_path):
    first = _build(city, tmp_path / "eins")
    again = _build(city, tmp_path / "zwei")
    third = _build(city, tmp_path / "eins", replace=True)
    assert first.manifest.content == again.manifest.content == third.manifest.content
    assert first.manifest.ledger == again.manifest.ledger == third.manifest.ledger
    assert len(read_ledger(tmp_path / "kleinstadt.ledger").entries) == 1


def test_other_tables_with_the_same_numbers_are_a_new_entry_with_the_same_bounds(city, tmp_path):
    first = _build(city, tmp_path / "eins")
    project = city / "kleinstadt.toml"
    text = project.read_text(encoding="utf-8")
    project.write_text(text.replace('"sgb2_kinder", ', ""), encoding="utf-8")
    second = _build(city, tmp_path / "zwei")
    assert second.manifest.ledger.number == 2
    assert second.table("counts").equals(first.table("counts"))
    assert verify(second.path)


def test_a_killed_build_leaves_an_entry_that_the_next_one_fills(city, tmp_path, monkeypatch):
    def killed(scratch, out):
        raise KeyboardInterrupt

    monkeypatch.setattr("atlas.edition.writing._put_in_place", killed)
    with pytest.raises(KeyboardInterrupt):
        _build(city, tmp_path / "eins")
    monkeypatch.undo()
    assert not (tmp_path / "eins").exists()
    (entry,) = read_ledger(tmp_path / "kleinstadt.ledger").entries
    edition = _build(city, tmp_path / "eins")
    assert edition.manifest.ledger.sha256 == entry.sha256
    assert edition.manifest.content == entry.content
    assert len(read_ledger(tmp_path / "kleinstadt.ledger").entries) == 1
    assert verify(edition.path)


def test_nothing_is_published_that_the_ledger_did_not_take(city, tmp_path, monkeypatch):
    def refuses(path, content):
        raise LedgerError("Das Register lässt sich nicht schreiben.")

    monkeypatch.setattr("indicators.disclosure.ledger.write_durably", refuses)
    with pytest.raises(LedgerError):
        _build(city, tmp_path / "eins")
    assert not (tmp_path / "eins").exists()
    assert not (tmp_path / "kleinstadt.ledger").exists()


def test_a_draft_is_protected_but_not_recorded_and_says_so(copy):
    before = _ledger(copy).read_bytes()
    _correct(copy / "daten", "02;131;34", "02;132;34")
    draft = _build(copy / "daten", copy / "editions" / "entwurf", draft=True)
    assert _ledger(copy).read_bytes() == before
    manifest = draft.manifest
    assert manifest.draft
    assert manifest.ledger is None
    assert manifest.notice == "Entwurf, nicht zur Veröffentlichung"
    assert any("Quartier 02" in n for n in draft.checks["notes"])
    assert any("Entwurf" in line for line in verify(draft.path))
    with pytest.raises(OutputError, match="ist veröffentlicht"):
        _build(copy / "daten", copy / "editions" / "eins", replace=True, draft=True)


def test_the_notice_of_a_draft_keeps_the_citys_own(city, tmp_path):
    project = city / "kleinstadt.toml"
    text = project.read_text(encoding="utf-8")
    project.write_text(text.replace("[disclosure]", 'notice = "Probe"\n\n[disclosure]'), "utf-8")
    notice = _build(city, tmp_path / "eins", draft=True).manifest.notice
    assert notice == "Entwurf, nicht zur Veröffentlichung. Probe"


def test_verify_uses_the_ledger_and_says_what_it_cannot_check_without(copy, tmp_path):
    edition = copy / "editions" / "zwei"
    assert any("den früheren (im Register: 1)" in line for line in verify(edition))
    away = shutil.copytree(edition, tmp_path / "anderswo" / "zwei")
    assert any("das Register fehlt" in line for line in verify(away))
    assert any("im Register: 1" in line for line in verify(away, ledger=_ledger(copy)))
    first = shutil.copytree(copy / "editions" / "eins", tmp_path / "anderswo" / "eins")
    assert not any("fehlt" in line for line in verify(first)), "nothing was published before it"


def test_a_raised_threshold_hides_what_everybody_knows_already(city, tmp_path):
    """34 children were printed; with a threshold of 35 they are hidden, and known all the same."""
    _build(city, tmp_path / "eins")
    project = city / "kleinstadt.toml"
    text = project.read_text(encoding="utf-8")
    project.write_text(text.replace("threshold = 3\n", "threshold = 35\n"), encoding="utf-8")
    edition = _build(city, tmp_path / "zwei")
    own = edition.table("counts").query("area == '02' and group == 'age_u15' and count.isna()")
    assert own[["bound_low", "bound_high"]].to_numpy().tolist() == [[34, 34]]
    assert any("schon gezeigt" in n and "Quartier 02" in n for n in edition.checks["notes"])
    assert any("im Register: 1" in line for line in verify(edition.path))
    # Alone, the edition tells less than its bounds: without the ledger that is no fault ...
    away = shutil.copytree(edition.path, tmp_path / "anderswo" / "zwei")
    assert any("nicht geprüft" in line for line in verify(away))
    # ... but it is one for an edition that says that there was none before.
    file = away / "manifest.json"
    manifest = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps({**manifest, "ledger": None}), encoding="utf-8")
    with pytest.raises(EditionError, match="bound_"):
        verify(away)


def test_verify_refuses_an_edition_that_is_not_in_the_ledger(copy, published, tmp_path):
    other = tmp_path / "fremd"
    city = shutil.copytree(copy / "daten", other / "daten")
    _build(city, other / "editions" / "eins")
    with pytest.raises(LedgerError, match="steht so nicht"):
        verify(other / "editions" / "eins", ledger=_ledger(published))
    assert (
        _run("verify", other / "editions" / "eins", "--ledger", _ledger(published)).exit_code == 12
    )
    assert _run("verify", other / "editions" / "eins", "--ledger", tmp_path / "weg").exit_code == 3


def test_a_shortened_ledger_is_refused_by_the_editions_beside_it(copy):
    lines = _ledger(copy).read_text(encoding="utf-8").splitlines()
    _ledger(copy).write_text("\n".join(lines[:-1]) + "\n", encoding="utf-8")
    with pytest.raises(LedgerError, match=r"zwei: Eintrag 2 .* steht nicht"):
        _build(copy / "daten", copy / "editions" / "drei")
    assert not (copy / "editions" / "drei").exists()
    result = _run("ledger", "check", _ledger(copy))
    assert result.exit_code == 12
    assert "Eintrag 2" in result.output


def test_a_ledger_that_is_gone_is_missed(copy):
    _ledger(copy).unlink()
    with pytest.raises(LedgerError, match="gekürzt"):
        _build(copy / "daten", copy / "editions" / "drei")


def test_another_ledger_does_not_serve_for_a_published_edition(copy):
    with pytest.raises(LedgerError, match="ein anderes"):
        _build(copy / "daten", copy / "editions" / "eins", replace=True,
               ledger=copy / "anderes.ledger")  # fmt: skip
    assert not (copy / "anderes.ledger").exists()


def test_a_project_that_forgets_its_ledger_is_refused(copy):
    project = copy / "daten" / "kleinstadt.toml"
    text = project.read_text(encoding="utf-8")
    project.write_text(text.replace("[disclosure]", 'ledger = "none"\n\n[disclosure]'), "utf-8")
    with pytest.raises(LedgerError, match="Ohne Register"):
        _build(copy / "daten", copy / "editions" / "drei")
    alone = _build(copy / "daten", copy / "anderswo" / "drei")
    assert alone.manifest.ledger is None
    assert any(n.startswith("Ohne Register") for n in alone.checks["notes"])
    assert not list((copy / "anderswo").glob("*.ledger"))


def test_the_project_file_names_the_ledger_beside_itself(city, tmp_path):
    project = city / "kleinstadt.toml"
    text = project.read_text(encoding="utf-8")
    named = text.replace("[disclosure]", 'ledger = "register/k.ledger"\n\n[disclosure]')
    project.write_text(named, encoding="utf-8")
    _build(city, tmp_path / "aus" / "eins")
    assert len(read_ledger(city / "register" / "k.ledger", "kleinstadt").entries) == 1


def test_the_ledger_of_another_city_is_refused(copy):
    project = copy / "daten" / "kleinstadt.toml"
    text = project.read_text(encoding="utf-8")
    project.write_text(text.replace('key = "kleinstadt"', 'key = "nachbarstadt"'), "utf-8")
    with pytest.raises(LedgerError, match="anderen Stadt"):
        _build(copy / "daten", copy / "editions" / "drei", ledger=_ledger(copy))
    _build(copy / "daten", copy / "editions" / "drei")
    assert (copy / "editions" / "nachbarstadt.ledger").is_file()


def test_the_commands_show_check_and_never_remove(copy):
    shown = _run("ledger", "show", _ledger(copy))
    assert shown.exit_code == 0
    head, titles, one, two = shown.output.splitlines()
    assert head == "Register von kleinstadt, Ausgaben: 2"
    assert titles.split()[0] == "Nr."
    assert one.split()[2:6] == ["31.12.2025", "20", "2", "0"]
    assert two.split()[5] == "4"
    checked = _run("ledger", "check", _ledger(copy))
    assert checked.exit_code == 0
    assert "ununterbrochen (2)" in checked.output

    before = _ledger(copy).read_bytes()
    name = one.split()[-1]
    removed = _run("ledger", "remove", _ledger(copy), name)
    assert removed.exit_code == 12
    assert f"Eintrag 1 ({name}) bleibt im Register" in removed.output
    unknown = _run("ledger", "remove", _ledger(copy), "Kleinstadt-1999")
    assert unknown.exit_code == 12
    assert name in unknown.output
    assert _ledger(copy).read_bytes() == before
    assert _run("ledger", "show", copy / "weg.ledger").exit_code == 12


def test_check_finds_an_edition_whose_numbers_are_not_those_recorded(copy):
    file = copy / "editions" / "eins" / "manifest.json"
    manifest = json.loads(file.read_text(encoding="utf-8"))
    manifest["tables"]["counts"]["sha256"] = "0" * 64
    file.write_text(json.dumps(manifest), encoding="utf-8")
    result = _run("ledger", "check", _ledger(copy))
    assert result.exit_code == 12
    assert "andere Zahlen" in result.output


def test_a_torn_line_is_said_and_healed_by_the_next_edition(copy):
    with _ledger(copy).open("ab") as file:
        file.write(b'{"entry": {"number": 3, "edi')
    assert "unvollständig" in _run("ledger", "check", _ledger(copy)).output
    _correct(copy / "daten", "02;131;34", "02;132;34")
    edition = _build(copy / "daten", copy / "editions" / "drei")
    assert edition.manifest.ledger.number == 3
    assert any("unvollständig" in note for note in edition.checks["notes"])
    assert "unvollständig" not in _run("ledger", "check", _ledger(copy)).output


def test_the_invented_city_is_the_same_wherever_it_is_built():
    project_file = Path(str(resources.files("atlas.demo"))) / "musterstadt.toml"
    project = load_project(project_file)
    assert ledger_path(project.key, project.ledger, project_file, Path("aus"), None) is None


@pytest.mark.parametrize("name", ["show", "check", "remove"])
def test_every_command_of_the_ledger_has_help_with_an_example(name):
    result = _run("ledger", name, "--help")
    assert result.exit_code == 0
    assert f"Beispiel: sozialatlas ledger {name}" in result.output
