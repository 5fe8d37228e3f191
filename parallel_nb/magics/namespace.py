"""What a magic takes from the person's variables, and what it puts there."""

from __future__ import annotations

import ast
import builtins
import inspect
import keyword
import sys
from collections import ChainMap
from typing import TYPE_CHECKING, Any, Final

from parallel_nb.api.errors import InputError
from parallel_nb.formats import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import FrameType

    from IPython.core.magic import Magics

    from parallel_nb.finding import Find
    from parallel_nb.job import Job

#: Names that IPython binds anew with each cell.
_RESERVED: Final = ("In", "Out", "_", "__", "___")
#: Packages that stand between the person's code and a magic.
_PACKAGES: Final = ("parallel_nb", "IPython", "ipykernel")


def _shell(magics: Magics) -> Any:
    """The shell of a registered magic; untyped, as IPython is."""
    return magics.shell


def _caller() -> FrameType | None:
    """The code that runs the magic: a cell, a function in it, or a script behind `%run`."""
    frame: FrameType | None = sys._getframe()  # noqa: SLF001 - IPython gives a magic the locals alone
    while frame is not None:
        package = str(frame.f_globals.get("__name__", "")).partition(".")[0]
        if package not in _PACKAGES:
            return frame
        frame = frame.f_back
    return None


def variables(magics: Magics) -> ChainMap[str, Any]:
    """The variables that the code around a magic sees: its own, its module's, the notebook's."""
    frame = _caller()
    own = [] if frame is None else [dict(frame.f_locals), frame.f_globals]
    return ChainMap(*own, _shell(magics).user_ns)


def frame_names(namespace: Mapping[str, Any]) -> list[str]:
    """The variables that hold a DataFrame, without IPython's own (`_`, `_3`)."""
    from parallel_nb.tables.source import is_frame  # noqa: PLC0415 - %load_ext stays light

    return [n for n, value in namespace.items() if not n.startswith("_") and is_frame(value)]


def find_frame(magics: Magics, name: str) -> Any:
    """The table that `--over` names: a variable, or an expression such as `df["company"]`.

    Raises:
        InputError: There is no such variable, with the nearest; it is no table; or the
            expression fails.
    """
    from parallel_nb.finding import Find  # noqa: PLC0415 - %load_ext stays light
    from parallel_nb.job import Job  # noqa: PLC0415 - as above
    from parallel_nb.tables.source import is_frame, is_series  # noqa: PLC0415 - as above

    namespace = variables(magics)
    if name.isidentifier() and name not in namespace:
        known = frame_names(namespace)
        listed = f"DataFrames here: {', '.join(known[:8])}." if known else "Make one first."
        raise InputError(
            f"--over {name}: there is no variable of that name.",
            f"{did_you_mean(name, known, cutoff=0.5)}{listed}{_scope_hint()}",
        )
    value = _evaluate(namespace, name, "--over")
    if is_frame(value) or is_series(value) or isinstance(value, list | tuple | dict):
        return value
    if isinstance(value, Job | Find):
        kind = "a job" if isinstance(value, Job) else "a find"
        raise InputError(
            f"--over {name} is {kind}, not a table.", f"Name its DataFrame: --over {name}.df"
        )
    raise InputError(
        f"--over {name} is of type {type(value).__name__}, not a DataFrame.",
        f"{did_you_mean(name, frame_names(namespace), cutoff=0.5)}"
        "Name a DataFrame, a Series, or a list of what to ask about.",
    )


def _scope_hint() -> str:
    """What a magic in a function cannot see: variables of a function around it."""
    frame = _caller()
    if frame is None or not frame.f_code.co_flags & inspect.CO_OPTIMIZED:
        return ""
    return " In a function a magic sees the function's own variables and global ones."


def _evaluate(namespace: Mapping[str, Any], expression: str, option: str) -> Any:
    if expression in namespace:
        return namespace[expression]
    try:
        return eval(expression, dict(namespace))  # noqa: S307 - the person's own code, from their cell
    except Exception as error:
        raise InputError(
            f"{option} {expression!r} cannot be evaluated: {type(error).__name__}: {error}.",
            f"Name a variable, or an expression in quotes such as "
            f'"{"df.head(5)" if option == "--over" else "models.Profile"}".{_scope_hint()}',
        ) from error


def find_value(
    magics: Magics,
    name: str,
    option: str,
    *,
    hint: str = "Name one that exists.",
    kinds: type | tuple[type, ...] = object,
) -> Any:
    """What an option names: a variable, or an expression.

    Args:
        magics: The magics that are run.
        name: The variable, or the expression.
        option: The option, with its dashes.
        hint: What the option takes, as a sentence.
        kinds: The types of what it takes, for the nearest name.

    Raises:
        InputError: There is no such variable, with the nearest; or the expression fails.
    """
    here = variables(magics)
    if name.isidentifier() and name not in here:
        known = [
            n for n, value in here.items() if not n.startswith("_") and isinstance(value, kinds)
        ]
        raise InputError(
            f"{option} {name}: there is no variable of that name.",
            f"{did_you_mean(name, known, cutoff=0.5)}{hint}{_scope_hint()}",
        )
    return _evaluate(here, name, option)


def check_into(magics: Magics, name: str | None, **read: str | None) -> str | None:
    """The name of `--into` itself; `read` are the variables that the cell reads, by their option.

    Raises:
        InputError: No variable can have it; it belongs to Python, IPython, a module, a function
            or a class; the function around the magic would not see it; or it is what the cell
            reads, which could not run again.
    """
    if name is None:
        return None
    if not name.isidentifier() or keyword.iskeyword(name):
        raise InputError(
            f"--into {name!r} cannot be the name of a variable.",
            "Use letters, digits and _, with no digit first.",
        )
    present = variables(magics).get(name)
    is_reserved = hasattr(builtins, name) or name in _RESERVED
    if is_reserved or inspect.ismodule(present) or callable(present):
        kind = "class" if isinstance(present, type) else type(present).__name__
        owner = "Python or IPython" if is_reserved else f"a {kind} of yours"
        raise InputError(
            f"--into {name} would replace what {name} means now: it belongs to {owner}.",
            f"Use another name, such as {name}_answers.",
        )
    frame = _caller()
    if frame is not None and frame.f_code.co_flags & inspect.CO_OPTIMIZED:
        code = frame.f_code
        if name in (*code.co_varnames, *code.co_cellvars, *code.co_freevars):
            raise InputError(
                f"--into {name}: the function {code.co_name} has a variable of its own of that "
                "name, which a magic cannot set.",
                f"Leave --into out and write the assignment: {name} = %parallel_... (of a table "
                "it is the job; its df is the DataFrame).",
            )
    for option, expression in read.items():
        if expression is not None and name in _names_in(expression):
            raise InputError(
                f"--into {name} would replace what --{option} {expression} reads, and the same "
                "cell could not run again.",
                f"Use another name, such as {name}_answers.",
            )
    return name


def _names_in(expression: str) -> set[str]:
    try:
        tree = ast.parse(expression, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()  # what is wrong with it is said when it is evaluated
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def bind(magics: Magics, name: str, value: Any) -> None:
    """Make `value` a global variable of the code around the magic, and of the notebook.

    They differ in a script behind `%run`. In a function the name is global too, since Python
    sees no assignment there: `check_into` refuses names that are the function's own.
    """
    frame = _caller()
    if frame is not None:
        frame.f_globals[name] = value
    _shell(magics).push({name: value})


def show_and_bind(magics: Magics, name: str | None, value: Any) -> Any:
    """Show `value` below the cell once and bind it; where there is no name, return it."""
    if name is None:
        return value
    bind(magics, name, value)
    show(value)
    return None


def show(value: Any) -> None:
    """Show `value` below the cell."""
    from IPython import display  # noqa: PLC0415 - loaded when shown

    untyped: Any = display
    untyped.display(value)


def bind_or_return(magics: Magics, name: str | None, value: Any) -> Any:
    """Bind `value` and return nothing, or return it where there is no name."""
    if name is None:
        return value
    bind(magics, name, value)
    return None


def bind_job(magics: Magics, name: str | None, job: Job | Find, *, wait: bool) -> Any:
    """Wait for a job, or a find, and bind its DataFrame; in the background, bind the job at once.

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
