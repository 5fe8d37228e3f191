"""Where a job stands, as HTML and text: the head of every output of a job.

The words are made once, here: the live widget gets them ready-made (`widgets.progress`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from parallel_nb.display.html import find_progress
from parallel_nb.display.html.escape import Html, clean, element, join, muted
from parallel_nb.display.html.shown import (
    LABEL_LIMIT,
    NOTE_LIMIT,
    TITLE_LIMIT,
    Shown,
    command_to_resume,
)
from parallel_nb.finding.model import FindProgress
from parallel_nb.formats import count, money, rate, time_left

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parallel_nb.job.model import Progress, RowNote

    AnyProgress = Progress | FindProgress

#: At most so many failures are shown with their reasons; the rest is counted.
MOST_FAILURES: Final = 4

#: The counts of a progress in the order in which they are shown, each with its word.
_COUNTS: Final = (
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


def count_words(progress: Progress) -> dict[str, str]:
    """The word of each count: `280 reused, of which 12 asked by others`."""
    words = dict(_COUNTS)
    if others := progress.reused_from_others:
        words["reused"] += f", of which {others:,} asked by others"
    return words


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
    """What is billed, reserved, and at most to come, with the date of the prices; a model's tokens.

    The price of a processor that the price table does not have is said to be unknown: a group
    that another tool made may have been asked of a newer one.
    """
    if not progress.priced:
        return f"the price of {clean(progress.processor, 40)} is not published"
    words = money(progress.cost)
    if progress.cost_at_most > progress.cost:
        words += " billed"
        if progress.cost_reserved:
            words += f", {money(progress.cost_reserved)} reserved"
        words += f", at most {money(progress.cost_at_most)} in all"
    cost = f"{words} at prices of {clean(progress.prices_as_of, 20)}"
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


def shown_of(progress: AnyProgress) -> Shown:
    """The words for a job, or for a find."""
    if isinstance(progress, FindProgress):
        return find_progress.shown_of(progress)
    return Shown(
        title=clean(progress.title, TITLE_LIMIT),
        about=about_words(progress),
        pace=pace_words(progress),
        ended=ended_rows(progress),
        total=progress.total,
        ended_words=ended_words(progress),
        counts=_counts(progress),
        cost=cost_words(progress),
        message=progress.message,
        kept="Every finished row is kept.",
        command=command_to_resume(progress.state, progress.group_id, progress.message),
        failures=progress.failures,
        more_failures=more_failures(progress),
        more_words=more_words(progress),
    )


def html(progress: AnyProgress, *, with_failures: bool = True) -> Html:
    """The head of an output as HTML: title, connection, counts, cost, failures."""
    shown = shown_of(progress)
    bar = None
    if shown.ended < shown.total:
        most = max(shown.total, 1)
        bar = element("progress", shown.ended_words, value=shown.ended, max=most, style="bar")
    parts: list[Html | str | None] = [
        element("div", element("strong", shown.title), " ", muted(*shown.about, *shown.pace)),
        element("div", bar) if bar else None,
        element("div", *_counts_html(shown.counts), " ", muted(f"· {shown.cost}")),
    ]
    if shown.message:
        parts.append(element("p", clean(shown.message, NOTE_LIMIT), style="para"))
    if shown.command:
        parts.append(
            element(
                "p",
                f"{shown.kept} To go on, run the cell again. What was sent is fetched by ",
                element("code", shown.command),
                ", too.",
                style="para",
            )
        )
    if with_failures:
        parts.append(_failures_html(shown.failures, shown.more_failures))
    return join(parts)


def text(progress: AnyProgress, *, with_failures: bool = True) -> str:
    """The same in lines of plain text, without times, rates and ids: they change each time."""
    shown = shown_of(progress)
    lines = [
        f"{shown.title}: {_counts_text(shown.counts)}",
        "  " + " · ".join([*shown.about, shown.cost]),
    ]
    if shown.message:
        lines.append(f"  {clean(shown.message, NOTE_LIMIT)}")
    if shown.command:
        lines.append(
            f"  {shown.kept} To go on, run the cell again. What was sent is fetched by "
            f"{shown.command}, too."
        )
    if not with_failures:
        return "\n".join(lines)
    lines += [
        f"  {clean(note.label, LABEL_LIMIT)}: {failure_words(note)}"
        for note in shown.failures[:MOST_FAILURES]
    ]
    if shown.more_words:
        lines.append(f"  {shown.more_words}: job.failed")
    return "\n".join(lines)


def line(progress: AnyProgress) -> str:
    """One short line for a terminal while the work runs."""
    shown = shown_of(progress)
    parts = [_counts_text(shown.counts), *shown.pace, shown.cost]
    words = " · ".join(part for part in parts if part)
    return f"{shown.title} ({clean(progress.connection, TITLE_LIMIT)}): {words}"


def _counts(progress: Progress) -> list[tuple[int, str]]:
    """The rows by status; a status without rows is left out but for "0 answered" alone."""
    counts = [(getattr(progress, name), word) for name, word in count_words(progress).items()]
    return [(rows, word) for rows, word in counts if rows] or [(0, "answered")]


def _counts_text(counts: Sequence[tuple[int, str]]) -> str:
    return ", ".join(f"{number:,} {word}" for number, word in counts)


def _counts_html(counts: Sequence[tuple[int, str]]) -> list[Html | str]:
    pieces: list[Html | str] = []
    for rows, word in counts:
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
