"""Attacks with what lies around a table: other areas, other dates, others' numbers, the past."""

import pandas as pd

from indicators.disclosure.equations import Relation
from indicators.disclosure.flows import Flow
from indicators.disclosure.pieces import PIECE_COLUMNS
from tests.indicators.attacks.attack import Past, TableAttack, cells
from tests.indicators.attacks.tables import towns
from tests.indicators.disclosure_cases import DAY, links

JUNE, JULY = "2025-06-30", "2025-07-31"


def cuts(level: str, *pairs: str, old: str = "alt", new: str = "neu") -> pd.DataFrame:
    """Common pieces of old and new areas, each as ``old new``."""
    rows = [(level, old, pair.split()[0], new, pair.split()[1]) for pair in pairs]
    return pd.DataFrame(rows, columns=PIECE_COLUMNS)


OLD_AND_NEW = TableAttack(
    title="Alte und neue Gebiete",
    knows="die Karten beider Gebietsstände",
    careless="beide gedruckt, keine Zahl klein: 60 − 58 = 2 wohnen im Haus, das verlegt wurde",
    cells=cells("ort", vintage="alt", name="alt{}", E=60, F=70)
    + cells("ort", vintage="neu", name="neu{}", E=58, F=72),
    hidden=(),
    lines=("altE = ee + ef", "altF = ff", "neuE = ee", "neuF = ef + ff"),
    target="ef",
    derived={"ef": 2, "ee": 58, "ff": 70},
    says="gemeinsame Fläche von Ort E (alt) und F (neu), cases",
    pieces=cuts("ort", "E E", "E F", "F F"),
)

ONE_ENTRY = TableAttack(
    title="Bestand und Bewegung",
    knows="Bestand im Juni und Juli, und wer ging (niemand)",
    careless="nur der Zugang ist verborgen: 42 − 41 = 1",
    cells=cells("ort", "stock/total", day=JUNE, name="{}6", a=41, b=30)
    + cells("ort", "stock/total", day=JULY, name="{}7", a=42, b=34)
    + cells("ort", "came/total", day=JULY, name="kam{}", a=1, b=7)
    + cells("ort", "left/total", day=JULY, name="ging{}", a=0, b=3),
    hidden=("kama",),
    lines=("a7 = a6 + kama - ginga", "b7 = b6 + kamb - gingb"),
    target="kama",
    says="Ort a, came",
    flows=(Flow("stock/total", ("came/total",), ("left/total",), ((JUNE, JULY),)),),
)

TOWNS = ("S = a + b + c",)
FOUR_TOWNS = cells("ort", a=2, b=7, c=9, d=11) + cells("stadt", S=29)
OTHERS = pd.DataFrame(
    {
        "vintage": ["v1"], "level": ["stadt"], "area": ["S"], "period": [DAY],
        "measure": ["cases"], "group": ["total"], "count": [41],
        "source": ["Statistik der Bundesagentur"], "definition": ["same"],
    }
)  # fmt: skip

SOMEONE_ELSES_TOTAL = TableAttack(
    title="Die Summe steht woanders",
    knows="die Stadtsumme, die die Bundesagentur veröffentlicht",
    careless="a und die Stadtsumme verborgen; 41 − 18 − 21 = 2",
    cells=cells("ort", a=2, b=18, c=21) + cells("stadt", S=41),
    hidden=("a", "S"),
    lines=(*TOWNS, "S = BA"),
    target="a",
    elsewhere={"BA": 41},
    says="Ort a, cases",
    hierarchies=towns("abc"),
    externals=OTHERS,
)

ANOTHER_PATTERN = TableAttack(
    title="Frühere Ausgabe mit anderen Lücken",
    knows="die frühere Ausgabe derselben Tabelle, dort waren a und b verborgen",
    careless="jetzt a und c verborgen; b steht hier, c dort",
    cells=FOUR_TOWNS,
    hidden=("a", "c"),
    lines=("S = a + b + c + d", "S0 = a + b + c0 + d0", "S = S0", "c = c0", "d = d0"),
    target="a",
    elsewhere={"S0": 29, "c0": 9, "d0": 11},
    says="Ort a, cases",
    hierarchies=towns("abcd"),
    past=(Past(FOUR_TOWNS, ("a", "b"), towns("abcd")),),
)

A_CORRECTION = TableAttack(
    title="Berichtigte Zahl",
    knows="die Ausgabe vor der Berichtigung von d (11 statt 12), dort waren a und b verborgen",
    careless="jetzt a und c verborgen; dass d und die Summe andere sind, hilft nicht",
    cells=cells("ort", a=2, b=7, c=9, d=12) + cells("stadt", S=30),
    hidden=("a", "c"),
    lines=("S = a + b + c + d", "S0 = a + b + c0 + d0", "c = c0"),
    target="a",
    elsewhere={"S0": 29, "c0": 9, "d0": 11},
    says="Ort a, cases",
    hierarchies=towns("abcd"),
    past=(Past(FOUR_TOWNS, ("a", "b"), towns("abcd")),),
)


def _groups(*items: str):
    """Two towns with three kinds of cases, some of them in print; 2 of kind z in a."""
    numbers = {"x": (40, 30), "y": (48, 25), "z": (2, 15), "total": (90, 70)}
    made = cells("ort", name="none", **{})
    for item in items:
        a, b = numbers[item]
        made += cells("ort", f"cases/{item}", name=f"{{}}{item[0]}", a=a, b=b)
        made += cells("stadt", f"cases/{item}", name=f"{{}}{item[0]}", S=a + b)
    return made


TWO = Relation("sum_at_most", "cases/total", ("cases/x", "cases/y"))

A_LATER_GROUP = TableAttack(
    title="Später ergänzte Gruppe",
    knows="die frühere Ausgabe mit der Summe und y; die kleine Gruppe z war mit x verborgen",
    careless="jetzt wird nur x ergänzt: 90 − 48 − 40 = 2",
    cells=_groups("total", "x"),
    hidden=(),
    lines=(
        *(f"{a}t0 = {a}x + {a}y0 + {a}z0" for a in "abS"), *(f"{a}t = {a}t0" for a in "abS"),
        *(f"S{g} = a{g} + b{g}" for g in ("x", "t", "y0", "z0")),
    ),
    target="az0",
    before_hidden={"az0": 2, "bz0": 15},
    elsewhere={"at0": 90, "bt0": 70, "St0": 160, "ay0": 48, "by0": 25, "Sy0": 73, "Sz0": 17},
    says="Ort a, cases (z)",
    hierarchies=towns("ab"),
    past=(
        Past(
            _groups("total", "x", "y", "z"), ("ax", "bx", "az", "bz"), towns("ab"),
            (Relation("sum", "cases/total", ("cases/x", "cases/y", "cases/z")),),
        ),
    ),
)  # fmt: skip

A_MOVED_BOUNDARY = TableAttack(
    title="Geänderter Zuschnitt",
    knows="die frühere Ausgabe nach alten Gebieten, dort waren a und c verborgen, b nicht",
    careless="das neue Gebiet n ist a und b zusammen: 9 − 7 = 2; keine neue Zahl ist klein",
    cells=cells("ort", vintage="v2", n=9, m=8, k=12) + cells("stadt", vintage="v2", S=29),
    hidden=(),
    lines=("S = n + m + k", "S0 = a0 + b0 + c0", "n = a0 + b0", "c0 = m + k", "S = S0"),
    target="a0",
    before_hidden={"a0": 2, "c0": 20},
    elsewhere={"S0": 29, "b0": 7},
    says="Ort a, cases",
    hierarchies=towns("nmk").assign(vintage="v2"),
    pieces=cuts("ort", "a n", "b n", "c m", "c k", old="v1", new="v2"),
    past=(Past(cells("ort", a=2, b=7, c=20) + cells("stadt", S=29), ("a", "c"), towns("abc")),),
)

COARSE_THEN_FINE = TableAttack(
    title="Erst grob, dann fein",
    knows="die frühere Ausgabe mit Bezirken (ab und cd), die neue hat nur Orte",
    careless="a und c verborgen; der Bezirk der früheren Ausgabe minus b ist a",
    cells=FOUR_TOWNS,
    hidden=("a", "c"),
    lines=("S = a + b + c + d", "R = a + b", "Q = c + d"),
    target="a",
    elsewhere={"R": 9, "Q": 20},
    says="Ort a, cases",
    hierarchies=towns("abcd"),
    past=(
        Past(
            cells("region", R=9, Q=20) + cells("stadt", S=29), (),
            pd.concat([
                links("ort", "region", {"a": "R", "b": "R", "c": "Q", "d": "Q"}),
                links("region", "stadt", {"R": "S", "Q": "S"}),
            ]),
        ),
    ),
)  # fmt: skip

AROUND = (
    OLD_AND_NEW, ONE_ENTRY, SOMEONE_ELSES_TOTAL, ANOTHER_PATTERN, A_CORRECTION, A_LATER_GROUP,
    A_MOVED_BOUNDARY, COARSE_THEN_FINE,
)  # fmt: skip
