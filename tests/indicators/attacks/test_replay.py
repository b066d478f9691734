"""Who plays the program again learns no more from it than which numbers are small."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.disclosure.equations import Relation
from indicators.disclosure.protect import protect_world
from indicators.disclosure.rule import Rule
from indicators.disclosure.weights import cell_weights
from indicators.disclosure.world import build_world
from tests.indicators.attacks.attack import Cells, cells
from tests.indicators.attacks.tables import towns

AREAS, GROUPS = "abcd", "xyz"
RULE = Rule(threshold=3)
SUM = Relation("sum", "cases/total", tuple(f"cases/{g}" for g in GROUPS))
PLACES = st.dictionaries(
    st.tuples(st.sampled_from(AREAS), st.sampled_from(GROUPS)), st.integers(1, 2),
    min_size=1, max_size=4,
)  # fmt: skip
LARGE = st.lists(st.integers(20, 90), min_size=12, max_size=12)
KEYS = (b"one secret of some length", b"another one, as long as it", b"and a third one to compare")


def _table(small: dict[tuple[str, str], int], large: list[int]) -> Cells:
    """Small numbers in some places, large ones in all others, and their sums."""
    every = [(a, g) for a in AREAS for g in GROUPS]
    inner = dict(zip(every, large, strict=True)) | small
    made = cells("ort", **{a: sum(inner[a, g] for g in GROUPS) for a in AREAS})
    made += cells("stadt", S=sum(inner.values()))
    for g in GROUPS:
        made += cells("ort", f"cases/{g}", name=f"{{}}{g}", **{a: inner[a, g] for a in AREAS})
        made += cells("stadt", f"cases/{g}", name=f"{{}}{g}", S=sum(inner[a, g] for a in AREAS))
    return made


def _pattern(made: Cells, key: bytes | None) -> frozenset[str]:
    world = build_world(made.table, towns(AREAS), [SUM], RULE)
    price = cell_weights(made.table, towns(AREAS), key)
    safe = protect_world(made.table, world, RULE, weight=price).counts
    return frozenset(made.rows["name"][safe["status"] == "suppressed"])


@settings(max_examples=5, deadline=None, derandomize=True)
@given(small=PLACES, one=LARGE, other=LARGE, key=st.sampled_from([None, *KEYS]))
def test_the_pattern_is_the_same_whatever_the_large_hidden_numbers_are(small, one, other, key):
    assert _pattern(_table(small, one), key) == _pattern(_table(small, other), key)


@pytest.mark.long
@settings(max_examples=150, deadline=None, derandomize=True)
@given(small=PLACES, one=LARGE, other=LARGE, key=st.sampled_from([None, *KEYS]))
def test_the_pattern_is_the_same_150_times(small, one, other, key):
    assert _pattern(_table(small, one), key) == _pattern(_table(small, other), key)


def test_without_the_key_nobody_can_tell_which_neighbour_is_hidden():
    """One small number, all neighbours equal: each key hides others, and always the same."""
    made = _table({("a", "x"): 2}, [30] * 12)
    patterns = [_pattern(made, key) for key in KEYS]
    assert len(set(patterns)) > 1
    assert patterns == [_pattern(made, key) for key in KEYS]
    assert all("ax" in pattern and len(pattern) == len(patterns[0]) for pattern in patterns)
