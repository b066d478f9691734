"""Where outlines come from: files of the data folder, or services that the project names."""

from geodata.sources.content import Opened
from geodata.sources.files import read_outlines
from geodata.sources.http import Answer, get
from geodata.sources.service import (
    ServiceOptions,
    address_problem,
    is_service,
    public_name,
    read_service,
    rights_said,
)

__all__ = [
    "Answer",
    "Opened",
    "ServiceOptions",
    "address_problem",
    "get",
    "is_service",
    "public_name",
    "read_outlines",
    "read_service",
    "rights_said",
]
