"""Keys and addresses in all their spellings, against what they were made from."""

from collections import Counter
from dataclasses import replace

from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from geodata.addresses import plain_number, split_number
from geodata.errors import KeyJoinError
from geodata.files import TableFormat
from indicators.records import count_cases
from indicators.sources import AddressRegister, CaseAddresses, CaseCount
from tests.indicators.test_records_counting import AREAS, CASES, VINTAGES

quick = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
ONE = CaseCount("neue_faelle", "BEGINN")
UTF8 = TableFormat(encoding="utf-8")


def total(counts):
    cells = counts[(counts["group"] == "total") & (counts["count"] > 0)]
    return Counter(dict(zip(cells["area"], cells["count"].astype(int), strict=True)))


# Keys: 01, 02 and 10, each written in one of the ways of a spreadsheet.
WAYS = (str, lambda k: str(int(k)), lambda k: f"{int(k)},0", lambda k: f"{int(k)}.00")


@quick
@given(
    st.lists(st.sampled_from(["01", "02", "10", "", "0", "9", "099"]), min_size=1, max_size=20),
    st.lists(st.sampled_from(range(len(WAYS))), min_size=3, max_size=3),
)
@example(["01", "10", "10"], [1, 1, 3])
def test_a_key_in_one_spelling_is_its_area_and_any_other_is_named(tmp_path, keys, ways):
    written = {k: WAYS[w](k) for k, w in zip(("01", "02", "10"), ways, strict=True)}
    lines = "".join(f"01.02.2023;{written.get(k, k)}\n" for k in keys)
    (tmp_path / "f.csv").write_text("BEGINN;RAUM\n" + lines, encoding="utf-8")
    spec = replace(CASES, counts=(ONE,), columns=("BEGINN", "RAUM"), format=UTF8)
    unknown = {k for k in keys if k in ("0", "9", "099")}
    want = Counter(k for k in keys if k in written)
    assume(want or unknown)
    try:
        counts, report = count_cases(spec, AREAS, VINTAGES, tmp_path)
    except KeyJoinError as error:
        assert unknown, str(error)
        return
    assert not unknown
    assert total(counts) == want
    assert sum(want.values()) + keys.count("") == report["rows_read"] == len(keys)
    assert report["rows_used"] == sum(want.values())
    changed = {k for k in want if written[k] != k}
    assert report.get("keys_restored", {"keys": 0}) == {"keys": len(changed)}


# Addresses: places with an area each, and every way of writing that means the same.
STREETS = {
    "Müllerstraße": ["Müllerstr.", "MÜLLERSTRASSE", "Muellerstrasse", "Müller-Str"],
    "Straße des 17. Juni": ["Str. des 17. Juni", "STRASSE DES 17.JUNI", "straße des 17 juni"],
    "Sankt-Georg-Platz": ["St. Georg Platz", "St.-Georg-Pl.", "SANKT GEORG PLATZ"],
    "Große Diesdorfer Straße": ["Grosse Diesdorfer Str.", "GROßE DIESDORFER STR"],
    "Ärztegasse": ["Aerztegasse", "A\u0308rztegasse", "ÄRZTEGASSE"],
    "Straße 101": ["Str. 101", "STRASSE 101"],
}  # fmt: skip
NUMBERS = {
    "12": ["012", "12 ", "12."], "12a": ["12 A", "012a", "12/a", "12-A"], "121": ["0121"],
    "12-14": ["12 - 14", "12–14", "012-014"], "12 1/2": ["12½", "12  1/2"], "121/2": ["121 / 2"],
    "3": ["03"],
}  # fmt: skip
PLACES = [(s, n) for s in STREETS for n in NUMBERS]
REGISTER = AddressRegister(
    "adressen.csv", "Strasse", "Nr", None, "PLZ", {"alt": "Raum", "neu": "Raum"}, None, UTF8
)


def area_of(place):
    return ["01", "02", "10"][PLACES.index(place) % 3]


def postcode_of(place):
    return f"0106{PLACES.index(place) % 7}"


written = st.sampled_from(PLACES).flatmap(
    lambda p: st.tuples(
        st.just(p),
        st.sampled_from([p[0], *STREETS[p[0]]]),
        st.sampled_from([p[1], *NUMBERS[p[1]]]),
        st.sampled_from([postcode_of(p), postcode_of(p)[1:], f"D-{postcode_of(p)}", ""]),
    )
)
LOST = {
    "Straße nicht im Adressverzeichnis": ("Mullerstraße", "12", ""),
    "Hausnummer nicht im Adressverzeichnis": ("Müllerstraße", "14", ""),
    "Postleitzahl passt nicht zur Adresse": ("Müllerstraße", "12", "99999"),
    "Ereignisse ohne Raum; sie fehlen auch in allen Summen": ("Müllerstraße", "", "01067"),
}


@quick
@given(
    st.lists(written, min_size=1, max_size=30), st.lists(st.sampled_from(list(LOST)), max_size=10),
    st.booleans(),
)  # fmt: skip
def test_an_address_in_any_spelling_is_its_own_place_and_nothing_else(
    tmp_path, cases, lost, together
):
    entries = "".join(f"{s};{n};{postcode_of((s, n))};{area_of((s, n))}\n" for s, n in PLACES)
    (tmp_path / "adressen.csv").write_text("Strasse;Nr;PLZ;Raum\n" + entries, encoding="utf-8")
    rows = [(street, number, plz) for _, street, number, plz in cases] + [LOST[r] for r in lost]
    if together:
        rows = [(f"{street} {number}", "", plz) for street, number, plz in rows]
    lines = "".join(f"01.02.2023;{s};{n};{p}\n" for s, n, p in rows)
    (tmp_path / "f.csv").write_text("BEGINN;STRASSE;HNR;PLZ\n" + lines, encoding="utf-8")
    ways = CaseAddresses("STRASSE", REGISTER, None if together else "HNR", None, "PLZ")
    spec = replace(
        CASES, areas={}, addresses=ways, counts=(ONE,), format=UTF8,
        columns=("BEGINN", "STRASSE", "PLZ") if together else ("BEGINN", "STRASSE", "HNR", "PLZ"),
    )  # fmt: skip
    counts, report = count_cases(spec, AREAS, VINTAGES, tmp_path)
    assert total(counts) == Counter(area_of(place) for place, *_ in cases)
    reasons = {a["reason"].partition(": ")[2]: a["rows"] for a in report["set_aside"] if a["rows"]}
    assert reasons == Counter(lost)
    assert report["rows_used"] + sum(reasons.values()) == report["rows_read"] == len(rows)


def test_a_number_behind_a_street_is_the_same_as_beside_it():
    for street, spellings in STREETS.items():
        for number, ways in NUMBERS.items():
            for name in [street, *spellings]:
                for way in [number, *ways]:
                    found = split_number(f"{name} {way}")
                    assert found[0] == name
                    assert plain_number(found[1]) == plain_number(number)
