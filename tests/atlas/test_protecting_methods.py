"""`protect --method round` and `perturb`: files in, files out, sums that hold, no small number."""

import pytest

from geodata.errors import DisclosureError, FileMissingError, OutputError, UserError
from tests.atlas.test_protecting import Folder, good, refused

SECRET = "0123456789abcdef0123456789abcdef\n"
BOTH = ["regions.csv", "districts.csv"]


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path)


def numbers(folder, name="out.csv"):
    return {(r["region"], r["group"]): int(r["count"]) for r in folder.rows(name)}


@pytest.fixture
def key(folder):
    return f"--key-file={folder.write('key.txt', SECRET)}"


@pytest.mark.parametrize("drawn", [False, True])
def test_a_rounded_table_adds_up_in_every_hierarchy(folder, key, drawn):
    words = ["--method", "round", "--base", "5", *([key] if drawn else [])]
    good(folder.protect(*words, regions=BOTH))
    printed = numbers(folder)
    assert len(printed) == 33
    assert all(n % 5 == 0 for n in printed.values())
    for group in ("m", "w", "Total"):
        assert printed["01", group] == printed["0101", group] + printed["0102", group]
        assert printed["West", group] == printed["0101", group] + printed["0201", group]
        assert printed["Total", group] == printed["West", group] + printed["Ost", group]
    assert all(printed[r, "Total"] == printed[r, "m"] + printed[r, "w"] for r in ("01", "0202"))
    assert {r["status"] for r in folder.rows("out.csv")} == {"rounded"}
    assert printed["0101", "w"] in (0, 5)


def test_base_5_holds_where_nothing_is_said_and_other_bases_are_refused(folder):
    good(folder.protect("--method", "round"))
    assert all(n % 5 == 0 for n in numbers(folder).values())
    said = refused(folder.protect("--method", "round", "--base", "4"), UserError)
    assert "--base: gefunden 4. Erlaubt: 3, 5, 10" in said


def test_an_exact_total_that_is_no_multiple_is_refused_with_its_sums(folder):
    wish = ("--keep", "region=Total,group=Total")
    said = refused(folder.protect("--method", "round", *wish), DisclosureError)
    assert "Summe region Total aus 3 Teilen: 01, 02, 03 (group Total)" in said
    assert "kein Vielfaches von 5" in said
    assert "out.csv" not in folder.names()


def test_a_perturbed_table_keeps_zeros_and_the_wished_total_and_repeats(folder, key):
    folder.write("counts.csv", folder.read("counts.csv").replace("0102,m,4", "0102,m,0"))
    words = ["--method", "perturb", key, "--forbidden", "2", "--keep", "region=Total,group=Total"]
    good(folder.protect(*words))
    printed = numbers(folder)
    assert printed["0102", "m"] == 0
    assert printed["Total", "Total"] == 63
    assert not {1, 2} & set(printed.values())
    status = {(r["region"], r["group"]): r["status"] for r in folder.rows("out.csv")}
    assert status.pop(("Total", "Total")) == "published"
    assert set(status.values()) == {"perturbed"}
    # Region 03 has one part: the same people, the same numbers.
    assert all(printed["03", g] == printed["0301", g] for g in ("m", "w", "Total"))
    first = folder.read("out.csv")
    # The order of the file plays no role, and a hierarchy more changes no cell of the others.
    head, *lines = folder.read("counts.csv").splitlines()
    folder.write("counts.csv", "\n".join([head, *reversed(lines)]))
    good(folder.protect(*words))
    assert folder.read("out.csv") == first
    good(folder.protect(*words, regions=BOTH))
    more = numbers(folder)
    assert all(more[cell] == n for cell, n in printed.items())
    folder.write("key.txt", SECRET[::-1])
    good(folder.protect(*words))
    assert folder.read("out.csv") != first


def test_a_small_number_is_never_printed_exactly_because_of_a_wish(folder, key):
    wish = ("--keep", "region=0101,group=w")
    for words in (["--method", "round"], ["--method", "perturb", key]):
        said = refused(folder.protect(*words, *wish), DisclosureError)
        assert "region=0101, group=w: soll nach --keep genau bleiben, ist aber klein (1)" in said


def test_noise_needs_a_secret_key_that_is_long_enough(folder):
    said = refused(folder.protect("--method", "perturb"), UserError)
    assert "--key-file: fehlt; --method perturb braucht einen geheimen Schlüssel" in said
    nowhere = f"--key-file={folder.path / 'nowhere.txt'}"
    said = refused(folder.protect("--method", "perturb", nowhere), FileMissingError)
    assert "nowhere.txt" in said
    short = f"--key-file={folder.write('short.txt', 'geheim')}"
    assert "zu kurz" in refused(folder.protect("--method", "perturb", short), DisclosureError)
    assert "out.csv" not in folder.names()


def test_the_key_is_never_overwritten(folder, key):
    words = ["--method", "perturb", key, f"--report={folder.path / 'key.txt'}"]
    assert "wird gelesen" in refused(folder.protect(*words), OutputError)
    assert folder.read("key.txt") == SECRET


def test_options_of_another_method_are_refused_all_at_once(folder, key):
    folder.write("secret.csv", "region,group\n0301,m\n")
    words = ["--method", "round", "--secret=secret.csv", "--gap", "5", "--deviation", "3"]
    said = refused(folder.protect(*words), UserError)
    for name in ("--secret", "--gap", "--deviation"):
        assert f"{name}: gilt nicht für --method round" in said
    said = refused(folder.protect("--base", "5", key), UserError)
    assert "--base: gilt nicht für --method suppress. Erlaubt: --method round" in said
    assert "--key-file" in said


def test_the_reports_tell_the_method_and_only_the_internal_one_small_numbers(folder, key):
    words = ["--method", "round", "--base", "3", "--report=r.html"]
    result = good(folder.protect(*words))
    assert "27 Zellen, 2 selbst zu schützen" in result.output
    public = folder.read("r.html")
    assert "gemeinsam auf Vielfache von 3 gerundet" in public
    assert "jede Zahl von 1 bis 5" in public
    assert "selbst zu schützen" not in public
    good(folder.protect(*words, "--internal"))
    rows = {(r["region"], r["group"]): r for r in folder.rows("out.csv")}
    assert rows["0101", "w"]["kind"] == "primary"
    assert int(rows["0101", "w"]["low"]) < int(rows["0101", "w"]["high"])
    assert rows["0101", "m"]["low"] == ""
    assert "Nur für den internen Gebrauch" in folder.read("r.html")
    good(folder.protect("--method", "perturb", key, "--report=r.html"))
    public = folder.read("r.html")
    assert "Cell-Key-Verfahren" in public
    assert SECRET.strip() not in public


def test_a_file_that_is_wrong_is_refused_before_anything_is_rounded(folder):
    folder.write("counts.csv", "region,group,count\n0101,m,viele\n0999,w,3\n")
    result = folder.protect("--method", "round")
    assert result.exit_code != 0
    assert "'viele'" in result.stderr
    assert "'0999' steht in keiner Hierarchie" in result.stderr
    assert "out.csv" not in folder.names()
