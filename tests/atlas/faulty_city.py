"""An invented town whose files have one fault each of all that a check must find."""

from pathlib import Path

from tests.atlas.check_city import NEW, OLD, dataset, people, table, write


def faulty(folder: Path) -> Path:
    """Write the town; every file is sound but for the fault in its name."""
    names = [f"Feld 9{i}" for i in range(16)]
    once = [("{}.csv", "neu", "2023-12-31")]

    def of(name: str, counts: dict[str, str], vintage: str = "neu") -> str:
        files = [(f.format(name), vintage, p) for f, _, p in once]
        return dataset(name, files, counts)

    # Rows of no area, a total that is none, and a row below the period that is wanted.
    table(
        folder / "summe.csv",
        [*NEW, "keine Angabe", "Stadt"],
        E=[*people(), 12, sum(people()) + 13],
    )
    total = of("summe", {"E": "residents"}).replace(
        "already_public", 'total_rows = ["Stadt"]\nrest_rows = ["keine Angabe"]\nalready_public'
    )
    # A name that no area has, and the area that is left without a row.
    table(folder / "namen.csv", ["Feld 9l5", *names[:-1]], U=range(30, 46))
    by_name = of("namen", {"U": "unemployed_longterm"}).replace(
        'area = "KEY"', 'area = "KEY"\nmatch = "name"'
    )
    # Both kinds are not all in three areas, more than everybody in one.
    men = [v // 2 for v in people()]
    women = [v - m for v, m in zip(people(), men, strict=True)]
    men[2] += 7
    women[5] -= 4
    women[9] += 1
    table(folder / "teile.csv", NEW, I=people(), M=men, W=women)
    parts = of(
        "teile",
        {"I": "unemployed", "M": "unemployed/legal_sgb2", "W": "unemployed/legal_sgb3"},
    )
    # The same row twice with another number.
    table(folder / "doppelt.csv", [*NEW, NEW[3]], B=range(17))
    twice = of("doppelt", {"B": "sgb2_bg"})
    # Keys of the earlier state.
    table(folder / "stand.csv", OLD, K=people())
    state = of("stand", {"K": "sgb2_elb"})
    # Unknown symbols and a point between thousands.
    table(folder / "zeichen.csv", NEW, A=["*", "k.A.", "1.234", *range(13)])
    signs = of("zeichen", {"A": "grusi_alter"})
    # A definition that changed in 2022, and one date that was delivered twice.
    years = [(f"reihe{y}.csv", "neu", f"{y}-12-31") for y in range(2018, 2024)]
    values = [[v + i % 5 for v in people()] for i in range(4)]
    values += [[round(v * 1.4) + i % 7 for i, v in enumerate(people())]] * 2
    for (name, _, _), column in zip(years, values, strict=True):
        table(folder / name, NEW, H=column)
    series = dataset("reihe", years, {"H": "sgb2_persons"})
    return write(folder, total, by_name, parts, twice, state, signs, series)
