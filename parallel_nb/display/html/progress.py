"""Where a job stands, as HTML and text: the head of every output of a job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from parallel_nb.api.processors import PROCESSORS
from parallel_nb.display.html.escape import Html, clean, element, join
from parallel_nb.display.html.words import money, quiet, rate_words, time_left

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parallel_nb.job.model import Progress, RowNote

#: At most so many failures are shown with their reasons; the rest is counted.
MOST_FAILURES: Final = 4
_TITLE: Final = 120
_NOTE: Final = 240

_STATE_WORDS: Final[dict[str, str]] = {
    "submitting": "sending rows",
    "running": "running",
    "stopping": "stopping: no more rows are sent",
    "done": "done",
    "stopped": "stopped before every row was sent",
    "detached": "detached: rows already sent go on without this notebook",
    "incomplete": "ended before every row was answered",
}
_UNFINISHED: Final = frozenset({"stopped", "detached", "incomplete"})


def counts(progress: Progress) -> list[tuple[int, str]]:
    """The rows by status, in words; a status without rows is left out but for answered."""
    found = [
        (progress.completed, "answered"),
        (progress.reused, "reused"),
        (progress.running, "running"),
        (progress.queued, "waiting"),
        (progress.unsent, "not sent"),
        (progress.failed, "failed"),
    ]
    return [(n, word) for n, word in found if n] or [(0, "answered")]


def state_words(progress: Progress) -> str:
    """How the job stands, in a person's words."""
    return _STATE_WORDS.get(progress.state, clean(progress.state, 40))


def is_priced(progress: Progress) -> bool:
    """False for work that is billed by a processor which the price table does not have.

    So it is with a group that was attached and whose processor is newer, or not known.
    """
    billed = progress.connection.startswith("hosted")
    return not billed or progress.processor in PROCESSORS


def cost_words(progress: Progress) -> str:
    """What has been spent, and of how much; always with the year of the prices."""
    if not is_priced(progress):
        return f"the price of {clean(progress.processor, 40)} is not known"
    spent = money(progress.cost_so_far)
    if abs(progress.cost_total - progress.cost_so_far) >= 0.005:
        spent += f" of {money(progress.cost_total)}"
    return f"{spent} at prices of {clean(progress.prices_as_of, 20)}"


def _resume(progress: Progress) -> str:
    if progress.state in _UNFINISHED and progress.group_id:
        return f"%parallel_attach {clean(progress.group_id, 80)}"
    return ""


def html(progress: Progress, *, with_failures: bool = True) -> Html:
    """The head of a job's output: title, where it was asked, counts, cost, failures."""
    done = progress.completed + progress.reused + progress.failed
    of_total = f"{done:,} of {progress.total:,} rows ended"
    moving = not progress.ended
    bar = None
    if done < progress.total:
        bar = element("progress", of_total, value=done, max=max(progress.total, 1), style="bar")
    parts: list[Html | str | None] = [
        element(
            "div",
            element("strong", clean(progress.title, _TITLE)),
            " ",
            quiet(
                clean(progress.processor, 40),
                clean(progress.connection, _TITLE),
                state_words(progress),
                rate_words(progress.rate) if moving else "",
                time_left(progress.eta) if moving else "",
            ),
        ),
        element("div", bar) if bar else None,
        element("div", *_count_pieces(progress), " ", quiet(f"· {cost_words(progress)}")),
    ]
    if progress.message:
        parts.append(element("p", clean(progress.message, _NOTE), style="para"))
    if (resume := _resume(progress)) and resume not in progress.message:
        parts.append(
            element(
                "p",
                "Every finished row is kept. To go on: ",
                element("code", resume),
                ", or run the cell again.",
                style="para",
            )
        )
    if with_failures:
        parts.append(failures_html(progress.failures, progress.more_failures))
    return join(parts)


def _count_pieces(progress: Progress) -> list[Html | str]:
    pieces: list[Html | str] = []
    for number, word in counts(progress):
        pieces += [" · "] if pieces else []
        pieces += [element("b", f"{number:,}"), f" {word}"]
    return pieces


def failures_html(failures: Sequence[RowNote], more: int) -> Html | None:
    """The first failures with their reasons, and how many there are besides."""
    if not failures:
        return None
    shown = [
        element("li", element("b", clean(note.label, 80)), ": failed: ", clean(note.text, _NOTE))
        for note in failures[:MOST_FAILURES]
    ]
    more += max(0, len(failures) - MOST_FAILURES)
    if more:
        shown.append(element("li", f"and {more:,} more: ", element("code", "job.failed")))
    return element("ul", *shown)


def text(progress: Progress, *, with_failures: bool = True) -> str:
    """The same in lines of plain text, without times, rates and ids that change."""
    numbers = ", ".join(f"{number:,} {word}" for number, word in counts(progress))
    lines = [
        f"{clean(progress.title, _TITLE)}: {numbers}",
        "  "
        + " · ".join(
            [
                clean(progress.processor, 40),
                clean(progress.connection, _TITLE),
                state_words(progress),
                cost_words(progress),
            ]
        ),
    ]
    if progress.message:
        lines.append(f"  {clean(progress.message, _NOTE)}")
    if (resume := _resume(progress)) and resume not in progress.message:
        lines.append(f"  Every finished row is kept. To go on: {resume}, or run the cell again.")
    if not with_failures:
        return "\n".join(lines)
    lines += [
        f"  {clean(note.label, 80)}: failed: {clean(note.text, _NOTE)}"
        for note in progress.failures[:MOST_FAILURES]
    ]
    more = progress.more_failures + max(0, len(progress.failures) - MOST_FAILURES)
    if more:
        lines.append(f"  and {more:,} more failed: job.failed")
    return "\n".join(lines)


def line(progress: Progress) -> str:
    """One short line for a terminal while the job runs."""
    numbers = ", ".join(f"{number:,} {word}" for number, word in counts(progress))
    parts = [numbers, rate_words(progress.rate), time_left(progress.eta), cost_words(progress)]
    said = " · ".join(part for part in parts if part)
    return f"{clean(progress.title, _TITLE)} ({clean(progress.connection, _TITLE)}): {said}"
