"""Places on their way from a project file into an edition and its check report."""

import pytest

from atlas.build import build
from atlas.profile.method import check_report
from atlas.project import load_project
from geodata.errors import ProjectError
from tests.test_docs_project import write_example

SOURCE = 'source = { title = "R", publisher = "P", licence = "L", attribution = "A" }'
COLUMNS = 'place = "Nr", name = "Name", kind = "Art", x = "X", y = "Y", opening_hours = "Zeiten"'
LIST = f'[[places]]\n{SOURCE}\ncrs = "EPSG:25832"\ncolumns = {{ {COLUMNS} }}\n'
HEAD = "Nr;Name;Art;X;Y;Zeiten\n"


def with_lists(folder, *entries):
    project = write_example(folder)
    with project.open("a", encoding="utf-8") as file:
        file.writelines(f"{LIST}{entry}\n" for entry in entries)
    return project


def test_an_edition_has_the_rooms_their_hours_and_what_was_found(tmp_path):
    (tmp_path / "a.csv").write_text(
        f"{HEAD}a1;Haus Linde;library;500100;5700500;Di 9-12 Uhr\n"
        "a2;Haus Linde;school;500120;5700500;\n"
        "a3;Haus Ahorn;library;501500;5700500;nach Vereinbarung\n",
        encoding="utf-8",
    )
    (tmp_path / "b.csv").write_text(
        f"{HEAD}b1;Haus Linde e.V.;library;500110;5700500;Mi 9-12\n", encoding="utf-8"
    )
    (tmp_path / "teams.csv").write_text("team;name;place\nn;Team Nord;a1\n", encoding="utf-8")
    project = with_lists(tmp_path, 'file = "a.csv"\nteams = "teams.csv"', 'file = "b.csv"')
    edition = build(project, tmp_path, tmp_path / "ausgabe")
    assert edition.table("places")["place"].tolist() == ["a1", "a2", "a3"]
    windows = edition.table("windows")
    assert windows[["place", "weekday", "start", "end", "known"]].to_numpy().tolist() == [
        ["a1", 1, "09:00", "12:00", True]
    ]
    first, second, between = edition.checks["places"]
    assert (first["rows"], first["kept"], second["kept"]) == (3, 3, 1)
    assert first["doubts"][0]["places"] == ["a1", "a2"]
    assert first["doubts"][0]["reason"] == "gleicher Name, andere Art"
    assert first["teams"][0]["name"] == "Team Nord"
    assert "nur nach Vereinbarung" in first["hours"][0]
    assert len(between["merged"]) == 1 and "b1" in between["merged"][0]
    notes = check_report(edition).notes
    assert {*first["hours"], *between["merged"]} <= set(notes)
    assert sum("Vielleicht derselbe Ort" in note for note in notes) == 1
    assert "teams.csv" in {s.name for s in edition.manifest.sources}


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ('file = "a.csv"\nhours = "englisch"', r"places\.1\.hours.*'englisch'.*german"),
        (
            'file = "a.csv"\nrules = [{ kind = "a", tags = { a = "*" }, name = "(" }]',
            r"places.*regulärer",
        ),
        ('file = "a.csv"\nrules = [{ kind = "a", tags = {} }]', r"places.*'a' ohne tags"),
        ('file = "a.csv"\nrules = [{ kind = "a" }]', r"rules\.1\.tags: der Eintrag fehlt"),
    ],
)
def test_mistakes_in_the_description_of_a_list_are_found_before_reading(tmp_path, entry, message):
    with pytest.raises(ProjectError, match=message):
        load_project(with_lists(tmp_path, entry))
