"""A report as one HTML file: the table with links to its numbered sources, and the method.

It needs no script and no other file, and follows the reader's choice of light or dark.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from parallel_nb.job.export.report import NOT_FOUND, shown_columns, text_of
from parallel_nb.links import is_safe_url

if TYPE_CHECKING:
    from pathlib import Path

    from parallel_nb.job.export.report import Cell, Report, Source

_STYLE: Final = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; }
.table { overflow-x: auto; }
table { border-collapse: collapse; }
th, td { text-align: left; vertical-align: top; padding: .35rem .9rem .35rem 0;
  border-bottom: 1px solid #8888; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
.confidence { opacity: .75; font-size: .85em; }
sup a { text-decoration: none; padding: 0 .1em; }
blockquote { margin: .25rem 0 .75rem; padding-left: .75rem; border-left: 3px solid #8888; }
li:target { background: #fc03; }
dt { font-weight: 600; } dd { margin: 0 0 .5rem; white-space: pre-line; }
.question { white-space: pre-line; }
"""


def write(report: Report, path: Path) -> None:
    """Write the page.

    Raises:
        OSError: The file cannot be written.
    """
    path.write_text(page(report), encoding="utf-8")


def page(report: Report) -> str:
    """The page as text; whatever is from outside is escaped."""
    columns = shown_columns(report)
    heads = "".join(f'<th scope="col">{escape(report.columns[index])}</th>' for index in columns)
    rows = "\n".join(
        f"<tr>{''.join(_cell(row[index]) for index in columns)}</tr>" for row in report.rows
    )
    sources = "\n".join(map(_source, report.sources))
    method = "\n".join(
        f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in report.method
    )
    return f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{escape(report.title)}</title>
<style>{_STYLE}</style>
<h1>{escape(report.title)}</h1>
<p class="question">{escape(report.question)}</p>
<div class="table"><table>
<thead><tr>{heads}</tr></thead>
<tbody>
{rows}
</tbody>
</table></div>
<h2>Sources</h2>
<ol>
{sources}
</ol>
<h2>Method</h2>
<dl>
{method}
</dl>
</html>
"""


def _cell(cell: Cell) -> str:
    is_number = isinstance(cell.value, (int, float)) and not isinstance(cell.value, bool)
    opening = '<td class="number">' if is_number else "<td>"
    confidence = (
        f' <span class="confidence">{escape(cell.confidence)}</span>' if cell.confidence else ""
    )
    links = " ".join(f'<a href="#source-{number}">{number}</a>' for number in cell.notes)
    notes = f"<sup>{links}</sup>" if links else ""
    if cell.value is None and cell.confidence:
        return f"{opening}<i>{NOT_FOUND}</i>{confidence}{notes}</td>"
    return f"{opening}{escape(text_of(cell.value))}{confidence}{notes}</td>"


def _source(source: Source) -> str:
    document = escape(source.document)
    if is_safe_url(source.url):
        document = f'<a href="{escape(source.url)}" rel="noopener noreferrer">{document}</a>'
    elif source.url != source.document:
        document = f"{document} ({escape(source.url)})"
    value = f" = {escape(source.value)}" if source.value else ""
    confidence = f" ({escape(source.confidence)})" if source.confidence else ""
    place = f", {escape(source.place)}" if source.place else ""
    excerpt = f"<blockquote>{escape(source.excerpt)}</blockquote>" if source.excerpt else ""
    return (
        f'<li id="source-{source.number}" value="{source.number}">{escape(source.row)}, '
        f"{escape(source.field)}{value}{confidence}: {document}{place}{excerpt}</li>"
    )
