"""The table that a person passes in, read once at the edge.

narwhals reads it, whichever library it comes from: pandas, Polars, PyArrow, DuckDB, Ibis.
A `Source` gives columns as plain Python lists, and keeps the frame so that `frames` can put
the answers beside it. Frames of pandas and Polars stay what they are; plain Python data
becomes pandas, and every other table Arrow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final, Literal

from parallel_nb.api.errors import InputError
from parallel_nb.formats import did_you_mean, shorten

if TYPE_CHECKING:
    from collections.abc import Iterable

    import narwhals.stable.v2 as nw

    from parallel_nb.api.schema.fields import OutputField

#: The library in which answers are given back, by the name that narwhals has for it.
Library = Literal["pandas", "polars", "pyarrow"]

#: Columns that every answered frame has, behind the fields.
STATUS_COLUMNS: Final = ("run_id", "status", "error")
#: Rows that are computed of a lazy table at most. Each row is a paid run, so that more of them
#: (5,000 USD with the cheapest processor) are a join that lacks its condition.
MOST_LAZY_ROWS: Final = 1_000_000
#: Column names that a message lists, and characters of another library's message in it.
_LISTED: Final = 12
_ERROR_CHARS: Final = 200


@dataclass(frozen=True, slots=True)
class Source:
    """The input of a job: a frame in memory.

    Examples:
        >>> read_source({"name": ["Ada", "Alan"]}).values("name")
        ['Ada', 'Alan']
    """

    frame: nw.DataFrame[Any]
    #: Column names as text, in order.
    names: tuple[str, ...]

    @property
    def labels(self) -> tuple[Any, ...]:
        """The names as the frame has them: a pandas column may be named by a number."""
        return tuple(self.frame.columns)

    @property
    def rows(self) -> int:
        """The number of rows."""
        return len(self.frame)

    @property
    def library(self) -> Library:
        """The library of the frame, and of the answers made for it."""
        implementation = self.frame.implementation
        if implementation.is_pandas():
            return "pandas"
        return "polars" if implementation.is_polars() else "pyarrow"

    @property
    def index(self) -> list[Any]:
        """A label a row: of pandas' index, elsewhere the position from 0."""
        import narwhals.stable.v2 as nw  # noqa: PLC0415 - loaded when a frame is met

        index = nw.maybe_get_index(self.frame)
        return list(range(self.rows)) if index is None else list(index)

    def values(self, name: str) -> list[Any]:
        """The cells of one column, as the frame's library converts them to Python.

        Raises:
            InputError: There is no such column; the error names the nearest.
        """
        if name not in self.names:
            raise unknown_column(name, self.names)
        return self.frame.get_column(self.labels[self.names.index(name)]).to_list()

    def take(self, positions: Sequence[int]) -> Source:
        """The same source with the rows at these positions only, in their order."""
        return Source(self.frame[list(positions)], self.names)


def is_frame(value: Any) -> bool:
    """True for a DataFrame or a lazy table that `read_source` takes; imports none of them."""
    import narwhals.stable.v2 as nw  # noqa: PLC0415 - loaded when a frame is met

    return nw.dependencies.is_into_dataframe(value) or nw.dependencies.is_into_lazyframe(value)


def is_series(value: Any) -> bool:
    """True for a Series, or an array of PyArrow, that `read_source` takes; imports none."""
    import narwhals.stable.v2 as nw  # noqa: PLC0415 - loaded when a frame is met

    return nw.dependencies.is_into_series(value)


def read_source(data: Any) -> Source:
    """Read a table of which every row can be asked about.

    Args:
        data: As for `read_frame`.

    Raises:
        InputError: It is no table, has no rows or no columns, or columns that share a name.
    """
    source = read_frame(data)
    if not source.names:
        raise InputError(
            "The frame has no columns, so there is nothing to ask about.",
            "Pass a frame with one row a question.",
        )
    _check_names(source.names)
    if source.rows == 0:
        raise InputError(
            f"The frame has no rows (columns: {_listing(source.names)}).",
            "Nothing was sent. Check the filter or the file that made it.",
        )
    return source


def read_frame(data: Any) -> Source:
    """Read any table into memory.

    Args:
        data: A DataFrame or Series of pandas or Polars, a Polars LazyFrame, a PyArrow table or
            chunked array, a DuckDB relation, an Ibis table, a list of dicts (a row each), a
            list of values, or a dict of lists (a column each). What is lazy is computed here,
            once, up to `MOST_LAZY_ROWS`.

    Returns:
        The table; a Series as one column, called "value" unless it has a name.

    Raises:
        InputError: It is no table, names several columns alike, has several levels of column
            names, cannot be computed, is lazy and too long, or needs PyArrow where that is not
            installed.
    """
    import narwhals.stable.v2 as nw  # noqa: PLC0415 - loaded when a frame is met

    if isinstance(data, Mapping) or (isinstance(data, Sequence) and not isinstance(data, str)):
        data = _frame_of_plain_data(data)
    if nw.dependencies.is_pandas_like_dataframe(data) and data.columns.nlevels > 1:
        raise InputError(
            "The frame has several levels of column names.",
            "Flatten them first: df.columns = ['_'.join(map(str, c)) for c in df.columns]",
        )
    try:
        frame = nw.from_native(data, allow_series=True)
    except nw.exceptions.DuplicateError:
        _check_names(column_names(data))
        _check_labels(data.columns)
        raise
    except TypeError as error:
        raise InputError(
            f"A {type(data).__name__} cannot be read as a table.",
            "Pass a DataFrame or a Series of pandas or Polars, a PyArrow table, a DuckDB "
            "relation, an Ibis table, or a list of dicts.",
        ) from error
    if isinstance(frame, nw.LazyFrame):
        frame = _collect(frame, type(data).__name__)
    elif isinstance(frame, nw.Series):
        name = "value" if frame.name in (None, "") else frame.name
        frame = frame.alias(name).to_frame()
    elif not (frame.implementation.is_pandas() or frame.implementation.is_polars()):
        frame = nw.from_native(frame.to_arrow(), eager_only=True)
    return Source(frame, tuple(map(str, frame.columns)))


def column_names(frame: Any) -> list[str]:
    """The column names of a frame of any library, as text."""
    import narwhals.stable.v2 as nw  # noqa: PLC0415 - loaded when a frame is met

    is_arrow = nw.dependencies.is_pyarrow_table(frame)  # whose `columns` are the values
    return [str(name) for name in (frame.column_names if is_arrow else frame.columns)]


def _frame_of_plain_data(data: Any) -> Any:
    import pandas as pd  # noqa: PLC0415 - imported when a frame is made

    if isinstance(data, Sequence) and not all(isinstance(row, Mapping) for row in data):
        data = {"value": list(data)}
    try:
        return pd.DataFrame(data)
    except UnicodeEncodeError:  # a lone surrogate, which no text of Arrow can hold
        with pd.option_context("mode.string_storage", "python"):
            return pd.DataFrame(data)
    except ValueError as error:
        raise InputError(
            f"The data cannot be read as a table: {error}", "Pass a DataFrame or a list of dicts."
        ) from error


def _collect(frame: nw.LazyFrame[Any], kind: str) -> nw.DataFrame[Any]:
    """Compute a lazy table: one of Polars as Polars, any other as Arrow."""
    is_polars = frame.implementation.is_polars()
    if not is_polars and find_spec("pyarrow") is None:
        raise InputError(
            f"A {kind} is read through PyArrow, which is not installed.", "pip install pyarrow"
        )
    try:
        collected = frame.head(MOST_LAZY_ROWS + 1).collect("polars" if is_polars else "pyarrow")
    except Exception as error:
        # Each library has errors of its own: of files, of SQL, of a closed database.
        raise InputError(
            f"The {kind} cannot be computed: {type(error).__name__}: "
            f"{shorten(str(error), _ERROR_CHARS)}",
            "Compute it by itself to see where it fails, then pass the result.",
        ) from error
    if len(collected) > MOST_LAZY_ROWS:
        raise InputError(
            f"The {kind} has more than {MOST_LAZY_ROWS:,} rows, and each would be a run.",
            "Pass the part to ask about, for example its head(1000) or limit(1000).",
        )
    return collected


def _check_names(names: Sequence[str]) -> None:
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise InputError(
            f"The frame has more than one column named {repeated[0]!r}.",
            "Rename or drop one of them: an answer could not be told from the other.",
        )


def _check_labels(labels: Iterable[Any]) -> None:
    """Refuse labels that Python holds equal though they read differently, such as 1 and True."""
    first: dict[Any, Any] = {}
    for label in labels:
        other = first.setdefault(label, label)
        if str(other) != str(label):
            raise InputError(
                f"The frame has columns named {other!r} and {label!r}, which are equal to Python "
                "and pandas.",
                "Name the columns by text: df.columns = ['first', 'second'].",
            )


def unknown_column(name: str, names: Iterable[str]) -> InputError:
    """The error for a column that does not exist; it names the nearest one that does."""
    names = list(names)
    # Letters of another case are other letters to difflib.
    alike = [known for known in names if known.lower() == name.lower()]
    hint = did_you_mean(name, alike or names, cutoff=0.0 if alike else 0.5)
    return InputError(f"There is no column {name!r}.", f"{hint}Columns: {_listing(names)}.")


@dataclass(frozen=True, slots=True)
class AnswerColumns:
    """The names of the columns that stand behind those of the input."""

    #: By the name of the field; of a text answer by `output`.
    fields: dict[str, str]
    #: By the names of `STATUS_COLUMNS`.
    status: dict[str, str]


def name_answers(
    names: Sequence[str], fields: Sequence[OutputField], suffix: str = ""
) -> AnswerColumns:
    """Name the columns of the answers, behind those of the input.

    Args:
        names: The columns of the input.
        fields: The fields of the output; none for a text answer, whose column is `output`.
        suffix: Stands behind the names that would be there twice: of a field that is called like
            a column of the input or like one of `STATUS_COLUMNS`, and of one of these that the
            input has.

    Raises:
        InputError: A column would still have the name of another one.
    """
    outputs = [field.name for field in fields] or ["output"]
    if not suffix:
        _check_collisions(names, outputs)
        return AnswerColumns({n: n for n in outputs}, {n: n for n in STATUS_COLUMNS})
    columns = AnswerColumns(
        {n: f"{n}{suffix}" if n in names or n in STATUS_COLUMNS else n for n in outputs},
        {n: f"{n}{suffix}" if n in names else n for n in STATUS_COLUMNS},
    )
    made = [*columns.fields.values(), *columns.status.values()]
    if twice := [name for name in made if name in names or made.count(name) > 1]:
        raise InputError(
            f"With the suffix {suffix!r} the answers have a column {_quoted(twice[:1])}, and "
            "there is another one of that name.",
            "Use another suffix.",
        )
    return columns


def _check_collisions(names: Sequence[str], outputs: Sequence[str]) -> None:
    if collisions := [name for name in outputs if name in names]:
        raise InputError(
            f"The output {_quoted(collisions)} has the name of a column that the frame has "
            "already.",
            "Give it a suffix (suffix='_found', --suffix _found), give the field another name, "
            "or rename that column of the frame.",
        )
    if collisions := [name for name in STATUS_COLUMNS if name in names]:
        raise InputError(
            f"The frame has columns named {_quoted(collisions)}, which the answers need.",
            "Give the new ones a suffix (suffix='_found', --suffix _found), or drop or rename "
            "those of the frame.",
        )
    if collisions := [name for name in outputs if name in STATUS_COLUMNS]:
        raise InputError(
            f"An output field cannot be named {_quoted(collisions)}: every answer has one.",
            "Give it a suffix (suffix='_found', --suffix _found), or rename the field.",
        )


def _listing(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_LISTED])
    return f"{shown} and {len(names) - _LISTED} more" if len(names) > _LISTED else shown


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(repr(name) for name in names)
