"""Reading a body: JSON decoded strictly, with the service's limits, or a 422."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeVar

import msgspec

from parallel_nb.api.search import MAX_DOMAINS, is_domain
from parallel_nb.engine.http.responses import Problem

if TYPE_CHECKING:
    from parallel_nb.api.types import FetchPolicy, JsonObject, SourcePolicy

T = TypeVar("T")
_MIN_AGE: Final = 600
_DAY = re.compile(r"\d{4}-\d\d-\d\d\Z")
_PATH = re.compile(r" - at `(?P<path>\$[^`]*)`\Z")
_UNKNOWN = re.compile(r"unknown field `(?P<name>[^`]*)`")
_STEP = re.compile(r"\.([^.\[]+)|\[(\d+|\.\.\.)\]")


def refuse(message: str, *where: str | int, kind: str = "value_error") -> NoReturn:
    """Answer 422: what is wrong, and where in the body."""
    raise Problem(
        422,
        f"Request validation error: {_dotted(where)}{message}",
        {"errors": [{"loc": ["body", *where], "msg": message, "type": kind}]},
    )


def _dotted(where: tuple[str | int, ...]) -> str:
    return ".".join(str(part) for part in where) + ": " if where else ""


def decode(body: bytes, kind: type[T]) -> T:
    """Read a body of JSON as `kind`, or answer 422."""
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        text = str(error)
        path = _PATH.search(text)
        message = text[: path.start()] if path else text
        where = [
            int(number) if number.isdigit() else name or number
            for name, number in _STEP.findall(path["path"] if path else "")
        ]
        if unknown := _UNKNOWN.search(message):
            where.append(unknown["name"])
        refuse(message, *where, kind="type_error")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        refuse(f"the body is not JSON ({error})", kind="json_invalid")


def warning(message: str, kind: str = "warning", path: str = "") -> JsonObject:
    """A remark that does not stop a request."""
    return {"type": kind, "message": message, "detail": {"path": path} if path else None}


def not_used(*, location: str | None, fetch: FetchPolicy | None) -> list[JsonObject]:
    """Say which options mean nothing where nothing is fetched from the web."""
    if fetch is not None and fetch.max_age_seconds is not None and fetch.max_age_seconds < _MIN_AGE:
        refuse(f"it is under {_MIN_AGE}", "fetch_policy", "max_age_seconds")
    given = [name for name, value in (("location", location), ("fetch_policy", fetch)) if value]
    return [
        warning(f"{name} is not used: the embedded engine reads its own documents, not the web.")
        for name in given
    ]


def check_policy(policy: SourcePolicy | None, *where: str | int) -> None:
    """Refuse a source policy that breaks the service's limits."""
    if policy is None:
        return
    domains = [*policy.include_domains, *policy.exclude_domains]
    if len(domains) > MAX_DOMAINS:
        refuse(f"{len(domains)} domains, over {MAX_DOMAINS}", *where)
    for domain in domains:
        if not is_domain(domain):
            refuse(f"{domain!r} is not a domain such as example.com or .gov", *where)
    if policy.after_date is not None and not _is_day(policy.after_date):
        refuse(f"{policy.after_date!r} is not a date as YYYY-MM-DD", *where, "after_date")


def _is_day(text: Any) -> bool:
    if not _DAY.match(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
