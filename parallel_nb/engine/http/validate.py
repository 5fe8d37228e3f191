"""Reading a request: its JSON decoded strictly, its query, the API's limits, or a 422."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final, NoReturn, TypeVar

import msgspec

from parallel_nb.api.search import MAX_DOMAINS, is_domain
from parallel_nb.engine.http.responses import HTTPError
from parallel_nb.formats import shorten

if TYPE_CHECKING:
    from starlette.requests import Request

    from parallel_nb.api.types import FetchPolicy, JsonObject, SourcePolicy

T = TypeVar("T")
#: The API's limit: the youngest age of a fetched page.
MIN_AGE_SECONDS: Final = 600
#: Seconds that a request may ask to wait: over 30 years, and still a number for every clock.
MAX_SECONDS: Final = 1_000_000_000
_TRUE: Final = frozenset({"true", "1", "yes", "on", "t", "y"})
_FALSE: Final = frozenset({"false", "0", "no", "off", "f", "n"})
#: Digits of the largest cursor that SQLite can hold, less one.
_MAX_CURSOR_DIGITS: Final = 18


def refuse(message: str, *path: str | int, kind: str = "value_error") -> NoReturn:
    """Answer 422.

    Args:
        message: what is wrong.
        path: where in the body: names of members and numbers of elements.
        kind: the machine-readable kind of fault.

    Raises:
        HTTPError: always.
    """
    _refuse(["body", *path], f"{'.'.join(map(str, path))}: " if path else "", message, kind)


def _refuse(location: list[str | int], place: str, message: str, kind: str) -> NoReturn:
    raise HTTPError(
        422,
        f"Request validation error: {place}{message}",
        {"errors": [{"loc": location, "msg": message, "type": kind}]},
    )


def warning(message: str, kind: str = "warning", path: str = "") -> JsonObject:
    """A remark that does not stop a request, as the API shows it."""
    return {"type": kind, "message": message, "detail": {"path": path} if path else None}


# --- the query and the headers ----------------------------------------------------------


def read_flag(request: Request, name: str, *, default: bool) -> bool:
    """A flag of the query.

    Raises:
        HTTPError: 422, when it is neither true nor false.
    """
    text = request.query_params.get(name)
    if text is None:
        return default
    if text.lower() not in _TRUE | _FALSE:
        refuse_query(name, f"{text!r} is neither true nor false")
    return text.lower() in _TRUE


def read_seconds(request: Request, name: str, default: float, *, whole: bool = False) -> float:
    """A number of seconds in the query; `whole` ones where the API knows no others.

    Raises:
        HTTPError: 422, when it is no such number, negative, or over `MAX_SECONDS`.
    """
    text = request.query_params.get(name)
    if text is None:
        return default
    try:
        seconds = int(text) if whole else float(text)
    except ValueError:
        seconds = -1
    if not 0 <= seconds <= MAX_SECONDS:
        limit = f"from 0 to {MAX_SECONDS:,}"
        refuse_query(name, f"{shorten(text, 40)!r} is not a number of seconds {limit}")
    return seconds


def read_cursor(request: Request) -> int:
    """The cursor behind which a stream goes on; 0 for its start.

    Raises:
        HTTPError: 422, when it is no cursor of an engine.
    """
    text = request.query_params.get("last_event_id")
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) <= _MAX_CURSOR_DIGITS):
        refuse_query("last_event_id", f"{text!r} is not a cursor of this engine")
    return int(text)


def refuse_query(name: str, message: str) -> NoReturn:
    """Answer 422 on account of a parameter of the query.

    Raises:
        HTTPError: always.
    """
    _refuse(["query", name], f"{name}: ", message, "value_error")


# --- the body ---------------------------------------------------------------------------


def decode(body: bytes, kind: type[T]) -> T:
    """Read a body of JSON.

    Args:
        body: what was sent.
        kind: what it must be, for msgspec.

    Returns:
        The body as `kind`.

    Raises:
        HTTPError: 422, with msgspec's message, which names the member.
    """
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        refuse(str(error), kind="type_error")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        refuse(f"the body is not JSON ({error})", kind="json_invalid")


def unused_option_warnings(location: str | None, fetch: FetchPolicy | None) -> list[JsonObject]:
    """Warn of options that mean nothing where nothing is fetched from the web.

    Raises:
        HTTPError: 422, when the fetch policy breaks the API's limits.
    """
    age = fetch.max_age_seconds if fetch else None
    if age is not None and age < MIN_AGE_SECONDS:
        refuse(f"it is under {MIN_AGE_SECONDS}", "fetch_policy", "max_age_seconds")
    options = {"location": location, "fetch_policy": fetch}
    return [
        warning(f"{name} is not used: the embedded engine reads its own documents, not the web.")
        for name, value in options.items()
        if value
    ]


def check_source_policy(policy: SourcePolicy | None, *path: str | int) -> None:
    """Check that a source policy keeps to the API's limits.

    Raises:
        HTTPError: 422, where it does not.
    """
    if policy is None:
        return
    domains = [*policy.include_domains, *policy.exclude_domains]
    if len(domains) > MAX_DOMAINS:
        refuse(f"{len(domains)} domains, over {MAX_DOMAINS}", *path)
    for domain in domains:
        if not is_domain(domain):
            refuse(
                f"{domain!r} is not a domain such as example.com, example.com/docs or .gov", *path
            )
    if policy.after_date is not None and not _is_day(policy.after_date):
        refuse(f"{policy.after_date!r} is not a date as YYYY-MM-DD", *path, "after_date")


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
