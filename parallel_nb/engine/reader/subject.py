"""Whom or what a run is about, and which documents are about it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from parallel_nb.engine.corpus.page import host_of
from parallel_nb.engine.corpus.words import stems
from parallel_nb.engine.index.policy import allows
from parallel_nb.engine.reader.language.names import looks_like_person
from parallel_nb.engine.reader.language.vocabulary import (
    GENERIC_ROOTS,
    STOP_ROOTS,
    roots,
    roots_of,
)
from parallel_nb.engine.reader.statements import read_statements
from parallel_nb.engine.reader.subject_names import (
    LEGAL_FORM,
    PARENTHESES,
    URL,
    WORD,
    is_common,
    name_in_row,
    name_in_text,
    title_names,
)
from parallel_nb.engine.reader.whole import (
    has_section_on,
    names_of,
    names_within,
    opening_of,
    plain_words_of,
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

_ALIAS = re.compile(
    r"(?:\bor|called|known as|known under the name|formerly|originally"
    r"|nicknamed|abbreviated|short for|\()"
    r"\s+(?:the\s+)?[\"\u201c(]?",
    re.IGNORECASE,
)
_ALIAS_LABELS: Final = frozenset(
    roots(
        "name nickname alias abbreviation acronym called formerly known short symbol ticker title"
    )
)
_OF: Final = frozenset(roots("of the"))
#: Passages that are looked through for an alias.
_ALIAS_PASSAGES: Final = 20
#: An alias stands in the first statements of a document.
_ALIAS_STATEMENTS: Final = 4
#: Passages that may name the subject of documents with other titles.
_NAMING: Final = 40
#: A room of so many documents may be one owner's, whom this part of them name.
_SMALL_ROOM: Final = 60
_OWNERS_SHARE: Final = 0.6
#: What makes another name with the word behind it: `New Zealand` is not called `Zealand`.
_PART_OF_NAME: Final = frozenset(
    "New Old North South East West Upper Lower Great Little Saint St San".split()
)
#: So far behind a name may its legal form stand, in characters.
_LEGAL_CHARS: Final = 20
#: A longer input, in words, is a prompt about the work.
_SHORT_INPUT: Final = 14
#: Documents about a subject that come into question.
_MOST_ABOUT: Final = 100
#: Characters of an input that are looked through for addresses.
_LINKED_CHARS: Final = 20_000
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
            if any(_names(text, self.words) or _spells(text, self.name) for text in texts):
                return True
        return any(
            key <= words and (not texts or any(_has_form(text, form, key) for text in texts))
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
        titles, and where there is none, those that give it as another name of their subject.
    """
    names, documents = title_names(index), index.corpus.documents
    if request.row:
        name = name_in_row(request.row, names)
    else:
        name = name_in_text(request.text, names, index)
    words = frozenset(roots(name))
    words = (words - STOP_ROOTS) or words
    trust = {document.id: TRUST_EXACT for document in _linked(index, request.text)}
    context = _context(request) - words
    exact = _by_context(index, names.exact.get(tuple(stems(name)), ()), context)
    for number, value in exact.items():
        trust.setdefault(number, value)
    for number in names.documents_with(words):
        is_about = not exact or _adds_no_name(documents[number], words)
        trust.setdefault(number, TRUST_ABOUT if is_about else TRUST_MENTION)
    forms = () if exact or not words else _forms_of(index, name)
    for form, key in forms:
        for number in names.documents_with(key):
            if stands_alone(form, documents[number].title):
                trust.setdefault(number, TRUST_ABOUT)
    if name and not exact:
        in_text = Subject(name, words, forms=forms)
        for number, value in _by_text(index, in_text).items():
            trust.setdefault(number, value)
    if name and not trust:
        trust = _by_alias(index, name, words)
    allowed = [number for number in trust if allows(request.policy, documents[number])]
    allowed.sort(key=lambda number: (-trust[number], _newest_first(documents[number]), number))
    chosen = {number: trust[number] for number in allowed[:_MOST_ABOUT]}
    telling = _telling(index, request, words)
    owns_room = bool(words) and _owns_room(index, name, words, forms[0][0] if forms else "")
    return Subject(name, words, chosen, owns_room, telling, forms)


def _forms_of(index: Index, name: str) -> tuple[tuple[str, frozenset[str]], ...]:
    """Other forms of a name in the documents that hold it: `Wenlow` of `Wenlow Mine`, `NFL`.

    A word of the name is short for it where it stands alone, is no common word, and belongs to no
    other name; initials are where both are there.
    """
    hits = index.find_passages(name, limit=_NAMING)
    documents = [index.corpus.documents[number] for number in dict.fromkeys(h[0] for h in hits)]
    documents = _all_of_small(index) or documents
    names = {found for document in documents for found in names_of(document)}
    if name.isupper():
        forms = [found for found in names if " " in found and _initials(found) == name]
    else:
        plain = frozenset[str]().union(*map(plain_words_of, documents))
        words = [word[0] for word in WORD.finditer(name) if word[0] in names and " " in name]
        words = [] if name.split()[0] in _PART_OF_NAME else words
        short = next((word for word in words if word.lower() not in plain), "")
        is_others = any(_is_other_with(short, found, name) for found in names)
        forms = [short] if short and not is_others else []
        forms += [found for found in names if found == _initials(name)]
    return tuple((form, roots_of(form) - STOP_ROOTS) for form in sorted(forms))


def _all_of_small(index: Index) -> list[Document]:
    """The documents of a small room; none of a large one."""
    if len(index) > _SMALL_ROOM:
        return []
    return [index.corpus.documents[number] for number in sorted(index.corpus.numbers())]


def _is_other_with(word: str, found: str, name: str) -> bool:
    """True for the name of another thing that holds a word of a name; a person may be called so."""
    words = found.split()
    if word not in words or len(words) < 2 or found in name or name in found:
        return False
    return words[0] == word or not looks_like_person(found)


def _initials(name: str) -> str:
    """Of `Norlands Ferries Limited`, `NFL`."""
    initials = "".join(word[0][0] for word in WORD.finditer(name) if word[0][:1].isupper())
    return initials if len(initials) > 1 else ""


def _has_form(text: str, form: str, key: frozenset[str]) -> bool:
    """True where a text has a form of a name, with roots `key`."""
    return stands_alone(form, text) if len(key) == 1 else _names(text, key)


@lru_cache(maxsize=20_000)
def stands_alone(form: str, text: str) -> bool:
    """True where a text has a name, and not as a part of a longer one."""
    position = text.find(form)
    while position >= 0:
        before, after = text[:position].rstrip(), text[position + len(form) :]
        last = before.rsplit(maxsplit=1)[-1] if position and text[position - 1] == " " else ""
        is_part = last[:1].isupper() and last[-1:].isalnum() and not is_common(last)
        is_whole = not text[max(0, position - 1) : position].isalnum() and not after[:1].isalnum()
        if is_whole and not is_part and not (after[:1] == " " and after[1:2].isupper()):
            return True
        position = text.find(form, position + 1)
    return False


def _owns_room(index: Index, name: str, words: frozenset[str], short: str) -> bool:
    """True for the house that most documents of a small room name, such as a firm or a club.

    None has a part on it; on what its name begins there may be one, if it has that in its address.
    """
    documents = _all_of_small(index)
    numbers = frozenset(document.id for document in documents)
    known: dict[tuple[str, frozenset[int]], bool] = index.kept.setdefault("owners", {})
    if documents and (name, numbers) not in known:
        plain = frozenset[str]().union(*map(plain_words_of, documents))
        bare = LEGAL_FORM.sub("", name)
        behind = (document.text.partition(name)[2][:_LEGAL_CHARS] for document in documents)
        is_firm = bare != name or any(
            LEGAL_FORM.search(f"{name} {rest.split()[0].rstrip(',;:')}")
            for rest in behind
            if rest[:1].isspace() and rest.strip()
        )
        own = (word[0] for word in WORD.finditer(bare) if word[0][:1].isupper())
        # of a firm, its first word will do
        first = next((w for w in own if w.lower() not in plain), "") if is_firm else ""
        word = (first or short or name).lower()
        texts = [f"{d.url} {d.title} {d.text}".lower() for d in documents]
        naming = sum(word in text for text in texts)
        parts = frozenset[frozenset[str]]().union(*map(_parts_of, documents))
        is_address = any(
            f"{sign}{word}." in text for text in texts for sign in ("@", "://", "www.")
        )
        has_own = words in parts or (not is_address and any(words <= part for part in parts))
        known[name, numbers] = naming >= _OWNERS_SHARE * len(documents) and not has_own
    return known.get((name, numbers), False)


@lru_cache(maxsize=2_000)
def _parts_of(document: Document) -> frozenset[frozenset[str]]:
    """The roots of a document's headings but its first, and of its rows' first cells."""
    statements = read_statements(document).statements
    headings = list(dict.fromkeys(s.heading for s in statements if s.heading and not s.subject))
    nearest = (heading.rsplit(" > ", 1)[-1] for heading in headings[1:])
    rows = (s.subject for s in statements if s.subject)
    return frozenset(roots_of(text) for text in (*nearest, *rows))


@lru_cache(maxsize=50_000)
def _names(text: str, words: frozenset[str]) -> bool:
    """True when the words of a name stand side by side in a text, in any order."""
    found = [root for root in roots(text) if root not in _OF]  # `the museum of Penmarrow`
    size = len(words)
    return any(words <= {*found[start : start + size]} for start in range(len(found) - size + 1))


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
    hits = index.find_passages(names, limit=_NAMING)
    trust: dict[int, float] = {}
    for number in dict.fromkeys(hit[0] for hit in hits):
        document = index.corpus.documents[number]
        has_section = has_section_on(read_statements(document), subject.words)
        opening = opening_of(document)
        is_opened = not has_section and subject.is_named_in(roots_of(opening), opening)
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
    opening = frozenset(roots(opening_of(document)))
    return bool(names) and len(names) == len(document.title.split()) and title <= opening


def _telling(index: Index, request: RunRequest, words: frozenset[str]) -> dict[str, float]:
    """The roots of a short input that says more than a name: its `licence`, the `sale`."""
    text = request.text
    if request.row or len(text.split()) > _SHORT_INPUT:
        return {}
    said = " ".join(word[0] for word in WORD.finditer(text) if not is_common(word[0]))
    beside = frozenset(roots(said)) - words - STOP_ROOTS - GENERIC_ROOTS
    return {word: index.idf(word) for word in sorted(words | beside)} if beside else {}


def _context(request: RunRequest) -> frozenset[str]:
    """The roots of the input and of its column names."""
    columns = (column.replace("_", " ") for column, _ in request.row)
    return frozenset(roots(" ".join((request.text, *columns)))) - STOP_ROOTS


def _newest_first(document: Document) -> int:
    return -int((document.date or "0000-00-00").replace("-", ""))


def _adds_no_name(document: Document, words: frozenset[str]) -> bool:
    """True when a title holds no other name: `About Finland`, but not `Amazon DynamoDB`.

    A word is a name if the text has it capitalised within its sentences, too.
    """
    title = PARENTHESES.sub(" ", document.title)
    others = (word[0] for word in WORD.finditer(title) if not set(roots(word[0])) <= words)
    return names_within(document).isdisjoint(other for other in others if other[:1].isupper())


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
    words = read_statements(document).title_roots | frozenset(roots(document.url))
    return sum(index.idf(word) for word in sorted(context & words))


def _by_alias(index: Index, name: str, words: frozenset[str]) -> dict[int, float]:
    """The trust in documents that give the name as another one of their subject.

    `Mercury, or quicksilver, is`, `formerly Statoil`, `Former name: Statoil`.
    """
    trust: dict[int, float] = {}
    for number, *_ in index.find_passages(name, limit=_ALIAS_PASSAGES):
        for statement in read_statements(index.corpus.documents[number]).statements:
            if not words <= statement.roots or statement.subject:
                continue
            is_labelled = statement.is_fact and not _ALIAS_LABELS.isdisjoint(statement.label_roots)
            is_at_start = statement.number < _ALIAS_STATEMENTS
            if is_labelled or (is_at_start and _gives_alias(statement.value, name)):
                trust[number] = TRUST_ABOUT
    return trust


def _gives_alias(text: str, name: str) -> bool:
    """True where a text gives a name as another one of what it is about."""
    name = name.lower()
    rests = (text[found.end() : found.end() + len(name) + 1] for found in _ALIAS.finditer(text))
    return any(
        rest[: len(name)].lower() == name and not WORD.match(rest[len(name) :]) for rest in rests
    )


def _linked(index: Index, text: str) -> list[Document]:
    """The documents whose address the input names."""
    found = []
    for match in URL.finditer(text[:_LINKED_CHARS]):
        url = match[0].rstrip(".,;:")
        document = index.document(url if "://" in url else f"https://{url}")
        if document is not None and host_of(document.url):
            found.append(document)
    return found
