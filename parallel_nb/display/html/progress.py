"""Where a job stands, as HTML and text: the head of every output of a job.

The words are made once, here: the live widget gets them ready-made (`widgets.progress`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from parallel_nb.display.html.escape import Html, clean, element, join, muted
from parallel_nb.formats import count, money, rate, time_left

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parallel_nb.job.model import Progress, RowNote

#: At most so many failures are shown with their reasons; the rest is counted.
MOST_FAILURES: Final = 4
#: Longest title, reason and label, in characters.
TITLE_LIMIT: Final = 120
NOTE_LIMIT: Final = 240
LABEL_LIMIT: Final = 80

#: The counts of a progress in the order in which they are shown, each with its word.
COUNTS: Final = (
    ("completed", "answered"),
    ("reused", "reused"),
    ("running", "running"),
    ("queued", "waiting"),
    ("unsent", "not sent"),
    ("failed", "failed"),
    ("skipped", "skipped"),
)
_STATE_WORDS: Final[dict[str, str]] = {
    "submitting": "sending rows",
    "running": "running",
    "stopping": "stopping: no more rows are sent",
    "done": "done",
    "stopped": "stopped before every row was sent",
    "detached": "detached: rows already sent go on without this notebook",
    "incomplete": "ended before every row was answered",
}
_RESUMABLE: Final = frozenset({"stopped", "detached", "incomplete"})


def ended_rows(progress: Progress) -> int:
    """Rows that are answered, have failed, or were skipped."""
    return progress.completed + progress.reused + progress.failed + progress.skipped


def ended_words(progress: Progress) -> str:
    """How many rows have ended, as the bar is read aloud: `454 of 1,000 rows ended`."""
    return f"{ended_rows(progress):,} of {count(progress.total, 'row')} ended"


def state_words(progress: Progress) -> str:
    """The state of the job in a person's words."""
    return _STATE_WORDS.get(progress.state, clean(progress.state, 40))


def about_words(progress: Progress) -> list[str]:
    """What stands beside the title: processor, connection, state."""
    return [
        clean(progress.processor, 40),
        clean(progress.connection, TITLE_LIMIT),
        state_words(progress),
    ]


def pace_words(progress: Progress) -> list[str]:
    """Rate and time left while the job is at work, each "" before it is known."""
    return [] if progress.ended else [rate(progress.rate), time_left(progress.eta)]


def cost_words(progress: Progress) -> str:
    """What has been spent, and of how much, with the year of the prices; a language model's tokens.

    The price of a processor that the price table does not have is said to be unknown: a group
    that another tool made may have been asked of a newer one.
    """
    if not progress.priced:
        return f"the price of {clean(progress.processor, 40)} is not known"
    spent, total = money(progress.cost_so_far), money(progress.cost_total)
    amount = spent if spent == total else f"{spent} of {total}"
    cost = f"{amount} at prices of {clean(progress.prices_as_of, 20)}"
    return f"{cost} · {clean(progress.model, TITLE_LIMIT)}" if progress.model else cost


def more_failures(progress: Progress) -> int:
    """Failures that are not among the first `MOST_FAILURES`."""
    return progress.more_failures + max(0, len(progress.failures) - MOST_FAILURES)


def failure_words(note: RowNote) -> str:
    """Why a row has no answer: `failed: ...` or `skipped: ...`."""
    word = "skipped" if note.status == "skipped" else "failed"
    return f"{word}: {clean(note.text, NOTE_LIMIT)}"


def more_words(progress: Progress) -> str:
    """How many more rows have no answer: `and 16 more failed`; "" when all are listed."""
    more = more_failures(progress)
    word = "without an answer" if progress.skipped else "failed"
    return f"and {more:,} more {word}" if more else ""


def html(progress: Progress, *, with_failures: bool = True) -> Html:
    """The head of a job's output as HTML: title, connection, counts, cost, failures."""
    bar = None
    ended = ended_rows(progress)
    if ended < progress.total:
        most = max(progress.total, 1)
        bar = element("progress", ended_words(progress), value=ended, max=most, style="bar")
    parts: list[Html | str | None] = [
        element(
            "div",
            element("strong", clean(progress.title, TITLE_LIMIT)),
            " ",
            muted(*about_words(progress), *pace_words(progress)),
        ),
        element("div", bar) if bar else None,
        element("div", *_counts_html(progress), " ", muted(f"· {cost_words(progress)}")),
    ]
    if progress.message:
        parts.append(element("p", clean(progress.message, NOTE_LIMIT), style="para"))
    if command := _command_to_resume(progress):
        parts.append(
            element(
                "p",
                "Every finished row is kept. To go on: ",
                element("code", command),
                ", or run the cell again.",
                style="para",
            )
        )
    if with_failures:
        parts.append(_failures_html(progress.failures, more_failures(progress)))
    return join(parts)


def text(progress: Progress, *, with_failures: bool = True) -> str:
    """The same in lines of plain text, without times, rates and ids: they change each time."""
    lines = [
        f"{clean(progress.title, TITLE_LIMIT)}: {_counts_text(progress)}",
        "  " + " · ".join([*about_words(progress), cost_words(progress)]),
    ]
    if progress.message:
        lines.append(f"  {clean(progress.message, NOTE_LIMIT)}")
    if command := _command_to_resume(progress):
        lines.append(f"  Every finished row is kept. To go on: {command}, or run the cell again.")
    if not with_failures:
        return "\n".join(lines)
    lines += [
        f"  {clean(note.label, LABEL_LIMIT)}: {failure_words(note)}"
        for note in progress.failures[:MOST_FAILURES]
    ]
    if more := more_words(progress):
        lines.append(f"  {more}: job.failed")
    return "\n".join(lines)


def line(progress: Progress) -> str:
    """One short line for a terminal while the job runs."""
    parts = [_counts_text(progress), *pace_words(progress), cost_words(progress)]
    words = " · ".join(part for part in parts if part)
    title, connection = clean(progress.title, TITLE_LIMIT), clean(progress.connection, TITLE_LIMIT)
    return f"{title} ({connection}): {words}"


def _counts(progress: Progress) -> list[tuple[int, str]]:
    """The rows by status; a status without rows is left out but for "0 answered" alone."""
    counts = [(getattr(progress, name), word) for name, word in COUNTS]
    return [(rows, word) for rows, word in counts if rows] or [(0, "answered")]


def _counts_text(progress: Progress) -> str:
    return ", ".join(f"{rows:,} {word}" for rows, word in _counts(progress))


def _counts_html(progress: Progress) -> list[Html | str]:
    pieces: list[Html | str] = []
    for rows, word in _counts(progress):
        pieces += [" · "] if pieces else []
        pieces += [element("b", f"{rows:,}"), f" {word}"]
    return pieces


def _failures_html(failures: Sequence[RowNote], more: int) -> Html | None:
    if not failures:
        return None
    items = [
        element(
            "li",
            element("b", clean(note.label, LABEL_LIMIT)),
            f": {failure_words(note)}",
        )
        for note in failures[:MOST_FAILURES]
    ]
    if more:
        items.append(element("li", f"and {more:,} more: ", element("code", "job.failed")))
    return element("ul", *items)


def _command_to_resume(progress: Progress) -> str:
    """The line that comes back to a job that was left; "" where the message has it already."""
    if progress.state not in _RESUMABLE or not progress.group_id:
        return ""
    command = f"%parallel_attach {clean(progress.group_id, 80)}"
    return "" if command in progress.message else command
