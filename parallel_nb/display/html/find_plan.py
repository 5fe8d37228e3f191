"""What a find would look for and cost, with the cell that finds it: to be edited and run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from parallel_nb.display.html.escape import Html, clean, clean_line, element, join, muted, root

if TYPE_CHECKING:
    from parallel_nb.finding.plan import FindPlan

_LINE: Final = 300
_MOST_LINES: Final = 60


def html(plan: FindPlan) -> Html:
    """The plan as HTML: numbers first, then remarks, then the cell."""
    rows = [
        element(
            "tr",
            element("th", name, scope="row", style="cell"),
            element("td", clean(value, _LINE), style="cell"),
        )
        for name, value in plan.facts()
    ]
    notes = [element("li", clean(note, _LINE)) for note in plan.notes]
    lines = plan.cell.splitlines()[:_MOST_LINES]
    code = [part for line in lines for part in (clean(line, _LINE), element("br"))]
    return root(
        element(
            "div",
            element("strong", f"Plan: {clean(plan.title, 120)}"),
            " ",
            muted(clean(plan.connection, 120), "nothing has been sent"),
        ),
        element("table", element("tbody", *rows), style="table"),
        element("ul", *notes) if notes else None,
        element("div", muted("as a cell, to be edited:")),
        element("blockquote", element("code", join(code)), style="cite"),
    )


def text(plan: FindPlan) -> str:
    """The plan as text: its own lines."""
    return "\n".join(clean_line(line, 4 * _LINE) for line in plan.lines())
