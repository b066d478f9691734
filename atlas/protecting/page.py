"""One self-contained HTML page for reading and printing: headings, text, tables, no scripts."""

import re
from collections.abc import Iterable, Sequence
from html import escape

_STYLE = """
:root { color-scheme: light; }
body { font: 1rem/1.5 system-ui, "Noto Sans", Arial, sans-serif; color: #1a1a1a;
  background: #fff; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; line-height: 1.25; }
h2 { font-size: 1.2rem; margin-top: 2rem; border-bottom: 1px solid #767676; }
table { border-collapse: collapse; margin: 1rem 0; }
table { min-width: min(24rem, 100%); }
caption { text-align: left; font-weight: 600; padding-bottom: .3rem; }
th, td { border: 1px solid #949494; padding: .25rem .6rem; text-align: left;
  vertical-align: top; overflow-wrap: break-word; }
table.wide { table-layout: fixed; width: 100%; }
table.wide th:first-child, table.wide th:last-child, table.wide td:last-child { width: 24%; }
thead th { background: #f0f0f0; overflow-wrap: break-word; hyphens: auto; }
td.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.note { border: 3px solid #8a1c1c; padding: .6rem 1rem; font-weight: 700; }
.good { border: 3px solid #1d6b33; padding: .6rem 1rem; font-weight: 700; }
.scroll { overflow-x: auto; }
.todo { border-left: 4px solid #1f4e8c; padding: .2rem .8rem; margin-left: 1rem; }
.fold { max-height: 15rem; overflow: auto; border: 1px solid #949494; padding: 0 .8rem; }
p[id] { scroll-margin-top: 1rem; margin-top: 1.4rem; }
@media (max-width: 40rem) {
  table { font-size: .8rem; min-width: 0; }
  th, td { padding: .2rem .35rem; hyphens: auto; }
  thead th { overflow-wrap: break-word; hyphens: auto; font-size: 0.85em; }
}
@media print {
  @page { size: A4; margin: 18mm; }
  body { margin: 0; max-width: none; font-size: 10pt; }
  h2, caption { break-after: avoid; }
  tr, .note, .good { break-inside: avoid; }
  thead { display: table-header-group; }
  .scroll { overflow: visible; }
  .fold { max-height: none; overflow: visible; border: 0; padding: 0; }
  p[id] { break-after: avoid; }
  p.todo { break-before: avoid; break-inside: avoid; }
  a { color: inherit; text-decoration: none; }
}
"""


_LONG_WORD = re.compile(r"[^\s<>&;]{19,}")
_MARK = re.compile(r"([/_.+-])(?=\w)")


def page(title: str, parts: Iterable[str]) -> str:
    """A whole page; `parts` are pieces of HTML made by the other functions here."""
    body = "\n".join(parts)
    return (
        '<!DOCTYPE html>\n<html lang="de">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n"
        f"<body>\n<main>\n<h1>{escape(title)}</h1>\n{body}\n</main>\n</body>\n</html>\n"
    )


class Markup(str):
    """A piece of HTML that is not escaped again."""


def link(anchor: str, text: str, after: str = "") -> Markup:
    """A link to a paragraph of the same page, and words after it."""
    return Markup(f'<a href="#{escape(anchor)}">{_text(text)}</a>{escape(after)}')


def folded(part: str, entries: int, most: int) -> str:
    """A long list in a box of its own that scrolls on the screen and is whole on paper."""
    if entries <= most:
        return part
    label = f"Liste mit {entries} Einträgen"
    return f'<div class="fold" tabindex="0" role="region" aria-label="{label}">{part}</div>'


def heading(text: str) -> str:
    """The heading of a section."""
    return f"<h2>{escape(text)}</h2>"


def paragraph(text: str, mark: str = "", lead: str = "", anchor: str = "") -> str:
    """A paragraph.

    `mark` is ``note`` for a warning, ``good`` for a good result, ``todo`` for what to do; `lead`
    are first words in bold, `anchor` is what a link leads to.
    """
    kind = (f' class="{mark}"' if mark else "") + (f' id="{escape(anchor)}"' if anchor else "")
    strong = f"<strong>{escape(lead)}</strong>" if lead else ""
    return f"<p{kind}>{strong}{escape(text)}</p>"


def items(texts: Iterable[str]) -> str:
    """A list of sentences."""
    return "<ul>\n" + "".join(f"<li>{_text(text)}</li>\n" for text in texts) + "</ul>"


def table(
    caption: str,
    header: Sequence[str],
    rows: Iterable[Sequence[str]],
    words: int = 1,
    wide: bool = False,
) -> str:
    """A table.

    Parameters
    ----------
    caption
        What the table shows.
    header
        One entry per column.
    rows
        Texts; the first of each row heads it.
    words
        How many columns from the left hold words; the others are numbers.
    wide
        Whether a column in the middle holds long sentences and gets most of the room.
    """
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in header)
    body = "".join(f"<tr>{_cells(row, words)}</tr>\n" for row in rows)
    mark = ' class="wide"' if wide else ""
    title = f"<caption>{escape(caption)}</caption>\n" if caption else ""
    return (
        f'<div class="scroll"><table{mark}>\n{title}'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>\n</table></div>"
    )


def _cells(row: Sequence[str], words: int) -> str:
    first = f'<th scope="row">{_text(row[0])}</th>'
    rest = (
        f"<td>{_text(text)}</td>" if i < words else f'<td class="n">{_text(text)}</td>'
        for i, text in enumerate(row[1:], start=1)
    )  # fmt: skip
    return first + "".join(rest)


def _text(cell: str) -> str:
    """A cell; a long word such as a file's name may break after its marks, and nowhere else."""
    if isinstance(cell, Markup):
        return cell
    return _LONG_WORD.sub(lambda m: _MARK.sub(r"\1<wbr>", m[0]), escape(cell))
