"""The documented functions about tables and finds: what a script, a notebook or a magic calls.

What one request answers is in `lookups`. Here is added to `job` and `finding` what a person sees.
Each blocks, shows its progress, and can be interrupted without losing anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Unpack, overload

from parallel_nb.api.arguments import check_switch, check_text
from parallel_nb.cluster import ask_partitions, is_on_a_cluster
from parallel_nb.display.registration import register_accessor, shown
from parallel_nb.finding.attach import attach_find, is_find
from parallel_nb.finding.start import FIND_DEFAULTS, FindOptions, plan_find, start_find
from parallel_nb.job.attach import attach as attach_job
from parallel_nb.job.options import (
    TableOptions,
    TaskOptions,
    document_options,
    title_of,
)
from parallel_nb.job.start import plan as plan_job
from parallel_nb.job.start import start
from parallel_nb.results import ask_once, one_row

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pandas as pd

    from parallel_nb.connection import Connection
    from parallel_nb.dataset import DatasetJob
    from parallel_nb.finding import Find, FindPlan
    from parallel_nb.job import Job, Plan
    from parallel_nb.results import TaskResult


#: Rows of a file, where a table is written to a folder: two batches are in memory at once.
BATCH_ROWS: Final = 10_000


@document_options(TaskOptions)
def task(prompt: str, **options: Unpack[TaskOptions]) -> TaskResult:
    """Ask one question; the answer shows where each of its values came from.

    It is journaled like a table of one row: asked again, it is answered from the journal.

    Args:
        prompt: The question, sent as it is.
        **options: Those of `tasks`, but for `columns`, `sample` and `suffix`.

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
    return ask_once(prompt, **options)


@overload
def tasks(
    frame: Any,
    prompt: str,
    *,
    wait: bool = True,
    into: None = None,
    **options: Unpack[TableOptions],
) -> Job: ...
@overload
def tasks(
    frame: Any,
    prompt: str,
    *,
    wait: bool = True,
    into: str | Path,
    batch_rows: int = BATCH_ROWS,
    **options: Unpack[TableOptions],
) -> DatasetJob: ...
@document_options(TableOptions)
def tasks(
    frame: Any,
    prompt: str,
    *,
    wait: bool = True,
    into: str | Path | None = None,
    batch_rows: int = BATCH_ROWS,
    **options: Unpack[TableOptions],
) -> Any:
    """Ask the same question of every row of a table.

    The same call again goes on where it ended, and pays for no answer twice.

    Args:
        frame: A table of pandas, Polars, PyArrow, DuckDB, Ibis or Dask, a Series, a list of
            dicts.
        prompt: The question; `{{column}}` stands for the row's value. One that names no
            column is the instruction for all rows, and each row goes as a JSON object.
        wait: Block until every row is answered. With False, `job.df` waits.
        into: A folder that gets the answers as they come, a Parquet file a batch, for tables
            larger than memory: `frame` may then also be the path of a Parquet file or of a folder
            of them, a PyArrow dataset or reader, or an iterator of frames; `job.df` is lazy.
        batch_rows: With `into`: rows of a batch.
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
            after: Go on from earlier answers: a job or its DataFrame, of which each row goes on
                 from its own; or one result, from which all do.
            suffix: Stands behind the columns of answers that have the name of a column of the
                 table, such as "_found"; without it, that is an error.
            metadata: Your own keys for each run, such as `{"account": "{{id}}"}`: they come
                 back with the runs, and decide no answer.
            data_sources: Sources beside the web: pubmed, clinical_trials, chembl, biorxiv,
                 npi_registry, cms_coverage; carbonarc, which costs extra. Hosted only.
            mcp_servers: Tool servers that the runs may call, as dicts of name, url, headers and
                 allowed_tools. Hosted only; the journal keeps no header.
            memory_scope: The key of the memory that the runs use. Hosted only.
            include_domains: Only these domains and their subdomains; ".gov" is a suffix,
                "docs.python.org/3" the beginning of a path.
            exclude_domains: Not these; of no use beside `include_domains`.
            after_date: Only pages dated on or after this day, as YYYY-MM-DD or a date.
            connection: Where to ask; the current connection unless passed.

    Returns:
        The job: `df` has the answers beside the rows, `basis` where each value came from, `failed`
        the rows without an answer. With `into` a `DatasetJob`; for a Dask or Spark DataFrame one
        with the answers, whose partitions are asked when they are computed.

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
    if is_on_a_cluster(frame):
        return ask_partitions(frame, prompt, {**options}, into=into)
    if into is not None:
        from parallel_nb.dataset import start_dataset  # noqa: PLC0415 - needs PyArrow

        view = display.NotebookView()
        large = start_dataset(frame, prompt, into, batch_rows=batch_rows, view=view, **options)
        shown.add(large)
        return large.wait() if wait else large
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
        frame, prompt = one_row(prompt)
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
            processor: The processor that enriches a match ("core"). A find researches a field
                once: another processor for one that it has is an error, which says what to do.
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
        NotFoundError: The connection knows no such group, or no longer has its runs: how long it
            does depends on the account's data retention.
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


def jobs(*, everyone: bool = False) -> pd.DataFrame:
    """List the jobs and finds of the journal, newest first.

    Args:
        everyone: In a journal that a team shares: those of others too. The frame then says in
            its last column, person, whose each is.

    Returns:
        A line each; of a find, rows are candidates, and answered ones match. Columns: group_id,
        title, state, rows, answered, failed, running, unsent, skipped, processor, cost (USD
        billed so far: completed runs), reserved (USD for runs, or a find, at work; both NaN where
        the price is not published), connection, started, changed, id. Counts are whole numbers,
        times are timestamps in UTC, all others but the two amounts text.

    Raises:
        ConnectionProblem: The journal cannot be opened.

    Examples:
        >>> pnb.jobs().query("failed > 0")  # doctest: +SKIP
    """
    from parallel_nb.job.archive import list_jobs  # noqa: PLC0415 - loads pandas

    return list_jobs(everyone=everyone)
