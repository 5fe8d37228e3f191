"""What is wrong with a cell, said before it is run: an editor asks, and marks the places.

Nothing of the cell is executed. The kernel knows what an editor does not: which options a magic
has, and which columns a table. What only running the cells above would tell (a table that is not
there yet, a `$name`) is not called wrong.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from IPython.core.inputtransformer2 import make_tokens_by_line

from parallel_nb.api.errors import InputError
from parallel_nb.magics.body import FIRST_LINE, read_body
from parallel_nb.magics.shared_options import read_line

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator, Sequence

#: The line of a magic: what stands before its name, the name, and what stands behind it.
_MAGIC: Final = re.compile(r"(\s*(?:[^\W\d][\w.,\s]*=\s*)?)(%%?)(parallel_[a-z]+)(?=\s|\Z)")
#: A cell magic whose cell is not Python.
_OTHER_LANGUAGE: Final = re.compile(r"\s*%%(?!(?:time|timeit|capture|prun|debug)\b)")
_DASHED: Final = re.compile(r"(?<!\S)[-\u2010-\u2015\u2212]\S*")
_VARIABLE: Final = re.compile(r"\$([^\W\d]\w*)")
_COLUMN: Final = re.compile(r"\\\{\{|\{\{([^{}\n]+)\}\}")
_LINE_NUMBER: Final = re.compile(r"Line (\d+)\b")
_BRACED: Final = re.compile(r"\{\S[^{}\n]*\}")
#: Longer cells are not checked: nobody writes them by hand.
_LONGEST: Final = 20_000
#: Places that are marked in one line or body at most.
_MOST: Final = 12


@dataclass(frozen=True, slots=True)
class Problem:
    """A place in a cell, and what is wrong there.

    `line` counts from 0. `start` and `end` count UTF-16 units in it, as browsers do.
    """

    line: int
    start: int
    end: int
    message: str


class Problems:
    """The problems of several cells; a front end gets them as JSON."""

    def __init__(self, cells: Sequence[Sequence[Problem]]) -> None:
        """Keep them, a list a cell."""
        self.cells = cells

    def _repr_mimebundle_(self, **_options: Any) -> dict[str, Any]:
        keys = ("line", "start", "end", "message")
        cells = [[{key: getattr(p, key) for key in keys} for p in cell] for cell in self.cells]
        return {"application/json": cells, "text/plain": ""}


def check_cells(shell: Any, cells: Sequence[str], is_to_be_loaded: int = 1) -> Problems:
    """Check several cells; called by the JupyterLab extension as an expression.

    Args:
        shell: The kernel's shell.
        cells: The text of each cell.
        is_to_be_loaded: 0 where no cell of the notebook loads our magics: where the kernel has
            not loaded them either, each cell is told so. Else nothing is wrong there yet.
    """
    if not is_to_be_loaded and not hasattr(shell.find_line_magic("parallel_jobs"), "parser"):
        return Problems([_not_loaded(cell) for cell in cells])
    return Problems([check_cell(shell, cell) for cell in cells])


def _not_loaded(cell: str) -> list[Problem]:
    """The first magic of ours, which the kernel would not know."""
    error = InputError("This kernel has not loaded parallel_nb.", "Run %load_ext parallel_nb.")
    lines = _lines_of(cell)
    begun = _begun(lines)
    for number, line in enumerate(lines):
        if number in begun and (match := _MAGIC.match(line)) is not None:
            return [_problem(number, line, match.start(2), match.end(), error)]
        if line.strip() and _OTHER_LANGUAGE.match(line):
            break
    return []


def check_cell(shell: Any, cell: str) -> list[Problem]:
    """Find what is wrong with a cell: options, field lines, columns that its table lacks.

        >>> check_cell(get_ipython(), "%parallel_search --nn 5 volcanoes")  # doctest: +SKIP
        [Problem(line=0, start=17, end=21, message='%parallel_search has no option --nn. ...')]

    Args:
        shell: The kernel's shell.
        cell: The whole text of the cell.

    Returns:
        The problems in the order of their lines; none where the magics are not loaded.
    """
    if len(cell) > _LONGEST:
        return []
    lines = _lines_of(cell)
    first = next((n for n, line in enumerate(lines) if line.strip()), 0)
    match = _MAGIC.match(lines[first])
    if match is None or match[2] == "%":
        if _OTHER_LANGUAGE.match(lines[first]):
            return []
        begun = _begun(lines)
        return [p for n in sorted(begun) for p in _check_line_magic(shell, n, lines[n])]
    magic = shell.find_cell_magic(match[3])
    if match[1].strip() or not hasattr(magic, "parser"):
        return []
    args, problems = _check_line(magic, first, lines[first], match.end())
    if match[3] == "parallel_task":
        body = lines[first + 1 :]
        problems += _check_body(body, first)
        problems += _check_columns(shell, args, body, first + 1)
    return sorted(problems, key=lambda problem: (problem.line, problem.start))


def _lines_of(cell: str) -> list[str]:
    """The lines as an editor counts them, whatever ends them."""
    return re.split(r"\r\n?|\n", cell)


def _begun(lines: list[str]) -> set[int]:
    """The lines that begin a statement: in a text of several lines a magic is text."""
    plain = ["0\n" if _MAGIC.match(line) else f"{line}\n" for line in lines]
    try:
        tokens = make_tokens_by_line(plain)
    except (SyntaxError, ValueError):  # it cannot be run as it is
        return set(range(len(lines)))
    return {line[0].start[0] - 1 for line in tokens if line} & set(range(len(lines)))


def _check_line_magic(shell: Any, number: int, line: str) -> list[Problem]:
    match = _MAGIC.match(line)
    if match is None or match[2] == "%%":
        return []
    magic = shell.find_line_magic(match[3])
    return _check_line(magic, number, line, match.end())[1] if hasattr(magic, "parser") else []


def _check_line(
    magic: Callable[..., Any], number: int, line: str, start: int
) -> tuple[argparse.Namespace | None, list[Problem]]:
    """Read the options of a line, each wrong one blanked out in turn."""
    problems: list[Problem] = []
    # A variable may be there when the cell is run; until then any number will do.
    rest = _VARIABLE.sub(lambda match: "1".rjust(len(match[0]), "0"), line[start:])
    while len(problems) < _MOST:
        try:
            return read_line(magic, rest, {}), problems
        except InputError as error:
            words = list(_DASHED.finditer(rest))
            at = next((w for w in words if _names(error.message, w[0].partition("=")[0])), None)
            if at is None:
                problems.append(_problem(number, line, start, len(line), error))
                return None, problems
            problems.append(_problem(number, line, start + at.start(), start + at.end(), error))
            if "no option" not in error.message:
                return None, problems
            rest = f"{rest[: at.start()]}{' ' * len(at[0])}{rest[at.end() :]}"
    return None, problems


def _names(message: str, option: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(option)}(?![\w-])", message) is not None


def _check_body(body: list[str], first: int) -> Iterator[Problem]:
    """What is wrong with fields and separators, each wrong line blanked out in turn."""
    lines = list(body)
    for _ in range(_MOST):
        try:
            read_body("\n".join(lines))
        except InputError as error:
            found = _LINE_NUMBER.match(error.message)
            if found is None:
                return  # it is not written to its end yet
            at = int(found[1]) - FIRST_LINE
            yield _problem(first + 1 + at, body[at], *_extent(body[at]), error)
            lines[at] = ""
        else:
            return


def _extent(line: str) -> tuple[int, int]:
    return len(line) - len(line.lstrip()), len(line.rstrip())


def _check_columns(
    shell: Any, args: argparse.Namespace | None, body: list[str], first: int
) -> Iterator[Problem]:
    """The `{{names}}` of the question that are no columns of the table."""
    from parallel_nb.tables.source import column_names, is_frame, unknown_column  # noqa: PLC0415 - %load_ext stays light

    if args is None:
        return
    value = shell.user_ns.get(args.over)
    columns = column_names(value) if args.over and is_frame(value) else None
    for number, line in enumerate(body, first):
        if line.strip().startswith("---"):
            return
        for match in _COLUMN.finditer(line):
            if match[1] is None:
                continue
            if args.over is None:
                error = InputError(
                    f"{match[0]} names a column, and there is no table.",
                    "Ask it of every row: --over FRAME. To send the braces, write \\{{.",
                )
            elif columns is None or match[1] in columns or match[1].strip() in columns:
                continue
            else:
                error = unknown_column(match[1].strip(), columns)
            yield _problem(number, line, match.start(), match.end(), error)
        for match in _BRACED.finditer(_COLUMN.sub(lambda m: " " * len(m[0]), line)):
            name = match[0][1:-1].strip()
            if columns and name in columns and line[match.start() - 1 : match.start()] != "\\":
                error = InputError(
                    f"{match[0]} is text, but {name!r} is a column.",
                    f"Write {{{{{name}}}}} for the row's value.",
                )
                yield _problem(number, line, match.start(), match.end(), error)


def _problem(number: int, line: str, start: int, end: int, error: InputError) -> Problem:
    message = f"{error.message} {error.remedy}".strip()
    return Problem(number, _units(line[:start]), _units(line[:end]), message)


def _units(text: str) -> int:
    """The length of a text as browsers count it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
