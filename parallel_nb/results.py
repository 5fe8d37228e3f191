"""What a search and a single task answer with.

Both are plain values: they hold what came back and where it came from, and they show
themselves through the display room when a notebook asks them to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from parallel_nb.api.errors import InputError
from parallel_nb.api.types import JsonOutput

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from parallel_nb.api.schema.fields import OutputField
    from parallel_nb.api.types import (
        FieldBasis,
        JsonObject,
        Output,
        SearchResponse,
        SearchResult,
        Warning_,
    )
    from parallel_nb.display.live import LivePanel


@dataclass(frozen=True, slots=True, repr=False)
class SearchResults:
    """Ranked pages, best first: iterate over them, index them, or take `.df`.

    results = pnb.search("Which languages have a borrow checker?")
    results[0].url
    results.df
    """

    #: What was asked in plain words, or None when only queries were given.
    objective: str | None
    #: The keyword queries that were given; empty when there were none.
    queries: tuple[str, ...]
    processor: str
    #: Where the answer comes from, such as "hosted" or "embedded: sample documents".
    connection: str
    response: SearchResponse
    #: USD for this search by the dated price table; 0 where nothing is billed.
    cost: float = 0.0

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
        """Ties later searches to this one: `pnb.search(..., session=results)`."""
        return self.response.session_id

    @property
    def warnings(self) -> list[Warning_]:
        """What the service remarked; often empty."""
        return self.response.warnings or []

    @property
    def df(self) -> pd.DataFrame:
        """One row a page: rank, title, url, host, publish_date, excerpts (a list).

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
        """Show a live panel: filter, sort, open and cite the pages. Nothing is sent again.

        Closing it leaves the results as static HTML and text in the notebook.
        """
        from parallel_nb.display import panel  # noqa: PLC0415 - loaded when shown

        made: LivePanel = panel(self)
        return made

    def __len__(self) -> int:
        """How many pages were found."""
        return len(self.results)

    def __iter__(self) -> Iterator[SearchResult]:
        """The pages, best first."""
        return iter(self.results)

    def __getitem__(self, rank: int) -> SearchResult:
        """The page at this place, counted from 0."""
        return self.results[rank]

    def __repr__(self) -> str:
        """The results as text, as a terminal shows them."""
        from parallel_nb.display import search_bundle  # noqa: PLC0415 - loaded when shown

        return str(search_bundle(self)["text/plain"])

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """HTML and text for a notebook."""
        del include, exclude  # the notebook takes what it can show
        from parallel_nb.display import search_bundle  # noqa: PLC0415 - loaded when shown

        bundle: dict[str, Any] = search_bundle(self)
        return bundle


@dataclass(frozen=True, repr=False, eq=False)
class TaskResult:
    """The answer to one question, with the evidence for each of its fields.

        result = pnb.task("When was Rust first released?", output=fields)
        result.year            # a field, also result["year"]
        result.content         # all fields as a dict, or the text
        result.basis           # DataFrame: one row a citation

    A field whose name is also a member of this class is read as `result["name"]`.
    """

    prompt: str
    processor: str
    #: Where the answer comes from, such as "hosted" or "embedded: sample documents".
    connection: str
    run_id: str
    output: Output
    #: The fields that were asked for; empty for a text answer.
    fields: tuple[OutputField, ...] = ()
    #: True when the journal had the answer, so that nothing was sent or paid.
    reused: bool = False

    @property
    def content(self) -> JsonObject | str:
        """The fields as a dict, or the text of a text answer."""
        return self.output.content

    @property
    def basis(self) -> pd.DataFrame:
        """Where each value comes from: one row a field and citation.

        Columns: row, run_id, field, value, confidence, reasoning, url, title, excerpt.
        """
        from parallel_nb.tables import RowAnswer, basis_frame  # noqa: PLC0415 - loads pandas

        answer = RowAnswer(key="0", run_id=self.run_id, status="completed", output=self.output)
        frame: pd.DataFrame = basis_frame([0], self.fields, [answer])
        return frame

    def evidence(self, name: str) -> FieldBasis | None:
        """The basis of one field, or None when the service gave none.

        A text answer has one entry, named "output".
        """
        return next((entry for entry in self.output.basis if entry.field == name), None)

    def __getitem__(self, name: str) -> Any:
        """The value of a field. Raises `InputError` that names the nearest field."""
        if isinstance(self.output, JsonOutput) and name in self.output.content:
            return self.output.content[name]
        raise InputError(f"This answer has no field {name!r}.", self._known())

    def __getattr__(self, name: str) -> Any:
        """The value of a field, as an attribute."""
        output = self.__dict__.get("output")
        if isinstance(output, JsonOutput) and name in output.content:
            return output.content[name]
        if name.startswith("_"):  # IPython asks for many such names
            raise AttributeError(name)
        raise AttributeError(f"This answer has no field {name!r}. {self._known()}")

    def __dir__(self) -> list[str]:
        """Members and fields, for completion."""
        return [*super().__dir__(), *self._ipython_key_completions_()]

    def _ipython_key_completions_(self) -> list[str]:
        return list(self.output.content) if isinstance(self.output, JsonOutput) else []

    def _known(self) -> str:
        names = self._ipython_key_completions_()
        if not names:
            return "It is a text answer: read `.content`."
        return f"Its fields: {', '.join(names)}."

    def __repr__(self) -> str:
        """The answer as text, as a terminal shows it."""
        from parallel_nb.display import task_bundle  # noqa: PLC0415 - loaded when shown

        return str(task_bundle(self)["text/plain"])

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """HTML and text for a notebook."""
        del include, exclude  # the notebook takes what it can show
        from parallel_nb.display import task_bundle  # noqa: PLC0415 - loaded when shown

        bundle: dict[str, Any] = task_bundle(self)
        return bundle


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:  # a page may carry any string as its address
        return ""
