"""What a job would send and cost, before it is sent."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from parallel_nb import settings
from parallel_nb.api.errors import InputError
from parallel_nb.api.processors import PRICES_AS_OF, Processor
from parallel_nb.api.schema.specs import Finding, lint_spec
from parallel_nb.formats import count, money
from parallel_nb.job.journal import ACTIVE_STATES
from parallel_nb.job.leases import may_be_at_work
from parallel_nb.job.questions import NOTHING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from parallel_nb.api.schema.fields import OutputField
    from parallel_nb.job.journal import RunRecord
    from parallel_nb.job.questions import Questions
    from parallel_nb.job.tuning import Tuning

_MINUTE: Final = 60.0
_HOUR: Final = 3600.0
#: Remarks that the text shows; a spec of a hundred fields may have hundreds.
_MOST_REMARKS: Final = 12


@dataclass(frozen=True, slots=True, repr=False)
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
    #: Rows that cannot be asked; they get an error of their own.
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
    #: Shortest and longest usual time of the whole at the hosted service, by the processor's
    #: latency, the runs that are at work at once, and the quota of requests.
    seconds: tuple[float, float]
    #: Remarks of the lint; errors come first.
    findings: tuple[Finding, ...]
    #: Sentences about the rows: gaps, skipped rows, mixed columns.
    notes: tuple[str, ...]
    fields: tuple[OutputField, ...]
    #: What the first question looks like.
    example: str
    #: With `sample`: rows of the whole frame, and what the whole would cost, if as many of
    #: its rows repeat others as in the sample.
    rows_in_all: int
    cost_in_all: float
    seconds_in_all: tuple[float, float] = (0.0, 0.0)
    max_cost: float | None = None
    hosted_cost_in_all: float = 0.0
    #: Rows, among the skipped, whose input is over the service's limit; the others are empty.
    too_long: int = 0
    #: Questions that a kernel which is gone was about to send: they are looked for in the
    #: group, and sent, and paid, where they are not there. `cost` has them.
    in_doubt: int = 0

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
        if self.is_too_dear:
            raise InputError(
                f"This job would cost {money(self.cost)} for "
                f"{self.to_send + self.in_doubt:,} runs of {self.processor}, "
                f"over the limit of {money(self.max_cost or 0.0)}.",
                "Nothing was sent. Raise --max-cost, try --sample 10, or choose a cheaper "
                "processor.",
            )
        if self.rows == self.skipped:
            can = "can be asked" if self.too_long else "has anything to ask"
            raise InputError(
                f"None of the {self.rows:,} rows {can}.",
                self.notes[0] if self.notes else "Check the columns that the prompt names.",
            )

    @property
    def is_too_dear(self) -> bool:
        """True when `max_cost` would refuse the job."""
        return self.max_cost is not None and self.cost > self.max_cost

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return {"text/plain": str(self)}

    def __repr__(self) -> str:
        """The plan in a few lines, as a terminal shows it."""
        return str(self)

    def __str__(self) -> str:
        """The plan in a few lines of text."""
        return "\n".join(self.lines())

    def lines(self) -> list[str]:
        """The plan line by line, for a terminal."""
        remarks = [f"  {finding}" for finding in self.findings]
        if len(remarks) > _MOST_REMARKS:
            left = len(remarks) - _MOST_REMARKS
            remarks[_MOST_REMARKS:] = [f"  and {left:,} more remarks: plan.findings"]
        return [
            f"Plan: {self.title}",
            *(
                f"  {name:<11} {said}"
                for name, said in (("connection", self.connection), *self.facts())
            ),
            *(f"  {'note':<11} {note}" for note in self.notes),
            *remarks,
        ]

    def facts(self) -> list[tuple[str, str]]:
        """The numbers, each with its name, in the words of every display."""
        price = f"${self.usd_per_1000:g} per 1,000 runs, prices of {self.prices_as_of}"
        sampled = self.rows < self.rows_in_all
        again = f", {self.asked_again:,} of them failed before" if self.asked_again else ""
        facts = [
            ("processor", f"{self.processor}, {price}"),
            ("rows", f"{self.rows:,}" + (f" of {self.rows_in_all:,} (a sample)" * sampled)),
        ]
        counts = (
            ("merged", self.merged, "the same question as another row"),
            ("skipped", self.skipped, self._why_skipped()),
            ("reused", self.reused, "answered already, from the journal"),
            ("in flight", self.in_flight, "sent before, still being worked on"),
            ("in doubt", self.in_doubt, "sent only where the group does not have them"),
        )
        facts += [(name, f"{number:,} ({what})") for name, number, what in counts if number]
        facts += [
            (
                "to send",
                f"{count(self.to_send, 'run')} in {count(self.requests, 'request')}{again}",
            ),
            ("cost", ("at most " * bool(self.in_doubt)) + self._cost(self.cost, self.hosted_cost)),
        ]
        if self.to_send or self.in_flight or self.in_doubt:
            facts.append(("time", self._time(self.seconds)))
        if sampled:
            cost = self._cost(self.cost_in_all, self.hosted_cost_in_all)
            facts += [
                ("all rows", f"about {cost} for {self.rows_in_all:,} rows"),
                ("their time", self._time(self.seconds_in_all)),
            ]
        if self.max_cost is not None:
            over = ": this job is over it and would be refused" if self.is_too_dear else ""
            facts.append(("limit", f"{money(self.max_cost)}{over}"))
        return facts

    def of_sample(self) -> str:
        """What all rows would cost, where the plan is for a sample of them; else nothing."""
        if self.rows >= self.rows_in_all:
            return ""
        cost = self._cost(self.cost_in_all, self.hosted_cost_in_all)
        return (
            f"A sample of {self.rows:,} of {self.rows_in_all:,} rows. All rows: about {cost}, "
            f"{self._time(self.seconds_in_all)}. What the sample has answered is reused."
        )

    def _why_skipped(self) -> str:
        empty = self.skipped - self.too_long
        if not self.too_long:
            return "nothing to ask"
        return f"{empty:,} with nothing to ask, {self.too_long:,} too long" if empty else "too long"

    def _cost(self, cost: float, hosted: float) -> str:
        return money(cost) + ("" if self.billed else f" (hosted it would be {money(hosted)})")

    def _time(self, seconds: tuple[float, float]) -> str:
        span = _span(*seconds)
        # Published latencies say nothing about one's own documents.
        return span if self.billed else f"as fast as this machine reads (hosted: {span})"


def _span(low: float, high: float) -> str:
    near, far = _duration(low), _duration(high)
    return near if near == far else f"{near} to {far}"


def _duration(seconds: float) -> str:
    if seconds < 1.5 * _MINUTE:
        return f"{max(1, round(seconds))} s"
    if seconds < 1.5 * _HOUR:
        return f"{seconds / _MINUTE:.0f} min"
    return f"{seconds / _HOUR:.1f} h".replace(".0 h", " h")


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
    runs = [known[key] for key in questions.keys if key in known]
    reused = sum(run.state == "completed" for run in runs)
    in_doubt = sum(_is_in_doubt(run, tuning) for run in runs)
    in_flight = sum(run.state in ACTIVE_STATES for run in runs) - in_doubt
    to_send = len(questions.keys) - reused - in_flight - in_doubt
    rows = questions.source.rows
    waves = math.ceil((to_send + in_doubt) / tuning.wave)
    requests = waves + 1 if waves else 0
    hosted_cost = processor.cost(to_send + in_doubt)
    runs_in_all = round(rows_in_all * len(questions.keys) / rows)
    hosted_in_all = processor.cost(runs_in_all)
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
        asked_again=len(runs) - reused - in_flight - in_doubt,
        to_send=to_send,
        requests=requests,
        cost=hosted_cost if billed else 0.0,
        hosted_cost=hosted_cost,
        usd_per_1000=processor.usd_per_1000,
        prices_as_of=PRICES_AS_OF,
        seconds=_seconds(to_send + in_flight + in_doubt, requests, processor, tuning),
        findings=tuple(lint_spec(questions.spec)),
        notes=tuple(_notes(questions, processor)),
        fields=questions.output.fields,
        example=_example(questions),
        rows_in_all=rows_in_all,
        cost_in_all=hosted_in_all if billed else 0.0,
        seconds_in_all=_seconds(
            runs_in_all, math.ceil(runs_in_all / tuning.wave) + 1, processor, tuning
        ),
        max_cost=max_cost,
        hosted_cost_in_all=hosted_in_all,
        too_long=questions.too_long,
        in_doubt=in_doubt,
    )


def _is_in_doubt(run: RunRecord, tuning: Tuning) -> bool:
    """True for a claim of which nobody will tell whether it was sent."""
    return run.state == "sending" and not may_be_at_work(run.owner, run.changed, tuning.lease)


def _seconds(runs: int, requests: int, processor: Processor, tuning: Tuning) -> tuple[float, float]:
    """Shortest and longest usual time of so many runs.

    At most `tuning.window` runs are at work at once, each for the processor's latency, and
    requests go out at the pace of the quota.
    """
    if not runs:
        return 0.0, 0.0
    low, high = processor.latency
    paced = _MINUTE * max(0, requests - 1) / settings.current().task_requests_per_minute
    rounds = runs / tuning.window
    return max(low * max(1.0, rounds), low + paced), max(high * math.ceil(rounds), high + paced)


def _example(questions: Questions) -> str:
    import json  # noqa: PLC0415 - for this one line

    if not questions.keys:
        return ""
    value = questions.input(0)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _notes(questions: Questions, processor: Processor) -> list[str]:
    notes = _notes_on_skipped(questions)
    if questions.missing:
        rows = count(questions.with_gaps, "row")
        goes = 'reads as "unknown"' if questions.is_text else "goes as null"
        notes.append(f"{rows} with a missing value, which {goes} ({_list(questions.missing)}).")
    if questions.blank:
        notes.append(f"Empty texts go as they are ({_list(questions.blank)}).")
    if questions.as_text:
        names = ", ".join(sorted(questions.as_text))
        notes.append(f"Columns with values of several kinds go as text: {names}.")
    if len(questions.output.fields) > processor.fields:
        notes.append(
            f"{len(questions.output.fields)} output fields; {processor.name} fills about "
            f"{processor.fields} well."
        )
    return notes + list(questions.remarks)


def _notes_on_skipped(questions: Questions) -> list[str]:
    """One sentence a reason, with the first row that it holds for, by its label."""
    by_kind: dict[str, list[int]] = {}
    for row, reason in questions.skipped.items():
        by_kind.setdefault("empty" if reason.startswith(NOTHING) else "long", []).append(row)
    labels = questions.source.index if by_kind else []
    return [
        f"{count(len(rows), 'row')} skipped; the first is row {labels[rows[0]]}: "
        f"{questions.skipped[rows[0]]}."
        for rows in by_kind.values()
    ]


def _list(counts: Mapping[str, int], most: int = 8) -> str:
    listed = [f"{name}: {number:,}" for name, number in counts.items()]
    left = len(listed) - most
    return ", ".join(listed[:most]) + (f" and {left:,} more columns" if left > 0 else "")
