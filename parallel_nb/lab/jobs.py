"""The jobs of the journal as the panel of JupyterLab shows them: ready words, plain JSON values."""

from __future__ import annotations

import math
import time
from datetime import datetime
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final

from parallel_nb import settings
from parallel_nb.client.credentials import find_key
from parallel_nb.formats import age, count, harmless, money, shorten
from parallel_nb.job.journal import has_journal, open_journal
from parallel_nb.job.summary import summarise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parallel_nb.job.summary import JobSummary
    from parallel_nb.settings import Settings

#: Jobs that the panel shows; the rest is counted, and `%parallel_jobs` lists all.
MOST_JOBS: Final = 200
_TITLE_LIMIT: Final = 120
_STATE_WORDS: Final = {
    "submitting": "sending",
    "running": "running",
    "stopping": "stopping",
    "done": "done",
    "stopped": "stopped",
    "detached": "detached",
    "incomplete": "ended early",
}
#: A job that says it is at work and has not changed for so long has lost its kernel, as far as can
#: be seen from here, in seconds.
_SILENT: Final = 600.0


def list_jobs() -> dict[str, Any]:
    """What the panel and the status bar show.

    Returns:
        `jobs`, the newest `MOST_JOBS`, each with its words; `more`, how many are left out, in
        words or ""; `at_work`, how many are at work; `status` and `spent`, the words of the
        status bar; and `hint`, what a person who begins should know about the connection, or "".

    Raises:
        ParallelError: A setting or the journal cannot be read.
    """
    chosen = settings.current()
    summaries = summarise(open_journal(chosen)) if has_journal(chosen) else []
    now = time.time()
    at_work = sum(_is_at_work(summary, now) for summary in summaries)
    left = len(summaries) - MOST_JOBS
    return {
        "jobs": [describe(summary, now) for summary in summaries[:MOST_JOBS]],
        "more": f"and {count(left, 'older job')}: %parallel_jobs" if left > 0 else "",
        "at_work": at_work,
        "status": f"Parallel: {at_work:,} at work" if at_work else "Parallel",
        "spent": _spent_today(summaries, now),
        "hint": "" if summaries else _hint(chosen),
    }


def describe(summary: JobSummary, now: float) -> dict[str, Any]:
    """One job as plain JSON values; the shares of the bar sum to 1 at most."""
    record = summary.record
    asked = max(summary.answered + summary.failed + summary.running + summary.unsent, 1)
    is_at_work = _is_at_work(summary, now)
    state = _STATE_WORDS.get(record.state, record.state)
    words = [f"{summary.answered:,} of {count(asked, 'question')} answered"]
    words += [f"{summary.failed:,} failed"] if summary.failed else []
    words += [f"{record.rows_skipped:,} skipped"] if record.rows_skipped else []
    about = [record.processor, record.connection, PurePath(record.notebook).name]
    return {
        "id": record.id,
        "name": summary.name,
        "title": harmless(shorten(record.title, _TITLE_LIMIT)),
        "is_at_work": is_at_work,
        "when": state if is_at_work else age(record.changed, now),
        "state": "" if is_at_work or record.state == "done" else state,
        "shares": {
            "ok": summary.answered / asked,
            "bad": summary.failed / asked,
            "run": summary.running / asked,
        },
        "counts": ", ".join(words),
        "cost": "price not known" if math.isnan(summary.cost) else money(summary.cost),
        "about": " · ".join(harmless(shorten(part, _TITLE_LIMIT)) for part in about if part),
        "message": harmless(record.message),
    }


def _is_at_work(summary: JobSummary, now: float) -> bool:
    if summary.has_ended:
        return False
    return summary.running > 0 or now - summary.record.changed < _SILENT


def _spent_today(summaries: Sequence[JobSummary], now: float) -> str:
    """What the jobs that were begun today have cost; "" where nothing was spent."""
    midnight = datetime.fromtimestamp(now).astimezone().replace(hour=0, minute=0, second=0)
    today = [s.cost for s in summaries if s.record.created >= midnight.timestamp()]
    spent = sum(cost for cost in today if not math.isnan(cost))
    return f"{money(spent)} today" if spent else ""


def _hint(chosen: Settings) -> str:
    """What a new notebook would ask, where that is not the hosted service."""
    if chosen.connection == "embedded" or chosen.documents is not None:
        return ""
    try:
        has_key = find_key() is not None
    except Exception:  # noqa: BLE001 - what is wrong with a login file is told when connecting
        has_key = False
    if has_key or chosen.base_url is not None:
        return ""
    return (
        "No API key was found, so that a notebook asks the sample documents. Set PARALLEL_API_KEY "
        "to ask the web, or connect to a folder of your own: %parallel_connect embedded "
        "--documents FOLDER."
    )
