"""Everything that a first project file will say, before it is written."""

from dataclasses import dataclass, field

from atlas.newproject.kinds import Cases, Grouping, Points, Register
from atlas.newproject.levels import Area
from atlas.newproject.scan import FoundLayer, FoundTable
from atlas.newproject.tables import Read


@dataclass(frozen=True)
class Dataset:
    """Tables of one shape.

    ``twice`` are those left out, with the reason; ``off`` is why the dataset is only a comment.
    """

    key: str
    reads: list[Read]
    twice: list[tuple[Read, str]] = field(default_factory=list)
    off: str = ""
    labels_file: str = ""

    @property
    def files(self) -> list[str]:
        """The names of its files, each once."""
        return list(dict.fromkeys(r.table.file for r in self.reads))


@dataclass(frozen=True)
class State:
    """A state of the boundaries: its key, its layers with their levels, when it holds."""

    key: str
    number: int
    chain: list[Area]
    levels: list[str]
    since: str | None = None
    until: str | None = None


@dataclass(frozen=True)
class Draft:
    """Everything the file will say; ``default`` is the state that is newest."""

    city: str
    key: str
    crs: str
    states: list[State]
    levels: list[tuple[str, str]]
    reporting_date: str
    dated: bool
    datasets: list[Dataset]
    places: list[tuple[FoundTable, Points]]
    maps: list[FoundLayer]
    cases: list[Cases]
    registers: list[Register]
    groupings: list[Grouping]
    questions: list[str]
    unused: list[str]

    def state(self, number: int) -> State:
        """The state made of a chain, by the chain's number."""
        return next(s for s in self.states if s.number == number)

    def level_of(self, one: Read) -> str:
        """Key of the level that a table is about."""
        return self.state(one.join.chain).levels[one.join.level]
