"""The commands `protect` and `audit`: files in, files out, nothing unsafe, nothing half-written."""

import csv
import html.parser
import io
import re

import pytest
from click.testing import CliRunner

from atlas.cli import main
from geodata.errors import (
    DisclosureError,
    FileMissingError,
    KeyJoinError,
    OutputError,
    TableError,
    UserError,
)

REGIONS = "child,parent\n0101,01\n0102,01\n0201,02\n0202,02\n0301,03\n"
DISTRICTS = "child,parent\n0101,West\n0201,West\n0102,Ost\n0202,Ost\n0301,Ost\n"
COUNTS = """region,group,count
0101,m,9
0101,w,1
0102,m,4
0102,w,6
0201,m,5
0201,w,7
0202,m,8
0202,w,2
0301,m,11
0301,w,14
"""


class Folder:
    """Files of one table, and the commands run on them."""

    def __init__(self, path):
        self.path = path
        self.write("counts.csv", COUNTS)
        self.write("regions.csv", REGIONS)
        self.write("districts.csv", DISTRICTS)

    def write(self, name, text, encoding="utf-8"):
        (self.path / name).write_bytes(text.encode(encoding))
        return self.path / name

    def read(self, name):
        return (self.path / name).read_text(encoding="utf-8")

    def rows(self, name, delimiter=","):
        return list(csv.DictReader(io.StringIO(self.read(name)), delimiter=delimiter))

    def names(self):
        return {path.name for path in self.path.iterdir()}

    def run(self, command, *words, dims="region,group", regions=("regions.csv",)):
        files = [f"--hierarchy=region={self.path / name}" for name in regions]
        words = [self._place(w) for w in words]
        return CliRunner().invoke(main, [command, "--dims", dims, *files, *words])

    def _place(self, word):
        """A file name becomes a path of this folder."""
        head, mark, name = word.rpartition("=")
        known = name.endswith((".csv", ".html", ".xlsx"))
        return f"{head}{mark}{self.path / name}" if known else word

    def protect(self, *words, table="counts.csv", **kinds):
        return self.run("protect", f"--table={table}", "--out=out.csv", *words, **kinds)

    def audit(self, *words, table="out.csv", **kinds):
        return self.run("audit", f"--table={table}", *words, **kinds)


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path)


def good(result):
    assert result.exit_code == 0, result.output
    return result


def refused(result, kind):
    assert result.exit_code == kind.exit_code, result.output
    assert "Traceback" not in result.output
    assert not isinstance(result.exception, Exception) or isinstance(result.exception, SystemExit)
    return result.stderr


# Protecting


def test_under_the_weak_assumption_it_is_said_who_sees_through_it(folder):
    """Twelve ones under printed margins: who sees that no gap is a zero knows all of them."""
    rows = [f"{r},{g},1" for r in "abcd" for g in "xyz"]
    folder.write("ones.csv", "\n".join(["region,group,count", *rows]))
    told = good(folder.protect("--zeros=hidden", "--report=r.html", table="ones.csv", regions=[]))
    assert "kann 12 kleine Zahlen genau berechnen" in told.output
    page = folder.read("r.html")
    assert "nur unter einer schwachen Annahme" in page
    assert 'class="good"' not in page
    assert "ist nie eine Null" not in page
    assert "12 kleine" not in page


def test_the_weak_assumption_is_no_matter_where_nobody_sees_through_it(folder):
    told = good(folder.protect("--zeros=hidden", "--report=r.html"))
    # Taken as at least 1, no hidden number is exact: the stricter audit says so too.
    assert "berechenbar: genau" not in folder.audit("--truth=counts.csv").output
    assert "Achtung" not in told.output
    assert 'class="good"' in folder.read("r.html")


def test_every_cell_of_every_level_is_written_with_its_status(folder):
    result = good(folder.protect(regions=["regions.csv", "districts.csv"]))
    rows = {(r["region"], r["group"]): r for r in folder.rows("out.csv")}
    assert len(rows) == (5 + 3 + 2 + 1) * 3
    assert list(next(iter(rows.values()))) == ["region", "group", "count", "status"]
    assert rows["Total", "Total"]["count"] == "67"
    assert rows["West", "Total"]["count"] == "22"
    assert rows["0101", "w"] == {
        "region": "0101",
        "group": "w",
        "count": "",
        "status": "suppressed",
    }
    assert all((r["count"] == "") == (r["status"] == "suppressed") for r in rows.values())
    hidden = sum(r["status"] == "suppressed" for r in rows.values())
    assert f"33 Zellen, 2 selbst zu schützen, {hidden} geheim insgesamt" in result.output


def test_what_was_protected_passes_its_own_audit_with_and_without_the_truth(folder):
    both = ["regions.csv", "districts.csv"]
    for zeros in ("published", "hidden"):
        good(folder.protect("--zeros", zeros, regions=both))
        good(folder.audit("--zeros", zeros, regions=both))
        good(folder.audit("--zeros", zeros, "--truth=counts.csv", regions=both))


def test_a_pattern_for_one_grouping_may_be_unsafe_in_a_second_one(folder):
    folder.write(
        "counts.csv", "region,group,count\n0101,a,1\n0102,a,5\n0201,a,7\n0202,a,8\n0301,a,9\n"
    )
    good(folder.protect())
    one_by_one = "child,parent\n0101,X\n0201,X\n0102,Y\n0202,Y\n0301,Y\n"
    folder.write("districts.csv", one_by_one)
    rows = folder.rows("out.csv")
    lines = [f"{r['region']},{r['group']},{r['count']},{r['status']}" for r in rows]
    lines += [f"{d},{g},{n},published" for d, n in (("X", 8), ("Y", 22)) for g in ("a", "Total")]
    folder.write("both.csv", "\n".join(["region,group,count,status", *lines]))
    good(folder.audit())
    said = refused(
        folder.audit(table="both.csv", regions=["regions.csv", "districts.csv"]), DisclosureError
    )
    assert "region=0101, group=a: berechenbar: genau 1; verraten durch Summe region X" in said


def test_the_order_of_the_rows_tells_nothing(folder):
    good(folder.protect())
    first = folder.read("out.csv")
    head, *lines = COUNTS.splitlines()
    folder.write("counts.csv", "\n".join([head, *reversed(lines)]))
    good(folder.protect())
    assert folder.read("out.csv") == first


def test_the_public_columns_are_the_same_in_the_internal_table(folder):
    good(folder.protect())
    public = folder.read("out.csv")
    good(folder.protect("--internal"))
    rows = folder.rows("out.csv")
    assert list(rows[0]) == ["region", "group", "count", "status", "kind", "low", "high"]
    columns = ["region", "group", "count", "status"]
    again = [",".join(columns), *(",".join(r[c] for c in columns) for r in rows)]
    assert "\n".join(again) + "\n" == public
    kinds = {(r["region"], r["group"]): r["kind"] for r in rows}
    assert {cell for cell, kind in kinds.items() if kind == "primary"} == {
        ("0101", "w"), ("0202", "w"),
    }  # fmt: skip
    assert all((r["kind"] == "") == (r["status"] != "suppressed") for r in rows)
    one = next(r for r in rows if r["count"] == "" and r["kind"] == "primary")
    assert int(one["low"]) <= 1
    assert int(one["high"]) >= 3
    said = good(folder.audit()).output
    assert "Sie ist intern" in said


def test_tables_that_look_the_same_are_reported_the_same(folder):
    # 1 and 9 or 2 and 8: the published tables agree, so nothing else may tell them apart.
    reports, tables = set(), set()
    for one in (1, 2):
        folder.write(
            "counts.csv",
            f"region,group,count\n0101,m,{10 - one}\n0101,w,{one}\n"
            f"0102,m,{4 + one}\n0102,w,{6 - one}\n",
        )
        good(folder.protect("--report=r.html"))
        tables.add(folder.read("out.csv"))
        reports.add(re.sub(r"\d{2}\.\d{2}\.\d{4}, \d{2}:\d{2} Uhr", "", folder.read("r.html")))
    assert len(tables) == 1
    assert len(reports) == 1


@pytest.mark.parametrize("dims", [1, 3, 4])
def test_any_number_of_dimensions(folder, dims):
    names = ["region", "group", "age", "year"][:dims]
    codes = [["0101", "0102", "0201"], ["m", "w"], ["u", "v"], ["23", "24"]][:dims]
    lines, number = [",".join([*names, "count"])], 0
    cells = [[]]
    for column in codes:
        cells = [[*cell, code] for cell in cells for code in column]
    for cell in cells:
        number = (number * 7 + 5) % 23
        lines.append(",".join([*cell, str(number)]))
    folder.write("counts.csv", "\n".join(lines))
    folder.write("regions.csv", "child,parent\n0101,01\n0102,01\n0201,02\n")
    good(folder.protect("--gap", "50", dims=",".join(names)))
    good(folder.audit("--truth=counts.csv", dims=",".join(names)))
    assert len(folder.rows("out.csv")) == 6 * 3 ** (dims - 1)


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8-sig", "utf-8"])
def test_german_files_are_read_and_keys_keep_their_zeros(folder, encoding):
    text = COUNTS.replace(",", ";").replace("0301", "03ö1").replace("\n", "\r\n")
    folder.write("counts.csv", text.replace("9\r\n", "9,0\r\n", 1), encoding)
    folder.write("regions.csv", REGIONS.replace("0301", "03ö1").replace(",", "\t"), encoding)
    good(folder.protect())
    rows = {(r["region"], r["group"]): r for r in folder.rows("out.csv", ";")}
    assert rows["03ö1", "Total"]["count"] == "25"
    assert rows["01", "Total"]["count"] == "20"
    good(folder.audit())


def test_cells_that_are_not_listed_are_zero_and_printed(folder):
    folder.write("counts.csv", COUNTS.replace("0301,m,11\n", ""))
    good(folder.protect())
    rows = {(r["region"], r["group"]): r for r in folder.rows("out.csv")}
    assert (rows["0301", "m"]["count"], rows["0301", "m"]["status"]) == ("0", "zero")


def test_kept_cells_stay_printed(folder):
    good(folder.protect("--keep", "region=0102"))
    rows = folder.rows("out.csv")
    assert {r["status"] for r in rows if r["region"] == "0102"} == {"published"}


def test_kept_cells_that_make_protection_impossible_are_named(folder):
    said = refused(folder.protect("--keep", "group=m", "--keep", "group=Total"), DisclosureError)
    assert "region=0101, group=w: nicht zu schützen, solange gedruckt bleibt: " in said
    assert "region=0101, group=m" in said
    assert "out.csv" not in folder.names()


def test_a_small_number_cannot_be_kept(folder):
    said = refused(folder.protect("--keep", "region=0101"), DisclosureError)
    assert "region=0101, group=w: soll nach --keep gedruckt bleiben" in said
    assert "group=m" not in said


def test_cells_that_a_person_declares_secret_are_hidden_and_have_room(folder):
    folder.write("secret.csv", "region,group\n0301,Total\n02,m\n")
    good(folder.protect("--secret=secret.csv", "--internal"))
    rows = {(r["region"], r["group"]): r for r in folder.rows("out.csv")}
    for cell, true in ((("0301", "Total"), 25), (("02", "m"), 13)):
        assert rows[cell]["kind"] == "primary"
        assert int(rows[cell]["low"]) < true < int(rows[cell]["high"] or 99)


def test_a_zero_cannot_be_secret(folder):
    folder.write("counts.csv", COUNTS.replace("0301,m,11\n", ""))
    folder.write("secret.csv", "region,group\n0301,m\n")
    said = refused(folder.protect("--secret=secret.csv"), DisclosureError)
    assert "region=0301, group=m: ist 0" in said


def test_weights_say_what_is_hidden_last(folder):
    folder.write(
        "counts.csv",
        "region,group,count\n0101,m,20\n0101,w,1\n0102,m,30\n0102,w,30\n0103,m,9\n0103,w,9\n",
    )
    folder.write("regions.csv", "child,parent\n0101,01\n0102,01\n0103,01\n")
    shown = {}
    for dear in ("0102", "0103"):
        folder.write("weights.csv", f"region;group;weight\n{dear};m;50,5\n{dear};w;50,5\n")
        good(folder.protect("--cost", "weights", "--weights=weights.csv"))
        shown[dear] = {r["region"] for r in folder.rows("out.csv") if r["status"] == "suppressed"}
    assert "0103" not in shown["0103"]
    assert "0102" not in shown["0102"]


# What is wrong is said at once, and nothing is written


def test_everything_that_is_wrong_with_all_files_is_said_at_once(folder):
    folder.write(
        "counts.csv",
        "region,group,count,note\n0101,m,-1,\n0101,w,1.5,\n0101,w,2,\n01,m,3,\n0909,m,,\n0102,m,1.234,\n",
    )
    folder.write("districts.csv", "child,parent\n0101,West\n0101,Ost\n")
    said = refused(
        folder.protect(regions=["regions.csv", "districts.csv", "weg.csv"]), FileMissingError
    )
    assert "weg.csv gibt es nicht" in said
    assert "districts.csv, Zeile 3: '0101' hat schon einen Oberbegriff" in said
    assert "Spalte 'note' ist unbekannt" in said
    assert "counts.csv, Zeile 2, count: gefunden '-1'" in said
    said = refused(folder.protect(), TableError)
    for line in (
        "counts.csv, Zeile 2, count: gefunden '-1'",
        "counts.csv, Zeile 3, count: gefunden '1.5'",
        "counts.csv, Zeile 4: steht schon in counts.csv, Zeile 3",
        "counts.csv, Zeile 5, region: '01' ist eine Summe",
        "counts.csv, Zeile 6, region: '0909' steht in keiner Hierarchie",
        "counts.csv, Zeile 6, count: leer",
        "counts.csv, Zeile 7, count: gefunden '1.234'",
        "Spalte 'note' ist unbekannt",
    ):
        assert line in said
    assert folder.names() == {"counts.csv", "regions.csv", "districts.csv"}


@pytest.mark.parametrize(
    ("name", "text", "kind", "said"),
    [
        ("counts.csv", "region,group,count\n", TableError, "keine Zeilen"),
        ("counts.csv", "", TableError, "Kopfzeile"),
        ("counts.csv", "region,count\n0101,3\n", TableError, "Spalte 'group' fehlt"),
        ("counts.csv", COUNTS + "Total,m,3\n", KeyJoinError, "'Total' ist eine Summe"),
        ("counts.csv", COUNTS + "0101,Total,3\n", KeyJoinError, "'Total' ist eine Summe"),
        ("counts.csv", COUNTS + "0101,,3\n", KeyJoinError, "Zeile 12, group: kein Schlüssel"),
        ("counts.csv", COUNTS + "0101,m,9\n", KeyJoinError, "steht schon in counts.csv, Zeile 2"),
        ("regions.csv", "kind,parent\na,b\n", TableError, "regions.csv: Spalte 'child' fehlt"),
        ("regions.csv", REGIONS + "01,0101\n", KeyJoinError, "ein Kreis"),
        ("regions.csv", REGIONS + "0101,02\n", KeyJoinError, "regions.csv, Zeile 7: '0101' hat"),
    ],
)  # fmt: skip
def test_each_fault_of_a_file_has_its_place_and_its_code(folder, name, text, kind, said):
    folder.write(name, text)
    before = folder.names()
    assert said in refused(folder.protect(), kind)
    assert folder.names() == before


def test_every_fault_of_a_hierarchy_and_of_the_table_is_said_at_once(folder):
    folder.write(
        "regions.csv", "child,parent\n0101,01\n0101,02\n0201,02\n01,02\n02,01\n0102,0102\n"
    )
    folder.write("counts.csv", COUNTS + "0101,m,4\n0102,w,-3\n")
    said = refused(folder.protect(), TableError)
    for fault in (
        "regions.csv, Zeile 3: '0101' hat schon einen Oberbegriff: '01'",
        "regions.csv, Zeile 7: '0102' ist Teil von sich selbst",
        "ein Kreis: ",
        "steht schon in counts.csv, Zeile",
        "gefunden '-3'",
    ):
        assert fault in said


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        ("region=0101,region=0102", "'region' steht mehrfach. Erlaubt: für jede Zelle eine eigene"),
        ("region", "gefunden 'region'. Erlaubt: DIMENSION=SCHLÜSSEL"),
        ("ort=0101", "die Dimension 'ort' gibt es nicht. Erlaubt: region, group"),
    ],
)
def test_a_wish_that_cannot_be_understood_is_not_half_fulfilled(folder, wish, said):
    assert said in refused(folder.protect("--keep", wish), KeyJoinError)
    assert "out.csv" not in folder.names()


def test_a_result_cannot_lie_in_a_file(folder):
    inside = f"--out={folder.path / 'counts.csv' / 'x.csv'}"
    assert "counts.csv ist eine Datei" in refused(folder.protect(inside), OutputError)
    assert folder.read("counts.csv") == COUNTS


def test_the_largest_number_is_named_where_one_is_larger(folder):
    folder.write("counts.csv", COUNTS.replace("0101,w,1", "0101,w,1073741824"))
    assert "von 0 bis 1.000.000.000" in refused(folder.protect(), TableError)


def test_an_unknown_code_of_a_dimension_without_hierarchy_is_said_to_be_unknown(folder):
    folder.write("secret.csv", "region,group\n0301,d\n")
    said = refused(folder.protect("--secret=secret.csv"), KeyJoinError)
    assert "secret.csv, Zeile 2, group: 'd' kommt in der Tabelle nicht vor" in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--hierarchy", "area=x"], "die Dimension 'area' steht nicht in --dims"),
        (["--hierarchy", "region"], "gefunden 'region'"),
        (["--threshold", "1"], "mindestens 2"),
        (["--cost", "weights"], "--cost weights zusammen mit --weights DATEI"),
        (["--weights=counts.csv"], "--cost weights zusammen mit --weights DATEI"),
    ],
)  # fmt: skip
def test_options_that_do_not_fit_are_refused(folder, words, said):
    assert said in refused(folder.protect(*words), UserError)
    assert "out.csv" not in folder.names()


@pytest.mark.parametrize("dims", ["region,region", "region,count", ""])
def test_dimensions_must_be_distinct_and_not_reserved(folder, dims):
    assert "--dims" in refused(folder.protect(dims=dims), UserError)


@pytest.mark.parametrize("wish", ["region=99", "land=1", "region"])
def test_a_wish_for_an_unknown_cell_is_refused(folder, wish):
    assert f"--keep {wish}" in refused(folder.protect("--keep", wish), KeyJoinError)


def test_no_input_is_replaced(folder):
    result = folder.run("protect", "--table=counts.csv", "--out=counts.csv")
    assert "wird gelesen" in refused(result, OutputError)
    assert folder.read("counts.csv") == COUNTS
    result = folder.run("protect", "--table=counts.csv", "--out=x.csv", "--report=x.csv")
    assert "zweimal genannt" in refused(result, OutputError)


def test_too_many_cells_are_refused_before_they_are_made(folder):
    lines = [f"{i},{i},1" for i in range(2000)]
    folder.write("counts.csv", "\n".join(["a,b,count", *lines]))
    said = refused(folder.protect(dims="a,b", regions=[]), TableError)
    assert "2001 × 2001 Schlüssel sind 4.004.001 Zellen" in said


# Auditing


def published(folder, *lines, head="region,group,count,status"):
    folder.write("out.csv", "\n".join([head, *lines]))


FLAT = {"dims": "region", "regions": ()}


def test_a_proof_names_every_sum_it_needs_once(folder):
    """Four sums, one after the other, tell the number; whoever reads three cannot follow."""
    folder.write("regions.csv", "child,parent\na,AB\nb,AB\nc,CD\nd,CD\nAB,Total\nCD,Total\n")
    folder.write("other.csv", "child,parent\nb,BC\nc,BC\n")
    published(
        folder, "a,,suppressed", "b,,suppressed", "c,,suppressed", "d,8,published",
        "AB,9,published", "CD,13,published", "BC,13,published", "Total,22,published",
        head="region,count,status",
    )  # fmt: skip
    said = refused(
        folder.audit(dims="region", regions=["regions.csv", "other.csv"]), DisclosureError
    )
    # c = 13 - 8 = 5, b = 13 - 5 = 8, a = 9 - 8 = 1.
    proof = next(line for line in said.splitlines() if "region=a: berechenbar: genau 1" in line)
    for total in ("AB", "BC", "CD"):
        assert proof.count(f"Summe region {total} aus") == 1


def test_a_single_gap_is_named_with_its_number_and_the_sum_that_tells_it(folder):
    published(
        folder, "a,,suppressed", "b,7,published", "Total,9,published", head="region,count,status"
    )
    result = folder.audit("--out=i.csv", "--report=r.html", **FLAT)
    said = refused(result, DisclosureError)
    assert (
        "region=a: berechenbar: genau 2; verraten durch Summe region Total aus 2 Teilen: a, b"
        in said
    )
    assert folder.rows("i.csv") == [{"region": "a", "low": "2", "high": "2"}]
    assert "Vertraulich" in folder.read("r.html")


def test_one_to_two_is_too_narrow_where_the_threshold_is_three(folder):
    published(folder, "a,,x", "b,,x", "c,7,", "Total,10,", head="region,count,status")
    words = ("--suppressed-values", "x")
    said = refused(folder.audit(*words, **FLAT), DisclosureError)
    assert "region=a: berechenbar: 1 bis 2; verraten durch Summe region Total" in said
    good(folder.audit(*words, "--zeros", "hidden", **FLAT))


def test_symbols_may_stand_for_a_secret_number(folder):
    published(folder, "a;x", "b;*", "c;7", "Total;19", head="region;count")
    assert "2 geheim" in good(folder.audit("--suppressed-values", "x,*", **FLAT)).output
    said = refused(folder.audit(**FLAT), TableError)
    assert "out.csv, Zeile 2, count: gefunden 'x'" in said


def test_status_and_number_may_have_other_names(folder):
    published(folder, "a;;U", "b;;M", "c;7;V", "Total;19;V", head="region;n;flag")
    words = ("--count-column", "n", "--status-column", "flag", "--suppressed-values", "U,M")
    assert "4 Zellen, 2 geheim" in good(folder.audit(*words, **FLAT)).output


def test_a_secret_number_that_stands_in_the_file_is_a_finding(folder):
    published(folder, "a,2,U", "b,10,M", "c,7,V", "Total,19,V", head="region,count,status")
    said = refused(folder.audit("--suppressed-values", "U,M", **FLAT), DisclosureError)
    assert "region=a: gilt als geheim, aber die Zahl steht in der Datei" in said


def test_a_gap_under_an_unknown_status_is_asked_about(folder):
    published(folder, "a,,geheim", "b,7,published", "Total,9,published", head="region,count,status")
    said = refused(folder.audit(**FLAT), TableError)
    assert "der Status 'geheim' steht ohne Zahl" in said


def test_cells_that_the_table_does_not_hold_are_unknown_and_not_zero(folder):
    published(folder, "0101,m,,suppressed", "0102,m,4,published", "01,m,13,published")
    result = folder.audit("--out=i.csv", "--report=r.html")
    # 13 - 4 = 9 is exactly known but not small; whatever is absent bounds nothing.
    good(result)
    assert "1 geheim, 15 nicht in der Tabelle" in result.output
    assert "Eine geheime Zahl ab der Schwelle lässt sich genau berechnen" in result.output
    assert "gilt als geheim und mindestens 0, nicht als 0" in folder.read("r.html")


def test_leaving_out_the_row_of_a_small_cell_hides_nothing(folder):
    """10 - 9 = 1, whether the row of the 1 is empty or not there at all."""
    published(folder, "a,9,published", "Total,10,published", head="region,count,status")
    folder.write("regions.csv", "child,parent\na,Total\nb,Total\n")
    said = refused(folder.audit(dims="region"), DisclosureError)
    assert "region=b: steht nicht in der Tabelle, berechenbar: genau 1" in said
    assert "verraten durch Summe region Total aus 2 Teilen: a, b" in said
    folder.write("truth.csv", "region,count\na,9\nb,1\n")
    said = refused(folder.audit("--truth=truth.csv", dims="region"), DisclosureError)
    assert "region=b: steht nicht in der Tabelle, berechenbar: genau 1" in said


def test_a_row_that_was_left_out_because_nobody_is_there_gives_nobody_away(folder):
    published(folder, "a,9,published", "Total,9,published", head="region,count,status")
    folder.write("regions.csv", "child,parent\na,Total\nb,Total\n")
    good(folder.audit(dims="region"))


def test_a_printed_small_number_is_a_finding(folder):
    published(
        folder, "a,2,published", "b,7,published", "Total,9,published", head="region,count,status"
    )
    assert "die kleine Zahl 2 steht offen da" in refused(folder.audit(**FLAT), DisclosureError)


def test_numbers_that_contradict_each_other_are_named(folder):
    published(
        folder, "a,4,published", "b,7,published", "Total,12,published", head="region,count,status"
    )
    said = refused(folder.audit(**FLAT), DisclosureError)
    assert "Summe region Total aus 2 Teilen: a, b stimmt nicht" in said
    published(
        folder, "a,,suppressed", "b,7,published", "Total,7,published", head="region,count,status"
    )
    said = refused(folder.audit(**FLAT), DisclosureError)
    assert "widersprechen sich" in said
    assert "--zeros hidden" in said


def test_with_the_truth_the_whole_rule_is_checked(folder):
    good(folder.protect("--zeros", "hidden"))
    folder.write("counts.csv", COUNTS.replace("0301,m,11", "0301,m,12"))
    said = refused(folder.audit("--zeros", "hidden", "--truth=counts.csv"), DisclosureError)
    assert "region=0301, group=m: gedruckt ist 11, wahr ist 12" in said


# The report


class Outline(html.parser.HTMLParser):
    """What a reader without a mouse or eyes meets."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.open, self.language = [], [], None
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag == "html":
            self.language = dict(attrs)["lang"]
        if tag not in ("meta", "link", "br", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_report_is_one_accessible_page_without_scripts(folder):
    good(folder.protect("--report=r.html"))
    good(folder.audit("--report=a.html"))
    for name in ("r.html", "a.html"):
        text = folder.read(name)
        page = Outline(text)
        assert page.language == "de"
        assert page.open == []
        assert page.tags.count("h1") == 1
        assert page.tags.count("table") == page.tags.count("caption") > 2
        assert not {"script", "link", "img", "iframe"} & set(page.tags)
        assert not re.search(r"https?:|url\(", text)


def test_the_public_report_does_not_say_how_many_numbers_are_small(folder):
    good(folder.protect("--report=r.html"))
    public = folder.read("r.html")
    good(folder.protect("--report=r.html", "--internal"))
    internal = folder.read("r.html")
    for secret in ("Nur für den internen Gebrauch", "selbst zu schützende", "region=0101, group=w"):
        assert secret in internal
        assert secret not in public


def test_a_report_survives_odd_names(folder):
    folder.write("counts.csv", COUNTS.replace("w,", '"<b>&""",'))
    good(folder.protect("--report=r.html", "--internal"))
    assert "<b>" not in folder.read("r.html")
    assert "&lt;b&gt;&amp;&quot;" in folder.read("r.html")
