"""The whole pipeline: files in, a protected and audited edition out."""

from dataclasses import replace as changed
from pathlib import Path

from atlas.build import derive
from atlas.build.carried import carry_over
from atlas.build.clusters import spatial_clusters
from atlas.build.imprint import checks_of, draft_of
from atlas.build.inputs import Inputs, read_inputs
from atlas.build.memory import protect_remembering, recorder
from atlas.build.safety import Protected, protect_counts
from atlas.build.steady import steadier_rates
from atlas.edition import Draft, Edition, publish
from atlas.ledger import ledger_path, open_ledger
from atlas.placement.scenario import load_scenario
from atlas.project import load_project
from atlas.wording import text
from geodata.errors import OutputError
from geodata.progress import Progress, silent
from indicators.catalogue import load_catalogue, with_indices
from indicators.concentration import compute_concentration
from indicators.index import MIN_AREAS, compute_index
from indicators.negative import Computed
from indicators.rates import compute_values
from indicators.series import compute_series
from indicators.trends import compute_trends

__all__ = ["Inputs", "Protected", "build", "protect_counts", "read_inputs"]


def build(
    project_file: Path,
    data: Path,
    out: Path,
    *,
    replace: bool = False,
    ledger: Path | None = None,
    draft: bool = False,
    cluster: str | None = None,
    progress: Progress = silent,
) -> Edition:
    """Read a project's files, protect and audit the counts, compute, publish.

    Parameters
    ----------
    project_file
        The city.
    data
        The folder that its paths are relative to.
    out
        Where the edition shall lie.
    replace
        Whether an edition that is there may be exchanged.
    ledger
        The ledger of what was published before; None for the project's.
    draft
        Whether the edition is only to be looked at: it is protected like any other, says
        that it is a draft, and does not enter the ledger.
    cluster
        Address of a Dask scheduler whose workers count the case lists.
    progress
        Told what is being done.

    Raises
    ------
    UserError
        Its subclasses, for every kind of bad input; an unsafe publication is refused with
        `DisclosureError`, and one beside a ledger that is not the city's whole one with
        `LedgerError`. Whatever happens, `out` stays as it was.
    """
    if out.exists() and not replace:
        raise OutputError(f"{out} gibt es schon; mit --replace wird die Ausgabe ausgetauscht.")
    project = load_project(project_file)
    catalogue = with_indices(load_catalogue(), project.own_indices)
    if project.scenario:
        load_scenario(project_file.parent / project.scenario)
    file = ledger_path(project.key, project.ledger, project_file, out, ledger)
    known = open_ledger(file, project.key, out)
    progress("Dateien lesen", 0.0)
    inputs = read_inputs(project, catalogue, data, project_file.parent, cluster)
    progress("Zahlen schützen und prüfen", 0.15)
    remembered = protect_remembering(
        project, catalogue, inputs, known,
        lambda s: progress("Zahlen schützen und prüfen", 0.15 + 0.5 * s),
    )  # fmt: skip
    safe = remembered.safe
    progress("Quoten und Index berechnen", 0.65)
    values = compute_values(safe.counts, catalogue, project.indicators, safe.delivered)
    index, parts = compute_index(
        values, catalogue, project.indices, safe.counts, min_areas=MIN_AREAS
    )
    whole = project.levels[-1].key
    trends = compute_trends(values, catalogue, (whole,))
    series = compute_series(values, catalogue, (whole,))
    computed = Computed(values, trends, series, index)
    carried = carry_over(project, catalogue, inputs, safe.counts, values)
    progress("Häufungen prüfen", 0.70)
    found = spatial_clusters(project, catalogue, values, inputs.areas)
    progress("Wege zu den Räumen", 0.85)
    places = inputs.places
    tables = {
        "areas": inputs.areas,
        "hierarchies": inputs.links,
        "vintages": derive.joined(safe.vintages, carried.weights),
        "groups": derive.groups_used(catalogue, safe.counts),
        "counts": safe.counts,
        "values": values,
        "apportioned": carried.table,
        "index": index,
        "index_parts": parts,
        **({} if found is None else found.tables()),
        "estimates": steadier_rates(project, catalogue, values, safe.counts, inputs.areas),
        "concentration": compute_concentration(safe.counts, catalogue),
        "trends": trends,
        "series": series,
        "negative": derive.negative(computed, catalogue, whole),
        "places": places.places,
        "windows": places.windows,
        "sessions": places.sessions,
        "travel": derive.travel(project, inputs),
    }
    progress("Ausgabe schreiben", 0.95)
    edition = publish(
        out,
        _imprint(draft_of(project, project_file, catalogue, inputs, safe), draft),
        tables,
        {
            "catalogue": catalogue.sheet([*project.indicators, *project.indices]),
            "checks": checks_of(project, inputs, safe, carried.notes),
        },
        derive.outlines(inputs.areas),
        replace=replace,
        is_draft=draft,
        record=recorder(project, inputs, remembered, draft),
    )
    progress("fertig", 1.0)
    return edition


def _imprint(imprint: Draft, draft: bool) -> Draft:
    """What the manifest says; a draft says so wherever the city's notice is shown."""
    if not draft:
        return imprint
    said = text("app.draft", imprint.language)
    notice = ". ".join(part for part in (said, imprint.notice) if part)
    return changed(imprint, notice=notice)
