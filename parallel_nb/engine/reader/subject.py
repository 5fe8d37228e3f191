"""Whom or what a run is about, and which documents are about it."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from parallel_nb.engine.corpus.dates import find_dates
from parallel_nb.engine.corpus.page import host_of
from parallel_nb.engine.corpus.words import stems
from parallel_nb.engine.index.policy import allows
from parallel_nb.engine.reader.language.vocabulary import (
    GENERIC_ROOTS,
    STOP_ROOTS,
    roots,
    roots_of,
)
from parallel_nb.engine.reader.statements import read_statements
from parallel_nb.engine.reader.subject_forms import (
    forms_of,
    has_form,
    names_it,
    owns_room,
    stands_alone,
)
from parallel_nb.engine.reader.subject_names import (
    PARENTHESES,
    URL,
    WORD,
    is_common,
    name_in_row,
    name_in_text,
    title_names,
    without_legal_form,
)
from parallel_nb.engine.reader.whole import (
    has_section_on,
    head_of,
    names_within,
    opening_of,
    parties_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from parallel_nb.engine.corpus.documents import Document
    from parallel_nb.engine.index.fulltext import Index
    from parallel_nb.engine.reader.request import RunRequest

#: How far a document is trusted to be about the subject.
TRUST_EXACT: Final = 1.0  # its title is the subject's name
TRUST_ABOUT: Final = 0.9  # its title holds the name
TRUST_SECTION: Final = 0.75  # it has a section on it
TRUST_MENTION: Final = 0.7  # its text names it: only statements that do so count

#: Passages that may name the subject of documents with other titles.
_NAMING: Final = 40
#: A longer input, in words, is a prompt about the work.
_SHORT_INPUT: Final = 14
#: And one in characters.
_SHORT_CHARS: Final = 300
#: Documents about a subject that come into question.
_MOST_ABOUT: Final = 100
#: Characters of an input that are looked through for addresses.
_LINKED_CHARS: Final = 20_000
#: A code: `IN-135`.
_CODE = re.compile(r"\b[A-Z]{1,6}-?\d[\w/-]{0,20}")
#: What a mail is called.
_MAIL: Final = roots_of("letter mail email message")
#: The least share of the input in a document that it names, and how far before the next it is.
_PICKED, _PICKED_BEFORE = 0.75, 0.05
#: A document whose title holds less than this part of the best one's context means another thing.
_SAME_CONTEXT: Final = 0.6


@dataclass(frozen=True, slots=True)
class Subject:
    """What a run is about."""

    #: As the input writes it; empty when it names nothing.
    name: str = ""
    #: The roots of the name.
    words: frozenset[str] = frozenset()
    #: Documents in the order in which they are read, with the trust in each.
    trust: dict[int, float] = field(default_factory=dict)
    #: True where all documents are about it, such as the firm whose folder they are.
    owns_room: bool = False
    #: The words of the input where it says more than the name, with how rare they are.
    telling: Mapping[str, float] = field(default_factory=dict)
    #: Shorter and longer names of it, with their roots.
    forms: tuple[tuple[str, frozenset[str]], ...] = ()

    @property
    def has_page(self) -> bool:
        """True where the name is the title of a document."""
        return TRUST_EXACT in self.trust.values()

    def is_named_in(self, words: frozenset[str], *texts: str) -> bool:
        """True when a statement with these roots, and one of these texts, names the subject.

        The words of a name stand side by side: `Oslo Corp` is not in `a Corp in Oslo`.
        """
        if self.words and self.words <= words:
            if len(self.words) == 1 or not texts:
                return True
            if any(names_it(text, self.words) or _spells(text, self.name) for text in texts):
                return True
        return any(
            key <= words and (not texts or any(has_form(text, form, key) for text in texts))
            for form, key in self.forms
        )


def find_subject(index: Index, request: RunRequest) -> Subject:
    """Find the subject of a run and the documents about it.

    Args:
        index: the documents.
        request: its input names the subject; its effort says how many documents are read at
            most, its policy which of them may be.

    Returns:
        The subject, with the documents that its input links, those with its name in their
        titles, addresses, headings or opening.
    """
    names, documents = title_names(index), index.corpus.documents
    if request.row:
        name = name_in_row(request.row, names)
    else:
        name = name_in_text(request.text, names, index)
    codes = roots_of(" ".join(_CODE.findall(name)))  # of `IN-135`, `in` is no stop word
    words = roots_of(name)
    words = (words - STOP_ROOTS) | codes or words
    trust = {document.id: TRUST_EXACT for document in _linked(index, request.text)}
    context = _context(request) - words
    exact = _by_context(index, names.exact.get(tuple(stems(name)), ()), context)
    for number, value in exact.items():
        trust.setdefault(number, value)
    for number in names.documents_with(words):
        is_about = not exact or _adds_no_name(documents[number], words)
        trust.setdefault(number, TRUST_ABOUT if is_about else TRUST_MENTION)
    forms = forms_of(index, name) if words else ()
    for form, key in forms:
        for number in names.documents_with(key):
            if stands_alone(form, documents[number].title):
                trust.setdefault(number, TRUST_ABOUT)
    if name and not exact:
        in_text = Subject(name, words, forms=forms)
        for number, value in _by_text(index, in_text).items():
            trust.setdefault(number, value)
    if (picked := _picked(index, request, words, trust)) is not None:
        trust = {number: min(value, TRUST_ABOUT) for number, value in trust.items()}
        trust[picked] = TRUST_EXACT
    allowed = [number for number in trust if allows(request.policy, documents[number])]
    allowed.sort(key=lambda number: (-trust[number], _newest_first(documents[number]), number))
    chosen = {number: trust[number] for number in allowed[:_MOST_ABOUT]}
    telling = _telling(index, request, words)
    is_owner = bool(words) and owns_room(index, name, words, forms[0][0] if forms else "")
    return Subject(name, words, chosen, is_owner, telling, forms)


def _picked(
    index: Index, request: RunRequest, words: frozenset[str], trust: Mapping[int, float]
) -> int | None:
    """The one document that a short input names by what it is: `Reddie certificate`.

    Its address, title and opening hold more of the input than those of any other document, and
    something that is no word of the name.
    """
    text = request.text
    if request.row or len(text) > _SHORT_CHARS or len(text.split()) > _SHORT_INPUT:
        return None
    days: set[str] = set()
    bare = text
    for date in reversed(find_dates(text)):
        if date.is_complete:
            days.add(date.iso)
            bare = f"{bare[: date.start]} {bare[date.end :]}"
    weights = {word: index.idf(word) for word in sorted(roots_of(bare) - STOP_ROOTS)}
    weights.update(dict.fromkeys(sorted(days), max(weights.values(), default=1.0)))
    if weights.keys() <= words:
        return None
    hits = index.find_passages(text, limit=_NAMING)
    found: list[tuple[float, int]] = []
    for number in dict.fromkeys((*trust, *(hit[0] for hit in hits))):
        document = index.corpus.documents[number]
        head = head_of(document)
        said = (
            roots_of(head)
            | (_MAIL if document.url.endswith(".eml") else set())
            | ({date.iso for date in find_dates(head)} if days else set())
        )
        held = weights.keys() & said
        if not held <= words:
            found.append((math.fsum(weights[word] for word in held), number))
    found.sort(reverse=True)
    best, second = (*(share for share, _ in found[:2]), 0.0, 0.0)[:2]
    whole = math.fsum(weights.values())
    is_one = best >= _PICKED * whole and best - second >= _PICKED_BEFORE * whole
    return found[0][1] if found and is_one else None


@lru_cache(maxsize=50_000)
def _spells(text: str, name: str) -> bool:
    """True when a text has all words of a name in their order: `A Winter at Sorrel`."""
    return f" {' '.join(roots(name))} " in f" {' '.join(roots(text))} "


def is_addressed(document: Document, subject: Subject) -> bool:
    """True when the address of a document names a subject: its folder or file does."""
    words = roots_of(unquote(document.url))
    keys = (subject.words, *(key for _, key in subject.forms))
    is_named = bool(subject.words) and any(key <= words for key in keys)
    return is_named and not _is_other(document, subject.words)


def _by_text(index: Index, subject: Subject) -> dict[int, float]:
    """The trust in documents that are about a subject by their text, whatever their titles say.

    A contract, letter or fact sheet names its parties at its beginning or in its headings. A
    page whose title is a name is about that, whatever else its first lines say.
    """
    names = " ".join((subject.name, *(form for form, _ in subject.forms)))
    domain = f"@{''.join(WORD.findall(without_legal_form(subject.name)))}.".lower()
    names = f"{names} {domain}" if " " in subject.name else names
    hits = index.find_passages(names, limit=_NAMING)
    trust: dict[int, float] = {}
    for number in dict.fromkeys(hit[0] for hit in hits):
        document = index.corpus.documents[number]
        has_section = has_section_on(read_statements(document), subject.words)
        opening = opening_of(document)
        is_opened = not has_section and (
            domain in opening.lower()
            or any(
                subject.is_named_in(roots_of(text), text)
                for text in (opening, *parties_of(document).values())
            )
        )
        is_other = _is_other(document, subject.words)
        if not is_other and (is_opened or is_addressed(document, subject)):
            trust[number] = TRUST_ABOUT
        elif has_section:
            trust[number] = TRUST_SECTION
    return trust


def _is_other(document: Document, words: frozenset[str]) -> bool:
    """True for a title that is a name of something else, which the text keeps to."""
    names = [word[0] for word in WORD.finditer(document.title) if word[0][:1].isupper()]
    title = read_statements(document).title_roots - words
    opening = roots_of(opening_of(document))
    return bool(names) and len(names) == len(document.title.split()) and title <= opening


def _telling(index: Index, request: RunRequest, words: frozenset[str]) -> dict[str, float]:
    """The roots of a short input that says more than a name: its `licence`, the `sale`."""
    text = request.text
    if request.row or len(text.split()) > _SHORT_INPUT:
        return {}
    said = " ".join(word[0] for word in WORD.finditer(text) if not is_common(word[0]))
    beside = roots_of(said) - words - STOP_ROOTS - GENERIC_ROOTS
    return {word: index.idf(word) for word in sorted(words | beside)} if beside else {}


def _context(request: RunRequest) -> frozenset[str]:
    """The roots of the input and of its column names."""
    columns = (column.replace("_", " ") for column, _ in request.row)
    return roots_of(" ".join((request.text, *columns))) - STOP_ROOTS


def _newest_first(document: Document) -> int:
    return -int((document.date or "0000-00-00").replace("-", ""))


def _adds_no_name(document: Document, words: frozenset[str]) -> bool:
    """True when a title holds no other name: `About Finland`, but not `Amazon DynamoDB`.

    A word is a name if the text has it capitalised within its sentences, too.
    """
    title = PARENTHESES.sub(" ", document.title)
    capitalised = (word[0] for word in WORD.finditer(title) if word[0][:1].isupper())
    others = {word for word in capitalised if not words.issuperset(roots(word))}
    return not others or names_within(document).isdisjoint(others)


def _by_context(index: Index, numbers: Sequence[int], context: frozenset[str]) -> dict[int, float]:
    """The trust in documents of the same name, by what the rest of the input says.

    `the planet Mercury` trusts the page of the planet before that of the metal.
    """
    if len(numbers) < 2 or not context:
        return dict.fromkeys(numbers, TRUST_EXACT)
    shares = {number: _shared(index, index.corpus.documents[number], context) for number in numbers}
    least = _SAME_CONTEXT * max(shares.values())
    return {
        number: TRUST_EXACT if share >= least else TRUST_MENTION for number, share in shares.items()
    }


def _shared(index: Index, document: Document, context: frozenset[str]) -> float:
    """How much of the context stands in a document's title and address.

    Not in its text: of two pages on one subject, an old and a new one, the one that happens
    to use the input's words is not the better one.
    """
    words = read_statements(document).title_roots | roots_of(document.url)
    return sum(index.idf(word) for word in sorted(context & words))


def _linked(index: Index, text: str) -> list[Document]:
    """The documents whose address the input names."""
    found = []
    for match in URL.finditer(text[:_LINKED_CHARS]):
        url = match[0].rstrip(".,;:")
        document = index.document(url if "://" in url else f"https://{url}")
        if document is not None and host_of(document.url):
            found.append(document)
    return found
