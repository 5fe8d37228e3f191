"""Ask the web, or a folder of your own documents, from a notebook cell.

    import parallel_nb as pnb

    pnb.search("Which languages have a borrow checker?")
    pnb.tasks(frame, "When was {{name}} first released?", output=fields)

Each answer is a value of a DataFrame, and each value shows where it came from. In a
notebook, `%load_ext parallel_nb` adds the same as magics.

The names below are imported when they are first used, so that `import parallel_nb` and
`%load_ext parallel_nb` cost next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from parallel_nb.version import __version__

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from parallel_nb import settings
    from parallel_nb.api.errors import (
        ApiError,
        AuthenticationError,
        ConnectionProblem,
        InputError,
        InvalidRequestError,
        JobIncompleteError,
        NotFoundError,
        ParallelError,
        PaymentRequiredError,
        ProcessorForbiddenError,
        RateLimitError,
        ResultPendingError,
        RetryableError,
        RunFailedError,
        ServiceError,
        StreamError,
        TransportError,
    )
    from parallel_nb.api.processors import PROCESSORS
    from parallel_nb.api.schema.fields import OutputField, parse_fields
    from parallel_nb.ask import attach, jobs, plan, search, task, tasks
    from parallel_nb.client import AsyncClient, Quota
    from parallel_nb.connection import Connection, connect, disconnect
    from parallel_nb.job import Job, JobInterrupted, Plan
    from parallel_nb.results import SearchResults, TaskResult

#: Where each public name lives.
_HOMES: Final[dict[str, str]] = {
    **dict.fromkeys(("search", "task", "tasks", "plan", "attach", "jobs"), "ask"),
    **dict.fromkeys(("connect", "disconnect", "Connection"), "connection"),
    **dict.fromkeys(("Job", "JobInterrupted", "Plan"), "job"),
    **dict.fromkeys(("SearchResults", "TaskResult"), "results"),
    **dict.fromkeys(("AsyncClient", "Quota"), "client"),
    **dict.fromkeys(("OutputField", "parse_fields"), "api.schema.fields"),
    "PROCESSORS": "api.processors",
    **dict.fromkeys(
        (
            "ApiError",
            "AuthenticationError",
            "ConnectionProblem",
            "InputError",
            "InvalidRequestError",
            "JobIncompleteError",
            "NotFoundError",
            "ParallelError",
            "PaymentRequiredError",
            "ProcessorForbiddenError",
            "RateLimitError",
            "ResultPendingError",
            "RetryableError",
            "RunFailedError",
            "ServiceError",
            "StreamError",
            "TransportError",
        ),
        "api.errors",
    ),
}

__all__ = [  # noqa: RUF022 - in the order in which a person meets them
    "connect",
    "search",
    "task",
    "tasks",
    "plan",
    "attach",
    "jobs",
    "settings",
    "disconnect",
    "Connection",
    "SearchResults",
    "TaskResult",
    "Job",
    "Plan",
    "OutputField",
    "parse_fields",
    "PROCESSORS",
    "AsyncClient",
    "Quota",
    "ApiError",
    "AuthenticationError",
    "ConnectionProblem",
    "InputError",
    "InvalidRequestError",
    "JobIncompleteError",
    "JobInterrupted",
    "NotFoundError",
    "ParallelError",
    "PaymentRequiredError",
    "ProcessorForbiddenError",
    "RateLimitError",
    "ResultPendingError",
    "RetryableError",
    "RunFailedError",
    "ServiceError",
    "StreamError",
    "TransportError",
    "__version__",
]


def __getattr__(name: str) -> Any:
    """Import a public name, or the settings, at its first use."""
    if name == "settings":
        return import_module("parallel_nb.settings")
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"parallel_nb.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """The public names, for completion."""
    return sorted(__all__)


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Add the magics to `shell`; called by `%load_ext parallel_nb`."""
    from parallel_nb.magics import load  # noqa: PLC0415 - needs IPython, which not everyone has

    load(shell)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """Take the magics away again; called by `%unload_ext parallel_nb`."""
    from parallel_nb.magics import unload  # noqa: PLC0415 - the same

    unload(shell)
