"""What a job would send and cost, before it is sent."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from parallel_nb.api.errors import InputError
from parallel_nb.api.processors import PRICES_AS_OF, Processor
from parallel_nb.api.specs import Finding, lint_spec
from parallel_nb.jobs.journal import ACTIVE_STATES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from parallel_nb.api.fields import OutputField
    from parallel_nb.jobs.journal import RunRecord
    from parallel_nb.jobs.questions import Questions
    from parallel_nb.jobs.tuning import Tuning

#: Runs that the service is taken to work on at once, for a guess of the whole time.
_AT_ONCE: Final = 1000


@dataclass(frozen=True, slots=True)
class Plan:
    """What would happen. Money is USD, times are seconds; nothing has been sent."""

    title: str
    processor: str
    connection: str
    #: True where runs cost money: the hosted service.
    billed: bool
    #: Rows of the frame that the plan is for, after `sample`.
    rows: int
    #: Rows that repeat another row's question and share its answer.
    merged: int
    #: Rows that have nothing to ask; they get an error of their own.
    skipped: int
    #: Questions that the journal has answered already.
    reused: int
    #: Questions that were sent before and are being worked on: followed, not sent again.
    in_flight: int
    #: Questions that failed before and are asked again; part of `to_send`.
    asked_again: int
    to_send: int
    #: POSTs: one for the group, one a wave.
    requests: int
    cost: float
    #: What the same would cost on the hosted service; equals `cost` there.
    hosted_cost: float
    usd_per_1000: float
    prices_as_of: str
    #: Shortest and longest usual time of the whole.
    seconds: tuple[float, float]
    #: Remarks of the lint; errors come first.
    findings: tuple[Finding, ...]
    #: Sentences about the rows: gaps, skipped rows, mixed columns.
    notes: tuple[str, ...]
    fields: tuple[OutputField, ...]
    #: What the first question looks like.
    example: str
    #: With `sample`: rows of the whole frame, and what the whole would cost.
    rows_in_all: int
    cost_in_all: float
    seconds_in_all: tuple[float, float] = (0.0, 0.0)
    max_cost: float | None = None

    @property
    def errors(self) -> tuple[Finding, ...]:
        """Remarks of the lint that the service would answer with a 422."""
        return tuple(finding for finding in self.findings if finding.level == "error")

    def check(self) -> None:
        """Raise `InputError` when the spec breaks a rule or the cost is over the limit."""
        if self.errors:
            raise InputError(
                f"The output spec breaks the service's rules: {self.errors[0]}"
                + (f" (and {len(self.errors) - 1} more)" if len(self.errors) > 1 else ""),
                "Mend the output fields; nothing was sent.",
            )
        if self.max_cost is not None and self.cost > self.max_cost:
            raise InputError(
                f"This job would cost ${self.cost:,.2f} for {self.to_send:,} runs of "
                f"{self.processor}, over the limit of ${self.max_cost:,.2f}.",
                "Nothing was sent. Raise --max-cost, try --sample 10, or choose a cheaper "
                "processor.",
            )
        if self.rows == self.skipped:
            raise InputError(
                f"None of the {self.rows:,} rows has anything to ask.",
                self.notes[0] if self.notes else "Check the columns that the prompt names.",
            )

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return {"text/plain": str(self)}

    def __str__(self) -> str:
        """The plan in a few lines of text."""
        return "\n".join(self.lines())

    def lines(self) -> list[str]:
        """The plan line by line, for a terminal."""
        low, high = self.seconds
        money = f"${self.cost:,.2f}" if self.billed else f"$0.00 (hosted: ${self.hosted_cost:,.2f})"
        price = f"${self.usd_per_1000:g} per 1,000 runs (prices of {self.prices_as_of})"
        lines = [
            f"Plan: {self.title}",
            f"  connection  {self.connection}",
            f"  processor   {self.processor}, {price}",
            f"  rows        {self.rows:,}"
            + (f" of {self.rows_in_all:,} (a sample)" if self.rows < self.rows_in_all else ""),
        ]
        counts = (
            ("merged", self.merged, "repeat another row"),
            ("skipped", self.skipped, "have nothing to ask"),
            ("reused", self.reused, "answered already, from the journal"),
            ("in flight", self.in_flight, "sent before, still being worked on"),
        )
        lines += [f"  {name:<11} {count:,} {what}" for name, count, what in counts if count]
        again = f", {self.asked_again:,} of them failed before" if self.asked_again else ""
        lines += [
            f"  to send     {self.to_send:,} runs in {self.requests:,} requests{again}",
            f"  cost        {money}",
        ]
        if self.rows < self.rows_in_all:
            low, high = self.seconds_in_all
            time = f", {_duration(low)} to {_duration(high)}" if self.billed else ""
            lines.append(
                f"  in all      ${self.cost_in_all:,.2f} for {self.rows_in_all:,} rows{time}"
            )
            low, high = self.seconds
        if self.to_send and self.billed:
            lines.append(f"  time        {_duration(low)} to {_duration(high)}")
        lines += [f"  note        {note}" for note in self.notes]
        lines += [f"  {finding}" for finding in self.findings]
        return lines


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"


def make_plan(  # noqa: PLR0913 - the facts that a plan is made of
    questions: Questions,
    known: Mapping[str, RunRecord],
    *,
    title: str,
    processor: Processor,
    connection: str,
    billed: bool,
    tuning: Tuning,
    max_cost: float | None,
    rows_in_all: int,
) -> Plan:
    """Put the numbers together; `known` is what the journal says of the keys."""
    states = [known[key].state for key in questions.keys if key in known]
    reused = states.count("completed")
    in_flight = sum(state in ACTIVE_STATES for state in states)
    to_send = len(questions.keys) - reused - in_flight
    rows = questions.source.rows
    waves = math.ceil(to_send / tuning.wave)
    hosted_cost = processor.cost(to_send)
    share = len(questions.keys) / rows
    low, high = processor.latency
    rounds = max(1, math.ceil(to_send / _AT_ONCE))
    return Plan(
        title=title,
        processor=processor.name,
        connection=connection,
        billed=billed,
        rows=rows,
        merged=rows - len(questions.skipped) - len(questions.keys),
        skipped=len(questions.skipped),
        reused=reused,
        in_flight=in_flight,
        asked_again=len(states) - reused - in_flight,
        to_send=to_send,
        requests=waves + 1 if waves else 0,
        cost=hosted_cost if billed else 0.0,
        hosted_cost=hosted_cost,
        usd_per_1000=processor.usd_per_1000,
        prices_as_of=PRICES_AS_OF,
        seconds=(low, high * rounds) if to_send or in_flight else (0.0, 0.0),
        findings=tuple(lint_spec(questions.spec)),
        notes=tuple(_notes(questions, processor)),
        fields=questions.output.fields,
        example=_example(questions),
        rows_in_all=rows_in_all,
        cost_in_all=processor.cost(round(rows_in_all * share)) if billed else 0.0,
        seconds_in_all=(low, high * max(1, math.ceil(rows_in_all * share / _AT_ONCE))),
        max_cost=max_cost,
    )


def _example(questions: Questions) -> str:
    import json  # noqa: PLC0415 - for this one line

    if not questions.keys:
        return ""
    value = questions.input(0)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _notes(questions: Questions, processor: Processor) -> list[str]:
    notes = []
    if questions.with_gaps:
        where = ", ".join(f"{name}: {count:,}" for name, count in questions.missing.items())
        notes.append(f'{questions.with_gaps:,} rows have a gap that reads as "unknown" ({where}).')
    if questions.skipped:
        row, reason = next(iter(questions.skipped.items()))
        notes.append(
            f"{len(questions.skipped):,} rows are skipped; the first is row {row}: {reason}."
        )
    if questions.as_text:
        names = ", ".join(sorted(questions.as_text))
        notes.append(f"Columns with values of several kinds go as text: {names}.")
    if len(questions.output.fields) > processor.fields:
        notes.append(
            f"{len(questions.output.fields)} output fields; {processor.name} fills about "
            f"{processor.fields} well."
        )
    return notes
