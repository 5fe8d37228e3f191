"""One tree of exceptions, ordered by what a person can do about each.

    ParallelError
    ├── InputError                 correct the question; nothing was sent, nothing was paid
    │   └── UnknownFieldError      an answer has no such field; also a KeyError
    ├── ConnectionProblem          no usable connection: no key, no engine, no such folder
    ├── TransportError             the network failed; `maybe_sent` says whether the
    │                              service may have acted all the same
    ├── ApiError                   the service answered with an error
    │   ├── AuthenticationError    401: log in
    │   ├── PaymentRequiredError   402: pay
    │   ├── ProcessorForbiddenError 403: choose another processor, or ask for access
    │   ├── NotFoundError          404: correct the id
    │   ├── InvalidRequestError    400, 422: correct the request
    │   └── RetryableError         wait, then ask again
    │       ├── ResultPendingError 408: the run is still active
    │       ├── RateLimitError     429: quota exceeded; `retry_after` if the service names a time
    │       └── ServiceError       5xx: the service's own fault
    │           └── AnswerTooLargeError  its answer is larger than any of that route
    ├── RunFailedError             row-level: this one run has failed
    ├── StreamError                a stream reported a fault or cannot be read
    └── JobIncompleteError         a job ended before all of its rows did; rows are kept

In a notebook each shows as a few lines (what, which, what to do), without a traceback,
and stops Run All.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, ClassVar, Final

from parallel_nb.api.codes import code_of_module
from parallel_nb.formats import did_you_mean, harmless_lines, one_screen, shorten

if TYPE_CHECKING:
    from collections.abc import Iterable


class ParallelError(Exception):
    """Base of all our errors: what happened, and what to do about it.

        try:
            job = pnb.tasks(companies, "Who leads {{name}}?")
        except pnb.ParallelError as error:
            print(error.message, error.remedy)

    Attributes:
        message: One sentence that names the thing and the reason. Never holds a key.
        remedy: What the person can do, in a line or a few.
        code: Names the page that explains it: `parallel-nb explain CODE`.
    """

    remedy: str = ""
    code: str = ""

    def __init__(self, message: str, remedy: str = "", *, code: str = "") -> None:
        """Keep the two sentences, cut where they would fill more than a screen.

        `code` is for an error that is about something else than the module that raises it.
        """
        self.code = code or type(self).code or code_of_module(_module_that_raises())
        # A file's name, a prompt and a service's words may hold what moves a terminal's cursor.
        self.message = one_screen(harmless_lines(message))
        super().__init__(self.message)
        if remedy:
            self.remedy = one_screen(harmless_lines(remedy))

    def __str__(self) -> str:
        """The message, and the remedy on a line of its own."""
        return f"{self.message}\n{self.remedy}" if self.remedy else self.message

    def _render_traceback_(self) -> list[str]:
        """Lines that IPython shows in place of a traceback; they still stop Run All."""
        facts = [harmless_lines(fact) for fact in self._facts()]
        # Not `!parallel-nb`: the environment of a kernel is often not on the PATH of its shell.
        more = [f"  More: %run -m parallel_nb.cli explain {self.code}"] if self.code else []
        return [f"{type(self).__name__}: {self.message}", *facts, *self._remedy_lines(), *more]

    @property
    def explanation(self) -> str:
        """The command that explains it; "" where nothing does."""
        return f"parallel-nb explain {self.code}" if self.code else ""

    def _facts(self) -> list[str]:
        return []

    def _remedy_lines(self) -> list[str]:
        return [f"  → {line}" for line in self.remedy.splitlines() if line]


def _module_that_raises() -> str:
    """The module in which an error is being made, which is what the error is about."""
    frame = sys._getframe(1)  # noqa: SLF001 - what `logging` and `warnings` do, for the same end
    while frame.f_back is not None and frame.f_globals.get("__name__") == __name__:
        frame = frame.f_back
    return str(frame.f_globals.get("__name__", ""))


#: An id, or number for an error, that a service gives; its own take about 40 characters.
_ID_CHARS = 100


def _short_id(given: str | None) -> str | None:
    return given and shorten(given, _ID_CHARS)


class InputError(ParallelError, ValueError):
    """The question itself is at fault. Nothing was sent, nothing was paid."""


class UnknownFieldError(InputError, KeyError):
    """An answer has no field of this name. A `KeyError`, since an answer is a mapping."""


def check_option_names(options: Iterable[str], known: Iterable[str], operation: str) -> None:
    """Refuse an option that a function with `**options` does not have.

        >>> check_option_names(["max_result"], ["max_results", "mode"], "search")
        Traceback (most recent call last):
        InputError: search has no option 'max_result'.

    Args:
        options: The names that were passed.
        known: The names that there are.
        operation: What was called, in words.

    Raises:
        InputError: One is unknown; names the nearest and all that there are.
    """
    names = sorted(known)
    for name in options:
        if name not in names:
            raise InputError(
                f"{operation} has no option {name!r}.",
                f"{did_you_mean(name, names)}The options are: {', '.join(names)}.",
            )


class ConnectionProblem(ParallelError):  # noqa: N818 - says what it is to the person
    """There is nothing to send requests to.

    No key for the hosted service, no engine that starts, a folder that cannot be read.
    """


class TransportError(ParallelError):
    """The network failed between us and the service."""

    code = "network"

    remedy = "Check the network and the connection, then run the cell again: nothing is lost."

    def __init__(
        self, message: str, remedy: str = "", *, maybe_sent: bool = True, timed_out: bool = False
    ) -> None:
        """`maybe_sent` is False when the request certainly never reached the service.

        `timed_out` is True when its answer did not come in time.
        """
        super().__init__(message, remedy)
        self.maybe_sent = maybe_sent
        self.timed_out = timed_out


class StreamError(ParallelError):
    """A stream of events reported a fault, or carried something that cannot be read."""

    code = "stream"

    def __init__(self, message: str, remedy: str = "", *, ref_id: str | None = None) -> None:
        """`ref_id` is the service's own number for the fault, if it gave one."""
        super().__init__(message, remedy)
        self.ref_id = _short_id(ref_id)


class RunFailedError(ParallelError):
    """One run has failed. In a table this is a value of its row, never an exception."""

    code = "run-failed"

    def __init__(
        self, message: str, remedy: str = "", *, run_id: str, ref_id: str | None = None
    ) -> None:
        """`run_id` names the run that failed."""
        super().__init__(message, remedy)
        self.run_id = shorten(run_id, _ID_CHARS)
        self.ref_id = _short_id(ref_id)

    def _facts(self) -> list[str]:
        return [f"  run {self.run_id}" + (f", ref {self.ref_id}" if self.ref_id else "")]


class JobIncompleteError(ParallelError):
    """A job ended before all rows were answered; what was answered is kept."""

    code = "job-incomplete"


class ApiError(ParallelError):
    """The service answered with an error status."""

    code = "service"

    statuses: ClassVar[tuple[int, ...]] = ()

    def __init__(  # noqa: PLR0913 - the members of the service's error body
        self,
        message: str,
        remedy: str = "",
        *,
        status: int,
        ref_id: str | None = None,
        detail: Any = None,
        retry_after: float | None = None,
    ) -> None:
        """Keep the service's answer.

        `ref_id` is the service's own number for the error, `detail` its machine-readable
        part, `retry_after` the seconds that the service asks us to wait.
        """
        super().__init__(message, remedy)
        self.status = status
        self.ref_id = _short_id(ref_id)
        self.detail = detail
        self.retry_after = retry_after
        #: The service's own words, without those that name the request.
        self.service_message = message

    @property
    def reason(self) -> str:
        """The service's own words with its detail and its number for the error, in one line.

        For the `error` of a row: which request it was says nothing there.
        """
        return reason_of(self.service_message, self.detail, self.ref_id)

    def _facts(self) -> list[str]:
        ref = f", ref {self.ref_id}" if self.ref_id else ""
        return [f"  status {self.status}{ref}"]


class AuthenticationError(ApiError):
    """401: the key is missing or wrong."""

    code = "authentication"

    statuses = (401,)
    remedy = (
        "Set PARALLEL_API_KEY or pass api_key=... to pnb.connect, or work without a key: "
        "%parallel_connect embedded"
    )


class PaymentRequiredError(ApiError):
    """402: the account has not enough credit. Runs in progress reserve credit too."""

    code = "payment-required"

    statuses = (402,)
    remedy = (
        "Add credit to the account, or wait for the runs at work, which reserve credit; then run "
        "the cell again: answered rows are kept."
    )


class ProcessorForbiddenError(ApiError):
    """403: the account may not use this processor."""

    code = "processor-forbidden"

    statuses = (403,)
    remedy = "Choose another processor (--processor base), or ask the vendor for access."


#: Why what the service had once may be gone.
RETENTION: Final = (
    "How long the service keeps runs and their results depends on the account's data retention"
)


class NotFoundError(ApiError):
    """404: there is no such id here, or the run has failed and has no result."""

    code = "not-found"

    statuses = (404,)
    remedy = "Check the id, and that this connection is the one that made it."


class InvalidRequestError(ApiError):
    """400 or 422: the request does not follow the service's rules."""

    code = "invalid-request"

    statuses = (400, 422)
    remedy = "Correct what the message names, then run the cell again."


class RetryableError(ApiError):
    """The same request may succeed later."""

    remedy = "Wait a little, then run the cell again: answered rows are kept."


class ResultPendingError(RetryableError):
    """408: the run was still active when the wait ended."""

    code = "result-pending"

    statuses = (408,)
    remedy = "The run goes on. Ask for its result again later."


class RateLimitError(RetryableError):
    """429: too many requests for the quota."""

    code = "rate-limit"

    statuses = (429,)
    remedy = (
        "Wait for as long as it says, or a minute, then run the cell again: answered rows are kept."
    )


class ServiceError(RetryableError):
    """5xx: a fault of the service. It may have acted before it failed."""


class AnswerTooLargeError(ServiceError):
    """An answer grew beyond what its route can have, and was not read on.

    It is not asked for again by itself: it would be as large. The service has acted.
    """

    remedy = "Check base_url, and whether a proxy answers in its place. Nothing is kept of it."


_BY_STATUS: dict[int, type[ApiError]] = {
    status: kind
    for kind in (
        AuthenticationError,
        PaymentRequiredError,
        ProcessorForbiddenError,
        NotFoundError,
        InvalidRequestError,
        ResultPendingError,
        RateLimitError,
    )
    for status in kind.statuses
}
_SERVER_FAULT = 500
#: Problems of a detail that a message repeats, characters of each, of the service's own message,
#: and of a text that is no JSON.
_MAX_PROBLEMS = 3
_DETAIL_CHARS = 200
_MESSAGE_CHARS = 500
_TEXT_CHARS = 300


def api_error(
    status: int, body: Any, *, retry_after: float | None = None, what: str = ""
) -> ApiError:
    """Make the exception for an error answer.

        >>> api_error(404, {"error": {"message": "No such run."}}, what="run trun_1")
        NotFoundError('run trun_1: No such run.')

    Args:
        status: Of the HTTP answer.
        body: The decoded JSON, or the text of an answer that is not JSON. Both the service's
            own form (`{"error": {ref_id, message, detail}}`) and its validator's
            (`{"detail": [{loc, msg, type}]}`) are read.
        retry_after: Seconds that the service asks us to wait.
        what: The request in words.

    Returns:
        The exception of that status, not raised; `ServiceError` for any other 5xx, `ApiError`
        for whatever else.
    """
    ref_id, message, detail = _read_body(body)
    message = shorten(message, _MESSAGE_CHARS)
    if not message:
        message = f"The service answered with status {status} and no explanation."
    reason = reason_of(message, detail)
    fallback = ServiceError if status >= _SERVER_FAULT else ApiError
    kind = _BY_STATUS.get(status, fallback)
    error = kind(
        f"{what}: {reason}" if what else reason,
        status=status,
        ref_id=ref_id,
        detail=detail,
        retry_after=retry_after,
    )
    error.service_message = message
    return error


def reason_of(message: str, detail: Any = None, ref_id: str | None = None) -> str:
    """Say in one line an error's message, what its detail adds to it, and its number.

        >>> reason_of("Refused", {"limit": 7}, "ref_1")
        'Refused (limit: 7) [ref ref_1]'

    Args:
        message: The service's words.
        detail: The machine-readable part in any of the service's shapes: a list of problems
            (`[{loc, msg}]`), an object that holds one under `errors`, or any other object.
        ref_id: The service's own number for the error.
    """
    message = shorten(message, _MESSAGE_CHARS)
    added = [words for words in _read_detail(detail) if words not in message]
    if len(added) > _MAX_PROBLEMS:
        added[_MAX_PROBLEMS:] = [f"and {len(added) - _MAX_PROBLEMS} more"]
    parts = [message, f"({'; '.join(added)})" if added else ""]
    reason = " ".join(part for part in parts if part)
    return f"{reason} [ref {_short_id(ref_id)}]" if ref_id else reason


def _read_detail(detail: Any) -> list[str]:
    problems = detail.get("errors") if isinstance(detail, dict) else detail
    if isinstance(problems, list):
        return [shorten(_read_problem(problem), _DETAIL_CHARS) for problem in problems]
    if isinstance(detail, dict):
        return [shorten(f"{name}: {value}", _DETAIL_CHARS) for name, value in detail.items()]
    return [shorten(str(detail), _DETAIL_CHARS)] if detail else []


def _read_body(body: Any) -> tuple[str | None, str, Any]:
    if isinstance(body, str):
        return None, shorten(body, _TEXT_CHARS), None
    if not isinstance(body, dict):
        return None, "", None
    error = body.get("error")
    if isinstance(error, dict):
        ref_id = error.get("ref_id")
        message = str(error.get("message") or "")
        return (str(ref_id) if ref_id else None), message, error.get("detail")
    if isinstance(error, str):
        return None, error, None
    problems = body.get("detail")
    if isinstance(problems, list):
        return None, "; ".join(_read_problem(p) for p in problems[:_MAX_PROBLEMS]), problems
    return None, str(problems or body.get("message") or ""), problems


def _read_problem(problem: Any) -> str:
    if not isinstance(problem, dict):
        return str(problem)
    place = problem.get("loc") or ()
    where = ".".join(map(str, place)) if isinstance(place, list | tuple) else str(place)
    message = str(problem.get("msg") or problem.get("message") or "")
    return f"{where}: {message}" if where else message
