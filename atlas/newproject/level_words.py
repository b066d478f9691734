"""What levels of areas are called in German cities."""

_LEVELS = {
    "plr": "Planungsraum", "bzr": "Bezirksregion", "pgr": "Prognoseraum", "bezirke": "Bezirk",
    "baubl": "Baublock", "statistische": "Statistischer Bezirk", "statbez": "Statistischer Bezirk",
    "stat_bez": "Statistischer Bezirk", "ortsteil": "Ortsteil", "stadtteil": "Stadtteil",
    "stadtbezirk": "Stadtbezirk", "quartier": "Quartier", "viertel": "Viertel",
    "stadtviertel": "Stadtviertel", "planungsr": "Planungsraum", "bezirksregion": "Bezirksregion",
    "sozialraum": "Sozialraum", "sozialr": "Sozialraum", "bezirk": "Bezirk", "kiez": "Kiez",
    "ortsbezirk": "Ortsbezirk", "stadtgebiet": "Stadtgebiet", "wohnquartier": "Wohnquartier",
    "distrikt": "Distrikt", "bezirksteil": "Bezirksteil", "stimmbezirk": "Stimmbezirk",
}  # fmt: skip


def level_word(text: str) -> str | None:
    """The longest known word for a level in a name: a Stadtbezirk is no Bezirk."""
    hits = sorted((w for w in _LEVELS if w in text), key=len)
    return _LEVELS[hits[-1]] if hits else None
