"""What a job would send and cost, as a table and as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from parallel_nb.display.static.escape import Html, clean, clean_line, element, root
from parallel_nb.display.static.words import count, duration, money, quiet

if TYPE_CHECKING:
    from parallel_nb.jobs.plan import Plan

_LINE: Final = 300
_MOST_REMARKS: Final = 12
_MOST_FIELDS: Final = 30


def html(plan: Plan) -> Html:
    """The numbers first, then remarks, then what is asked."""
    rows = [
        element(
            "tr",
            element("th", name, scope="row", style="cell"),
            element("td", said, style="cell"),
        )
        for name, said in _facts(plan)
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
            quiet(clean(plan.connection, 120), "nothing has been sent"),
        ),
        element("table", element("tbody", *rows), style="table"),
        element("ul", *remarks) if remarks else None,
        element(
            "details",
            element("summary", "What is asked"),
            element("div", element("code", clean(plan.example, 600)), style="para"),
            element("ul", *fields) if fields else element("div", "a text answer"),
        ),
    )


def _facts(plan: Plan) -> list[tuple[str, str]]:
    of_all = f" of {plan.rows_in_all:,} (a sample)" if plan.rows < plan.rows_in_all else ""
    again = f", {plan.asked_again:,} of them failed before" if plan.asked_again else ""
    year = clean(plan.prices_as_of, 20)
    price = f"${plan.usd_per_1000:g} per 1,000 runs, prices of {year}"
    cost = money(plan.cost)
    if not plan.billed:
        cost += f" (hosted it would be {money(plan.hosted_cost)}, prices of {year})"
    facts = [
        ("processor", f"{clean(plan.processor, 40)}, {price}"),
        ("rows", f"{plan.rows:,}{of_all}"),
        ("merged", f"{plan.merged:,} repeat another row" if plan.merged else ""),
        ("skipped", f"{plan.skipped:,} have nothing to ask" if plan.skipped else ""),
        ("reused", f"{plan.reused:,} answered already, from the journal" if plan.reused else ""),
        ("in flight", f"{plan.in_flight:,} sent before" if plan.in_flight else ""),
        ("to send", f"{count(plan.to_send, 'run')} in {count(plan.requests, 'request')}{again}"),
        ("cost", cost),
    ]
    if of_all:
        facts.append(("cost of all rows", money(plan.cost_in_all)))
    if plan.max_cost is not None:
        facts.append(("limit", money(plan.max_cost)))
    if plan.to_send and plan.billed:
        low, high = plan.seconds
        facts.append(("time", f"{duration(low)} to {duration(high)}"))
    return [(name, said) for name, said in facts if said]


def text(plan: Plan) -> str:
    """The plan's own lines."""
    return "\n".join(clean_line(line, 4 * _LINE) for line in plan.lines())
