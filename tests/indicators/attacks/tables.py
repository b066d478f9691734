"""Attacks on one table: sums, groupings, groups, insiders, the rule and the law."""

from dataclasses import replace

import pandas as pd

from indicators.disclosure.equations import Relation
from tests.indicators.attacks.attack import RULE, TableAttack, cells
from tests.indicators.disclosure_cases import links

SUM_OF_FOUR = Relation("sum", "cases/total", tuple(f"cases/g{i}" for i in range(1, 5)))


def towns(areas: str, level: str = "ort") -> pd.DataFrame:
    """Areas of one letter each that make up the city S."""
    return links(level, "stadt", dict.fromkeys(areas, "S"))


def _four_by_four():
    inner = {"A": (5, 6, 7, 8), "B": (4, 5, 2, 9), "C": (8, 7, 6, 5), "D": (9, 8, 4, 6)}
    made = cells("ort", name="{}", **{a: sum(n) for a, n in inner.items()})
    made += cells("stadt", S=sum(map(sum, inner.values())))
    for g in range(4):
        column = {a: n[g] for a, n in inner.items()}
        made += cells("ort", f"cases/g{g + 1}", name=f"{{}}{g + 1}", **column)
        made += cells("stadt", f"cases/g{g + 1}", name=f"{{}}{g + 1}", S=sum(column.values()))
    return made


HIDDEN_EQUATION = TableAttack(
    title="Versteckte Gleichung",
    knows="alle Zeilen- und Spaltensummen",
    careless="4 Orte × 4 Gruppen; jede Zeile und Spalte mit Lücken hat mindestens zwei",
    cells=_four_by_four(),
    hidden=("A1", "A2", "B1", "B2", "B3", "C3", "C4", "D3", "D4"),
    lines=(
        *(f"{a} = {a}1 + {a}2 + {a}3 + {a}4" for a in "ABCDS"),
        *(f"S{g} = A{g} + B{g} + C{g} + D{g}" for g in "1234"),
        "S = A + B + C + D",
    ),
    target="B3",
    says="Ort B, cases (g3)",
    hierarchies=towns("ABCD"),
    relations=(SUM_OF_FOUR,),
)

SECOND_GROUPING = TableAttack(
    title="Zweite Gliederung",
    knows="Bezirksregionen (ab, cd) und quer dazu Jobcenter-Bezirke (ac, bd)",
    careless="a und b verborgen; in der Bezirksregion allein ist das sicher",
    cells=cells("planungsraum", a=2, b=6, c=5, d=7)
    + cells("bezirksregion", R=8, Q=12)
    + cells("jobcenter", J=7, K=13)
    + cells("stadt", S=20),
    hidden=("a", "b"),
    lines=("R = a + b", "Q = c + d", "J = a + c", "K = b + d", "S = R + Q", "S = J + K"),
    target="a",
    says="Planungsraum a, cases",
    hierarchies=pd.concat(
        [
            links("planungsraum", "bezirksregion", {"a": "R", "b": "R", "c": "Q", "d": "Q"}),
            links("bezirksregion", "stadt", {"R": "S", "Q": "S"}),
            links("planungsraum", "jobcenter", {"a": "J", "b": "K", "c": "J", "d": "K"}, "jc"),
            links("jobcenter", "stadt", {"J": "S", "K": "S"}, "jc"),
        ]
    ),
)

LINKED_TABLES = TableAttack(
    title="Zwei Tabellen mit gemeinsamen Zellen",
    knows="eine Tabelle nach Alter, eine nach Haushalt; beide haben dieselbe Summe",
    careless="nach Alter sind u15 und die Summe verborgen, nach Haushalt steht alles da",
    cells=cells("ort", "cases/total", name="{}", a=9)
    + cells("ort", "cases/u15", name="{}u", a=2)
    + cells("ort", "cases/o15", name="{}o", a=7)
    + cells("ort", "cases/single", name="{}s", a=5)
    + cells("ort", "cases/family", name="{}f", a=4),
    hidden=("au", "a"),
    lines=("a = au + ao", "a = as + af"),
    target="au",
    says="Ort a, cases (u15)",
    relations=(
        Relation("sum", "cases/total", ("cases/u15", "cases/o15")),
        Relation("sum", "cases/total", ("cases/single", "cases/family")),
    ),
)

UNDER_A_TWO = TableAttack(
    title="Zwei Lücken unter einer gedruckten 2",
    knows="Nullen sind gedruckt, eine Lücke ist also mindestens 1",
    careless="a und b verborgen, ihre Summe 2 steht da",
    cells=cells("planungsraum", a=1, b=1, c=4, d=5, e=0)
    + cells("bezirksregion", R=2, Q=9)
    + cells("stadt", S=11),
    hidden=("a", "b"),
    lines=("R = a + b + e", "Q = c + d", "S = R + Q"),
    target="a",
    says="Planungsraum a, cases",
    hierarchies=pd.concat(
        [
            links("planungsraum", "bezirksregion",
                  {"a": "R", "b": "R", "e": "R", "c": "Q", "d": "Q"}),
            links("bezirksregion", "stadt", {"R": "S", "Q": "S"}),
        ]
    ),
)  # fmt: skip

THREE_SINGLETONS = TableAttack(
    title="Drei Einzelne in einer Zeile",
    knows="Nullen sind gedruckt: 3 aus drei Lücken ist 1 + 1 + 1",
    careless="a, b und c verborgen, ihre Summe 3 steht da",
    cells=cells("planungsraum", a=1, b=1, c=1, d=8, e=7)
    + cells("bezirksregion", R=3, Q=15)
    + cells("stadt", S=18),
    hidden=("a", "b", "c"),
    lines=("R = a + b + c", "Q = d + e", "S = R + Q"),
    target="b",
    says="Planungsraum b, cases",
    hierarchies=pd.concat(
        [
            links("planungsraum", "bezirksregion",
                  {"a": "R", "b": "R", "c": "R", "d": "Q", "e": "Q"}),
            links("bezirksregion", "stadt", {"R": "S", "Q": "S"}),
        ]
    ),
)  # fmt: skip

TWO_SINGLETONS = TableAttack(
    title="Zwei Einzelne in einer Zeile",
    knows="wer in a allein gezählt ist, weiß es (Annahme: Lücken können auch 0 sein)",
    careless="a und b verborgen, zusammen 2: von außen 0 bis 2, für die Person in a genau 1",
    cells=cells("ort", a=1, b=1, c=8, d=6) + cells("stadt", S=16),
    hidden=("a", "b"),
    lines=("S = a + b + c + d",),
    target="b",
    says="Ort b, cases",
    hierarchies=towns("abcd"),
    rule=replace(RULE, zeros="hidden"),
    insider="a",
)

RING_OF_FOUR = TableAttack(
    title="Zwei Einzelne im Viereck",
    knows="wer in a allein gezählt ist, weiß es",
    careless="zwei Orte × zwei Gruppen verborgen: von außen 1 bis 4, für die Person in a genau 1",
    cells=cells("ort", "cases/x", name="{}x", a=1, b=4, c=9)
    + cells("ort", "cases/y", name="{}y", a=4, b=1, c=9)
    + cells("ort", name="{}", a=5, b=5, c=18)
    + cells("stadt", "cases/x", name="{}x", S=14)
    + cells("stadt", "cases/y", name="{}y", S=14)
    + cells("stadt", S=28),
    hidden=("ax", "ay", "bx", "by"),
    lines=(
        *(f"{a} = {a}x + {a}y" for a in "abcS"),
        *(f"S{g} = a{g} + b{g} + c{g}" for g in "xy"),
        "S = a + b + c",
    ),
    target="by",
    says="Ort b, cases (y)",
    hierarchies=towns("abc"),
    relations=(Relation("sum", "cases/total", ("cases/x", "cases/y")),),
    insider="ax",
)

BENEFITS = Relation("part_of", "residents/total", ("persons/total",), rest=True)

ALL_OF_THEM = TableAttack(
    title="Alle (100 %)",
    knows="die Einwohnerzahl",
    careless="40 Menschen, 40 mit Leistungen: wer dort wohnt, bekommt welche; keine Zahl ist klein",
    cells=cells("ort", "residents/total", name="r{}", a=40, b=50, c=60)
    + cells("ort", "persons/total", a=40, b=20, c=30)
    + cells("stadt", "residents/total", name="r{}", S=150)
    + cells("stadt", "persons/total", S=90),
    hidden=(),
    lines=("S = a + b + c", "ra = a + ohne", "b <= rb", "c <= rc", "S <= rS"),
    target="ohne",
    derived={"ohne": 0},
    says="Ort a, residents ohne persons",
    hierarchies=towns("abc"),
    relations=(BENEFITS,),
)

ALL_BUT_ONE = replace(
    ALL_OF_THEM,
    title="Alle bis auf einen",
    careless="40 Menschen, 39 mit Leistungen: wer keine bekommt, ist eine Person",
    cells=cells("ort", "residents/total", name="r{}", a=40, b=50, c=60)
    + cells("ort", "persons/total", a=39, b=20, c=30)
    + cells("stadt", "residents/total", name="r{}", S=150)
    + cells("stadt", "persons/total", S=89),
    derived={"ohne": 1},
)

BANDS = TableAttack(
    title="Überlappende Altersgruppen",
    knows="16 bis 29 ist ein Teil von 16 bis 30",
    careless="beides gedruckt: 43 − 41 = 2 sind dreißig",
    cells=cells("ort", "persons/age_16_29", name="{}29", a=41, b=50, c=33)
    + cells("ort", "persons/age_16_30", name="{}30", a=43, b=60, c=40)
    + cells("stadt", "persons/age_16_29", name="{}29", S=124)
    + cells("stadt", "persons/age_16_30", name="{}30", S=143),
    hidden=(),
    lines=(
        "S29 = a29 + b29 + c29", "S30 = a30 + b30 + c30", "a30 = a29 + dreissig",
        "b29 <= b30", "c29 <= c30",
    ),
    target="dreissig",
    derived={"dreissig": 2},
    says="Ort a, persons (age_16_30) ohne persons (age_16_29)",
    hierarchies=towns("abc"),
    relations=(
        Relation("part_of", "persons/age_16_30", ("persons/age_16_29",), rest=True),
    ),
)  # fmt: skip

THE_RULE = TableAttack(
    title="Die Regel selbst",
    knows="die Regel: eine 2 bräuchte Spielraum von 1 bis 3",
    careless="1 und 2 verborgen, zusammen 3: Spielraum 1 bis 2, den eine 2 nicht hätte",
    cells=cells("ort", a=1, b=2, c=9) + cells("stadt", S=12),
    hidden=("a", "b"),
    lines=("S = a + b + c",),
    target="a",
    says="Ort a, cases",
    hierarchies=towns("abc"),
)

THE_LAW = TableAttack(
    title="Das Gesetz",
    knows="Erwerbsfähige sind mindestens 15: mit den unter 15-Jährigen höchstens alle",
    careless="10 Personen, 9 Erwerbsfähige gedruckt: höchstens 1 ist unter 15",
    cells=cells("ort", "persons/total", name="{}p", a=10, b=40)
    + cells("ort", "elb/total", name="{}e", a=9, b=25)
    + cells("ort", "persons/age_u15", name="{}u", a=1, b=12),
    hidden=("au",),
    lines=("ae + au <= ap", "be + bu <= bp"),
    target="au",
    says="Ort a, persons (age_u15)",
    relations=(Relation("sum_at_most", "persons/total", ("elb/total", "persons/age_u15")),),
)

ALONE = (
    HIDDEN_EQUATION, SECOND_GROUPING, LINKED_TABLES, UNDER_A_TWO, THREE_SINGLETONS,
    TWO_SINGLETONS, RING_OF_FOUR, ALL_OF_THEM, ALL_BUT_ONE, BANDS, THE_RULE, THE_LAW,
)  # fmt: skip
