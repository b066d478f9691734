"""One name for a kind of session, whoever wrote it: the scenario, the atlas or a delivery."""

from atlas.meant import spelling
from atlas.placement.scenario import Scenario
from atlas.wording import keys, word_or_key

_SECTION = "session_kind"


def kind_name(scenario: Scenario, kind: str) -> str:
    """What a kind of session is called: by the scenario, else by the atlas, else as delivered.

    A delivery may write the key (``open``) or any spelling of the name (``offene_sprechstunde``,
    ``Offene Sprechstunde``); all are one kind and get one name.
    """
    named = {k.key: k.name for k in scenario.session_kinds}
    if kind in named:
        return named[kind]
    by_spelling = {spelling(word_or_key(_SECTION, key)): key for key in _known()}
    key = kind if kind in _known() else by_spelling.get(spelling(kind), kind)
    word = named.get(key) or word_or_key(_SECTION, key)
    alike = {spelling(text): name for k, name in named.items() for text in (k, name)}
    return alike.get(spelling(kind)) or alike.get(spelling(word)) or word


def _known() -> list[str]:
    """Keys of the kinds for which the atlas has a word."""
    return sorted(k.partition(".")[2] for k in keys() if k.startswith(f"{_SECTION}."))
