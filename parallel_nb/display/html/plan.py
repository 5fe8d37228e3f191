"""What a job, or a find, would do and cost, as a table and as text; of a find also its cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from parallel_nb.display.html.escape import Html, clean, clean_line, element, join, muted, root

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parallel_nb.finding.plan import FindPlan
    from parallel_nb.job.plan import Plan

_LINE: Final = 300
_MOST_REMARKS: Final = 12
_MOST_FIELDS: Final = 30
#: Lines of a cell that are shown, and their characters: what is copied has to be the whole.
_MOST_LINES: Final = 300
_CELL_LINE: Final = 10_000


def html(plan: Plan) -> Html:
    """The plan of a job as HTML: numbers first, then remarks, then what is asked."""
    fields = [
        element(
            "li",
            element("b", clean(field.name, 60)),
            f": {clean(field.type, 120)}",
            f" - {clean(field.description, _LINE)}" if field.description else None,
        )
        for field in plan.fields[:_MOST_FIELDS]
    ]
    hidden = len(plan.fields) - _MOST_FIELDS
    if hidden > 0:
        fields.append(element("li", f"and {hidden:,} more"))
    return root(
        *_facts(plan),
        _remarks([*plan.notes, *plan.findings]),
        element(
            "details",
            element("summary", "What is asked"),
            element("div", element("code", clean(plan.example, 600)), style="para"),
            element("ul", *fields) if fields else None,
            # A spec that cannot be read has no fields either.
            None if fields or plan.errors else element("div", "a text answer"),
        ),
    )


def find_html(plan: FindPlan) -> Html:
    """The plan of a find as HTML: numbers first, then remarks, then the cell, to be edited."""
    lines = plan.cell.splitlines()[:_MOST_LINES]
    code = [part for line in lines for part in (clean(line, _CELL_LINE), element("br"))]
    return root(
        *_facts(plan),
        _remarks(plan.notes),
        element("div", muted("as a cell, to be edited:")),
        element("blockquote", element("code", join(code)), style="cite"),
    )


def text(plan: Plan | FindPlan) -> str:
    """The plan as text: its own lines."""
    return "\n".join(clean_line(line, _CELL_LINE) for line in plan.lines())


def _facts(plan: Plan | FindPlan) -> tuple[Html, Html]:
    """The title, and the numbers as a table."""
    rows = [
        element(
            "tr",
            element("th", name, scope="row", style="cell"),
            element("td", clean(value, _LINE), style="cell"),
        )
        for name, value in plan.facts()
    ]
    title = element("strong", f"Plan: {clean(plan.title, 120)}")
    about = muted(clean(plan.connection, 120), "nothing has been sent")
    table = element("table", element("tbody", *rows), style="table")
    return element("div", title, " ", about), table


def _remarks(remarks: Sequence[object]) -> Html | None:
    """The first remarks as a list; None where there are none."""
    items = [element("li", clean(remark, _LINE)) for remark in remarks[:_MOST_REMARKS]]
    left = len(remarks) - _MOST_REMARKS
    if left > 0:
        items.append(element("li", f"and {left:,} more"))
    return element("ul", *items) if items else None
