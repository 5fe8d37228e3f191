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

    # What a type checker sees of the table below; `as` says that a name is public.
    from parallel_nb import lessons as lessons
    from parallel_nb import settings as settings
    from parallel_nb.api.errors import ApiError as ApiError
    from parallel_nb.api.errors import AuthenticationError as AuthenticationError
    from parallel_nb.api.errors import ConnectionProblem as ConnectionProblem
    from parallel_nb.api.errors import InputError as InputError
    from parallel_nb.api.errors import InvalidRequestError as InvalidRequestError
    from parallel_nb.api.errors import JobIncompleteError as JobIncompleteError
    from parallel_nb.api.errors import NotFoundError as NotFoundError
    from parallel_nb.api.errors import ParallelError as ParallelError
    from parallel_nb.api.errors import PaymentRequiredError as PaymentRequiredError
    from parallel_nb.api.errors import ProcessorForbiddenError as ProcessorForbiddenError
    from parallel_nb.api.errors import RateLimitError as RateLimitError
    from parallel_nb.api.errors import ResultPendingError as ResultPendingError
    from parallel_nb.api.errors import RetryableError as RetryableError
    from parallel_nb.api.errors import RunFailedError as RunFailedError
    from parallel_nb.api.errors import ServiceError as ServiceError
    from parallel_nb.api.errors import StreamError as StreamError
    from parallel_nb.api.errors import TransportError as TransportError
    from parallel_nb.api.processors import PROCESSORS as PROCESSORS
    from parallel_nb.api.schema.fields import OutputField as OutputField
    from parallel_nb.api.schema.fields import parse_fields as parse_fields
    from parallel_nb.ask import attach as attach
    from parallel_nb.ask import find as find
    from parallel_nb.ask import find_plan as find_plan
    from parallel_nb.ask import jobs as jobs
    from parallel_nb.ask import plan as plan
    from parallel_nb.ask import task as task
    from parallel_nb.ask import tasks as tasks
    from parallel_nb.client import AsyncClient as AsyncClient
    from parallel_nb.client import Quota as Quota
    from parallel_nb.connection import Connection as Connection
    from parallel_nb.connection import connect as connect
    from parallel_nb.connection import disconnect as disconnect
    from parallel_nb.extracts import ExtractedPage as ExtractedPage
    from parallel_nb.extracts import ExtractInterrupted as ExtractInterrupted
    from parallel_nb.extracts import Extracts as Extracts
    from parallel_nb.finding import Find as Find
    from parallel_nb.finding import FindPlan as FindPlan
    from parallel_nb.job import CitedPage as CitedPage
    from parallel_nb.job import Job as Job
    from parallel_nb.job import JobInterrupted as JobInterrupted
    from parallel_nb.job import Plan as Plan
    from parallel_nb.lookups import documents as documents
    from parallel_nb.lookups import entities as entities
    from parallel_nb.lookups import extract as extract
    from parallel_nb.lookups import search as search
    from parallel_nb.results import Entities as Entities
    from parallel_nb.results import SearchResults as SearchResults
    from parallel_nb.results import TaskResult as TaskResult
    from parallel_nb.rooms import sample_room as sample_room

#: The public names by the module that they are imported from, in the order in which a person
#: meets them. A test holds this table and the imports above, which type checkers read, together.
_PUBLIC: Final[dict[str, tuple[str, ...]]] = {
    "connection": ("connect", "disconnect", "Connection"),
    "lookups": ("search", "extract", "entities", "documents"),
    "ask": ("task", "tasks", "plan", "find", "find_plan", "attach", "jobs"),
    "rooms": ("sample_room",),
    "results": ("SearchResults", "TaskResult", "Entities"),
    "extracts": ("Extracts", "ExtractedPage", "ExtractInterrupted"),
    "finding": ("Find", "FindPlan"),
    "job": ("Job", "Plan", "CitedPage", "JobInterrupted"),
    "api.schema.fields": ("OutputField", "parse_fields"),
    "api.processors": ("PROCESSORS",),
    "client": ("AsyncClient", "Quota"),
    "api.errors": (
        "ParallelError",
        "InputError",
        "ConnectionProblem",
        "TransportError",
        "StreamError",
        "JobIncompleteError",
        "RunFailedError",
        "ApiError",
        "InvalidRequestError",
        "AuthenticationError",
        "PaymentRequiredError",
        "ProcessorForbiddenError",
        "NotFoundError",
        "ResultPendingError",
        "RetryableError",
        "RateLimitError",
        "ServiceError",
    ),
}
_MODULES: Final = {name: module for module, names in _PUBLIC.items() for name in names}

#: Rooms that are public as they are.
_ROOMS: Final = ("lessons", "settings")

__all__ = ["__version__", "lessons", "settings"]
__all__ += list(_MODULES)


def __getattr__(name: str) -> Any:
    """Import a public name or room at its first use."""
    if name in _ROOMS:
        return import_module(f"parallel_nb.{name}")
    module = _MODULES.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"parallel_nb.{module}"), name)
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
