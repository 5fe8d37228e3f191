"""What goes into a notebook's output: MIME bundles of HTML and text, and nothing else.

No bundle holds a widget, a script or a style sheet, so each reads the same after a reload,
on GitHub, in nbconvert and in a notebook that is not trusted.
"""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Protocol

from parallel_nb.display.html import entities as entities_html
from parallel_nb.display.html import extract as extract_html
from parallel_nb.display.html import page as page_html
from parallel_nb.display.html import plan as plan_html
from parallel_nb.display.html import progress as progress_html
from parallel_nb.display.html import results as results_html
from parallel_nb.display.html import search as search_html
from parallel_nb.display.html.escape import Html, clean, element, muted, root
from parallel_nb.display.rows import cells_of, field_names, results_of
from parallel_nb.finding.model import FindProgress
from parallel_nb.formats import count
from parallel_nb.tables.frames import RowAnswer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parallel_nb.api.schema.fields import OutputField
    from parallel_nb.api.types import Output
    from parallel_nb.display.html.progress import AnyProgress
    from parallel_nb.finding import FindPlan
    from parallel_nb.finding.model import FinishedFind
    from parallel_nb.job import CitedPage, Plan
    from parallel_nb.job.model import FinishedJob

#: By MIME type: `text/html` and `text/plain`; of a page of a PDF also `image/png`, in base64.
Bundle = dict[str, str]


class TaskLike(Protocol):
    """What the displays read of one answer; `parallel_nb.results.TaskResult` has it."""

    @property
    def prompt(self) -> str:
        """The question."""

    @property
    def processor(self) -> str:
        """The processor's name."""

    @property
    def connection(self) -> str:
        """Where the answer comes from."""

    @property
    def output(self) -> Output:
        """The answer and its basis."""

    @property
    def fields(self) -> Sequence[OutputField]:
        """The fields that were asked for; empty for a text answer."""

    @property
    def reused(self) -> bool:
        """True when the journal had the answer."""


def job_bundle(job: FinishedJob) -> Bundle:
    """How a job ended (or stands), and its first rows with their evidence."""
    progress = job.progress
    results = results_of(job)
    # A failure that stands in the table need not be listed above it too.
    with_failures = results.total > results_html.TEXT_ROWS
    html = root(
        progress_html.html(progress, with_failures=with_failures),
        results_html.html(results),
    )
    head = progress_html.text(progress, with_failures=with_failures)
    return _bundle(html, f"{head}\n{results_html.text(results)}")


def find_bundle(find: FinishedFind) -> Bundle:
    """How a find ended (or stands), and its first matches with their evidence."""
    progress = find.progress
    if not progress.matched:
        return progress_bundle(progress)
    results = results_of(find, handle="find")
    html = root(progress_html.html(progress), results_html.html(results))
    return _bundle(html, f"{progress_html.text(progress)}\n{results_html.text(results)}")


def finished_bundle(work: FinishedJob | FinishedFind) -> Bundle:
    """What stays in the notebook of a job, or of a find."""
    if isinstance(work.progress, FindProgress):
        return find_bundle(work)
    return job_bundle(work)


def progress_bundle(progress: AnyProgress) -> Bundle:
    """How a job, or a find, stands, without its rows."""
    return _bundle(root(progress_html.html(progress)), progress_html.text(progress))


def task_bundle(result: TaskLike) -> Bundle:
    """The answer to one question, each value with its evidence."""
    names = field_names(result.fields, result.output)
    cells = cells_of(RowAnswer("", None, "completed", result.output), names)
    origin = [clean(result.processor, 40), clean(result.connection, 120)]
    reused = "reused from the journal: nothing was paid" if result.reused else ""
    question = clean(result.prompt, 160)
    html = root(
        element("div", element("strong", question), " ", muted(*origin, reused)),
        results_html.single_html(names, cells),
    )
    text = [question, f"  {' · '.join(origin)}", results_html.single_text(names, cells)]
    return _bundle(html, "\n".join(text))


def search_bundle(results: search_html.SearchLike) -> Bundle:
    """Ranked pages with their excerpts."""
    return _bundle(search_html.html(results), search_html.text(results))


def extract_bundle(extracts: extract_html.ExtractsLike) -> Bundle:
    """Pages that were read by their addresses, and what could not be read."""
    return _bundle(extract_html.html(extracts), extract_html.text(extracts))


def entities_bundle(entities: entities_html.EntitiesLike) -> Bundle:
    """Ranked entities, said to be unverified."""
    return _bundle(entities_html.html(entities), entities_html.text(entities))


def find_plan_bundle(plan: FindPlan) -> Bundle:
    """What a find would look for and cost, and the cell to edit."""
    return _bundle(plan_html.find_html(plan), plan_html.text(plan))


def plan_bundle(plan: Plan) -> Bundle:
    """What a job would send and cost."""
    return _bundle(plan_html.html(plan), plan_html.text(plan))


def results_bundle(title: str, connection: str, results: results_html.Results) -> Bundle:
    """Rows with their evidence, under a title: what a closed panel leaves in the file."""
    about = [clean(connection, 120), count(results.total, "row")]
    html = root(
        element("div", element("strong", clean(title, 120)), " ", muted(*about)),
        results_html.html(results),
    )
    head = f"{clean(title, 120)}\n  {' · '.join(about)}"
    return _bundle(html, f"{head}\n{results_html.text(results)}")


def _bundle(html: Html, text: str) -> Bundle:
    # A plain str: front ends and the notebook's file know nothing of `Html`.
    return {"text/html": str.__str__(html), "text/plain": text}


def page_bundle(page: CitedPage) -> Bundle:
    """A page of a document: its picture beside the caption, else its text."""
    bundle = {"text/html": page_html.html(page.shown), "text/plain": page_html.text(page.shown)}
    if page.png:
        bundle["image/png"] = b64encode(page.png).decode("ascii")
    return bundle
