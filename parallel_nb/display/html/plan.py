"""What a job would send and cost, as a table and as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from parallel_nb.display.html.escape import Html, clean, clean_line, element, muted, root

if TYPE_CHECKING:
    from parallel_nb.job.plan import Plan

_LINE: Final = 300
_MOST_REMARKS: Final = 12
_MOST_FIELDS: Final = 30


def html(plan: Plan) -> Html:
    """The plan as HTML: numbers first, then remarks, then what is asked."""
    rows = [
        element(
            "tr",
            element("th", name, scope="row", style="cell"),
            element("td", clean(value, _LINE), style="cell"),
        )
        for name, value in plan.facts()
    ]
    remarks = [
        *(element("li", clean(note, _LINE)) for note in plan.notes),
        *(element("li", clean(finding, _LINE)) for finding in plan.findings),
    ]
    left = len(remarks) - _MOST_REMARKS
    if left > 0:
        remarks = [*remarks[:_MOST_REMARKS], element("li", f"and {left:,} more")]
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
        element(
            "div",
            element("strong", f"Plan: {clean(plan.title, 120)}"),
            " ",
            muted(clean(plan.connection, 120), "nothing has been sent"),
        ),
        element("table", element("tbody", *rows), style="table"),
        element("ul", *remarks) if remarks else None,
        element(
            "details",
            element("summary", "What is asked"),
            element("div", element("code", clean(plan.example, 600)), style="para"),
            element("ul", *fields) if fields else None,
            # A spec that cannot be read has no fields either.
            None if fields or plan.errors else element("div", "a text answer"),
        ),
    )


def text(plan: Plan) -> str:
    """The plan as text: its own lines."""
    return "\n".join(clean_line(line, 4 * _LINE) for line in plan.lines())
