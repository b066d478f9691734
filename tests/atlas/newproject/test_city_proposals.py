"""Proposals are comments: without their marks they work, and no case is in them."""

from tests.atlas.newproject.city import (
    KEYS,
    NAMES,
    PEOPLE,
    first_project,
    grid,
    opened,
    write_rows,
)


def _with_cases(text):
    """The proposed list of cases taken over, as first contacts."""
    text = opened(text, "[[case_lists]]").replace('measure = "?"', 'measure = "wn_erstkontakte"')
    return text.replace("indicators = [", 'indicators = ["n_wn_erstkontakte", ')


def test_a_list_of_rooms_in_metres_works_without_its_marks(tmp_path):
    fine = grid({"KEY": KEYS, "NAME": NAMES})
    fine.to_file(tmp_path / "stadtteile.gpkg")
    write_rows(tmp_path / "ew_2023.csv", [["KEY", "Einwohner"], *zip(KEYS, PEOPLE, strict=True)])
    rooms = [["Lfd. Nr.", "Einrichtung", "Art", "Rechtswert", "Hochwert", "Straße"]]
    east = grid({"KEY": KEYS}).to_crs(25833).geometry.centroid
    rooms += [
        [
            i,
            f"Treff {i}",
            "community_centre",
            f"{p.x:.1f}".replace(".", ","),
            f"{p.y:.1f}".replace(".", ","),
            "Hauptstr. 1",
        ]
        for i, p in enumerate(east)
    ]
    write_rows(tmp_path / "räume.csv", rooms)
    found = first_project(tmp_path)
    assert '# crs = "EPSG:25833"' in found.text
    city = first_project(tmp_path, lambda text: opened(text, "[[places]]"))
    assert not city.report.of("error"), city.report.of("error")
    assert any("12 Orte gelesen, 12 behalten" in f.text for f in city.report.of("note"))


def test_a_case_list_names_only_columns_that_may_beread_rows(tmp_path):
    """No cell of it is in the file; opened, it counts by a column that is allowed."""
    grid({"KEY": KEYS, "NAME": NAMES}).to_file(tmp_path / "stadtteile.gpkg")
    write_rows(tmp_path / "ew_2023.csv", [["KEY", "Einwohner"], *zip(KEYS, PEOPLE, strict=True)])
    head = [
        "Aktenzeichen",
        "Nachname",
        "Vorname",
        "Geburtsdatum",
        "Eingang",
        "Gebiet",
        "Haushaltstyp",
    ]
    rows = [
        [
            f"AZ{i}",
            "Xanthippe",
            "Zebulon",
            "01.02.1980",
            f"{1 + i % 28:02d}.0{1 + i % 9}.2023",
            KEYS[i % 12],
            "EHE"[i % 3],
        ]
        for i in range(60)
    ]
    write_rows(tmp_path / "faelle.csv", [head, *rows])
    city = first_project(tmp_path)
    assert not city.report.of("error"), city.report.of("error")
    for secret in ("Xanthippe", "Zebulon", "01.02.1980", "AZ1"):
        assert secret not in city.text
    assert '# columns = ["Gebiet", "Eingang"]' in city.text
    assert "Nachname (ein Name)" in city.text

    city = first_project(tmp_path, _with_cases)
    assert not city.report.of("error"), city.report.of("error")
    said = {k: sum(r[5] == k for r in rows) for k in KEYS}
    assert city.numbers("wn_erstkontakte", "stadtteil", "2023-12-31") == said


def test_case_lists_with_addresses_find_the_register(tmp_path):
    grid({"KEY": KEYS, "NAME": NAMES}).to_file(tmp_path / "stadtteile.gpkg")
    write_rows(tmp_path / "ew_2023.csv", [["KEY", "Einwohner"], *zip(KEYS, PEOPLE, strict=True)])
    register = [["Lindenstr.", n, KEYS[n % 12]] for n in range(1, 40)]
    write_rows(tmp_path / "hauskoordinaten.csv", [["Straße", "Hausnr", "KEY"], *register])
    cases = [[f"{1 + i}", "Lindenstraße", 1 + i % 39, "05.05.2023", 1990] for i in range(50)]
    write_rows(
        tmp_path / "fachstelle.csv",
        [["Fallnummer", "Straße", "Hausnr", "Datum", "Geburtsjahr"], *cases],
    )
    city = first_project(tmp_path)
    assert "# [case_lists.addresses.register]" in city.text
    assert '# file = "hauskoordinaten.csv"' in city.text

    city = first_project(tmp_path, _with_cases)
    assert not city.report.of("error"), city.report.of("error")
    said = {k: sum(KEYS[(c[2]) % 12] == k for c in cases) for k in KEYS}
    assert city.numbers("wn_erstkontakte", "stadtteil", "2023-12-31") == said


def test_a_second_grouping_works_without_its_marks(tmp_path):
    grid({"KEY": KEYS, "NAME": NAMES}).to_file(tmp_path / "stadtteile.gpkg")
    write_rows(tmp_path / "ew_2023.csv", [["KEY", "Einwohner"], *zip(KEYS, PEOPLE, strict=True)])
    rows = [
        [k, n, f"J{i % 3}", f"Jobcenter {'ABC'[i % 3]}"]
        for i, (k, n) in enumerate(zip(KEYS, NAMES, strict=True))
    ]
    write_rows(tmp_path / "zuordnung.csv", [["KEY", "Stadtteil", "JC", "JC-Name"], *rows])
    found = first_project(tmp_path)
    assert not found.report.of("error"), found.report.of("error")
    assert found.asks("weitere Gliederung")

    def answered(text):
        start = text.index("# [[levels]]")
        text = text[:start] + opened(text[start - 1 :], "[[levels]]", 5).lstrip("\n")
        return opened(text, "[[hierarchies]]")

    city = first_project(tmp_path, answered)
    assert not city.report.of("error"), city.report.of("error")
    assert sorted(city.numbers("residents", "jc", "2023-12-31").values()) == sorted(
        sum(PEOPLE[i] for i in range(12) if i % 3 == j) for j in range(3)
    )


def test_cases_without_any_header_of_persons_leave_no_word_behind(tmp_path):
    """Age and status by area could be a long table: several rows alike say that they are cases."""
    grid({"KEY": KEYS, "NAME": NAMES}).to_file(tmp_path / "stadtteile.gpkg")
    rows = [[KEYS[i % 12], 20 + i % 50, ["geduldet", "offen"][i % 2]] for i in range(120)]
    write_rows(tmp_path / "liste.csv", [["Gebiet", "Alter", "Status"], *rows])
    city = first_project(tmp_path)
    assert "liste.csv" in city.text
    assert "geduldet" not in city.text + "".join(city.layouts.values())
    assert not city.project.datasets
