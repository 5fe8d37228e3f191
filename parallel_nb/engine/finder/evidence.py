"""Whether a passage that the reader cites says what a condition asks.

The reader's yes is for the likeliest statement, however far from the question. A match must be
right, so what a condition names (`California`, `C++`, `ISO 9001`) has to stand in the evidence,
with half of its other words or what means the same; where it names nothing, most of them.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from parallel_nb.engine.corpus.passages import blocks, lines, sentences
from parallel_nb.engine.finder.conditions import essence
from parallel_nb.engine.finder.kinds import kind_of, roots_of
from parallel_nb.engine.reader.language.vocabulary import synonyms_of
from parallel_nb.engine.reader.statements import clean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_nb.engine.corpus.documents import Document

#: Words of conditions that say nothing of what is asked.
_LIGHT: Final = frozenset(
    roots_of(
        """
        must should whether located situated based placed found lies lie belongs work works working
        holds hold have having currently present presently known considered classified described
        include includes included type kind status role name named called item make makes
        """
    )
)
#: The label of a line `label: value`, or the first cell of a row.
_LABEL = re.compile(r"([^:|]{1,80})(?::\s|\s\|)")
_TOKEN = re.compile(r"[^\W_][\w.'\u2019/-]*(?:\+\+|#)?")
#: The part of the words that evidence must hold, without names and beside names.
_ALONE: Final = 0.6
_BESIDE_NAMES: Final = 0.5
#: Words of origin: `Spanish is an official language`.
_ORIGIN = re.compile(r"[a-z](?:ish|ese|ian|ean)$")
_IS_A = re.compile(
    r"\b(?:is|are|was|were|be)\s(?:an?|one of the)\s((?:[\w-]+\s){0,4}?[\w-]+)"
    r"(?=\s(?:of|in|that|which|who|for|from|with|by|on|at|to)\b|[,.;]|$)",
    re.IGNORECASE,
)
#: What was, and is no more.
_PAST = re.compile(
    r"\b(?:left|until|former|formerly|no longer|at first|originally|previously|used to|lost"
    r"|gave up|ceased|abolished|replaced by)\b",
    re.IGNORECASE,
)
_DENIED = re.compile(
    r"\b(?:not|no|none|never|without|neither|nor|former|formerly|until|no longer|at first"
    r"|once|previously|lost|ceased|instead of|rather than|unlike)\b|n['\u2019]t\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a condition asks.

    Attributes:
        names: The roots of what it names, all of which must stand in the evidence.
        words: The roots of its other words.
        is_past: Whether it asks for what was and is no more.
    """

    names: frozenset[str]
    words: frozenset[str]
    is_past: bool = False

    def is_answered_by(self, text: str) -> bool:
        """True where a passage that the reader cites for its yes says what is asked.

        `ISO 9001: yes` does, whatever the verb of the condition.
        """
        if not self.is_past and _PAST.search(text):
            return False
        label = _LABEL.match(text.strip("|-* "))
        is_labelled = bool(self.names and label and self.names <= frozenset(roots_of(label[1])))
        return is_labelled or self.is_said_in(text)

    def is_said_in(self, text: str) -> bool:
        """True where all names, and most of the words or what means the same, stand in a text.

        Beside a name, half of the words will do.
        """
        found = frozenset(roots_of(text))
        least = math.ceil(len(self.words) * (_BESIDE_NAMES if self.names else _ALONE))
        return self.names <= found and len(self._words_in(found)) >= least

    def is_touched_by(self, text: str) -> bool:
        """True where one of the words, or what means the same, stands in a text."""
        return not self.words or bool(self._words_in(frozenset(roots_of(text))))

    def _words_in(self, found: frozenset[str]) -> list[str]:
        return [
            word
            for word in self.words
            if word in found or any(phrase <= found for phrase in _same_as(word))
        ]


@lru_cache(maxsize=2_000)
def _same_as(word: str) -> tuple[frozenset[str], ...]:
    """The phrases that mean the same as a word, or nearly so, as roots."""
    return tuple(phrase for phrase, _ in synonyms_of((word,)))


@lru_cache(maxsize=512)
def asked_of(description: str, entity_type: str) -> Asked:
    """Read what a condition asks.

    Examples:
        >>> sorted(asked_of("The headquarters are in California", "companies").names)
        ['california']
    """
    kind = kind_of(entity_type)
    text = essence(description)
    own = kind.words | kind.heads
    # in `It is a moon of Jupiter`, the kind is what is asked; in `The moon has rings` it is not
    predicate = _IS_A.search(text)
    without = frozenset[str]() if predicate and own & frozenset(roots_of(predicate[1])) else own
    names: set[str] = set()
    words: set[str] = set()
    for number, token in enumerate(_TOKEN.findall(text)):
        roots = frozenset(roots_of(token)) - without
        (names if _is_name(token, is_first=number == 0) else words).update(roots)
    return Asked(
        frozenset(names), frozenset(words) - names - _LIGHT, is_past=bool(_PAST.search(text))
    )


def _is_name(token: str, *, is_first: bool) -> bool:
    """True for `California`, `C++`, `ISO` and `9001`.

    A first word is always capitalised, so there only its ending or other letters tell: `Spanish`
    is a name, `Headquarters` is none.
    """
    if any(c.isdigit() or c in "+#" for c in token):
        return True
    if not token[:1].isupper():
        return False
    return not is_first or not token[1:].islower() or bool(_ORIGIN.search(token))


def statements_of(document: Document) -> Iterator[str]:
    """The sentences, lines and rows of a document, verbatim."""
    for block in blocks(document.text):
        split = sentences if block.kind == "prose" else lines
        for start, end in split(document.text, block.start, block.end):
            yield document.text[start:end]


def find_statement(document: Document, asked: Asked) -> str | None:
    """The first statement on an entity's own page that says what is asked, and is not denied.

    Only what names something is looked for so: a word alone may stand anywhere.
    """
    if not asked.names:
        return None
    for statement in statements_of(document):
        if asked.is_said_in(clean(statement)) and not _DENIED.search(statement):
            return statement
    return None
