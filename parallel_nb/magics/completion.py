"""What Tab offers on the line of our magics, and inside `{{ }}` of a question."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from IPython.core.completer import SimpleCompletion, context_matcher

from parallel_nb.api.findall import ENTITY_KINDS, GENERATORS
from parallel_nb.api.processors import PROCESSORS, SEARCH_MODES
from parallel_nb.api.routes import GENERATIONS
from parallel_nb.api.search import SEARCH_PROCESSORS
from parallel_nb.api.tools import DATA_SOURCES
from parallel_nb.magics import namespace
from parallel_nb.magics.jobs import ACTIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from IPython.core.completer import CompletionContext, SimpleMatcherResult

#: `%magic`, also behind `x = `.
_MAGIC: Final = re.compile(r"^\s*(?:[\w.,\s]+=\s*)?%%?(parallel_\w+)(?=\s|$)")
_COLUMN: Final = re.compile(r"\{\{\s*([^{}]*)$")
#: What may stand behind an option, where it is always the same.
_WORDS: Final[dict[str, Iterable[str]]] = {
    "api": GENERATIONS,
    "data_sources": DATA_SOURCES,
    "generator": GENERATORS,
    "kind": ENTITY_KINDS,
    "mode": SEARCH_MODES,
}
_OVER: Final = re.compile(r"--over[=\s]+(\w+)")


def make_matcher(shell: Any) -> Callable[[CompletionContext], SimpleMatcherResult]:
    """Make the matcher that offers our words to the completer of one shell."""

    def matcher(context: CompletionContext) -> SimpleMatcherResult:
        lines = context.full_text.split("\n")
        match = _MAGIC.match(lines[0])
        magic = shell.find_magic(match[1]) if match else None
        if match is None or magic is None or not hasattr(magic, "parser"):
            return {"completions": []}
        before = lines[context.cursor_line][: context.cursor_position]
        if column := _COLUMN.search(before):
            over = _OVER.search(lines[0])
            known = _columns(shell, over[1]) if over else []
            return _offer(context, column[1].lstrip(), known, "column")
        if context.cursor_line > 0 or len(before) < match.end():
            return {"completions": []}
        return _complete_line(shell, context, before[match.end() :], magic, match[1])

    decorate: Any = context_matcher(identifier="parallel_nb")
    marked: Callable[[CompletionContext], SimpleMatcherResult] = decorate(matcher)
    return marked


def _complete_line(
    shell: Any, context: CompletionContext, before: str, magic: Any, name: str
) -> SimpleMatcherResult:
    """Complete an option or its value."""
    actions = magic.parser._option_string_actions  # noqa: SLF001 - argparse tells its options nowhere else
    words = before.split()
    typed = words.pop() if words and not before[-1].isspace() else ""
    if "=" in typed and typed.partition("=")[0] in actions:
        option, _, typed = typed.partition("=")
        words.append(option)
    if words and (action := actions.get(words[-1])) and action.nargs != 0:
        return _offer(context, typed, _values(shell, action.dest, name, before), "value")
    if typed.startswith("-"):
        options = [option for option in actions if option.startswith("--")]
        used = {word.partition("=")[0] for word in words}
        return _offer(context, typed, [o for o in options if o not in used], "option")
    if name == "parallel_connect" and not words:
        return _offer(context, typed, ["embedded", "hosted"], "value")
    if name in ("parallel_jobs", "parallel_attach"):
        return _offer(context, typed, _next_job_words(name, words), "value")
    return {"completions": []}


def _next_job_words(magic: str, words: list[str]) -> list[str]:
    """What may stand next on the line of a magic that names jobs: an action, or an id."""
    words = [word for word in words if not word.startswith("-")]
    if magic == "parallel_jobs" and not words:
        return list(ACTIONS)
    takes_id = (magic == "parallel_attach" and not words) or words in (
        ["show"],
        ["export"],
        ["clear"],
    )
    if not takes_id:
        return []
    from parallel_nb.job import archive  # noqa: PLC0415 - %load_ext stays light

    return archive.job_names() if archive.has_jobs() else []


def _values(shell: Any, option: str, magic: str, line: str) -> list[str]:
    """What may stand behind an option."""
    if option == "processor":
        return list(SEARCH_PROCESSORS if magic == "parallel_search" else PROCESSORS)
    if option in _WORDS:
        return list(_WORDS[option])
    if option in {"over", "after", "exclude"}:
        return namespace.frame_names(shell.user_ns)
    if option == "columns" and (over := _OVER.search(line)):
        return _columns(shell, over[1])
    if option == "output":
        return [
            name
            for name, value in shell.user_ns.items()
            if not name.startswith("_") and isinstance(value, type | dict)
        ]
    return []


def _columns(shell: Any, frame: str) -> list[str]:
    from parallel_nb.tables.source import column_names, is_frame  # noqa: PLC0415 - %load_ext stays light

    value = shell.user_ns.get(frame)
    return column_names(value) if is_frame(value) else []


def _offer(
    context: CompletionContext, typed: str, known: Iterable[str], kind: str
) -> SimpleMatcherResult:
    """The known words that begin with what was typed, cut to the token that Tab replaces.

    IPython splits the line at characters that may stand inside a word of ours, such as
    the comma of `--columns a,b` and the blank of a column `launch year`.
    """
    typed = typed.rpartition(",")[2] if kind == "value" else typed
    token = context.token
    kept = len(typed) - len(token) if typed.endswith(token) else 0
    matches = [word for word in known if word.startswith(typed)]
    return {
        "completions": [SimpleCompletion(text=word[kept:], type=kind) for word in matches],
        "suppress": bool(matches),
        "matched_fragment": token if typed.endswith(token) else typed,
        "ordered": True,
    }
