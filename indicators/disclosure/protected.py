"""One way in for all methods: hide, round together, or add noise; every cell says which."""

from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from geodata.errors import DisclosureError, Problem, UserError
from indicators.disclosure.cells import BoolArray, FloatArray, IntArray
from indicators.disclosure.equations import System
from indicators.disclosure.perturb import Noise, content_keys, make_ptable, perturb
from indicators.disclosure.protect import refuse_unprotected
from indicators.disclosure.reading import UNBOUNDED, Inferred, Limits, infer
from indicators.disclosure.rounding import controlled_rounding, limits_of
from indicators.disclosure.rule import Rule
from indicators.disclosure.suppress import suppress
from indicators.disclosure.task import Effort, Task, plain_task
from indicators.status import Status

Method = Literal["suppress", "round", "perturb"]
_COARSER = "eine größere Basis, oder weniger genaue Zahlen daneben"
_MORE_NOISE = "eine größere Abweichung, oder runden statt verrauschen"
_LISTED = 50
METHODS: tuple[Method, ...] = ("suppress", "round", "perturb")


@dataclass(frozen=True)
class Options:
    """How to protect, beside the rule.

    Parameters
    ----------
    base
        Rounding: 3, 5 or 10.
    key
        Secret key. Noise needs one; rounding is drawn with it, or to the nearest without.
    noise
        How much noise.
    effort
        How long to look for what to hide.
    """

    base: int = 5
    key: bytes | None = None
    noise: Noise = field(default_factory=Noise)
    effort: Effort = field(default_factory=Effort)


_PLAIN = Options()


@dataclass(frozen=True)
class Protected:
    """A protected table; every array has one entry per cell of the system.

    Parameters
    ----------
    number
        What is printed; 0 where nothing is.
    shown
        Whether a number is printed.
    status
        ``published``, ``zero``, ``suppressed``, ``rounded``, ``perturbed``, or ``missing``
        where there was no number. A rounded table has no ``zero``: it would tell a true zero
        from a small number that was rounded to it.
    how
        How the table was protected, in German sentences that may be printed with it.
    low, high
        For small numbers, what a reader can infer in whole numbers; NaN for all others, and
        where numbers are hidden: those are for the audit. Not to be printed: where they
        stand tells which numbers are small.
    """

    number: IntArray
    shown: BoolArray
    status: npt.NDArray[np.str_]
    how: tuple[str, ...]
    low: FloatArray
    high: FloatArray


@dataclass(frozen=True)
class _Given:
    """What is protected, see `protect_by`."""

    system: System
    value: IntArray
    rule: Rule
    exact: BoolArray
    blank: BoolArray

    @property
    def small(self) -> BoolArray:
        """Numbers that nobody may know exactly."""
        value = self.value
        return ~self.exact & ~self.blank & (value > 0) & (value < self.rule.threshold)


def protect_by(
    method: Method,
    system: System,
    value: IntArray,
    rule: Rule,
    options: Options = _PLAIN,
    *,
    exact: BoolArray | None = None,
    blank: BoolArray | None = None,
    task: Task | None = None,
) -> Protected:
    """Protect a table by one of the methods.

    Parameters
    ----------
    system
        The equations that the reader knows.
    value
        Shape (cells,): true numbers, anything where `blank`.
    rule
        What is small.
    exact
        Cells that are printed as they are: public anyway.
    blank
        Cells without a number.
    task
        For hiding: what must be hidden and what must stay, where more than the rule is wished.

    Raises
    ------
    DisclosureError
        The wish cannot be fulfilled, or a reader could still compute a small number.
    """
    none = np.zeros(len(value), dtype=np.bool_)
    empty = none if blank is None else blank
    kept = none if exact is None else exact & ~empty
    given = _Given(system, np.where(empty, 0, value).astype(np.int64), rule, kept, empty)
    if method == "suppress":
        return _hidden(given, _task(given) if task is None else task, options.effort)
    return _rounded(given, options) if method == "round" else _perturbed(given, options)


def _task(given: _Given) -> Task:
    """The task that the rule alone sets."""
    value, rule, small = given.value, given.rule, given.small
    task = plain_task(given.system, value, rule.lowest, small)
    return replace(
        task,
        fall=np.where(small, rule.fall(value), 0),
        rise=np.where(small, rule.rise(value), 0),
        open=given.blank,
        blank=given.blank,
        fixed=(given.exact | (value == 0)) & ~given.blank,
        lower=np.where(given.blank, 0, task.lower),
        alone=small & (value == 1) & rule.insiders,
    )


def _hidden(given: _Given, task: Task, effort: Effort) -> Protected:
    pattern = suppress(task, effort)
    refuse_unprotected(given.system, pattern)
    hidden = pattern.hidden & ~given.blank
    status = np.where(hidden, Status.SUPPRESSED.value, _plain_status(given))
    how = f"Zahlen von 1 bis {given.rule.threshold - 1} und alles, was sie verriete, sind verborgen"
    return _protected(given, np.where(hidden, 0, given.value), status, (f"{how}.",), None)


def _rounded(given: _Given, options: Options) -> Protected:
    found = controlled_rounding(
        given.system, given.value, options.base, given.exact, given.blank, options.key
    )
    read = _read(given, limits_of(found, given.exact, given.blank), found.printed, _COARSER)
    way = "zum nächsten, soweit die Summen es zulassen" if options.key is None else "ausgelost"
    how = [
        f"Alle Zahlen sind gemeinsam auf Vielfache von {options.base} gerundet ({way}); "
        "jede Summe geht in gerundeten Zahlen auf."
    ]
    if found.steps.any():
        reach = options.base * (int(found.steps.max()) + 1) - 1
        how.append(
            f"{(found.steps > 0).sum()} Zellen durften weiter als zum benachbarten Vielfachen "
            f"gerundet werden, höchstens um {reach}: ihre Summen gingen sonst nicht auf."
        )
    if found.ended == "limit":
        how.append("Eine noch nähere Rundung wäre vielleicht möglich; die Suche wurde begrenzt.")
    status = np.where(given.exact, _plain_status(given), Status.ROUNDED.value)
    return _protected(given, found.printed, status, tuple(how), read)


def _perturbed(given: _Given, options: Options) -> Protected:
    if options.key is None:
        raise UserError(
            "Für das Cell-Key-Verfahren fehlt der geheime Schlüssel.",
            [Problem("Schlüssel", "keiner", "eine Schlüsseldatei")],
        )
    table = make_ptable(options.noise)
    keys = content_keys(options.key, given.system, given.value)
    printed = np.where(given.exact, given.value, perturb(given.value, keys, table))
    limits = table.limits(printed)
    lower = np.where(given.exact, printed, np.where(given.blank, 0, limits.lower))
    upper = np.where(given.exact, printed, np.where(given.blank, UNBOUNDED, limits.upper))
    read = _read(given, Limits(lower, upper), printed, _MORE_NOISE)
    how = (
        f"Zahlen über 0 sind um höchstens {options.noise.deviation} verändert, im Mittel um 0 "
        "(Cell-Key-Verfahren). Gleiche Zellen sind gleich verändert. Summen gehen nicht auf."
    )
    status = np.where(given.exact, _plain_status(given), Status.PERTURBED.value)
    return _protected(given, printed, status, (how,), read)


def _plain_status(given: _Given) -> npt.NDArray[np.str_]:
    return np.where(given.value == 0, Status.ZERO.value, Status.PUBLISHED.value)


def _read(given: _Given, limits: Limits, printed: IntArray, way_out: str) -> Inferred:
    """What a reader can infer of small numbers; raise if that is the number itself."""
    found = infer(given.system, limits, np.flatnonzero(given.small), (given.value, printed))
    if len(found.exact):
        raise DisclosureError(
            f"{len(found.exact)} kleine Zahlen ließen sich trotzdem genau berechnen. "
            "Es wird nichts veröffentlicht.",
            [
                Problem(given.system.name(int(cell)), "aus den Summen berechenbar", way_out)
                for cell in found.exact[:_LISTED]
            ],
        )
    return found


def _protected(
    given: _Given,
    number: IntArray,
    status: npt.NDArray[np.str_],
    how: tuple[str, ...],
    read: Inferred | None,
) -> Protected:
    status = np.where(given.blank, Status.MISSING.value, status)
    shown = ~given.blank & (status != Status.SUPPRESSED.value)
    low, high = np.full(len(number), np.nan), np.full(len(number), np.nan)
    if read is not None:
        low[read.cells], high[read.cells] = read.low, read.high
    return Protected(np.where(shown, number, 0), shown, status, how, low, high)
