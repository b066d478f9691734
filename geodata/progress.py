"""How long work tells what it is doing."""

from collections.abc import Callable

Progress = Callable[[str, float], None]
"""Called with what is being done and the share of the whole that is done, 0 to 1."""


def silent(*_: object) -> None:
    """Progress that nobody watches."""


Stop = Callable[[], bool]
"""Asked now and then by long work; once it says yes, the work ends with the best it has."""


def never() -> bool:
    """Nobody stops the work."""
    return False
