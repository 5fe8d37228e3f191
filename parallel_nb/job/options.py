"""The options of a question and of a table of questions: their names, defaults and checks.

`ask`, `start` and the magics take them as keyword arguments (`**options: Unpack[...]`), so that
each option stands here once. `read_options` checks what was passed before anything is sent.
"""

from __future__ import annotations

import datetime as dt
import inspect
import math
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, Any, Final, TypedDict, TypeVar

from parallel_nb import settings
from parallel_nb.api.arguments import (
    check_count,
    check_switch,
    check_text,
    check_texts,
    encode_json,
    shown,
)
from parallel_nb.api.errors import InputError
from parallel_nb.api.processors import Processor, get_processor
from parallel_nb.api.search import MAX_DOMAINS, is_domain
from parallel_nb.api.tools import read_run_settings, unsupported_by_engine
from parallel_nb.api.types import McpServer, RunSettings, SourcePolicy
from parallel_nb.connection import Connection, current_connection
from parallel_nb.formats import count, did_you_mean, money, shorten
from parallel_nb.job.prompts import check_prompt

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


F = TypeVar("F", bound="Callable[..., Any]")

#: Characters of a prompt that become the title of its job.
_TITLE_CHARS: Final = 80
#: A job waits so many seconds at least, and so many times the longest latency of its processor.
_LEAST_WAIT: Final = 3600.0
_LATENCIES: Final = 3


class SourceOptions(TypedDict, total=False):
    """Which sources may be used: see `lookups.search`."""

    include_domains: Sequence[str]
    exclude_domains: Sequence[str]
    after_date: str | dt.date | None


class TaskOptions(SourceOptions, total=False):
    """The options of one question: see `ask.task`."""

    output: Any
    processor: str
    max_cost: float | None
    max_wait: float | None
    fresh: bool
    title: str | None
    after: Any
    metadata: Mapping[str, str | float | bool] | None
    data_sources: Sequence[str]
    mcp_servers: Sequence[McpServer | Mapping[str, Any]]
    memory_scope: str | None
    connection: Connection | None


class TableOptions(TaskOptions, total=False):
    """The options of a question asked of every row: see `ask.tasks`."""

    columns: Sequence[str] | None
    sample: int | None
    suffix: str


#: What an option is when it is not passed; None where it does not stand here.
_DEFAULTS: Final[Mapping[str, Any]] = {
    "include_domains": (),
    "exclude_domains": (),
    "processor": "base",
    "max_results": 10,
    "suffix": "",
    "data_sources": (),
    "mcp_servers": (),
    "fresh": False,
}


def document_options(options: type, defaults: Mapping[str, Any] = _DEFAULTS) -> Callable[[F], F]:
    """Decorate a function whose `**options` are `Unpack[options]`.

    `help`, Tab and `inspect.signature` then show every option with its type and default, as if
    each had been written as a keyword argument.

    Args:
        options: The TypedDict of the options.
        defaults: What an option is when it is not passed; None where it does not stand there.
    """
    keywords = [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=defaults.get(name),
            annotation=getattr(hint, "__forward_arg__", hint),
        )
        for name, hint in options.__annotations__.items()
    ]

    def decorate(function: F) -> F:
        signature = inspect.signature(function)
        own = [
            parameter
            for parameter in signature.parameters.values()
            if parameter.kind is not inspect.Parameter.VAR_KEYWORD
        ]
        documented: Any = function
        documented.__signature__ = signature.replace(parameters=[*own, *keywords])
        return function

    return decorate


def check_names(passed: Mapping[str, Any], options: type) -> None:
    """Refuse an option that a TypedDict does not have.

    Raises:
        InputError: An option is misspelt; the error names the nearest.
    """
    known = options.__annotations__
    for name in passed:
        if name not in known:
            raise InputError(
                f"There is no option {name!r}.",
                f"{did_you_mean(name, known)}The options are {', '.join(known)}.",
            )


def with_defaults(
    passed: Mapping[str, Any], options: type, defaults: Mapping[str, Any] = _DEFAULTS
) -> dict[str, Any]:
    """Every option of a TypedDict, as passed or by its default.

    Raises:
        InputError: An option is misspelt; the error names the nearest.
    """
    check_names(passed, options)
    return {name: passed.get(name, defaults.get(name)) for name in options.__annotations__}


@dataclass(frozen=True, slots=True)
class CheckedOptions:
    """Options that were checked, with what was not passed filled in."""

    output: Any
    processor: Processor
    columns: Sequence[str] | None
    #: Refuse what would cost more, in USD; None for no limit.
    max_cost: float | None
    #: Ask only so many rows; None for all.
    sample: int | None
    #: Seconds for which the job waits while nothing of it moves.
    max_wait: float
    fresh: bool
    title: str
    #: Which sources, data, tools and memory may be used.
    settings: RunSettings
    #: What the rows go on from, and what else they differ in, as it was passed.
    after: Any
    metadata: Mapping[str, Any] | None
    suffix: str
    connection: Connection


def read_options(prompt: str, passed: TableOptions) -> CheckedOptions:
    """Check the options of a question or a table.

    Args:
        prompt: The question; its first words are the title where none was passed.
        passed: The options as a person wrote them.

    Raises:
        InputError: An option is misspelt, or its value cannot be used; nothing was sent.
        ConnectionProblem: There is nothing to connect to.
    """
    options = with_defaults(passed, TableOptions)
    columns, title = options["columns"], options["title"]
    processor = get_processor(options["processor"])
    settings = read_run_settings(options, processor.name)
    settings.source_policy = read_source_policy(options)
    connection = open_connection(options["connection"])
    if connection.kind == "embedded" and (unsupported := unsupported_by_engine(settings)):
        raise InputError(
            f"The embedded engine answers from its documents alone and has no "
            f"{' and no '.join(unsupported)}.",
            f"Leave {' and '.join(unsupported)} out, or connect to the hosted service.",
        )
    return CheckedOptions(
        output=options["output"],
        processor=processor,
        columns=None if columns is None else check_texts("columns", columns, "'name'"),
        max_cost=read_max_cost(options["max_cost"]),
        sample=_read_sample(options["sample"]),
        max_wait=read_max_wait(options["max_wait"], processor),
        fresh=check_switch("fresh", options["fresh"]),
        title=(title and check_text("title", title, "'Profiles'")) or title_of(prompt),
        settings=settings,
        after=options["after"],
        metadata=options["metadata"],
        suffix=check_text("suffix", options["suffix"] or "", "'_found'"),
        connection=connection,
    )


def title_of(prompt: str) -> str:
    """The first words of a prompt, as the title of its job.

    Raises:
        InputError: The prompt is no text.
    """
    return shorten(check_prompt(prompt), _TITLE_CHARS) or "questions"


def open_connection(connection: Connection | None) -> Connection:
    """The connection to ask, or the current one; an engine that has stopped is started again.

    Raises:
        InputError: It is something else than a connection.
        ConnectionProblem: There is nothing to connect to.
    """
    if connection is None:
        return current_connection()
    if not isinstance(connection, Connection):
        raise InputError(
            f"connection = {shown(connection)} is no connection.",
            "Pass what connect returned: connection = pnb.connect('embedded').",
        )
    connection.revive()
    return connection


def read_max_cost(max_cost: object) -> float | None:
    """The limit in USD, that of the settings where none was passed; None for no limit.

    An infinite one is none, so that it lifts that of the settings.

    Raises:
        InputError: It is not an amount, so that a slip does not lift the limit.
    """
    if max_cost is None:
        max_cost = settings.current().max_cost
    if max_cost is None:
        return None
    amount = float(max_cost) if isinstance(max_cost, Real) else math.nan
    if isinstance(max_cost, bool) or not amount >= 0:  # NaN is not at least 0 either
        raise InputError(
            f"max_cost = {max_cost!r} is not an amount in USD.", "Give a number, such as 5 or 0.5."
        )
    return None if math.isinf(amount) else amount


def is_over(cost: float, limit: float | None) -> bool:
    """True where an amount in USD is over a limit, or not known: it is NaN without a price.

    >>> is_over(5, None), is_over(5, 5), is_over(5.01, 5), is_over(math.nan, 5)
    (False, False, True, True)
    """
    return limit is not None and not cost <= limit


def check_cost(what: str, cost: float, limit: float | None, remedy: str) -> None:
    """Refuse what costs more than its limit, before anything is sent.

    Args:
        what: What is refused, up to the word "cost": `This find may`.
        cost: In USD.
        limit: In USD; None for none.
        remedy: What the person can do.

    Raises:
        InputError: The cost is over the limit, or not known.
    """
    if is_over(cost, limit):
        raise InputError(
            f"{what} cost {money(cost)}, over the limit of {money(limit or 0.0)}.",
            f"Nothing was sent. {remedy}",
            code="cost",
        )


def check_table_cost(rows: int, cost: float, most: float, *, uncounted: str = "") -> None:
    """Refuse a table that is asked about part by part where the whole may cost too much.

    Args:
        rows: Of the whole table.
        cost: Of the whole, in USD.
        most: The limit, in USD.
        uncounted: Where answers that the journal has are not counted; nowhere unless given.

    Raises:
        InputError: It may cost more than the limit.
    """
    check_cost(
        f"The {count(rows, 'row')} may",
        cost,
        most,
        "Raise max_cost, take a cheaper processor, or pass fewer rows. What the journal has "
        f"answers to costs nothing, and is not counted here{uncounted}.",
    )


def read_max_wait(minutes: object, processor: Processor) -> float:
    """How long a job waits while none of its rows ends, in seconds.

    Args:
        minutes: As a person wrote it; None for a time by the processor: an hour, or three times
            its longest published latency, which leaves out the time in the queue.
        processor: The processor.

    Raises:
        InputError: It is no time, or none at all.
    """
    return read_wait(minutes, max(_LEAST_WAIT, _LATENCIES * processor.latency[1]))


def read_wait(minutes: object, default: float) -> float:
    """A time in seconds, of minutes as a person wrote them; `default` where they wrote none.

    Raises:
        InputError: It is no time, or none at all.
    """
    if minutes is None:
        return default
    number = float(minutes) if isinstance(minutes, Real) else math.nan
    if isinstance(minutes, bool) or not 0 < number < math.inf:
        raise InputError(
            f"max_wait = {minutes!r} is no number of minutes.", "Give a number, such as 90."
        )
    return number * 60


def _read_sample(sample: Any) -> int | None:
    if sample is None:
        return None
    return check_count("sample", sample, "Give the number of rows to try.")


def read_source_policy(options: Mapping[str, Any]) -> SourcePolicy | None:
    """The source policy of `include_domains`, `exclude_domains` and `after_date`.

    Returns:
        What the service takes as `source_policy`; None where the three say nothing.

    Raises:
        InputError: A domain is not a domain, there are too many, or the day is not a day.
    """
    include = _read_domains("include_domains", options["include_domains"])
    exclude = _read_domains("exclude_domains", options["exclude_domains"])
    number = len(include) + len(exclude)
    if number > MAX_DOMAINS:
        raise InputError(f"{number} domains, over {MAX_DOMAINS} in all.", "Name fewer domains.")
    after = options["after_date"]
    try:
        day = after.date() if isinstance(after, dt.datetime) else after
        after_date = None if day is None else dt.date.fromisoformat(str(day)).isoformat()
    except ValueError as error:
        raise InputError(
            f"after_date {str(after)!r} is not a day.", "Write it as YYYY-MM-DD."
        ) from error
    if not (include or exclude or after_date):
        return None
    return SourcePolicy(include_domains=include, exclude_domains=exclude, after_date=after_date)


def _read_domains(option: str, domains: Any) -> list[str]:
    if isinstance(domains, str):
        raise InputError(
            f"{option} is the text {domains!r}.", f"Pass a list: {option}=[{domains!r}]."
        )
    if isinstance(domains, bytes | Mapping) or not hasattr(domains or (), "__iter__"):
        raise InputError(
            f"{option} = {shown(domains)} is no list of domains.",
            f"Pass a list: {option}=['sec.gov'].",
        )
    listed = [str.__str__(one) if isinstance(one, str) else one for one in domains or ()]
    for domain in listed:
        encode_json(option, str(domain))
        if not isinstance(domain, str) or not is_domain(domain):
            meant = str(domain).split("://")[-1].removeprefix("*").strip()
            raise InputError(
                f"{option}: {domain!r} is not a domain.",
                f"Write {meant!r}."
                if isinstance(domain, str) and is_domain(meant)
                else "Write a domain such as 'sec.gov'.",
            )
    return listed
