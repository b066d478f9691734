"""What was chosen, in German sentences."""

from atlas.placement.presets.answer import Answer
from atlas.wording import number, percent, plain

_ENDED = {
    "gap": "",
    "time_limit": "; die Suche endete nach {} Sekunden nach der Uhr, ein neuer Lauf kann "
    "anders ausgehen",
    "work_limit": "; die Suche endete an der Grenze der Arbeit",
    "stopped": "; die Suche wurde nach {} Sekunden abgebrochen",
}
_OBJECTIVE = {
    "lscp": "So wenige Standorte erreichen alle Gebiete{reach}: {value}.",
    "mclp": "Erreichter Bedarf{reach}: {value} von {demand}.",
    "p-median": "Bedarf mal Minuten zum nächsten Standort: {value} zusammen, {mean} je Bedarf.",
    "p-center": "Längster Weg zum nächsten Standort: {value} Minuten.",
}


def sentences(answer: Answer) -> list[str]:
    """The places, what they achieve, and how good that is for sure."""
    many = len(answer.places)
    chosen = "1 Standort" if many == 1 else f"{number(many)} Standorte"
    demand = sum(a.demand for a in answer.assignments)
    values = {
        "value": plain(answer.objective),
        "demand": plain(demand),
        "mean": number(answer.objective / demand if demand else 0.0, 1),
        "reach": "" if answer.reach is None else f" in {plain(answer.reach)} Minuten",
    }
    return [
        f"{chosen}: {', '.join(answer.places)}",
        _OBJECTIVE[answer.preset].format(**values),
        _proof(answer),
    ]


def _proof(answer: Answer) -> str:
    if answer.ended == "optimal":
        return "Nachweislich gibt es keine bessere Auswahl."
    best = f"Nachweislich höchstens {percent(100 * answer.gap, 2)} vom Besten entfernt"
    return f"{best}{_ENDED[answer.ended].format(number(answer.seconds, 1))}."
