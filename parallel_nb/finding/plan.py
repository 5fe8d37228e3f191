"""What a find would look for and cost, before anything is sent."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from parallel_nb.api.errors import InputError
from parallel_nb.api.findall import FINDALL_PRICES_AS_OF, enrichment_cost, fields_of
from parallel_nb.finding.model import most_cost
from parallel_nb.finding.request import missing_enrichments
from parallel_nb.formats import count, money, shorten
from parallel_nb.job.options import check_cost, is_over

if TYPE_CHECKING:
    from parallel_nb.api.findall import Generator
    from parallel_nb.finding.request import FindRequest

_TITLE: Final = 80


@dataclass(frozen=True, slots=True, repr=False)
class FindPlan:
    """What a find would look for, and what it costs at most. Money is USD; nothing has been sent.

    Examples:
        >>> plan = pnb.find_plan("European makers of industrial heat pumps")  # doctest: +SKIP
        >>> plan.conditions  # as the service proposes them  # doctest: +SKIP
        >>> find = pnb.find(plan.objective, plan.conditions)  # doctest: +SKIP
    """

    title: str
    request: FindRequest
    generator: Generator
    connection: str
    #: True where it costs money: the hosted service.
    billed: bool
    #: True where the service has proposed the conditions, which nobody has agreed to yet.
    proposed: bool
    #: Matches that are still to be paid.
    limit_to_pay: int
    #: False where the journal has the find already: then its fixed part is paid.
    is_new: bool
    #: What the journal knows of it, in a sentence; "" for a new one.
    earlier: str
    #: True where the answer to its creation was lost, so that it is refused.
    in_doubt: bool
    max_cost: float | None
    #: Options of the cell that are none of the request, such as ` --into makers`.
    cell_options: str = ""

    @property
    def objective(self) -> str:
        """What is looked for, in a sentence."""
        return self.request.objective

    @property
    def conditions(self) -> dict[str, str]:
        """The conditions, each name with its description."""
        return {one.name: one.description for one in self.request.conditions}

    @property
    def hosted_cost(self) -> float:
        """USD at most on the hosted service for what is still to be done."""
        request, new = self.request, self.limit_to_pay
        if self.is_new:
            return most_cost(request, self.generator)
        missing = missing_enrichments(request.enrichments, request.made_fields)
        cost = (request.limit - new) * enrichment_cost(missing)
        if new:
            cost += new * (self.generator.usd_per_match + enrichment_cost(request.enrichments))
        return cost

    @property
    def cost(self) -> float:
        """USD at most for what is still to be done; 0 where nothing is billed."""
        return self.hosted_cost if self.billed else 0.0

    @property
    def is_too_dear(self) -> bool:
        """True when the cost is over `max_cost`, so that `check` refuses the find."""
        return is_over(self.cost, self.max_cost)

    def check(self) -> None:
        """Refuse a find that nobody has agreed to, or that costs too much.

        Raises:
            InputError: The conditions are proposals, or the cost is over the limit.
        """
        if self.proposed:
            raise InputError(
                "The find has no conditions, so nothing was sent. The service proposes:\n"
                f"{self.condition_lines()}",
                "Edit them as you like and pass them: conditions={...} or, in a cell, lines "
                "below ---. plan = pnb.find_plan(...) gives them as plan.conditions.",
            )
        remedy = "Raise --max-cost, lower --limit, or choose a cheaper generator."
        check_cost("This find may", self.cost, self.max_cost, remedy)

    def condition_lines(self) -> str:
        """The conditions as lines of a cell."""
        lines = (f"{name}: {' '.join(what.split())}" for name, what in self.conditions.items())
        return "\n".join(lines)

    @property
    def cell(self) -> str:
        """The find as a cell to copy and edit."""
        request = self.request
        line = f"%%parallel_find --limit {request.limit} --generator {request.generator}"
        if request.entity_type:
            line += f" --entity-type {shlex.quote(request.entity_type)}"
        if request.enrichments:
            line += f" --processor {request.enrichments[-1].processor}"
        if self.max_cost is not None:
            line += f" --max-cost {str(self.max_cost).removesuffix('.0')}"
        lines = [
            line + self.cell_options,
            request.objective,
            "---",
            self.condition_lines(),
        ]
        lines += [
            f"+ {field.name}: {field.type}" + f" - {field.description}" * bool(field.description)
            for field in request.enriched_fields
        ]
        return "\n".join(lines)

    def facts(self) -> list[tuple[str, str]]:
        """The numbers as text, each with its name: what every display of the plan shows."""
        request, generator = self.request, self.generator
        price = f"{money(generator.usd_per_run)} and {money(generator.usd_per_match)} a match"
        facts = [
            ("generator", f"{generator.name}, {price}, prices of {FINDALL_PRICES_AS_OF}"),
            ("kind", request.entity_type or "as the service says"),
            (self._limit_word, f"{request.limit:,} at most"),
        ]
        if request.enrichments:
            parts = (
                f"{shorten(', '.join(field.name for field in fields_of(one)), _TITLE)} by "
                f"{one.processor}, {money(enrichment_cost([one]))} a match"
                for one in request.enrichments
            )
            facts.append(("enriched", "; ".join(parts)))
        if request.exclude:
            facts.append(("left out", count(len(request.exclude), "entity", "entities")))
        if self.earlier:
            facts.append(("known", self.earlier))
        facts.append(("cost", self._cost_words()))
        if self.max_cost is not None:
            over = ": this find is over it and would be refused" if self.is_too_dear else ""
            facts.append(("limit", f"{money(self.max_cost)}{over}"))
        return facts

    @property
    def _limit_word(self) -> str:
        return "candidates" if self.generator.name == "preview" else "matches"

    def _cost_words(self) -> str:
        if not self.billed:
            return f"$0.00 (at the hosted service at most {money(self.hosted_cost)})"
        if not self.cost:
            return f"{money(0)}: nothing more is sent"
        return f"at most {money(self.cost)}"

    @property
    def notes(self) -> list[str]:
        """Sentences on what is to be done before it can run."""
        notes = []
        if self.proposed:
            notes.append("The service proposes these conditions: edit the cell, then run it.")
        if self.in_doubt:
            notes.append(
                "The answer to an earlier request that begins it was lost: it may exist already, "
                "and is begun again with --fresh alone."
            )
        return notes

    def lines(self) -> list[str]:
        """The plan line by line, for a terminal."""
        facts = self.facts()
        width = max(len(name) for name, _ in facts)
        return [
            f"Plan: {self.title} ({self.connection}); nothing has been sent",
            *(f"  {name:<{width}}  {value}" for name, value in facts),
            *(f"  {note}" for note in self.notes),
            "",
            *self.cell.splitlines(),
        ]

    def __str__(self) -> str:
        """The plan in a few lines of text."""
        return "\n".join(self.lines())

    def __repr__(self) -> str:
        """The plan in a few lines, as a terminal shows it."""
        return str(self)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return {"text/plain": str(self)}
