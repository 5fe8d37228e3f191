"""Every pattern of the engine takes time in proportion to its text, whatever the text.

The engine reads files and questions that anybody may have written. A pattern that looks at parts
of a text again and again takes a thousand times longer for a text that is ten times longer. So
each pattern is tried on texts that are made for it: its own pieces, repeated, behind what leads to
them and before what makes the match fail.
"""

from __future__ import annotations

import ast
import importlib
import itertools
import pkgutil
import re
from pathlib import Path
from re import _constants as code  # type: ignore[attr-defined]  # how `re` reads a pattern
from re import _parser as parser  # type: ignore[attr-defined]  # the same
from typing import TYPE_CHECKING, Any, Final

import pytest

import parallel_nb.engine
from tests.linear import cpu_seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: Lengths that are tried, shortest first: a cubic pattern must not be tried on a long text.
LENGTHS: Final = (250, 2_000)
#: Seconds within which a text of the length needs no second look.
FAST: Final = 0.001
#: Seconds that no text of a few thousand characters takes.
SLOW: Final = 0.1
#: So many alternatives of a pattern are tried each time, and all in a long campaign.
MOST_WORDS: Final = 16
#: A text that is four times longer may take so many times longer; twice squared is sixteen.
MOST: Final = 9
ENGINE: Final = Path(parallel_nb.engine.__file__).parent
REPEATS: Final = {code.MAX_REPEAT, code.MIN_REPEAT, code.POSSESSIVE_REPEAT}
LETTERS: Final = "aA1 .,-:;#|*_([{/\n\t'\"é!=@<>&\u3002"
ENDINGS: Final = ("", "\0")


def modules() -> Iterator[Any]:
    for found in pkgutil.walk_packages(parallel_nb.engine.__path__, "parallel_nb.engine."):
        if not found.name.endswith("__main__"):
            yield importlib.import_module(found.name)


def patterns_in(value: object, depth: int = 0) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif depth < 4 and isinstance(value, list | tuple | set | frozenset | dict):
        for member in value.values() if isinstance(value, dict) else value:
            yield from patterns_in(member, depth + 1)


def all_patterns() -> dict[tuple[Any, int], tuple[str, str, re.Pattern[Any]]]:
    """Each pattern once, with the module and the name under which it stands there."""
    found: dict[tuple[Any, int], tuple[str, str, re.Pattern[Any]]] = {}
    for module in modules():
        for name, value in vars(module).items():
            for pattern in patterns_in(value):
                key = (pattern.pattern, pattern.flags)
                found.setdefault(key, (module.__name__, name, pattern))
    return found


SOURCES: Final = {path: path.read_text("utf-8") for path in ENGINE.rglob("*.py")}
METHODS: Final = ("search", "match", "fullmatch", "finditer", "findall", "sub", "split")
THROUGH: Final = {"finditer", "findall", "sub", "split"}


def methods_of(module: str, name: str) -> list[str]:
    """How a pattern is used: what is only matched at one place need not be searched for."""
    path = ENGINE.joinpath(*module.split(".")[2:]).with_suffix(".py")
    texts = [SOURCES[path]] if name.startswith("_") else SOURCES.values()
    used = [m for m in METHODS if any(f"{name}.{m}(" in text for text in texts)] or ["search"]
    # All of these go from one match to the next; a search is the first part of that.
    through = [m for m in used if m in THROUGH]
    return [m for m in used if m not in {*THROUGH, *(["search"] if through else [])}] + through[:1]


def call(pattern: re.Pattern[Any], method: str) -> Callable[[Any], object]:
    if method == "sub":
        empty = b"" if isinstance(pattern.pattern, bytes) else ""
        return lambda text: pattern.sub(empty, text)
    if method == "finditer":
        return lambda text: sum(1 for _ in pattern.finditer(text))
    function: Callable[[Any], object] = getattr(pattern, method)
    return function


# --- texts that are made for a pattern --------------------------------------------------


def is_member(items: list[tuple[Any, Any]], letter: str) -> bool:
    classes = {
        code.CATEGORY_SPACE: r"\s",
        code.CATEGORY_NOT_SPACE: r"\S",
        code.CATEGORY_WORD: r"\w",
        code.CATEGORY_NOT_WORD: r"\W",
        code.CATEGORY_DIGIT: r"\d",
        code.CATEGORY_NOT_DIGIT: r"\D",
    }
    hit = False
    for kind, value in items:
        if kind is code.LITERAL:
            hit = hit or ord(letter) == value
        elif kind is code.RANGE:
            hit = hit or value[0] <= ord(letter) <= value[1]
        elif kind is code.CATEGORY:
            hit = hit or re.match(classes[value], letter) is not None
    return hit != (items[0][0] is code.NEGATE)


def members(items: list[tuple[Any, Any]]) -> list[str]:
    """Some letters of a set, the usual ones first."""
    own = [chr(value) for kind, value in items if kind is code.LITERAL]
    own += [chr(value[0]) for kind, value in items if kind is code.RANGE]
    return [letter for letter in dict.fromkeys([*LETTERS, *own]) if is_member(items, letter)]


def example(parts: Any, choice: int) -> str:
    """A text that a part of a pattern matches; `choice` says which of its alternatives."""
    text = ""
    for kind, value in parts:
        if kind is code.LITERAL:
            text += chr(value)
        elif kind in {code.ANY, code.NOT_LITERAL}:
            text += "a" if value != ord("a") else "b"
        elif kind is code.IN:
            letters = members(value) or [""]
            text += letters[choice % len(letters)]
        elif kind is code.BRANCH:
            text += example(value[1][choice % len(value[1])], choice)
        elif kind is code.SUBPATTERN:
            text += example(value[3], choice)
        elif kind is code.ATOMIC_GROUP:
            text += example(value, choice)
        elif kind in REPEATS:
            least, _, inner = value
            text += example(inner, choice) * max(least, 1 - choice % 2)
    return text


def pumps(parts: Any, lead: str, choice: int, most: int) -> Iterator[tuple[str, str]]:
    """What leads to a part of a pattern, and what that part matches."""
    before = lead
    for part in parts:
        kind, value = part
        if kind in REPEATS:
            yield before, example(value[2], choice)
            yield from pumps(value[2], before, choice, most)
        elif kind is code.SUBPATTERN:
            yield from pumps(value[3], before, choice, most)
        elif kind is code.ATOMIC_GROUP:
            yield from pumps(value, before, choice, most)
        elif kind in {code.ASSERT, code.ASSERT_NOT}:
            yield from pumps(value[1], before, choice, most)
        elif kind is code.BRANCH:
            for branch in value[1][:: -(-len(value[1]) // most)]:
                yield before, example(branch, choice)
                yield from pumps(branch, before, choice, most)
        before += example([part], choice)
        yield lead, before[len(lead) :]


def parse(pattern: re.Pattern[Any]) -> Any:
    source = pattern.pattern
    text = source if isinstance(source, str) else source.decode("latin-1")
    return parser.parse(text, pattern.flags & ~re.UNICODE)


def has_long_repeat(parts: Any) -> bool:
    """True where a part of a pattern may match ten letters or more by repeating itself."""
    for kind, value in parts:
        if kind in REPEATS and (value[1] >= 10 or has_long_repeat(value[2])):
            return True
        if kind is code.BRANCH and any(map(has_long_repeat, value[1])):
            return True
        if kind in {code.SUBPATTERN, code.ATOMIC_GROUP, code.ASSERT, code.ASSERT_NOT}:
            inner = value if kind is code.ATOMIC_GROUP else value[-1]
            if has_long_repeat(inner):
                return True
    return False


def attacks(pattern: re.Pattern[Any], *, every: bool) -> list[tuple[str, str]]:
    """Leads and pieces to repeat: from the pattern itself, and from a few letters.

    Of a list of words some stand for all, but for `every`, with which letters come in pairs too.
    """
    most = 10_000 if every else MOST_WORDS
    found = {pump for choice in range(4) for pump in pumps(parse(pattern), "", choice, most)}
    found |= {(lead, f"{piece} ") for lead, piece in found}
    found |= {("", letter) for letter in LETTERS}
    if every:
        found |= {("", "".join(pair)) for pair in itertools.product("aA1 .,-\n([", repeat=2)}
    return sorted((lead, piece) for lead, piece in found if piece and len(piece) < 60)


def seconds(function: Callable[[Any], object], text: Any, tries: int = 1) -> float:
    return cpu_seconds(lambda: function(text), tries)


def slow_text(pattern: re.Pattern[Any], method: str, *, every: bool = False) -> str | None:
    """A text for which the pattern's time grows faster than the text; None if there is none."""
    function = call(pattern, method)
    if not has_long_repeat(parse(pattern)):
        return None  # it looks at a few letters from each place of the text
    for lead, piece in attacks(pattern, every=every):
        for ending in ENDINGS:

            def text_of(
                length: int, lead: str = lead, piece: str = piece, ending: str = ending
            ) -> str | bytes:
                text = lead + piece * (length // len(piece) + 1) + ending
                return text.encode() if isinstance(pattern.pattern, bytes) else text

            if found := grows_faster(function, text_of):
                return f"{lead!r} + {piece!r} * n + {ending!r}, {found}"
    return None


def grows_faster(function: Callable[[Any], object], text_of: Callable[[int], Any]) -> str | None:
    """In words, how the time grows faster than the text; None where it does not."""
    for length in LENGTHS:
        if seconds(function, text_of(length)) < FAST:
            continue
        short = seconds(function, text_of(length // 4), tries=3)
        if seconds(function, text_of(length), tries=2) < MOST * short:
            return None
        # it may still be one with a bound, which a longer text tells
        short = seconds(function, text_of(4 * length))
        if short > SLOW and (short := seconds(function, text_of(4 * length), tries=2)) > SLOW:
            return f"n = {4 * length}: {short:.1f} s"
        short = min(short, seconds(function, text_of(4 * length), tries=2))
        long = seconds(function, text_of(16 * length))
        if long > MOST * short:
            long = min(long, seconds(function, text_of(16 * length), tries=2))
        if long > MOST * short:
            times = f"{1000 * short:.1f} ms, then {1000 * long:.1f} ms at four times"
            return f"n = {16 * length}: {times}"
        return None
    return None


PATTERNS: Final = list(all_patterns().values())


def test_the_engine_has_patterns_of_which_this_is_true() -> None:
    assert len(PATTERNS) > 100


each_pattern = pytest.mark.parametrize(
    ("module", "name", "pattern"),
    PATTERNS,
    ids=[f"{module.split('.', 2)[2]}.{name}" for module, name, _ in PATTERNS],
)


@each_pattern
def test_a_pattern_takes_time_in_proportion_to_its_text(
    module: str, name: str, pattern: re.Pattern[Any]
) -> None:
    for method in methods_of(module, name):
        found = slow_text(pattern, method)
        assert found is None, f"{method}: {found}"


@pytest.mark.slow
@each_pattern
def test_a_pattern_does_so_for_each_of_its_words_and_for_letters_in_pairs(
    module: str, name: str, pattern: re.Pattern[Any]
) -> None:
    for method in methods_of(module, name):
        found = slow_text(pattern, method, every=True)
        assert found is None, f"{method}: {found}"


@pytest.mark.parametrize(
    "pattern",
    [r"\s+$", r"# +(\S.*?) *#* *$", r"\[[^\]]*\]\(", r"x\s*:?\s*y", r"(?:a\.)+b"],
)
def test_a_pattern_that_does_not_is_found_out(pattern: str) -> None:
    assert slow_text(re.compile(pattern), "search")


def test_patterns_stand_at_the_top_of_their_modules() -> None:
    """One that is made where it is used would not be tried here."""
    for path, source in SOURCES.items():
        tree = ast.parse(source)
        inner = {
            id(node)
            for function in ast.walk(tree)
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            for node in ast.walk(function)
        }
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            if isinstance(node.func.value, ast.Name) and node.func.value.id == "re":
                where = f"{path.name}:{node.lineno}: re.{node.func.attr}"
                assert node.func.attr in {"compile", "escape"}, where
                assert node.func.attr == "escape" or id(node) not in inner, where
