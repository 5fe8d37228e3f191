"""What a search and a single task give back.

Both are plain values: what came back, and where it came from. They show themselves by the
display room, which is loaded when a notebook or a terminal asks them to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Unpack
from urllib.parse import urlsplit

from parallel_nb.api.errors import InputError, RunFailedError, UnknownFieldError
from parallel_nb.api.types import TextOutput
from parallel_nb.display.registration import register_accessor, shown
from parallel_nb.job.options import TaskOptions, check_names, title_of
from parallel_nb.job.prompts import check_prompt, parse_prompt
from parallel_nb.job.start import start

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from parallel_nb.api.findall import Entity, EntitySearchResult
    from parallel_nb.api.schema.fields import OutputField
    from parallel_nb.api.types import (
        FieldBasis,
        JsonObject,
        Output,
        SearchResponse,
        SearchResult,
        Warning_,
    )
    from parallel_nb.display.bundles import Bundle
    from parallel_nb.display.live import LivePanel
    from parallel_nb.display.view import NotebookView
    from parallel_nb.job.model import FinishedJob

#: The one column of the table that a single question is sent as. It has a blank, which no
#: name of an output field can have, so that they never collide.
_QUESTION: Final = "the question"
#: Keeps a field that is called `status` from the columns of that table.
_SUFFIX: Final = " of the answer"


class ShowsItself:
    """Shows itself by its bundle, which the display room makes."""

    __slots__ = ()

    def _bundle(self) -> Bundle:
        raise NotImplementedError

    def __repr__(self) -> str:
        """The same as text, as a terminal shows it."""
        return self._bundle()["text/plain"]

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """HTML and text for a notebook."""
        del include, exclude  # the notebook takes what it can show
        return self._bundle()


@dataclass(frozen=True, slots=True, repr=False)
class SearchResults(ShowsItself):
    """Ranked pages, best first: iterate over them, index them, or take `.df`.

    results = pnb.search("Which languages have a borrow checker?")
    results[0].url
    results.df
    """

    #: The question in plain words; None when only queries were given.
    objective: str | None
    #: The keyword queries; empty when there were none.
    queries: tuple[str, ...]
    #: How thorough it was: "turbo", "fast", "basic" or "advanced".
    mode: str
    #: Where the answer comes from, such as "hosted" or "embedded: sample documents".
    connection: str
    #: The service's answer as it came.
    response: SearchResponse
    #: USD for this search by the dated price table; 0 where nothing is billed.
    cost: float = 0.0
    #: What we remark on the question, beside the service's own `warnings`.
    remarks: tuple[str, ...] = ()

    @property
    def results(self) -> list[SearchResult]:
        """The pages, each with `url`, `title`, `publish_date` and `excerpts`."""
        return self.response.results

    @property
    def search_id(self) -> str:
        """The service's id of this search."""
        return self.response.search_id

    @property
    def session_id(self) -> str | None:
        """Links later searches to this one: `pnb.search(..., session=results)`."""
        return self.response.session_id

    @property
    def warnings(self) -> list[Warning_]:
        """What the service remarked; often empty."""
        return self.response.warnings or []

    @property
    def df(self) -> pd.DataFrame:
        """The pages as a pandas frame, one row a page.

        Returns:
            Index `rank`, from 1. Columns `title`, `url`, `host` (string), `publish_date`
            (datetime64, NaT where there is none or it is no date), `excerpts` (lists of str).
            The connection is kept in `df.attrs["connection"]`.
        """
        import pandas as pd  # noqa: PLC0415 - loaded when a frame is wanted

        columns: dict[str, list[Any]] = {
            "title": [result.title for result in self.results],
            "url": [result.url for result in self.results],
            "host": [_host(result.url) for result in self.results],
            "publish_date": pd.to_datetime(
                pd.Series([result.publish_date for result in self.results], dtype="string"),
                errors="coerce",
            ).to_list(),
            "excerpts": [result.excerpts or [] for result in self.results],
        }
        frame = pd.DataFrame(
            columns, index=pd.RangeIndex(1, len(self.results) + 1, name="rank")
        ).astype({"title": "string", "url": "string", "host": "string"})
        frame.attrs["connection"] = self.connection
        return frame

    def panel(self) -> LivePanel:
        """A live panel in which the pages are filtered, sorted, opened and cited.

        Nothing is sent again. Closing it leaves the pages as static HTML and text in the notebook.

        Returns:
            A panel that shows itself as the last value of a cell; `close()` ends it.
        """
        from parallel_nb.display.search_panel import SearchPanel  # noqa: PLC0415 - when shown

        return SearchPanel(self)

    def __len__(self) -> int:
        """How many pages were found."""
        return len(self.results)

    def __iter__(self) -> Iterator[SearchResult]:
        """The pages, best first."""
        return iter(self.results)

    def __getitem__(self, rank: int) -> SearchResult:
        """The page at this place, counted from 0. Raises `IndexError` where there is none."""
        return self.results[rank]

    def _bundle(self) -> Bundle:
        from parallel_nb.display.bundles import search_bundle  # noqa: PLC0415 - when shown

        return search_bundle(self)


@dataclass(frozen=True, slots=True, repr=False)
class Entities(ShowsItself):
    """Companies or people, best first. They are ranked, not verified: `pnb.find` checks them.

    entities = pnb.entities("Makers of industrial heat pumps")
    entities.df
    """

    #: The question in plain words.
    objective: str
    #: "companies" or "people".
    kind: str
    #: Where the answer comes from, such as "hosted" or "embedded: sample documents".
    connection: str
    #: The service's answer as it came.
    response: EntitySearchResult
    #: USD for this search by the dated price table; 0 where nothing is billed.
    cost: float = 0.0

    @property
    def df(self) -> pd.DataFrame:
        """The entities as a pandas frame, one row an entity.

        Returns:
            Index `rank`, from 1. Columns `name`, `url`, `description` (string). The connection is
            kept in `df.attrs["connection"]`.
        """
        import pandas as pd  # noqa: PLC0415 - loaded when a frame is wanted

        names = ("name", "url", "description")
        columns = {name: [getattr(one, name) for one in self] for name in names}
        index = pd.RangeIndex(1, len(self) + 1, name="rank")
        frame = pd.DataFrame(columns, index=index, dtype="string")
        frame.attrs["connection"] = self.connection
        return frame

    def __len__(self) -> int:
        """How many entities there are."""
        return len(self.response.entities)

    def __iter__(self) -> Iterator[Entity]:
        """The entities, best first."""
        return iter(self.response.entities)

    def __getitem__(self, rank: int) -> Entity:
        """The entity at this place, counted from 0. Raises `IndexError` where there is none."""
        return self.response.entities[rank]

    def _bundle(self) -> Bundle:
        from parallel_nb.display.bundles import entities_bundle  # noqa: PLC0415 - when shown

        return entities_bundle(self)


class TaskResult(ShowsItself, Mapping[str, Any]):
    """The answer to one question: a mapping of its fields, with the evidence for each.

        result = pnb.task("When was Rust first released?", output=pnb.parse_fields("year: int?"))
        result["year"]         # a field, also result.year
        dict(result)           # all fields
        result.basis           # DataFrame: one row an excerpt
        pd.DataFrame([result, another])    # the fields as columns

    A text answer has one field, `output`, as in the frame of a job. A field whose name is also a
    member of this class (such as `values` or `output`) is read as `result["name"]`.
    """

    # No dataclass: pandas would make columns of its attributes, and not of the fields.
    __slots__ = (
        "__weakref__",
        "connection",
        "fields",
        "output",
        "processor",
        "prompt",
        "reused",
        "run_id",
    )
    #: The question as it was asked.
    prompt: str
    #: The processor's name.
    processor: str
    #: Where the answer comes from, such as "hosted" or "embedded: sample documents".
    connection: str
    #: The service's id of the run.
    run_id: str
    #: The answer as the service gave it, with its basis.
    output: Output
    #: The fields that were asked for; empty for a text answer.
    fields: tuple[OutputField, ...]
    #: True when the journal had the answer, so that nothing was sent or paid.
    reused: bool

    def __init__(  # noqa: PLR0913, PLR0917 - what an answer consists of
        self,
        prompt: str,
        processor: str,
        connection: str,
        run_id: str,
        output: Output,
        fields: tuple[OutputField, ...] = (),
        *,
        reused: bool = False,
    ) -> None:
        """Keep the answer; `pnb.task` makes it."""
        self.prompt = prompt
        self.processor = processor
        self.connection = connection
        self.run_id = run_id
        self.output = output
        self.fields = fields
        self.reused = reused

    def ask(self, prompt: str, **options: Unpack[TaskOptions]) -> TaskResult:
        """Ask further: a question that goes on from this answer, and knows what it was about.

            lego = pnb.task("Who leads LEGO?", output=pnb.parse_fields("ceo: str"))
            lego.ask("And in which year was it founded?")

        Args:
            prompt: The question.
            **options: Those of `pnb.task`. What is not passed is as for any question: the
                processor and the output fields are not those of this answer.

        Returns:
            The answer, from which another one can go on.

        Raises:
            InputError: The question or an option is at fault, or this answer is of another
                connection; nothing was sent.
            RunFailedError: The run failed; the message is the service's.
        """
        if "after" in options:
            raise InputError(
                "after cannot be passed here: the question goes on from this answer.",
                "Use pnb.task(question, after=...) for another one.",
            )
        options["after"] = self
        return ask_once(prompt, **options)

    @property
    def content(self) -> JsonObject | str:
        """The fields as a dict, or the text of a text answer."""
        return self.output.content

    @property
    def basis(self) -> pd.DataFrame:
        """Where each value comes from, as a pandas frame: one row an excerpt.

        Returns:
            Columns `row`, `run_id`, `field`, `value`, `confidence`, `reasoning`, `url`, `title`,
            `excerpt`, `document`, `place`; a field without a source has one row.
        """
        from parallel_nb.tables import RowAnswer, basis_frame  # noqa: PLC0415 - loads pandas

        answer = RowAnswer(key="0", run_id=self.run_id, status="completed", output=self.output)
        frame: pd.DataFrame = basis_frame([0], self.fields, [answer])
        return frame

    def evidence(self, name: str) -> FieldBasis | None:
        """The evidence of one field, as the service gave it.

            result.evidence("founded").reasoning

        Args:
            name: The field; of a text answer "output".

        Returns:
            Its reasoning, citations with excerpts, and confidence; None where there is none.
        """
        return next((entry for entry in self.output.basis if entry.field == name), None)

    def __getitem__(self, name: str) -> Any:
        """The value of a field.

        Raises:
            UnknownFieldError: There is no such field; lists those that there are. It is a
                `KeyError`, as a mapping raises it.
        """
        values = self._values()
        if name in values:
            return values[name]
        raise UnknownFieldError(f"This answer has no field {name!r}.", self._fields_words())

    def __iter__(self) -> Iterator[str]:
        """The names of the fields."""
        return iter(self._values())

    def __len__(self) -> int:
        """How many fields there are."""
        return len(self._values())

    def __getattr__(self, name: str) -> Any:
        """The value of a field, as an attribute."""
        # A copy that is being made has no members yet, and IPython asks for many private names.
        if name not in self.__slots__:
            values = self._values()
            if name in values:
                return values[name]
            if not name.startswith("_"):
                raise AttributeError(f"This answer has no field {name!r}. {self._fields_words()}")
        raise AttributeError(name)

    def __dir__(self) -> list[str]:
        """Members and fields, for completion."""
        return [*super().__dir__(), *self]

    def _ipython_key_completions_(self) -> list[str]:
        return list(self)

    def _values(self) -> JsonObject:
        content = self.output.content
        return content if isinstance(content, dict) else {"output": content}

    def _fields_words(self) -> str:
        if isinstance(self.output, TextOutput):
            return 'It is a text answer: its one field is "output".'
        return f"Its fields: {', '.join(self)}."

    def _bundle(self) -> Bundle:
        from parallel_nb.display.bundles import task_bundle  # noqa: PLC0415 - when shown

        return task_bundle(self)


def ask_once(prompt: str, **options: Unpack[TaskOptions]) -> TaskResult:
    """Ask one question, and wait for its answer: see `ask.task`."""
    check_names(options, TaskOptions)
    frame, template = one_row(prompt)
    options["title"] = options.get("title") or title_of(prompt)
    register_accessor()
    job = start(frame, template, view=answer_view(prompt), wait=False, suffix=_SUFFIX, **options)
    shown.add(job)
    result = result_of(job.wait(), prompt)
    shown.add(result)
    return result


def one_row(prompt: str) -> tuple[Any, str]:
    """The table and the prompt that send one question as it is.

    Raises `InputError` when there is no question, or it names a column.
    """
    check_prompt(prompt)
    try:
        literal = parse_prompt(prompt, ()).literal
    except InputError as error:
        raise InputError(
            f"{error.message.rstrip('.')}: the question names it in {{{{ }}}}, but there is "
            "no table.",
            "Ask it of every row: --over FRAME, or pnb.tasks(frame, ...). To send the braces "
            "themselves, write \\{{.",
        ) from error
    if not literal:
        raise InputError("There is no question.", "Write what you want to know.")
    return [{_QUESTION: literal}], f"{{{{{_QUESTION}}}}}"


def result_of(job: FinishedJob, prompt: str) -> TaskResult:
    """The answer of a job of one row.

    Args:
        job: It has ended.
        prompt: The question as the person asked it; the job's own is a template.

    Raises:
        RunFailedError: The run has failed; the message is the service's.
    """
    (answer,) = job.answers()
    if answer.output is None or answer.run_id is None:
        message = job.progress.message  # where the job no longer waits for the run
        raise RunFailedError(
            answer.error or message or f"The run ended as {answer.status}, without an answer.",
            "Run the cell again to ask it again.",
            run_id=answer.run_id or "(none)",
        )
    return TaskResult(
        prompt=prompt,
        processor=job.processor,
        connection=job.connection,
        run_id=answer.run_id,
        output=answer.output,
        fields=job.fields,
        reused=job.progress.reused > 0,
    )


def answer_view(prompt: str) -> NotebookView:
    """A view of a job of one row that ends as the answer itself, in place of a table."""
    from parallel_nb.display import bundles, view  # noqa: PLC0415 - when shown

    def final_bundle(job: FinishedJob) -> Bundle:
        try:
            return bundles.task_bundle(result_of(job, prompt))
        except RunFailedError:
            return bundles.progress_bundle(job.progress)

    return view.NotebookView(final_bundle)


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:  # a page may carry any string as its address
        return ""
