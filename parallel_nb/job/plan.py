"""What a job would send and cost, before it is sent."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from parallel_nb import settings
from parallel_nb.api.errors import InputError
from parallel_nb.api.processors import PRICES_AS_OF, seconds_of_quota
from parallel_nb.api.schema.lint import Finding, lint_spec
from parallel_nb.api.search import policy_remarks
from parallel_nb.connection import background
from parallel_nb.formats import count, duration, money
from parallel_nb.job.journal import ACTIVE_STATES
from parallel_nb.job.leases import is_lease_live
from parallel_nb.job.options import is_over, read_max_cost
from parallel_nb.job.questions import NOTHING_BEFORE, NOTHING_TO_ASK
from parallel_nb.model_address import MOST_PROMPT_TOKENS, MOST_REPLY_TOKENS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from parallel_nb.api.schema.fields import OutputField
    from parallel_nb.job.journal import RunRecord
    from parallel_nb.job.model import State
    from parallel_nb.job.options import CheckedOptions
    from parallel_nb.job.questions import Questions
    from parallel_nb.job.tuning import Tuning

#: Findings that the text shows; a spec of a hundred fields may have hundreds.
_SHOWN_FINDINGS: Final = 12
#: Columns that a note names.
_SHOWN_COLUMNS: Final = 8


@dataclass(frozen=True, slots=True, repr=False)
class Plan:
    """What a job would send and cost. Money is USD, times are seconds; nothing has been sent.

    Examples:
        >>> plan = pnb.plan(companies, "Who leads {{name}}?")  # doctest: +SKIP
        >>> plan.to_send, plan.cost  # doctest: +SKIP
        (200, 2.0)
    """

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
    #: When the whole is usually answered by the hosted service, when 9 in 10 rows are, and when the
    #: slowest is: `seconds_queued`, and the processor's published times.
    seconds: tuple[float, float, float]
    #: What the lint of the output spec has found; errors come first.
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
    seconds_in_all: tuple[float, float, float] = (0.0, 0.0, 0.0)
    max_cost: float | None = None
    #: Seconds for which the job waits while none of its rows ends.
    max_wait: float = 0.0
    hosted_cost_in_all: float = 0.0
    #: Rows, among the skipped, whose input is over the service's limit; the others are empty.
    too_long: int = 0
    #: What a language model would cost for it, about, at the prices in the settings; 0 without.
    model_cost: float = 0.0
    #: Questions that a dead kernel was about to send. They are looked for in the group, and
    #: sent, and paid, where they are not there. `cost` includes them.
    in_doubt: int = 0
    #: Those of the reused that another person of the team has asked.
    reused_from_others: int = 0
    #: Seconds until the last run goes out, by the quota of runs a minute: behind what went out in
    #: the last minute, and behind the runs that other jobs at work have yet to send.
    seconds_queued: float = 0.0
    runs_before: int = 0

    @property
    def errors(self) -> tuple[Finding, ...]:
        """Findings for which the service would refuse the spec with a 422."""
        return tuple(finding for finding in self.findings if finding.level == "error")

    def check(self) -> None:
        """Refuse a job that cannot be asked.

        Raises:
            InputError: The spec breaks a rule of the service, the cost is over the limit, or no
                row can be asked.
        """
        if self.errors:
            raise InputError(
                f"The output spec breaks the service's rules: {self.errors[0]}"
                + (f" (and {len(self.errors) - 1} more)" if len(self.errors) > 1 else ""),
                "Mend the output fields; nothing was sent.",
            )
        if self.is_too_dear:
            runs = f"{count(self.to_send + self.in_doubt, 'run')} of {self.processor}"
            limit = money(self.max_cost or 0.0)
            raise InputError(
                f"This job would cost {money(self.cost + self.model_cost)} for {runs}, over the "
                f"limit of {limit}."
                if self.is_priced
                else f"This job would send {runs}, the price of which is not published; the limit "
                f"is {limit}.",
                "Nothing was sent. Raise --max-cost, try --sample 10, or choose a cheaper "
                "processor.",
                code="cost",
            )
        if self.rows == self.skipped:
            verb = "can be asked" if self.too_long else "has anything to ask"
            raise InputError(
                f"None of the {count(self.rows, 'row')} {verb}.",
                self.notes[0] if self.notes else "Check the columns that the prompt names.",
            )

    @property
    def is_too_dear(self) -> bool:
        """True when the cost is over `max_cost`, or not known, so that `check` refuses the job."""
        return is_over(self.cost + self.model_cost, self.max_cost)

    @property
    def is_priced(self) -> bool:
        """False where the price of the processor is not published; then the cost is NaN."""
        return not math.isnan(self.usd_per_1000)

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
        findings = [f"  {finding}" for finding in self.findings]
        if len(findings) > _SHOWN_FINDINGS:
            left = len(findings) - _SHOWN_FINDINGS
            findings[_SHOWN_FINDINGS:] = [f"  and {left:,} more remarks: plan.findings"]
        facts = [("connection", self.connection), *self.facts()]
        facts += [("note", note) for note in self.notes]
        return [f"Plan: {self.title}", *(f"  {name:<11} {text}" for name, text in facts), *findings]

    def facts(self) -> list[tuple[str, str]]:
        """The numbers as text, each with its name: what every display of the plan shows."""
        price = "price not published"
        if self.is_priced:
            price = money(self.usd_per_1000).removesuffix(".00")
            price += f" per 1,000 runs, prices of {self.prices_as_of}"
        sampled = self.rows < self.rows_in_all
        again = f", {self.asked_again:,} of them failed before" if self.asked_again else ""
        facts = [
            ("processor", f"{self.processor}, {price}"),
            ("rows", f"{self.rows:,}" + (f" of {self.rows_in_all:,} (a sample)" * sampled)),
        ]
        by_others = self.reused_from_others
        others = f"; {by_others:,} were asked by others" if by_others else ""
        counts = (
            ("merged", self.merged, "the same question as another row"),
            ("skipped", self.skipped, self._why_skipped()),
            ("reused", self.reused, f"answered already, from the journal{others}"),
            ("in flight", self.in_flight, "sent before, still being worked on"),
            ("in doubt", self.in_doubt, "sent only where the group does not have them"),
        )
        facts += [(name, f"{number:,} ({what})") for name, number, what in counts if number]
        facts += [
            (
                "to send",
                f"{count(self.to_send, 'run')} in {count(self.requests, 'request')}{again}",
            ),
            ("cost", self._cost(self.cost, self.hosted_cost, at_most=True)),
        ]
        if self.to_send or self.in_flight or self.in_doubt:
            facts.append(("time", self._time(self.seconds) + self._queue()))
            facts.append(("max wait", f"{duration(self.max_wait)} while no row ends"))
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

    def sample_note(self) -> str:
        """What all rows would cost, where the plan is for a sample of them; else ""."""
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

    def _cost(self, cost: float, hosted: float, *, at_most: bool = False) -> str:
        most = "at most " * at_most
        words = [
            "not published" if math.isnan(amount) else f"{most * (amount > 0)}{money(amount)}"
            for amount in (cost, hosted)
        ]
        return words[0] if self.billed else f"{money(cost)} (hosted it would be {words[1]})"

    def _queue(self) -> str:
        """How much of the time is spent before the quota, in words; "" for none."""
        if not self.seconds_queued:
            return ""
        before = count(self.runs_before, "run")
        others = f", behind {before} of other jobs" if self.runs_before else ""
        return f"; of it {duration(self.seconds_queued)} wait for your quota of runs{others}"

    def _time(self, seconds: tuple[float, float, float]) -> str:
        usual, most, slowest = map(duration, seconds)
        text = f"about {usual}; 9 in 10 within {most}"
        # Published times say nothing about one's own documents.
        if not self.billed:
            return f"as fast as this machine reads (hosted: {text})"
        return f"{text}; by published times the slowest in {slowest}"


def make_plan(  # noqa: PLR0913 - what is asked, what is known, and when
    questions: Questions,
    known: Mapping[str, RunRecord],
    options: CheckedOptions,
    tuning: Tuning,
    *,
    rows_in_all: int,
    now: float,
    own_jobs: frozenset[str] | None,
    runs_before: int,
) -> Plan:
    """Make the plan of a job.

    Args:
        questions: What is asked.
        known: The newest run of each key, by key, as the journal has it.
        options: The options of the job.
        tuning: The sizes of the waves and of the window.
        rows_in_all: Rows of the frame before it was sampled.
        now: The time by the journal's clock.
        own_jobs: The person's jobs, where others write into the same journal; else None.
        runs_before: Runs that jobs at work have yet to send, before the same quota.
    """
    processor, billed = options.processor, options.connection.is_billed
    runs = [known[key] for key in questions.keys if key in known]
    reused = [run for run in runs if run.state == "completed"]
    in_doubt = sum(_is_in_doubt(run, tuning, now) for run in runs)
    in_flight = sum(run.state in ACTIVE_STATES for run in runs) - in_doubt
    to_send = len(questions.keys) - len(reused) - in_flight - in_doubt
    rows = questions.source.rows
    waves = math.ceil((to_send + in_doubt) / tuning.wave)
    requests = waves + 1 if waves else 0
    hosted_cost = processor.cost(to_send + in_doubt)
    left, fields = to_send + in_doubt, len(questions.output.fields)
    runs_in_all = round(rows_in_all * len(questions.keys) / rows)
    hosted_in_all = processor.cost(runs_in_all)
    per_minute = settings.current().task_runs_per_minute
    queued = _seconds_queued(options, left, runs_before) if billed else 0.0
    last_sent = queued if billed else seconds_of_quota(left, per_minute)
    return Plan(
        title=options.title,
        processor=processor.name,
        connection=options.connection.label,
        billed=billed,
        rows=rows,
        merged=rows - len(questions.skipped) - len(questions.keys),
        skipped=len(questions.skipped),
        reused=len(reused),
        reused_from_others=sum(run.is_of_others(own_jobs) for run in reused),
        in_flight=in_flight,
        asked_again=len(runs) - len(reused) - in_flight - in_doubt,
        to_send=to_send,
        requests=requests,
        cost=hosted_cost if billed else 0.0,
        hosted_cost=hosted_cost,
        usd_per_1000=processor.usd_per_1000,
        prices_as_of=PRICES_AS_OF,
        seconds=processor.expected_seconds(last_sent) if left or in_flight else (0.0, 0.0, 0.0),
        seconds_queued=queued,
        runs_before=runs_before if queued else 0,
        findings=tuple(lint_spec(questions.spec)),
        notes=(
            *_notes_on_model(options, left, fields),
            *_notes(questions, options),
            *_notes_on_options(options, questions),
        ),
        model_cost=_model_cost(options, left * fields) or 0.0,
        fields=questions.output.fields,
        example=_example(questions),
        rows_in_all=rows_in_all,
        cost_in_all=hosted_in_all if billed else 0.0,
        seconds_in_all=processor.expected_seconds(seconds_of_quota(runs_in_all, per_minute)),
        max_cost=options.max_cost,
        max_wait=options.max_wait,
        hosted_cost_in_all=hosted_in_all,
        too_long=questions.too_long,
        in_doubt=in_doubt,
    )


def _is_in_doubt(run: RunRecord, tuning: Tuning, now: float) -> bool:
    """True for a claim whose owner has died, so that the run may or may not have been made."""
    is_live = is_lease_live(run.owner, run.changed, tuning.lease, now)
    return run.state == "sending" and not is_live


def _seconds_queued(options: CheckedOptions, runs: int, runs_before: int) -> float:
    """Seconds until the last of these runs goes out, by what has gone out in the last minute."""
    if not runs:
        return 0.0
    quota = options.connection.client.task_quota

    async def ask() -> float:  # a quota belongs to the loop
        return quota.seconds_until_last(runs_before + runs)

    return background.run(ask())


def _example(questions: Questions) -> str:
    import json  # noqa: PLC0415 - for this one line

    if not questions.keys:
        return ""
    value = questions.input(0)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _notes_on_model(options: CheckedOptions, runs: int, fields: int) -> list[str]:
    """What a language model would be asked, where one reads for the connection."""
    model = options.connection.model
    if model is None or not fields:
        return []
    asked = runs * fields
    read, written = asked * MOST_PROMPT_TOKENS, asked * MOST_REPLY_TOKENS
    cost = _model_cost(options, asked)
    readers = settings.current().readers_of(model)
    notes = [
        f"{model.name} is asked {count(asked, 'question')}, {count(readers, 'row')} at a time: "
        f"about {read:,} tokens to read and {written:,} to write"
        + ("." if cost is None else f", about {money(cost)} at your prices.")
    ]
    if not model.is_local:
        notes.append(f"Passages of the documents are sent to {model.host}.")
    return notes


def _model_cost(options: CheckedOptions, asked: int) -> float | None:
    """What so many questions to the connection's model cost, about; None without prices."""
    if options.connection.model is None:
        return None
    return settings.current().model_cost(asked * MOST_PROMPT_TOKENS, asked * MOST_REPLY_TOKENS)


def _notes(questions: Questions, options: CheckedOptions) -> list[str]:
    processor, policy = options.processor, options.settings.source_policy
    notes = _notes_on_skipped(questions)
    sent_as = 'reads as "unknown"' if questions.is_text else "goes as null"
    if missing := questions.gaps["missing"]:
        rows = count(questions.with_gaps, "row")
        notes.append(f"{rows} with a missing value, which {sent_as} ({_list_counts(missing)}).")
    if infinite := questions.gaps["infinite"]:
        notes.append(f"An infinite number {sent_as} ({_list_counts(infinite)}).")
    if blank := questions.gaps["blank"]:
        notes.append(f"Empty texts go as they are ({_list_counts(blank)}).")
    if questions.as_text:
        names = ", ".join(sorted(questions.as_text))
        notes.append(f"Columns with values of several kinds go as text: {names}.")
    if len(questions.output.fields) > processor.fields:
        notes.append(
            f"{len(questions.output.fields)} output fields; {processor.name} fills about "
            f"{processor.fields} well."
        )
    if policy is not None and policy.after_date and options.connection.is_billed:
        notes.append("after_date works for searches: the hosted service does not use it in tasks.")
    return [*notes, *policy_remarks(policy), *questions.remarks]


def _notes_on_options(options: CheckedOptions, questions: Questions) -> Iterator[str]:
    """What a person should know of going on from answers, and of data sources that cost."""
    if questions.previous is not None:
        yield f"{count(len(questions.keys), 'question')} going on from earlier answers."
    sources = (options.settings.advanced_settings or {}).get("data_sources", {})
    if paid := sources.get("pay_per_use"):
        yield f"Calls of {', '.join(paid)} cost extra, which no limit covers."


def _notes_on_skipped(questions: Questions) -> list[str]:
    """One sentence for each kind of reason, with the label of the first row."""
    by_kind: dict[str, list[int]] = {}
    for row, reason in questions.skipped.items():
        # Each input that is too long has a length of its own.
        kind = reason if reason.startswith((NOTHING_TO_ASK, NOTHING_BEFORE)) else "too long"
        by_kind.setdefault(kind, []).append(row)
    labels = questions.source.index if by_kind else []
    return [
        f"{count(len(rows), 'row')} skipped; the first is row {labels[rows[0]]}: "
        f"{questions.skipped[rows[0]]}."
        for rows in by_kind.values()
    ]


def _list_counts(counts: Mapping[str, int]) -> str:
    listed = [f"{name}: {number:,}" for name, number in counts.items()]
    left = len(listed) - _SHOWN_COLUMNS
    more = f" and {left:,} more columns" if left > 0 else ""
    return ", ".join(listed[:_SHOWN_COLUMNS]) + more


def check_retry(state: State, runs: int, max_cost: float | None) -> None:
    """Refuse to ask so many runs of a job again when that would cost too much.

    Where the price is not published, any limit refuses.

    Args:
        state: Where the job stands.
        runs: How many runs would be sent.
        max_cost: The limit in USD; that of the settings if None.

    Raises:
        InputError: It would cost more than the limit; or the rows were asked of several
            processors, by another tool, so that they cannot be asked again together.
    """
    processor = state.processor
    if "," in processor.name:
        raise InputError(
            f"The rows of this group were asked of several processors ({processor.name}).",
            "Ask the failed rows as a table of their own: job.failed has them.",
        )
    limit = read_max_cost(max_cost)
    cost = processor.cost(runs)
    if not state.billed or not is_over(cost, limit):
        return
    sent = f"{count(runs, 'run')} of {processor.name}"
    raise InputError(
        f"To ask again would cost {money(cost)} for {sent}, over the limit of {money(limit or 0)}."
        if processor.is_priced
        else f"To ask again would send {sent}, the price of which is not published; the limit is "
        f"{money(limit or 0)}.",
        "Nothing was sent. Raise the limit: job.retry_failed(max_cost=...).",
        code="cost",
    )
