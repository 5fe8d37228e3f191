"""What a magic takes from the person's variables, and what it puts there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from parallel_nb.api.errors import InputError
from parallel_nb.formats import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from IPython.core.magic import Magics

    from parallel_nb.job import Job


def _shell(magics: Magics) -> Any:
    """The shell of a registered magic; untyped, as IPython is."""
    return magics.shell


def variables(magics: Magics) -> dict[str, Any]:
    """The person's variables."""
    namespace: dict[str, Any] = _shell(magics).user_ns
    return namespace


def frame_names(namespace: Mapping[str, Any]) -> list[str]:
    """The variables that hold a DataFrame, without IPython's own (`_`, `_3`)."""
    from parallel_nb.tables.source import is_frame  # noqa: PLC0415 - %load_ext stays light

    return [n for n, value in namespace.items() if not n.startswith("_") and is_frame(value)]


def find_frame(magics: Magics, name: str) -> Any:
    """The table that `--over` names: a variable, or an expression such as `df.head(5)`.

    Raises:
        InputError: There is no such variable, with the nearest; it is no DataFrame; or the
            expression fails.
    """
    namespace = variables(magics)
    if name in namespace:
        value = namespace[name]
    elif name.isidentifier():
        known = frame_names(namespace)
        listed = f"DataFrames here: {', '.join(known[:8])}." if known else "Make one first."
        raise InputError(
            f"--over {name}: there is no variable of that name.",
            f"{did_you_mean(name, known, cutoff=0.5)}{listed}",
        )
    else:
        value = _evaluate(_shell(magics), name)
    from parallel_nb.tables.source import is_frame  # noqa: PLC0415 - %load_ext stays light

    if is_frame(value):
        return value
    raise InputError(
        f"--over {name} is of type {type(value).__name__}, not a DataFrame.",
        f"{did_you_mean(name, frame_names(namespace), cutoff=0.5)}"
        f"Make one of it first, for example with pandas.DataFrame({{'item': {name}}}).",
    )


def _evaluate(shell: Any, expression: str) -> Any:
    try:
        return shell.ev(expression)
    except Exception as error:
        raise InputError(
            f"--over {expression!r} cannot be evaluated: {type(error).__name__}: {error}.",
            'Name a DataFrame, or an expression in quotes such as "df.head(5)".',
        ) from error


def find_output(magics: Magics, name: str) -> Any:
    """What `--output` names: a class, a JSON schema or a list of fields.

    Raises:
        InputError: There is no such variable, with the nearest.
    """
    namespace = variables(magics)
    if name in namespace:
        return namespace[name]
    known = [
        n
        for n, value in namespace.items()
        if not n.startswith("_") and isinstance(value, type | dict | list)
    ]
    raise InputError(
        f"--output {name}: there is no variable of that name.",
        f"{did_you_mean(name, known, cutoff=0.5)}It names a pydantic model, a dataclass, a "
        "TypedDict or a JSON-schema dict.",
    )


def bind(magics: Magics, name: str, value: Any) -> None:
    """Put `value` into the person's variables, as an assignment in the cell would."""
    _shell(magics).push({name: value})


def show_and_bind(magics: Magics, name: str, value: Any) -> None:
    """Show `value` below the cell once, and put it into the person's variables."""
    from IPython import display  # noqa: PLC0415 - loaded when shown

    bind(magics, name, value)
    show: Any = display.display
    show(value)


def bind_or_return(magics: Magics, name: str | None, value: Any) -> Any:
    """Bind `value` and return nothing, or return it where there is no name."""
    if name is None:
        return value
    bind(magics, name, value)
    return None


def bind_job(magics: Magics, name: str | None, job: Job, *, wait: bool) -> Any:
    """Wait for a job and bind its DataFrame; in the background, bind the job at once.

    A job that ends early, by an interrupt or because the service refused to go on, binds
    the rows that it has before its error ends the cell. Without a name the job is returned.

    Raises:
        JobIncompleteError: It ended before all rows were answered.
        JobInterrupted: An interrupt; the job was detached.
    """
    if not wait:
        return bind_or_return(magics, name, job)
    try:
        job.wait()
    finally:
        if name is not None:
            bind(magics, name, job.df)
    return job if name is None else None
