"""What goes into a notebook's output: HTML and text, and nothing else.

No bundle holds a widget, a script or a style sheet, so each reads the same after a reload,
on GitHub, in nbconvert and in a notebook that is not trusted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from parallel_nb.display.environment import show
from parallel_nb.display.html import plan as plan_static
from parallel_nb.display.html import progress as progress_static
from parallel_nb.display.html import results as results_static
from parallel_nb.display.html import search as search_static
from parallel_nb.display.html.escape import Html, clean, element, root
from parallel_nb.display.html.words import quiet
from parallel_nb.display.rows import cells_of, field_names, results_of

if TYPE_CHECKING:
    from parallel_nb.job import Plan
    from parallel_nb.job.model import FinishedJob, Progress
    from parallel_nb.results import SearchResults, TaskResult

Bundle = dict[str, str]


def _bundle(html: Html, text: str) -> Bundle:
    # A plain str: the front ends and the notebook's file know nothing of ours.
    return {"text/html": str.__str__(html), "text/plain": text}


def job_bundle(job: FinishedJob) -> Bundle:
    """How a job ended (or stands), and its first rows with their evidence."""
    progress = job.progress
    results = results_of(job)
    # A failure that stands in the table need not be told twice.
    listed = results.total > results_static.TEXT_ROWS
    html = root(
        progress_static.html(progress, with_failures=listed),
        results_static.html(results),
    )
    head = progress_static.text(progress, with_failures=listed)
    return _bundle(html, f"{head}\n{results_static.text(results)}")


def progress_bundle(job: FinishedJob) -> Bundle:
    """How a job stands, without its rows."""
    return standing_bundle(job.progress)


def standing_bundle(progress: Progress) -> Bundle:
    """A snapshot of a job, without its rows."""
    return _bundle(root(progress_static.html(progress)), progress_static.text(progress))


def task_bundle(result: TaskResult) -> Bundle:
    """The answer to one question, each value with its evidence."""
    names = field_names(result.fields, result.output)
    cells = cells_of(result.output, names)
    about = [clean(result.processor, 40), clean(result.connection, 120)]
    if result.reused:
        about.append("reused from the journal: nothing was paid")
    question = clean(result.prompt, 160)
    html = root(
        element("div", element("strong", question), " ", quiet(*about)),
        results_static.single_html(names, cells),
    )
    text = [question, "  " + " · ".join(about[:2]), results_static.single_text(names, cells)]
    return _bundle(html, "\n".join(text))


def search_bundle(results: SearchResults) -> Bundle:
    """Ranked pages with their excerpts."""
    return _bundle(search_static.html(results), search_static.text(results))


def plan_bundle(plan: Plan) -> Bundle:
    """What a job would send and cost."""
    return _bundle(plan_static.html(plan), plan_static.text(plan))


def show_job(job: FinishedJob) -> None:
    """Display a job's bundle here and now."""
    show(job_bundle(job))


def results_bundle(title: str, connection: str, results: results_static.Results) -> Bundle:
    """Rows with their evidence, under a title: the static twin of a panel."""
    about = [clean(connection, 120), f"{results.total:,} rows"]
    html = root(
        element("div", element("strong", clean(title, 120)), " ", quiet(*about)),
        results_static.html(results),
    )
    head = f"{clean(title, 120)}\n  {' · '.join(about)}"
    return _bundle(html, f"{head}\n{results_static.text(results)}")
