"""The jobs of the journal as the panel of JupyterLab shows them: ready words, plain JSON values."""

from __future__ import annotations

import builtins
import keyword
import math
import re
import time
import unicodedata
from datetime import datetime
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final

import msgspec

from parallel_nb import settings
from parallel_nb.api.errors import ParallelError
from parallel_nb.formats import age, count, harmless, money, shorten
from parallel_nb.job.journal import decode_kept, has_journal, open_journal
from parallel_nb.job.model import ENDED
from parallel_nb.job.summary import summarise
from parallel_nb.lab.hints import hint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parallel_nb.job.journal import JobRecord
    from parallel_nb.job.summary import JobSummary

_WORD: Final = re.compile(r"\w+")
#: Jobs that the panel shows; the rest is counted, and found by the search.
MOST_JOBS: Final = 200
_TITLE_LIMIT: Final = 120
_VARIABLE_LIMIT: Final = 30
_STATE_WORDS: Final = {
    "submitting": "sending",
    "running": "running",
    "stopping": "stopping",
    "done": "done",
    "stopped": "stopped",
    "detached": "detached",
    "incomplete": "ended early",
}
_LEFT: Final = "left by its kernel"
_LEFT_ADVICE: Final = (
    "What was sent goes on. Attach it in a cell to get the answers, and to go on with the rest."
)
_ENDED_ADVICE: Final = "Attach it in a cell to go on."


def list_jobs(search: str = "") -> dict[str, Any]:
    """What the panel and the status bar show.

    Args:
        search: Only jobs whose words hold this, in whichever case.

    Returns:
        `jobs`, the newest `MOST_JOBS`, each with its words; `more`, how many are left out, in
        words or ""; `at_work`, how many are at work; `status` and `spent`, the words of the
        status bar; and `hint`, what a person who begins should know about the connection, or "".

    Raises:
        ParallelError: A setting or the journal cannot be read.
    """
    chosen = settings.current()
    summaries = summarise(open_journal(chosen, looks_on=True)) if has_journal(chosen) else []
    now = time.time()
    at_work = sum(summary.is_at_work for summary in summaries)
    found = [summary for summary in summaries if _has(summary, search.strip().casefold())]
    left = len(found) - MOST_JOBS
    return {
        "jobs": [describe(summary, now) for summary in found[:MOST_JOBS]],
        "more": f"and {count(left, 'older job')}; the search finds them" if left > 0 else "",
        "at_work": at_work,
        "status": f"Parallel: {at_work:,} at work" if at_work else "Parallel",
        "spent": _spent_today(summaries, now),
        "hint": hint(chosen, summaries),
    }


def _has(summary: JobSummary, words: str) -> bool:
    record = summary.record
    texts = (record.title, summary.name, record.state, *_about(record))
    return any(words in text.casefold() for text in texts)


def _about(record: JobRecord) -> tuple[str, str, str]:
    return record.processor, record.connection, PurePath(record.notebook).name


def describe(summary: JobSummary, now: float) -> dict[str, Any]:
    """One job as plain JSON values; the shares of the bar sum to 1 at most."""
    record, is_at_work = summary.record, summary.is_at_work
    is_left = not is_at_work and record.state not in ENDED
    state = _LEFT if is_left else _STATE_WORDS.get(record.state, record.state)
    shares, words = (_found if record.find else _answered)(summary)
    is_incomplete = record.state == "incomplete"
    advice = _LEFT_ADVICE if is_left else _ENDED_ADVICE if is_incomplete else ""
    return {
        "id": record.id,
        "name": summary.name,
        "title": harmless(shorten(record.title, _TITLE_LIMIT)),
        "variable": variable_name(record.title),
        "is_at_work": is_at_work,
        "when": state if is_at_work else age(record.changed, now),
        "state": "" if is_at_work or record.state == "done" else state,
        "is_find": record.find is not None,
        "shares": shares,
        "counts": ", ".join(words),
        "cost": "price not known" if math.isnan(summary.cost) else money(summary.cost),
        "about": " · ".join(
            harmless(shorten(part, _TITLE_LIMIT)) for part in _about(record) if part
        ),
        "message": harmless(f"{record.message} {advice}".strip()),
        "needs_attention": is_left or is_incomplete,
    }


def variable_name(title: str) -> str:
    """A name that `--into` takes, of a title: `slow_ships_2026` of `Slow ships, 2026`."""
    words = _WORD.findall(unicodedata.normalize("NFKC", shorten(title, _TITLE_LIMIT)).lower())
    name = "_".join(words).lstrip("_0123456789")[:_VARIABLE_LIMIT].rstrip("_")
    if not name.isidentifier():
        return "answers"
    is_taken = keyword.iskeyword(name) or hasattr(builtins, name)
    return f"{name}_answers" if is_taken else name


def _answered(summary: JobSummary) -> tuple[dict[str, float], list[str]]:
    """The bar and the counts of a table of questions."""
    asked = max(summary.answered + summary.failed + summary.running + summary.unsent, 1)
    skipped = summary.record.rows_skipped
    words = [f"{summary.answered:,} of {asked:,} answered"]
    words += [f"{summary.failed:,} failed"] if summary.failed else []
    words += [f"{skipped:,} skipped"] if skipped else []
    parts = {"ok": summary.answered, "bad": summary.failed, "run": summary.running}
    return {name: part / asked for name, part in parts.items()}, words


class _Wanted(msgspec.Struct):
    """Of what a find looks for, how many."""

    limit: int = 0


def _found(summary: JobSummary) -> tuple[dict[str, float], list[str]]:
    """The bar of a find, which is full when as many match as are wanted, and its counts."""
    try:
        limit = decode_kept(summary.record.find or b"", _Wanted).limit
    except ParallelError:  # who takes it up is told so
        limit = 0
    words = [f"{count(summary.answered, 'match', 'matches')} of {summary.record.rows:,} seen"]
    words += [f"{limit:,} wanted"] if summary.answered < limit else []
    return {"ok": min(summary.answered / max(limit, 1), 1.0), "bad": 0.0, "run": 0.0}, words


def _spent_today(summaries: Sequence[JobSummary], now: float) -> str:
    """What the jobs that were begun today have cost; "" where nothing was spent."""
    midnight = datetime.fromtimestamp(now).astimezone().replace(hour=0, minute=0, second=0)
    today = [s.cost for s in summaries if s.record.created >= midnight.timestamp()]
    spent = sum(cost for cost in today if not math.isnan(cost))
    return f"{money(spent)} today" if spent else ""
