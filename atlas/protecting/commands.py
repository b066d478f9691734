"""What the commands `sozialatlas protect` and `sozialatlas audit` do: from files to files."""

from atlas import wording
from atlas.outputs import refuse_outputs, write_together
from atlas.protecting.audited import Audited, audit_table
from atlas.protecting.options import AuditOptions, ProtectOptions
from atlas.protecting.output import csv_text, write_outcome
from atlas.protecting.protected import Protected, protect_table
from atlas.protecting.report import audit_page, protect_page
from atlas.protecting.words import bound_words, exact_in_vain, loss_words
from geodata.errors import DisclosureError
from geodata.progress import Progress, silent

ZEROS_HINT = (
    "Die Zahlen passen nicht zusammen. Vielleicht sind in der Tabelle auch Nullen verborgen: "
    "dann gilt --zeros hidden."
)


def protect_files(options: ProtectOptions, progress: Progress = silent) -> list[str]:
    """Protect a table and write it, with its report if wished; both or neither.

    Returns
    -------
    list of str
        The summary for whoever ran it.

    Raises
    ------
    UserError
        See `protect_table`; and where the files cannot be written.
    """
    refuse_outputs(options.inputs(), [options.out, options.report])
    done = protect_table(options, progress)
    page = None if options.report is None else protect_page(done, options)
    write_outcome(done, options.out, options.internal, options.report, page)
    return protect_summary(done, options)


def protect_summary(done: Protected, options: ProtectOptions) -> list[str]:
    """What was done, for whoever ran it: these lines are not for publication."""
    task, pattern = done.task, done.pattern
    n = wording.number
    cells, hidden, primary = done.plain.size, int(done.hidden.sum()), int(task.primary.sum())
    loss = f"{n(pattern.loss)} {loss_words(options.cost)} zusätzlich geheim"
    lines = [
        f"{n(cells)} Zellen, {n(primary)} selbst zu schützen, {n(hidden)} geheim insgesamt",
        f"{loss}; {bound_words(pattern)}",
        "Unabhängig geprüft: keine geheime Zahl lässt sich zu genau berechnen.",
    ]
    if done.noticed:
        small = "eine kleine Zahl" if done.noticed == 1 else f"{n(done.noticed)} kleine Zahlen"
        lines.append(
            "Achtung: Das gilt nur für Leser, die nicht auf die Nullen achten. Wer bemerkt, dass "
            f"jede Null gedruckt ist, kann {small} genau berechnen. Davor schützt die Angabe "
            "--zeros published."
        )
    return lines


def audit_files(options: AuditOptions, progress: Progress = silent) -> list[str]:
    """Audit a table and write what was found, also where it is unsafe.

    Returns
    -------
    list of str
        The summary.

    Raises
    ------
    DisclosureError
        The table is unsafe or contradicts itself; with everything found.
    UserError
        See `audit_table`; and where the files cannot be written.
    """
    refuse_outputs(options.inputs(), [options.out, options.report])
    done = audit_table(options, progress)
    contents = {}
    if options.out is not None:
        contents[options.out] = csv_text(done.intervals(), done.delimiter)
    if options.report is not None:
        contents[options.report] = audit_page(done, options)
    write_together(contents)
    if done.findings:
        many = "ein Befund" if len(done.findings) == 1 else f"{len(done.findings)} Befunde"
        summary = f"{options.label} ist nicht sicher, {many}."
        if done.impossible and options.zeros == "published":
            summary += f" {ZEROS_HINT}"
        raise DisclosureError(summary, done.findings)
    return audit_summary(done, truth=options.truth is not None)


def audit_summary(done: Audited, *, truth: bool) -> list[str]:
    """What was audited, in a few lines; `truth`: whether the true numbers were at hand."""
    n = wording.number
    absent, undelivered = int(done.table.absent.sum()), int(done.table.undelivered.sum())
    parts = [
        f"{n(done.plain.size)} Zellen", f"{n(int(done.table.hidden.sum()))} geheim",
        *([f"{n(absent)} nicht in der Tabelle"] if absent else []),
        *([f"{n(undelivered)} nie geliefert"] if undelivered else []),
    ]  # fmt: skip
    lines = [
        ", ".join(parts),
        "Keine geheime Zahl lässt sich zu genau berechnen.",
    ]
    if not done.table.hidden.any():
        lines[1] = "Keine Zelle ist geheim, und keine kleine Zahl ist gedruckt."
    if absent:
        lines.append("Was nicht in der Tabelle steht, gilt als geheim und mindestens 0.")
    if not truth:
        lines.append(
            "Geprüft ohne die wahren Zahlen: Ein Befund ist nur, was bei jeder möglichen wahren "
            "Zahl zu eng ist. Was die Person hinter einer 1 mit dem Wissen von sich selbst "
            "berechnen kann, ist nicht geprüft (Angabe --truth)."
        )
    if done.table.internal:
        lines.append("Die Tabelle hat die Spalte kind: Sie ist intern, nicht veröffentlichen.")
    if done.exact:
        lines.append(f"{exact_in_vain(done.exact)}.")
    return lines
