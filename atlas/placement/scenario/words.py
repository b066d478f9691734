"""Types of the entries of a scenario."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints

STRICT = ConfigDict(extra="forbid", str_strip_whitespace=False)
Clock = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Cell = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+(/[a-z0-9_]+)?$")]
Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]
Hours = Annotated[float, Field(gt=0, le=12)]
NamePart = Annotated[str, StringConstraints(pattern=r"[^=*\s]")]
Name = Annotated[str, StringConstraints(min_length=1)]
BarrierRule = Literal["any", "not_no", "yes"]
Land = Literal[
    "BB", "BE", "BW", "BY", "HB", "HE", "HH", "MV",
    "NI", "NW", "RP", "SH", "SL", "SN", "ST", "TH",
]  # fmt: skip
"""The German Länder, whose public holidays a calendar can leave out."""
