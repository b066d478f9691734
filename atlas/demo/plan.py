"""The ground plan of Musterstadt: what is laid out by hand before chance fills it in.

All places are kilometres from the market square, x to the east and y to the north. The
city is invented; no number here was taken from a real one.
"""

from dataclasses import dataclass

ORIGIN = (565_000.0, 5_712_000.0)
"""Where the market square lies in EPSG:25832, metres."""

RADIUS_KM = 9.3
OUTLINE = ((1, 0.13, 0.4), (2, 0.13, -0.9), (3, 0.07, 1.7), (5, 0.05, 0.3), (8, 0.035, 2.2))
"""Harmonics of the outline: number, share of the radius, phase in radians."""

RIVER = (
    (-14.5, 8.6),
    (-10.4, 6.9),
    (-7.2, 5.6),
    (-5.0, 2.9),
    (-2.7, 2.1),
    (-1.0, 0.9),
    (0.2, -0.7),
    (2.4, -0.9),
    (3.9, -2.6),
    (5.4, -4.9),
    (8.1, -5.1),
    (10.4, -7.0),
    (14.0, -8.4),
)
RIVER_WIDTH_KM = 0.19


@dataclass(frozen=True)
class Blob:
    """An area of its own that is not cut like the others.

    Parameters
    ----------
    name
        Its name as a Planungsraum.
    x, y, long, wide, turn
        Centre and half axes in km, angle of the long axis in degrees.
    residents
        About how many live there; 0 is uninhabited.
    smooth
        Whether its shore is a line of its own (water).
    """

    name: str
    x: float
    y: float
    long: float
    wide: float
    turn: float = 0.0
    residents: int = 0
    smooth: bool = False


BLOBS = (
    Blob("Alter See", 4.3, 5.0, 1.35, 0.62, 35, smooth=True),
    Blob("Stadtwald", -6.9, 0.7, 2.1, 1.35, 75),
    Blob("Moorwiesen", 0.6, -8.2, 1.5, 1.1, 0),
    Blob("Bürgerpark", 1.3, 2.0, 0.75, 0.45, 20),
    Blob("Güterbahnhof", 3.9, 0.6, 1.3, 0.34, -25),
    Blob("Hafeninsel", 3.2, -2.75, 0.55, 0.4, -50, residents=230),
    Blob("Gewerbepark Nord", -3.4, 6.3, 0.9, 0.7, 30, residents=120),
    Blob("Messegelände", -1.6, -6.4, 0.75, 0.6, 10, residents=75),
    Blob("Gut Sonnenau", 8.0, -2.4, 1.0, 0.8, 0, residents=270),
)
RIVER_NAMES = ("Obere Mirau", "Untere Mirau")

BEZIRK_SEEDS = (
    ((-1.5, 4.5), (4.5, 2.5)),
    ((-4.5, -1.0), (1.5, -4.5)),
)
"""Where the Bezirke start, one pair for each bank of the river (north-east, south-west)."""

PLANUNGSRAEUME_PER_REGION = (4, 3, 4, 3, 4, 3, 4, 4, 3, 4, 3, 4, 3, 4, 4, 3, 4, 3, 4, 3, 4, 3, 4, 3)


@dataclass(frozen=True)
class Pole:
    """A bump of a field: its height at the centre and its width in km."""

    x: float
    y: float
    height: float
    width: float


NEED = (
    Pole(7.1, 1.7, 2.3, 1.5),
    Pole(-1.2, 3.7, 2.5, 1.6),
    Pole(3.0, -3.9, 2.0, 1.5),
    Pole(-4.4, -2.4, 1.2, 1.0),
    Pole(1.6, 0.9, 0.6, 0.7),
    Pole(-2.8, -5.2, -2.0, 1.7),
    Pole(2.2, 6.8, -1.6, 1.9),
    Pole(-1.6, -1.0, -0.7, 1.2),
)
"""Social need: estate at the edge, works quarter, harbour, western estate; villas, north."""

STUDENTS = (Pole(-1.6, -1.0, 1.0, 0.8),)
ESTATES = (Pole(7.3, 1.6, 1.0, 0.9), Pole(-4.4, -2.4, 0.7, 0.7))
VILLAS = (Pole(-2.9, -5.0, 1.0, 1.5), Pole(6.2, 4.9, 0.7, 1.2))

DENSITY = (
    Pole(0.2, 0.4, 13.0, 2.5),
    Pole(-0.5, 0.0, 3.2, 5.2),
    Pole(7.3, 1.6, 12.0, 0.8),
    Pole(-4.4, -2.4, 5.0, 0.8),
    Pole(-1.2, 6.9, 2.2, 0.9),
    Pole(5.9, -2.4, 2.2, 0.8),
    Pole(3.4, -6.6, 2.0, 0.9),
    Pole(-6.8, -4.3, 1.8, 0.8),
)
"""Residents, in thousands to the square kilometre, before the sum is scaled."""

TRENDS = (
    Pole(3.4, -3.6, 0.14, 0.7),
    Pole(5.6, 1.7, 0.12, 0.7),
    Pole(-0.7, 4.2, -0.07, 0.5),
)
"""Change of the need in every half-year: two areas get worse, one gets better."""

RESIDENTS = 640_000
JOBCENTER_SEEDS = ((0.3, 0.6), (-3.5, 4.5), (5.5, 3.0), (3.5, -4.5), (-4.5, -3.0))
PERIODS = (
    "2020-12-31",
    "2021-06-30",
    "2021-12-31",
    "2022-06-30",
    "2022-12-31",
    "2023-06-30",
    "2023-12-31",
    "2024-06-30",
)
VINTAGES = ("2019", "2022")


def vintage_of(period: str) -> str:
    """The state of the areas in force at a reporting date."""
    return "2019" if period <= "2021-12-31" else "2022"
