"""What identifies people is refused, and what a row says is found nowhere but in the source."""

import logging
import os
import traceback
from dataclasses import replace

import pandas as pd
import pyarrow as pa
import pytest

from geodata.errors import TableError, UserError
from geodata.model import Vintage
from indicators.records import count_cases
from indicators.records.batch import Batch
from indicators.records.identifiers import by_header
from indicators.records.identifying import Sample, by_content, split_days
from indicators.records.tally import Tally
from tests.indicators.test_records_counting import AREAS, CASES, VINTAGES

SENTINEL = "Zzyzxqua"
HEADER = "NAME;BEGINN;ENDE;SEX;GEBJAHR;PSEUDONYM;RAUM\n"
GOOD = f"{SENTINEL};01.02.2023;;w;1990;{SENTINEL}7;01\n"


@pytest.mark.parametrize(
    "header",
    [
        "Vorname", "NACHNAME", "Name", "Name des Kindes", "Familien-Name", "Geburtsdatum",
        "GEB_DAT", "geb.-datum", "Gebursdatum", "Geburtsdatm", "dateOfBirth", "SV-Nummer",
        "Rentenversicherungs-Nr.", "Steuer-ID", "E-Mail", "eMail_privat", "Tel.", "Telefonnr",
        "Handy-Nummer", "phone", "IBAN", "Konto-Nr", "Kundennummer", "KUNDEN_NR", "BG-Nummer",
        "BG_NR", "Aktenzeichen", "Straße", "STRASSE", "Stra\ufffde", "Haus-Nr.", "Anschrift",
        "Wohnadresse", "Rechtswert", "lon", "GebDat", "geb. am", "GEB_MONAT", "Geburtstag",
        "KV-Nr", "SozVersNr", "Versicherten-ID", "KdNr", "BG-ID", "Az.", "Geschäftszeichen",
        "KtoNr", "mobil", "Bemerkungen", "Notiz", "X_KOORD", "x", "Y", "geometry",
        "Ansprechpartner",
    ],
)  # fmt: skip
def test_a_header_that_announces_an_identifier_is_known(header):
    assert by_header(header)


@pytest.mark.parametrize(
    "header",
    [
        "Geburtsjahr", "GEBJAHR", "Alter", "age", "birth_year", "PLR_2022", "Haushaltstyp", "PLZ",
        "Ausgang", "Erstkontakt", "Räumungsklage", "Pseudonym", "HAUSHALT_ID", "Geschlecht",
        "Stadtteilname", "NAME_BEZIRK", "Beginn", "Ende", "Status", "Leistungsart", "Ortsteil",
        "Staatsangehörigkeit", "Telefonberatung", "Maßnahme", "Rechtskreis", "Rechtsform",
        "Geburtsland", "Mobilität", "Kommune", "Altersgruppe", "Kontakt", "AZ_KINDER",
        "mobil_eingeschraenkt", "Geburt_Land", "Wohnform", "BEZ_NAME",
    ],
)  # fmt: skip
def test_a_header_of_an_ordinary_column_is_not(header):
    assert by_header(header) is None


# Numbers with their check digits are the examples of the laws, norms and banks, or made from them.
IDENTIFYING = {
    "E-Mail": ["a.b@stadt.example", "Eva <eva@stadt.example>"],
    "IBAN": ["DE89 3704 0044 0532 0130 00", "zu zahlen an DE89370400440532013000 monatlich"],
    "Rentenversicherung": ["65170839J003", "65 170839 J 003", "65170839j008"],
    "Krankenversicherten": ["A123456780", "a 123456780"],
    "Steuer-Identifikation": ["86095742719", "86 095 742 719"],
    "Steuernummern": ["21/815/08150", "151/815/08156"],
    "Ausweisnummern": ["L01X00T471"],
    "Kundennummern": ["123A456789", "123 B 456789"],
    "Bedarfsgemeinschaften": ["12345BG0001234", "12345//0001234", "12345 BG 0001234"],
    "Aktenzeichen": ["12 C 345/23", "S 12 AS 1234/23 ER"],
    "Telefon": ["0341 123-4567", "+49 341 1234567", "(030) 1234567", "017612345678", "03411234567"],
    "Namen": ["Müller, Eva", "Kaya, Can", "von-Berg, Anna Maria"],
    "Anschriften": ["Lindenstr. 12 a", "Am Markt 1", "Hauptstraße 3", "Weg 4, 04109 Leipzig"],
    "Koordinaten": ["13.404954", "52,520008", "392345.5", "POINT (13.4 52.5)", "52.5200, 13.4050"],
    "Tage": ["01.02.1990", "31.12.1999", "1.2.90", "1990-02-01", "1990-02-01 00:00:00",
             "19900201", "01021990", "1. Februar 1990", "1990/2/1"],
}  # fmt: skip


@pytest.mark.parametrize(("found", "value"), [(f, v) for f in IDENTIFYING for v in IDENTIFYING[f]])
def test_contents_that_identify_are_known(found, value):
    if value != "Am Markt 1":  # told from a code only by there being so many of them
        assert found in str(by_content(Sample([value])))
    assert found in str(by_content(Sample([value], 1, ("free",))))


FREELY = {
    "Wörter": ["Müller", "Eva Müller", "KAYA", "Anna-Maria von Berg", "O'Neill"],
    "Freitext": ["Hat im März angerufen, kommt wieder", "zieht zu ihrer Schwester nach Halle"],
    "Tage": ["010290", "900201"],
}


@pytest.mark.parametrize(("found", "value"), [(f, v) for f in FREELY for v in FREELY[f]])
def test_names_and_prose_are_known_where_the_project_does_not_say_what_stands_there(found, value):
    assert found in str(by_content(Sample([value], 1, ("free",))))
    assert by_content(Sample([value])) is None


@pytest.mark.parametrize(
    "values",
    [
        ["01100101", "12601236"], ["1990", "1991"], ["0", "99"], ["w", "m", "d"],
        ["9f86d081884c7d65", "60303ae22b998861"], ["14612", "14612010"], ["DE", "TR", "SY"],
        ["65170839"], ["65 170839 J"], ["DE89370400440532013001"], ["P000000123", "P000000124"],
        ["04109", "01067"], ["011001", "011002", "126012"], ["110000000000"], ["0-14", "65+"],
        ["12345678901"], ["2f1b7a0e-8c1d-4f53-9d58-0b6a3d2c9e11"],
    ],
)  # fmt: skip
@pytest.mark.parametrize("use", ["code", "free", "key"])
def test_keys_codes_and_pseudonyms_are_not(values, use):
    assert by_content(Sample(values, 1000, (use,))) is None


@pytest.mark.parametrize("use", ["code", "key"])
def test_names_of_areas_and_codes_in_words_are_not(use):
    for values in (["Lindenau", "Grünau-Ost"], ["Miete", "Eigentum", "bei Verwandten oder so"]):
        assert by_content(Sample(values, 1000, (use,))) is None


def test_an_address_by_which_is_counted_is_no_name_and_no_address_to_refuse():
    values = ["Lindenau, Hauptstr. 3", "Mitte, Am Markt 1"]
    assert by_content(Sample(values, 2, ("address",))) is None
    assert by_content(Sample(values, 2, ("free",)))


def test_a_birth_date_in_three_columns_is_known():
    days, months = map(str, range(1, 32)), ["Jan", "Februar", "März", "12"]
    parts = {
        "Feld7": Sample(list(days), 500, ("free",)),
        "Feld8": Sample(list(map(str, range(1, 13))), 500, ("free",)),
        "Feld9": Sample(["1950", "1990", "2003"], 500, ("code",)),
    }
    assert split_days(parts) == ("Feld7", "Feld8", "Feld9")
    assert split_days(parts | {"Feld8": Sample(months[:3], 500, ("free",))})
    assert split_days({k: v for k, v in parts.items() if k != "Feld7"}) is None
    household = Sample(["1", "2", "3", "4", "5"], 500, ("free",))
    assert split_days(parts | {"Feld7": household}) is None


def _write(folder, text):
    (folder / "f.csv").write_text(text, encoding="cp1252")
    return CASES


def test_an_identifying_column_is_refused_by_name_before_anything_is_counted(tmp_path):
    spec = replace(_write(tmp_path, HEADER + GOOD), columns=(*CASES.columns, "NAME"))
    with pytest.raises(TableError, match=r"f\.csv, NAME: sieht aus wie ein Name"):
        count_cases(spec, AREAS, VINTAGES, tmp_path)


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_an_innocent_header_over_identifiers_is_refused_too(tmp_path, kind):
    rows = [["", "01.02.2023", "", "w", "1990", f"{i}@{SENTINEL}.example", "01"] for i in range(9)]
    table = pd.DataFrame(rows, columns=HEADER.strip().split(";"))
    if kind == "csv":
        table.to_csv(tmp_path / "f.csv", sep=";", index=False)
    else:
        table.to_parquet(tmp_path / "f.parquet")
    with pytest.raises(TableError, match="PSEUDONYM: sieht aus wie E-Mail") as error:
        count_cases(replace(CASES, file=f"f.{kind}"), AREAS, VINTAGES, tmp_path)
    assert SENTINEL not in _everything(error.value)


def _everything(error):
    """All a traceback could show: words, causes, contexts, and the variables of our frames."""
    told, seen = "", error
    while seen is not None:
        told += "".join(traceback.format_exception(seen)) + repr(seen.__dict__)
        step = seen.__traceback__
        while step is not None:
            if "indicators/records" in step.tb_frame.f_code.co_filename:
                told += repr(step.tb_frame.f_locals)
            step = step.tb_next
        seen = seen.__cause__ or seen.__context__
    return told


FAULTS = {
    "date": f"{SENTINEL};{SENTINEL};;w;1990;p;01\n",
    "code": f"{SENTINEL};01.02.2023;;{SENTINEL};1990;p;01\n",
    "age": f"{SENTINEL};01.02.2023;;w;{SENTINEL};p;01\n",
    "key": f"{SENTINEL};01.02.2023;;w;1990;p;{SENTINEL}\n",
    "too many fields": f"{SENTINEL};01.02.2023;;w;1990;p;01;{SENTINEL}\n",
    "too few fields": f"{SENTINEL};01.02.2023;{SENTINEL}\n",
    "open quote": f'"{SENTINEL};01.02.2023;;w;1990;p;01\n',
    "no such byte": f"{SENTINEL};01.02.2023;;{SENTINEL}\x81;1990;p;01\n",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_told_by_its_row_and_quotes_nothing(tmp_path, fault, capfd, caplog):
    caplog.set_level(logging.DEBUG)
    rows = (HEADER + GOOD + FAULTS[fault] + GOOD).encode("latin-1")
    (tmp_path / "f.csv").write_bytes(rows)
    with pytest.raises(UserError) as error:
        count_cases(CASES, AREAS, VINTAGES, tmp_path)
    told = _everything(error.value) + str(capfd.readouterr()) + caplog.text
    assert SENTINEL not in told
    if fault in ("date", "code", "age", "too many fields", "too few fields"):
        assert "Zeile 3" in str(error.value)
        assert "Zeile 4" not in str(error.value)


class LibraryError(Exception):
    """An error of some library."""


@pytest.mark.parametrize(
    "error", [LibraryError, MemoryError, KeyboardInterrupt, OSError, UnicodeError]
)
@pytest.mark.parametrize(
    "target", ["count.count_batch", "csv_pieces.read_piece", "places.ByKey.find"]
)
def test_an_error_anywhere_is_made_anew_without_words_causes_or_frames(
    tmp_path, monkeypatch, error, target, capfd
):
    def fail(*_args, **_rest):
        raise error(SENTINEL) from ValueError(SENTINEL)

    monkeypatch.setattr(f"indicators.records.{target}", fail)
    _write(tmp_path, HEADER + GOOD * 50)
    kind = KeyboardInterrupt if error is KeyboardInterrupt else UserError
    with pytest.raises(kind) as caught:
        count_cases(CASES, AREAS, VINTAGES, tmp_path)
    assert SENTINEL not in _everything(caught.value) + str(capfd.readouterr())


def test_a_batch_or_a_tally_that_is_printed_shows_no_value():
    batch = Batch(1, {"PSEUDONYM": pa.array([SENTINEL]), "SEX": pa.array(["w"])})
    tally = Tally()
    tally.add_unknown("RAUM", SENTINEL, 1)
    tally.people[0] = [pa.table({"person": [SENTINEL]})]
    assert SENTINEL not in repr(batch.coded("PSEUDONYM")) + repr(batch) + repr(tally)


def test_the_first_line_of_a_file_without_a_header_is_a_case_and_not_shown(tmp_path):
    _write(tmp_path, GOOD * 3)
    with pytest.raises(TableError, match="'BEGINN' fehlt") as error:
        count_cases(CASES, AREAS, VINTAGES, tmp_path)
    assert "die Zeile hat 7 Felder" in str(error.value)
    assert SENTINEL not in _everything(error.value)


def test_a_header_that_is_nearly_the_one_is_shown(tmp_path):
    _write(tmp_path, HEADER.replace("GEBJAHR", "Gebjahr_") + GOOD)
    with pytest.raises(TableError, match=r"'GEBJAHR' fehlt.*ähnlich geschrieben: 'Gebjahr_'"):
        count_cases(CASES, AREAS, VINTAGES, tmp_path)


@pytest.mark.parametrize("value", ["19900203", "03021990"])
def test_a_birth_date_in_the_column_of_the_area_is_not_shown(tmp_path, value):
    areas = AREAS.assign(area=["01100101", "01100102", "01100103"] * 2)
    good = GOOD.replace(";01\n", ";01100101\n")
    _write(tmp_path, HEADER + good * 5 + good.replace("01100101", value))
    with pytest.raises(UserError, match="kein Schlüssel, nicht gezeigt") as error:
        count_cases(CASES, areas, VINTAGES, tmp_path)
    assert value not in str(error.value)


def test_of_a_wrong_column_for_the_area_nothing_is_shown(tmp_path):
    rows = "".join(GOOD.replace(";01\n", f";{i}\n") for i in range(30, 60))
    _write(tmp_path, HEADER + rows)
    with pytest.raises(UserError, match="andere Spalte, anderer Stand") as error:
        count_cases(CASES, AREAS, VINTAGES, tmp_path)
    assert not any(f"'{i}'" in str(error.value) for i in range(30, 60))


HIDDEN = {
    "Müller": "Namen", "Anna": "Namen", "010290": "Tage", "Lindenstr. 4": "Anschriften",
    "A123456780": "Krankenversicherten", "86095742719": "Steuer", "123A456789": "Kundennummern",
    "hat sich gestern gemeldet, kommt wieder": "Freitext", "52.520008": "Koordinaten",
    "12345//0001234": "Bedarfsgemeinschaften", "12 C 345/23": "Aktenzeichen",
}  # fmt: skip


@pytest.mark.parametrize("value", HIDDEN)
@pytest.mark.parametrize("used", [True, False])
def test_what_stands_under_an_innocent_header_is_refused_by_the_name_of_the_column(
    tmp_path, value, used
):
    """As pseudonym, and as a column that nothing needs but the project allows."""
    old, new = (f"{SENTINEL}7", value) if used else (f"{SENTINEL};", f"{value};")
    column = "PSEUDONYM" if used else "Feld7"
    _write(tmp_path, HEADER.replace("NAME", "Feld7") + GOOD.replace(old, new, 1))
    spec = replace(CASES, columns=(*CASES.columns, "Feld7"))
    wanted = f"f.csv, {column}: sieht aus wie .*{HIDDEN[value]}"
    with pytest.raises(TableError, match=wanted) as error:
        count_cases(spec, AREAS, VINTAGES, tmp_path)
    assert value not in str(error.value)


def test_a_broken_parquet_file_is_one_clear_error(tmp_path):
    path = tmp_path / "f.parquet"
    pd.DataFrame({"X": [SENTINEL] * 100}).to_parquet(path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(TableError, match="nicht lesbar") as error:
        count_cases(replace(CASES, file="f.parquet"), AREAS, VINTAGES, tmp_path)
    assert error.value.__context__ is None
    assert error.value.__cause__ is None


def test_counting_leaves_nothing_in_files_or_words(tmp_path, monkeypatch, capfd, caplog):
    caplog.set_level(logging.DEBUG)
    source, temporary = tmp_path / "quelle", tmp_path / "temp"
    for folder in (source, temporary):
        folder.mkdir()
    for name in ("TMPDIR", "TEMP", "TMP"):
        monkeypatch.setenv(name, str(temporary))
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    monkeypatch.setattr("indicators.records.count.PEOPLE_AT_ONCE", 1)
    monkeypatch.setattr("indicators.records.count._MOST_PASSES", 5)
    monkeypatch.chdir(temporary)
    _write(source, HEADER + GOOD * 3 + GOOD.replace(SENTINEL, f"{SENTINEL}2"))
    counts, report = count_cases(CASES, AREAS, VINTAGES, source)
    assert list(os.scandir(temporary)) == []
    assert [f.name for f in source.iterdir()] == ["f.csv"]
    said = counts.to_csv() + repr(report) + str(capfd.readouterr()) + caplog.text
    assert SENTINEL not in said
    assert counts.loc[counts["measure"] == "personen", "count"].sum() == 4  # 2 people, total, sex


def test_a_vintage_in_force_without_a_column_is_refused_and_no_zero(tmp_path):
    _write(tmp_path, HEADER + GOOD)
    with pytest.raises(UserError, match="keine Schlüssel für einen Stand"):
        count_cases(
            replace(CASES, areas={"neu": "RAUM"}), AREAS, (*VINTAGES, Vintage("x", "X")), tmp_path
        )
