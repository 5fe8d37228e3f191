"""The documented functions: what a person calls, from a script, a notebook or a magic.

They add to `job` and `client` what a person sees. Each blocks, shows its progress, and can be
interrupted without losing anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Unpack

from parallel_nb.api.arguments import check_count, check_switch, check_text, check_texts
from parallel_nb.api.errors import InputError
from parallel_nb.api.processors import entity_search_cost, search_cost
from parallel_nb.api.search import check_search
from parallel_nb.connection import background
from parallel_nb.display.registration import register_accessor, shown
from parallel_nb.finding.attach import attach_find, is_find
from parallel_nb.finding.start import FIND_DEFAULTS, FindOptions, plan_find, start_find
from parallel_nb.job.attach import attach as attach_job
from parallel_nb.job.options import (
    SourceOptions,
    TableOptions,
    TaskOptions,
    check_names,
    document_options,
    open_connection,
    read_source_policy,
    title_of,
    with_defaults,
)
from parallel_nb.job.prompts import check_prompt, parse_prompt
from parallel_nb.job.start import plan as plan_job
from parallel_nb.job.start import start
from parallel_nb.results import Entities, SearchResults, answer_view, result_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from parallel_nb.connection import Connection
    from parallel_nb.finding import Find, FindPlan
    from parallel_nb.job import Job, Plan
    from parallel_nb.results import TaskResult

#: The one column of the table that a single question is sent as. It has a blank, which no
#: name of an output field can have, so that they never collide.
_QUESTION: Final = "the question"


class NotebookSearchOptions(SourceOptions, total=False):
    """The options of `search`."""

    processor: str
    max_results: int
    max_chars: int | None
    session: SearchResults | str | None
    connection: Connection | None


@document_options(NotebookSearchOptions)
def search(
    objective: str | None = None,
    queries: str | Sequence[str] | None = None,
    **options: Unpack[NotebookSearchOptions],
) -> SearchResults:
    """Search for pages, with the excerpts that bear on the question.

    Args:
        objective: What to look for, in plain words.
        queries: Keyword queries of 3 to 6 words, in place of the objective or beside it.
        **options: All may be left out.

            processor: "base", or "pro" for a deeper search.
            max_results: At most so many pages (10).
            max_chars: At most so many characters of excerpts a page.
            include_domains: Only these domains and their subdomains; ".gov" is a suffix.
            exclude_domains: Not these domains.
            after_date: Only pages dated on or after this day, as YYYY-MM-DD or a date.
            session: Earlier results, or a session id, that this search goes on from.
            connection: Where to ask; the current connection unless passed.

    Returns:
        The pages, best first.

    Raises:
        InputError: The question or an option is at fault; nothing was sent.
        ConnectionProblem: There is nothing to connect to.
        ApiError: The service refused or failed.
        TransportError: The service cannot be reached.

    Examples:
        >>> results = pnb.search("Which filings mention going-concern doubt?")  # doctest: +SKIP
        >>> results.df  # doctest: +SKIP
    """
    chosen = with_defaults(options, NotebookSearchOptions)
    policy = read_source_policy(chosen)
    processor, max_results, session = (
        chosen[name] for name in ("processor", "max_results", "session")
    )
    check_count("max_results", max_results, "Ask for at least one page.")
    if chosen["max_chars"] is not None:
        check_count("max_chars", chosen["max_chars"], "Give a number of characters.")
    if session is not None and not isinstance(session, SearchResults):
        check_text("session", session, "results, or results.session_id")
    if objective is not None:
        check_text("objective", objective, "'Which languages have a borrow checker?'")
    listed = [queries] if isinstance(queries, str) else queries
    texts = check_texts("queries", listed, "'borrow checker'")
    queries = [query.strip() for query in texts if query.strip()]
    objective = (objective or "").strip() or None
    check_search(objective, queries, processor)
    connection = open_connection(chosen["connection"])
    response = background.run(
        connection.client.search(
            objective,
            queries,
            processor=processor,
            max_results=max_results,
            max_chars_per_result=chosen["max_chars"],
            source_policy=policy,
            session_id=session.session_id if isinstance(session, SearchResults) else session,
        )
    )
    cost = search_cost(1, max_results) if connection.is_billed else 0.0
    return SearchResults(objective, tuple(queries), processor, connection.label, response, cost)


@document_options(TaskOptions)
def task(prompt: str, **options: Unpack[TaskOptions]) -> TaskResult:
    """Ask one question; the answer shows where each of its values came from.

    It is journaled like a table of one row: asked again, it is answered from the journal.

    Args:
        prompt: The question, sent as it is.
        **options: Those of `tasks`, but for `columns` and `sample`.

    Returns:
        The answer. Its fields are attributes, and `basis` says where each came from.

    Raises:
        InputError: The question or an option is at fault; nothing was sent.
        ConnectionProblem: There is nothing to connect to.
        RunFailedError: The run failed; the message is the service's.
        JobIncompleteError: The service could not be reached for too long, or refused; the same
            call goes on.
        JobInterrupted: An interrupt; the run goes on, and the same call gets its answer.

    Examples:
        >>> year = pnb.parse_fields("year: int?")  # doctest: +SKIP
        >>> result = pnb.task("When was Rust first released?", output=year)  # doctest: +SKIP
        >>> result.year, result.basis  # doctest: +SKIP
    """
    check_names(options, TaskOptions)
    frame, template = _one_row(prompt)
    options["title"] = options.get("title") or title_of(prompt)
    register_accessor()
    job = start(frame, template, view=answer_view(prompt), wait=False, **options)
    shown.add(job)
    result = result_of(job.wait(), prompt)
    shown.add(result)
    return result


@document_options(TableOptions)
def tasks(frame: Any, prompt: str, *, wait: bool = True, **options: Unpack[TableOptions]) -> Job:
    """Ask the same question of every row of a table.

    The same call again goes on where it ended, and pays for no answer twice.

    Args:
        frame: A table of pandas, Polars, PyArrow, DuckDB or Ibis, a Series, a list of dicts.
        prompt: The question; `{{column}}` stands for the row's value. One that names no
            column is the instruction for all rows, and each row goes as a JSON object.
        wait: Block until every row is answered. With False, `job.df` waits.
        **options: All may be left out.

            output: What to answer with: a pydantic model, dataclass, TypedDict, JSON-schema
                dict or fields (`parse_fields`); None for text.
            processor: The grade of work: lite, base, core, pro, ultra... ("base").
            columns: Send these columns alone, where the prompt names none.
            max_cost: Refuse, before anything is sent, what would cost more USD; the setting
                `max_cost` unless passed.
            max_wait: Minutes to wait while none of the rows ends; what was sent goes on. By
                the processor unless passed: an hour, or three times its longest latency.
            sample: Ask of so many rows only, spread over the table.
            fresh: Ask, and pay, again also what the journal has answers to.
            title: A name for the displays and the list of jobs; the start of the prompt unless
                passed.
            include_domains: Only these domains and their subdomains; ".gov" is a suffix.
            exclude_domains: Not these domains.
            after_date: Only pages dated on or after this day, as YYYY-MM-DD or a date.
            connection: Where to ask; the current connection unless passed.

    Returns:
        The job. `df` has the answers beside the rows, `basis` where each value came from,
        `failed` the rows without an answer.

    Raises:
        InputError: The table, the question or an option is at fault, or it would cost too much;
            nothing was sent.
        ConnectionProblem: There is nothing to connect to.
        JobIncompleteError: With `wait`: the service could not be reached for too long, or
            refused. What was answered is kept, and the same call goes on.
        JobInterrupted: With `wait`: an interrupt. What was sent goes on, and the same call gets
            its answers.

    Examples:
        >>> fields = pnb.parse_fields("first_released: date?")  # doctest: +SKIP
        >>> job = pnb.tasks(frame, "When was {{name}} released?", output=fields)  # doctest: +SKIP
        >>> job.df, job.basis, job.failed  # doctest: +SKIP
    """
    from parallel_nb import display  # noqa: PLC0415 - loads the widgets

    check_switch("wait", wait)
    register_accessor()
    job = start(frame, prompt, view=display.NotebookView(), wait=False, **options)
    shown.add(job)
    return job.wait() if wait else job


@document_options(TableOptions)
def plan(frame: Any, prompt: str, **options: Unpack[TableOptions]) -> Plan:
    """Say what `tasks` would send and cost, without sending anything.

    Args:
        frame: As `tasks` takes it; None plans the one question of `task`.
        prompt: The question.
        **options: Those of `tasks`.

    Returns:
        The plan: rows, duplicates, answers that the journal has, requests, USD, seconds, and
        what is wrong with the output spec.

    Raises:
        InputError: The table, the question or an option is at fault.
        ConnectionProblem: There is nothing to connect to.

    Examples:
        >>> pnb.plan(frame, "When was {{name}} released?").cost  # doctest: +SKIP
        2.0
    """
    shown.register()
    if frame is None:
        options["title"] = options.get("title") or title_of(prompt)
        frame, prompt = _one_row(prompt)
    return plan_job(frame, prompt, **options)


@document_options(FindOptions, FIND_DEFAULTS)
def find(
    objective: str, conditions: Any = None, *, wait: bool = True, **options: Unpack[FindOptions]
) -> Find:
    """Find all of a kind: a sentence becomes a table in which every row was checked.

    The same call again goes on where it ended, and pays for nothing twice; with a higher limit it
    is extended, with more fields it is enriched.

    Args:
        objective: What is looked for, in a sentence.
        conditions: What every match satisfies: a dict of names and descriptions, or lines
            `name: description`. Without any, nothing is sent: the error shows those that the
            service proposes, and `find_plan` gives them.
        wait: Block until it has ended. With False, `find.df` waits.
        **options: All may be left out.

            enrich: Fields to research for every match: lines `name: type - description`, or
                what else a question takes as output.
            limit: Matches that are wanted, 5 to 1,000 (10); of preview the candidates that
                are evaluated, 5 to 10.
            generator: How widely it looks: preview, base, core or pro ("base").
            exclude: Entities to leave out: names, addresses, or a table with a column `name`
                or `url`.
            processor: The processor that enriches a match ("core").
            entity_type: The kind of entity, such as "companies"; the service says it unless
                passed.
            max_cost: Refuse, before anything is sent, what may cost more USD; the setting
                `max_cost` unless passed.
            max_wait: Minutes to wait while the service tells nothing new (60).
            fresh: Search, and pay, anew although the journal has the same search.
            title: A name for the displays and the list of jobs; the objective unless passed.
            connection: Where to ask; the current connection unless passed.

    Returns:
        The find. `df` has the matches, `candidates` also those that do not match, with the
        reason; `basis` where each value came from.

    Raises:
        InputError: There are no conditions, an option is at fault, or it may cost too much;
            nothing was sent.
        ConnectionProblem: There is nothing to connect to.
        JobIncompleteError: With `wait`: the service failed or refused, or it is not known whether
            it has begun. What was found is kept.
        JobInterrupted: With `wait`: an interrupt. The find goes on, and the same call takes it up.

    Examples:
        >>> europe = {"in_europe": "Headquarters are in Europe"}  # doctest: +SKIP
        >>> makers = pnb.find("Makers of industrial heat pumps", europe)  # doctest: +SKIP
        >>> makers.df, makers.candidates, makers.cost  # doctest: +SKIP
    """
    from parallel_nb import display  # noqa: PLC0415 - loads the widgets

    check_switch("wait", wait)
    register_accessor()
    shown.register()
    found = start_find(objective, conditions, view=display.NotebookView(), wait=False, **options)
    return found.wait() if wait else found


@document_options(FindOptions, FIND_DEFAULTS)
def find_plan(objective: str, conditions: Any = None, **options: Unpack[FindOptions]) -> FindPlan:
    """Say what `find` would look for and cost at most, without finding anything.

    Args:
        objective: What is looked for.
        conditions: As `find` takes them; without any, the service proposes some.
        **options: Those of `find`.

    Returns:
        The plan: `conditions`, `cost` (USD at most), `cell` (the find as a cell to edit).

    Raises:
        InputError: The objective, a condition or an option is at fault.
        ConnectionProblem: There is nothing to connect to.

    Examples:
        >>> plan = pnb.find_plan("Makers of industrial heat pumps")  # doctest: +SKIP
        >>> plan.conditions, plan.cost  # doctest: +SKIP
    """
    shown.register()
    return plan_find(objective, conditions, **options)


def entities(
    objective: str,
    kind: str = "companies",
    *,
    limit: int = 100,
    connection: Connection | None = None,
) -> Entities:
    """List companies or people in seconds. They are ranked, and nobody has checked them.

    Args:
        objective: Who or what is looked for, in a sentence.
        kind: "companies" or "people".
        limit: At most so many, 5 to 1,000.
        connection: Where to ask; the current connection unless passed.

    Returns:
        The entities, best first: name, url and description, without evidence. `find` checks.

    Raises:
        InputError: The question or an option is at fault; nothing was sent.
        ConnectionProblem: There is nothing to connect to.
        ApiError: The service refused or failed.
        TransportError: The service cannot be reached.

    Examples:
        >>> pnb.entities("Makers of industrial heat pumps").df  # doctest: +SKIP
    """
    connection = open_connection(connection)
    response = background.run(connection.client.findall.entity_search(objective, kind, limit))
    cost = entity_search_cost(limit) if connection.is_billed else 0.0
    return Entities(objective, kind, connection.label, response, cost)


def attach(
    group_id: str,
    *,
    wait: bool = True,
    connection: Connection | None = None,
    max_wait: float | None = None,
) -> Job | Find:
    """Take up a job or a find again: after an interrupt, in a new kernel, days later.

    Args:
        group_id: The id of a group ("tgrp_...") or of a find ("findall_..."), as `jobs()` lists
            it; one that another tool made will do.
        wait: Block until every run has ended. With False, `job.df` waits.
        connection: Where the group lives; the current connection unless passed.
        max_wait: Minutes to wait while none of its rows ends, as in `tasks`.

    Returns:
        The job, or the find. Nothing is sent: what was never sent stays so until the cell runs
        again.

    Raises:
        NotFoundError: The connection knows no such group.
        InputError: The group was asked on another connection, or is empty.
        ConnectionProblem: There is nothing to connect to.
        JobIncompleteError: With `wait`: the service could not be reached for too long.
        JobInterrupted: With `wait`: an interrupt; attach again.

    Examples:
        >>> job = pnb.attach("tgrp_0123456789abcdef")  # doctest: +SKIP
    """
    from parallel_nb import display  # noqa: PLC0415 - loads the widgets

    check_switch("wait", wait)
    check_text("group_id", group_id, "'tgrp_0123456789abcdef'")
    take_up: Callable[..., Job | Find] = attach_find if is_find(group_id) else attach_job
    job = take_up(
        group_id,
        connection=connection,
        view=display.NotebookView(),
        wait=False,
        max_wait=max_wait,
    )
    shown.add(job)
    return job.wait() if wait else job


def jobs() -> pd.DataFrame:
    """List the jobs and finds of this machine's journal, newest first.

    Returns:
        A line each; of a find, rows are candidates, and answered ones match. Columns: group_id,
        title, state, rows, answered, failed, running, unsent, skipped, processor, cost (USD for
        what the job has sent; NaN where the price is not known), connection, started, changed,
        id.

    Examples:
        >>> pnb.jobs().query("failed > 0")  # doctest: +SKIP
    """
    from parallel_nb.job.archive import list_jobs  # noqa: PLC0415 - loads pandas

    return list_jobs()


def _one_row(prompt: str) -> tuple[Any, str]:
    """The table and the prompt that send one question as it is.

    Raises `InputError` when there is no question, or it names a column.
    """
    check_prompt(prompt)
    try:
        literal = parse_prompt(prompt, ()).literal
    except InputError as error:
        raise InputError(
            f"{error.message.rstrip('.')}: the question names it in {{{{ }}}}, but there is "
            "no table.",
            "Ask it of every row: --over FRAME, or pnb.tasks(frame, ...). To send the braces "
            "themselves, write \\{{.",
        ) from error
    if not literal:
        raise InputError("There is no question.", "Write what you want to know.")
    return [{_QUESTION: literal}], f"{{{{{_QUESTION}}}}}"
