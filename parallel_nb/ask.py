"""The documented functions: what a person calls, from a script, a notebook or a magic.

They check what was asked, choose the connection, and tie a job to what shows it. All of
them block, show how it goes, and can be interrupted without losing anything.
"""

from __future__ import annotations

import datetime as dt
import textwrap
from typing import TYPE_CHECKING, Any, Final

from parallel_nb.api.errors import InputError
from parallel_nb.api.processors import search_cost
from parallel_nb.api.search import MAX_DOMAINS, check_search, is_domain
from parallel_nb.api.types import SourcePolicy
from parallel_nb.display.registration import register_accessor, shown
from parallel_nb.results import SearchResults, answer_view, result_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from parallel_nb.connection import Connection
    from parallel_nb.job import Job, Plan
    from parallel_nb.results import TaskResult

#: The one column of the table that a single question is sent as. It has a blank, which no
#: name of an output field can have, so that they never collide.
_QUESTION: Final = "the question"


def search(  # noqa: PLR0913 - the options of a search
    objective: str | None = None,
    queries: str | Sequence[str] | None = None,
    *,
    processor: str = "base",
    max_results: int = 10,
    max_chars: int | None = None,
    include_domains: Sequence[str] = (),
    exclude_domains: Sequence[str] = (),
    after_date: str | dt.date | None = None,
    session: SearchResults | str | None = None,
    connection: Connection | None = None,
) -> SearchResults:
    """Search for pages, with the excerpts that bear on the question.

        results = pnb.search("Which filings mention going-concern doubt?", max_results=5)
        results.df

    Args:
        objective: What to look for, in plain words.
        queries: Keyword queries of 3 to 6 words, in place of the objective or beside it.
        processor: "base", or "pro" for a deeper search.
        max_results: At most so many pages.
        max_chars: At most so many characters of excerpts a page.
        include_domains: Only these domains and their subdomains; ".gov" is a suffix.
        exclude_domains: Not these domains.
        after_date: Only pages dated on or after this day, as YYYY-MM-DD or a date.
        session: Earlier results, or a session id, that this search goes on from.
        connection: Where to ask; the current connection unless given.

    Raises:
        InputError: The question is at fault; nothing was sent.
        ApiError: The service refused or failed.
    """
    queries = [queries] if isinstance(queries, str) else list(queries or ())
    queries = [query.strip() for query in queries if query.strip()]
    objective = (objective or "").strip() or None
    check_search(objective, queries, processor)
    if max_results < 1:
        raise InputError(f"max_results is {max_results}.", "Ask for at least one page.")
    policy = _source_policy(include_domains, exclude_domains, after_date)
    session_id = session.session_id if isinstance(session, SearchResults) else session
    from parallel_nb.connection import background  # noqa: PLC0415 - `import parallel_nb` stays light

    where = _connection(connection)
    response = background.run(
        where.client.search(
            objective,
            queries or None,
            processor=processor,
            max_results=max_results,
            max_chars_per_result=max_chars,
            source_policy=policy,
            session_id=session_id,
        )
    )
    cost = search_cost(1, max_results) if where.is_billed else 0.0
    return SearchResults(objective, tuple(queries), processor, where.label, response, cost)


def _source_policy(
    include: Sequence[str], exclude: Sequence[str], after: str | dt.date | None
) -> SourcePolicy | None:
    """Check what a person says about sources; None when nothing was said."""
    for name, domains in (("include_domains", include), ("exclude_domains", exclude)):
        if isinstance(domains, str):
            raise InputError(
                f"{name} is the text {domains!r}.", f"Pass a list: {name}=[{domains!r}]."
            )
        for domain in domains:
            if not is_domain(domain):
                host = domain.split("://")[-1].split("/")[0]
                raise InputError(
                    f"{name}: {domain!r} is not a domain.",
                    f"Write {host!r}." if is_domain(host) else "Write a domain such as 'sec.gov'.",
                )
    if len(include) + len(exclude) > MAX_DOMAINS:
        raise InputError(
            f"{len(include) + len(exclude)} domains, over {MAX_DOMAINS} in all.",
            "Name fewer domains.",
        )
    if isinstance(after, dt.datetime):
        after = after.date()
    try:
        day = None if after is None else dt.date.fromisoformat(str(after)).isoformat()
    except ValueError as error:
        raise InputError(
            f"after_date {str(after)!r} is not a day.", "Write it as YYYY-MM-DD."
        ) from error
    if not (include or exclude or day):
        return None
    return SourcePolicy(
        include_domains=list(include), exclude_domains=list(exclude), after_date=day
    )


def task(  # noqa: PLR0913 - the options of a task
    prompt: str,
    *,
    output: Any = None,
    processor: str = "base",
    max_cost: float | None = None,
    fresh: bool = False,
    title: str | None = None,
    include_domains: Sequence[str] = (),
    exclude_domains: Sequence[str] = (),
    after_date: str | dt.date | None = None,
    connection: Connection | None = None,
) -> TaskResult:
    """Ask one question; the answer shows where each of its values came from.

        result = pnb.task("When was Rust first released?", output=pnb.parse_fields("year: int?"))
        result.year, result.basis

    It is journaled like a table of one row: asked again, it is answered from the journal.

    Args:
        prompt: The question, sent as it is.
        output: What to answer with: a pydantic model, dataclass, TypedDict, JSON-schema
            dict or fields; None for text.
        processor: The grade of work: lite, base, core, pro, ultra...
        max_cost: Refuse, before anything is sent, what would cost more USD.
        fresh: Ask again even if the journal has the answer.
        title: A name for the list of jobs; the start of the prompt unless given.
        include_domains: Only these domains and their subdomains.
        exclude_domains: Not these domains.
        after_date: Only pages dated on or after this day.
        connection: Where to ask; the current connection unless given.

    Raises:
        InputError: The question is at fault; nothing was sent.
        RunFailedError: The run failed; the message is the service's.
    """
    frame, template = _one_row(prompt)
    job = _start(
        frame,
        template,
        view=answer_view(prompt),
        output=output,
        processor=processor,
        max_cost=max_cost,
        fresh=fresh,
        title=title or _short(prompt),
        source_policy=_source_policy(include_domains, exclude_domains, after_date),
        connection=connection,
    )
    result = result_of(job, prompt)
    shown.add(result)
    return result


def tasks(  # noqa: PLR0913 - the options of a job
    frame: Any,
    prompt: str,
    *,
    output: Any = None,
    processor: str = "base",
    columns: Sequence[str] | None = None,
    wait: bool = True,
    max_cost: float | None = None,
    sample: int | None = None,
    fresh: bool = False,
    title: str | None = None,
    include_domains: Sequence[str] = (),
    exclude_domains: Sequence[str] = (),
    after_date: str | dt.date | None = None,
    connection: Connection | None = None,
) -> Job:
    """Ask the same question of every row of a table.

        job = pnb.tasks(frame, "When was {{name}} first released?", output=fields)
        job.df, job.basis, job.failed

    Args:
        frame: A table of pandas, Polars, PyArrow, DuckDB or Ibis, a Series, a list of dicts.
        prompt: The question; `{{column}}` stands for the row's value. One that names no
            column is the instruction for all rows, and each row goes as a JSON object.
        output: What to answer with: a pydantic model, dataclass, TypedDict, JSON-schema
            dict or fields; None for text.
        processor: The grade of work: lite, base, core, pro, ultra...
        columns: Send these columns alone, where the prompt names none.
        wait: Block until every row is answered. With False, `job.df` waits.
        max_cost: Refuse, before anything is sent, what would cost more USD.
        sample: Ask of so many rows only.
        fresh: Ask again also what the journal has answers to.
        title: A name for the displays and the list of jobs.
        include_domains: Only these domains and their subdomains.
        exclude_domains: Not these domains.
        after_date: Only pages dated on or after this day.
        connection: Where to ask; the current connection unless given.

    Raises:
        InputError: The table or the question is at fault; nothing was sent.
    """
    from parallel_nb import display  # noqa: PLC0415 - `import parallel_nb` stays light

    return _start(
        frame,
        prompt,
        view=display.NotebookView(),
        output=output,
        processor=processor,
        columns=columns,
        wait=wait,
        max_cost=max_cost,
        sample=sample,
        fresh=fresh,
        title=title,
        source_policy=_source_policy(include_domains, exclude_domains, after_date),
        connection=connection,
    )


def plan(  # noqa: PLR0913 - the options of a job
    frame: Any,
    prompt: str,
    *,
    output: Any = None,
    processor: str = "base",
    columns: Sequence[str] | None = None,
    max_cost: float | None = None,
    sample: int | None = None,
    fresh: bool = False,
    title: str | None = None,
    include_domains: Sequence[str] = (),
    exclude_domains: Sequence[str] = (),
    after_date: str | dt.date | None = None,
    connection: Connection | None = None,
) -> Plan:
    """Say what `tasks` would send and cost, without sending anything.

    The arguments are those of `tasks`; with `frame=None` it plans the one question of `task`.
    """
    from parallel_nb.job import plan as plan_job  # noqa: PLC0415 - stays light

    shown.register()
    if frame is None:
        title = title or _short(prompt)
        frame, prompt = _one_row(prompt)
    return plan_job(
        frame,
        prompt,
        output=output,
        processor=processor,
        columns=columns,
        max_cost=max_cost,
        sample=sample,
        fresh=fresh,
        title=title,
        source_policy=_source_policy(include_domains, exclude_domains, after_date),
        connection=_connection(connection),
    )


def attach(group_id: str, *, wait: bool = True, connection: Connection | None = None) -> Job:
    """Take up a job again: after an interrupt, in a new kernel, days later.

    Args:
        group_id: The group's id, as `jobs()` lists it; one that another tool made will do.
        wait: Block until every row is answered. With False, `job.df` waits.
        connection: Where the group lives; the current connection unless given.

    Raises:
        NotFoundError: The connection knows no such group.
    """
    from parallel_nb import display  # noqa: PLC0415 - `import parallel_nb` stays light
    from parallel_nb.job import attach as attach_job  # noqa: PLC0415 - stays light

    job = attach_job(
        group_id, connection=_connection(connection), view=display.NotebookView(), wait=False
    )
    shown.add(job)
    return job.wait() if wait else job


def jobs() -> pd.DataFrame:
    """List the jobs of the journal, newest first."""
    from parallel_nb.job import list_jobs  # noqa: PLC0415 - stays light

    listed: pd.DataFrame = list_jobs()
    return listed


# --- one question as a table of one row -------------------------------------------------


def _one_row(prompt: str) -> tuple[Any, str]:
    """Make the table and the prompt that send one question as it is.

    Raises `InputError` when there is no question, or it names a column.
    """
    from parallel_nb.job.prompts import parse_prompt  # noqa: PLC0415 - stays light

    if not prompt.strip():
        raise InputError("There is no question.", "Write what you want to know.")
    try:
        literal = parse_prompt(prompt, ()).literal
    except InputError as error:
        raise InputError(
            f"{error.message.rstrip('.')}: the question names it in {{{{ }}}}, but there is "
            "no table.",
            "Ask it of every row: --over FRAME, or pnb.tasks(frame, ...). To send the braces "
            "themselves, write \\{{.",
        ) from error
    return [{_QUESTION: literal}], f"{{{{{_QUESTION}}}}}"


def _short(prompt: str) -> str:
    """The start of a question, as the name of its job."""
    return textwrap.shorten(prompt, 60, placeholder=" …")


def _start(frame: Any, prompt: str, *, wait: bool = True, **options: Any) -> Job:
    """Open a job and, unless told otherwise, wait for its end."""
    from parallel_nb.job import start as start_job  # noqa: PLC0415 - stays light

    register_accessor()
    options["connection"] = _connection(options.get("connection"))
    job = start_job(frame, prompt, wait=False, **options)
    shown.add(job)
    return job.wait() if wait else job


def _connection(given: Connection | None) -> Connection:
    """The connection to ask, awake."""
    from parallel_nb.connection import current_connection  # noqa: PLC0415 - `import parallel_nb` stays light

    if given is None:
        return current_connection()
    given.revive()
    return given
