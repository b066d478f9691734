"""What hiding a cell costs follows from public facts, and a secret key breaks ties."""

import stat

import numpy as np
import pandas as pd
import pytest

from geodata.errors import ProjectError
from indicators.disclosure.weights import cell_weights, read_key
from tests.indicators.disclosure_cases import known, links, table

LINKS = pd.concat(
    [
        links("planungsraum", "bezirk", {"a": "B1", "b": "B1", "c": "B2"}),
        links("bezirk", "stadt", {"B1": "00", "B2": "00"}),
    ]
)


def counts(start=1):
    rows = known("planungsraum", {"a": start, "b": start + 5, "c": start * 70})
    rows += known("bezirk", {"B1": 2 * start + 5, "B2": start * 70}, "cases/x")
    return table([*rows, *known("stadt", {"00": start * 90})])


def test_the_price_follows_from_the_areas_below_and_not_from_the_numbers():
    weight = cell_weights(counts(), LINKS, None)
    assert weight.tolist() == cell_weights(counts(9), LINKS, None).tolist()
    # Planungsraum totals, a group of two and of one area, the total of three areas.
    assert weight.round(3).tolist() == [4.0, 4.0, 4.0, 2.585, 2.0, 6.0]


def test_a_key_breaks_ties_within_half_of_the_price_and_always_in_the_same_way():
    plain = cell_weights(counts(), LINKS, None)
    first, again = (cell_weights(counts(), LINKS, b"geheim") for _ in range(2))
    other = cell_weights(counts(), LINKS, b"anders")
    assert first.tolist() == again.tolist() != other.tolist()
    assert len(np.unique(first[:3])) == 3
    assert ((first >= plain) & (first <= 1.5 * plain)).all()


def test_the_key_is_made_once_and_only_its_owner_can_read_it(tmp_path):
    file = tmp_path / "geheim" / "schluessel.txt"
    key = read_key(file)
    assert len(key) == 32
    assert read_key(file) == key
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [f.name for f in file.parent.iterdir()] == ["schluessel.txt"]
    assert read_key(tmp_path / "zweiter") != key


@pytest.mark.parametrize("text", ["kein Schlüssel", "00ff"])
def test_a_file_that_is_no_key_is_refused_and_left_alone(tmp_path, text):
    file = tmp_path / "schluessel.txt"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ProjectError, match="Schlüsseldatei"):
        read_key(file)
    assert file.read_text(encoding="utf-8") == text
