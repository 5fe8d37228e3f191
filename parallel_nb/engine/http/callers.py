"""Who a request is from: the owner of the engine's key, or a student of its class.

The owner sees all; a student sees what the student has made, and is counted.
"""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING, Any, Final

import msgspec

from parallel_nb.engine.http.responses import HTTPError
from parallel_nb.engine.http.state import state_of
from parallel_nb.engine.store.usage import Question
from parallel_nb.formats import count, duration, shorten

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from parallel_nb.engine.store.tables import NewRun, RunRow
    from parallel_nb.engine.store.usage import Kind

#: Where in the scope of a request the student stands who sent it.
STUDENT: Final = "parallel_nb.student"
#: Characters of a question that are kept for the teacher.
_QUESTION_CHARS: Final = 200
#: Seconds after which a request that is too large may be tried again, smaller.
_SMALLER_SOON: Final = 1.0


def student_of(request: Request) -> str | None:
    """The student who sent a request; None for the owner of the engine's key."""
    student: str | None = request.scope.get(STUDENT)
    return student


def may_see(request: Request, owner: str | None) -> bool:
    """Whether what a student (None for the engine's owner) has made is shown to the caller."""
    student = student_of(request)
    return student is None or student == owner


def find_runs(request: Request) -> Callable[[str], RunRow | None]:
    """Finds runs by their names among those that the caller may see; on any thread."""
    find = state_of(request).store.run

    def find_visible(name: str) -> RunRow | None:
        run = find(name)
        return run if run and may_see(request, run.student) else None

    return find_visible


async def charge(request: Request, kind: Kind, question: str, rows: int = 0) -> None:
    """Count what a student asks, and record it for the teacher. The owner is not counted.

    Args:
        request: the request, found in order.
        kind: what is asked.
        question: how it was put.
        rows: what counts against the quota of rows.

    Raises:
        HTTPError: 429, when the rows do not fit the student's quota; with the seconds until
            they do.
    """
    state = state_of(request)
    student = student_of(request)
    if student is None or state.classroom is None:
        return
    most = state.classroom.limits.rows_per_hour
    asked = Question(student, kind, shorten(" ".join(question.split()), _QUESTION_CHARS), rows)
    over = await asyncio.wrap_future(state.store.usage.charge(asked, most))
    if over is None:
        return
    quota = f"your quota of {count(most, 'row')} an hour"
    if math.isinf(over.seconds):
        text = f"{count(rows, 'row')} at once are over {quota}: send fewer."
        raise HTTPError(429, text, retry_after=_SMALLER_SOON)
    fit = f"{over.room:,} fit now, all in {duration(over.seconds)}"
    text = f"{count(rows, 'row')} more are over {quota}: {fit}."
    raise HTTPError(429, text, retry_after=over.seconds)


class _Spec(msgspec.Struct):
    """What of a task spec says what is asked."""

    output_schema: Any = None


class _Input(msgspec.Struct):
    input: Any = None


def question_of(runs: list[NewRun]) -> str:
    """How the first of some runs puts its question: its instructions, then its input."""
    if not runs:
        return ""
    first = runs[0]
    given = msgspec.json.decode(first.input, type=_Input).input
    text = given if isinstance(given, str) else msgspec.json.encode(given).decode()
    schema = msgspec.json.decode(first.spec, type=_Spec).output_schema if first.spec else None
    inner = schema.get("json_schema") if isinstance(schema, dict) else None
    for part in (inner, schema):
        if isinstance(part, dict) and isinstance(part.get("description"), str):
            return f"{part['description']} {text}"
    return text
