"""Finds and marks a value, or the words of a question, in an excerpt."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any, Final

from parallel_nb.display.html.escape import Html, clean, element, join
from parallel_nb.formats import shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

#: Longest excerpt shown.
EXCERPT_LIMIT: Final = 420
#: Excerpts are searched for a value no further than this.
_SEARCHED: Final = 20_000
#: At most so many forms of a value, or words of a question, are looked for.
_MOST_FORMS: Final = 24
_COMMON_WORDS: Final = """
    about after all also and any are been but can did does for from had has have how into its many
    more most much not one our out over such than that the their them there these they this those
    was were what when where which who whom whose why will with would you your
"""
_COMMON: Final = frozenset(_COMMON_WORDS.split())
#: A list item or a heading at the start of a line.
_BULLET = re.compile(r"(?:\A|\n)[ \t]*[-*•][ \t]+")
_HEADING = re.compile(r"(?:\A|\n)[ \t]*#{1,6}[ \t]+")
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:T.*)?\Z")


def value_forms(value: Any) -> list[str]:
    """The forms in which a JSON value may stand in a text, longest first.

    Numbers with and without thousands separators, dates written out, elements of lists.
    Booleans and nulls have none.

    >>> value_forms(83000000)
    ['83,000,000', '83000000']
    """
    forms: list[str] = []
    _collect_forms(value, forms)
    return sorted(set(forms), key=len, reverse=True)[:_MOST_FORMS]


def _collect_forms(value: Any, forms: list[str]) -> None:  # noqa: C901 - one branch a kind of value
    if isinstance(value, bool) or value is None or len(forms) > _MOST_FORMS:
        return
    if isinstance(value, (int, float)):
        if value != value:  # noqa: PLR0124 - NaN is the one value that differs from itself
            return
        if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
            value = int(value)
        forms += [str(value), f"{value:,}"]
    elif isinstance(value, str):
        text = clean(value, 200)
        if text and not text.endswith("…"):
            forms.append(text)
        if match := _DATE.match(text):
            forms += _date_forms(*(int(part) for part in match.groups()))
    elif isinstance(value, (list, tuple)):
        for item in value[:_MOST_FORMS]:
            _collect_forms(item, forms)
    elif isinstance(value, dict):
        for item in list(value.values())[:_MOST_FORMS]:
            _collect_forms(item, forms)


def _date_forms(year: int, month: int, day: int) -> list[str]:
    try:
        name = dt.date(year, month, day).strftime("%B")
    except ValueError:
        return []
    short = name[:3]
    return [
        f"{day} {name} {year}",
        f"{name} {day}, {year}",
        f"{day} {short} {year}",
        f"{short} {day}, {year}",
    ]


def query_terms(*questions: str) -> list[str]:
    """The words of questions that are worth marking, longest first, without common words.

    >>> query_terms("Which languages are typed?")
    ['languages', 'languag', 'typed', 'typ']
    """
    words: dict[str, None] = {}
    for question in questions:
        for word in re.findall(r"\w[\w+#'.-]*", clean(question, 2000).lower()):
            bare = word.strip(".'-")
            if len(bare) > 2 and bare not in _COMMON:
                words |= dict.fromkeys((bare, _stem(bare)))
    return sorted(words, key=len, reverse=True)[:_MOST_FORMS]


def _stem(word: str) -> str:
    """A word without its commonest endings, so that "typed" also marks "typing"."""
    for ending in ("ally", "ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) > 2:
            return word.removesuffix(ending)
    return word


def _plain(excerpt: str) -> str:
    """An excerpt without the marks of Markdown lists and headings; every word stays."""
    return _HEADING.sub("\n", _BULLET.sub(" · ", excerpt)).lstrip("· \n")


def pattern_for(forms: Iterable[str], *, whole: bool = True) -> re.Pattern[str] | None:
    """A pattern that matches any of the forms at word boundaries; None without a form.

    With `whole` false a word may go on by up to three letters, so that "type" matches "types".
    """
    parts = [re.escape(form) for form in forms if form]
    if not parts:
        return None
    tail = r"(?!\w)" if whole else r"\w{0,3}(?!\w)"
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts)}){tail}", re.IGNORECASE)


def split_matches(text: str, pattern: re.Pattern[str] | None) -> list[tuple[str, bool]]:
    """Cut a text into (piece, is a match) pairs that give the text when joined.

    >>> split_matches("in 1904 in", pattern_for(["1904"]))
    [('in ', False), ('1904', True), (' in', False)]
    """
    pieces: list[tuple[str, bool]] = []
    end = 0
    for match in pattern.finditer(text) if pattern else ():
        if match.start() > end:
            pieces.append((text[end : match.start()], False))
        pieces.append((match.group(), True))
        end = match.end()
    if end < len(text):
        pieces.append((text[end:], False))
    return pieces


def excerpt_around(text: str, pattern: re.Pattern[str] | None, limit: int = EXCERPT_LIMIT) -> str:
    """At most `limit` characters of an excerpt, around the first match, cut with "…"."""
    line = clean(_plain(text[:_SEARCHED]))
    if len(line) <= limit:
        return line + ("…" if len(text) > _SEARCHED else "")
    match = pattern.search(line) if pattern else None
    if match is None or match.end() < limit - 1:
        return shorten(line, limit)
    start = max(0, match.start() - limit // 3)
    end = start + limit - 2
    return "…" + line[start:end].strip() + ("…" if end < len(line) else "")


def highlight(text: str, pattern: re.Pattern[str] | None, limit: int = EXCERPT_LIMIT) -> Html:
    """An excerpt as HTML with its matches in `mark`."""
    excerpt = excerpt_around(text, pattern, limit)
    return join(
        element("mark", piece, style="mark") if is_match else piece
        for piece, is_match in split_matches(excerpt, pattern)
    )


def any_match(texts: Sequence[str], pattern: re.Pattern[str] | None) -> bool:
    """True when the pattern matches in one of the texts."""
    return pattern is not None and any(pattern.search(text[:_SEARCHED]) for text in texts)
