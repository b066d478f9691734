"""Types of the entries of a scenario."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints

STRICT = ConfigDict(extra="forbid", str_strip_whitespace=False)
Clock = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Cell = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+(/[a-z0-9_]+)?$")]
MOST, MOST_HOURS, MOST_SESSIONS = 1e6, 100_000, 100_000
"""Beyond these no number of a scenario makes sense, and sums lose their small parts."""
Finite = Annotated[float, Field(allow_inf_nan=False)]
Positive = Annotated[Finite, Field(gt=0, le=MOST)]
NotNegative = Annotated[Finite, Field(ge=0, le=MOST)]
Share = Annotated[Finite, Field(ge=0, le=1)]
Hours = Annotated[Finite, Field(gt=0, le=12)]
WeekHours = Annotated[Finite, Field(ge=0, le=MOST_HOURS)]
Sessions = Annotated[int, Field(ge=0, le=MOST_SESSIONS)]
Seconds = Annotated[float, Field(gt=0)]
"""May be ``inf``: TOML's only word for no limit."""
NamePart = Annotated[str, StringConstraints(pattern=r"[^=*\s]")]
Name = Annotated[str, StringConstraints(min_length=1)]
BarrierRule = Literal["any", "not_no", "yes"]
Land = Literal[
    "BB", "BE", "BW", "BY", "HB", "HE", "HH", "MV",
    "NI", "NW", "RP", "SH", "SL", "SN", "ST", "TH",
]  # fmt: skip
"""The German Länder, whose public holidays a calendar can leave out."""
