"""The other names of a subject in its room, and the house whose room it is.

What documents introduce as `Norlands Ferries Limited` they go on to call `Norlands` or `NFL`.
"""

from __future__ import annotations

import re
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Final

from parallel_nb.engine.corpus.words import word_set
from parallel_nb.engine.reader.language.names import looks_like_person, without_possessive
from parallel_nb.engine.reader.language.vocabulary import STOP_ROOTS, roots, roots_of
from parallel_nb.engine.reader.statements import read_statements
from parallel_nb.engine.reader.subject_names import (
    LEGAL_FORM,
    TITLES,
    WORD,
    is_common,
    without_legal_form,
)
from parallel_nb.engine.reader.whole import names_of, plain_words_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_nb.engine.corpus.documents import Document
    from parallel_nb.engine.index.fulltext import Index

#: `the museum of Penmarrow`, `Penmarrow's museum`.
_OF: Final = frozenset(roots("of the s"))
#: Passages that may hold another form of a name.
_NAMING: Final = 40
#: A room of so many documents may be one owner's, whom this part of them name.
_SMALL_ROOM: Final = 60
_OWNERS_SHARE: Final = 0.6
#: What makes another name with the word behind it: `New Zealand` is not called `Zealand`.
_PART_OF_NAME: Final = word_set(
    "New Old North South East West Upper Lower Great Little Saint St San"
)
#: So far behind a name may its legal form stand, in characters.
_LEGAL_CHARS: Final = 20
_JOINS = re.compile(r"['\u2019]?\s*(?:&|and\b)")
#: A number of so many capitals ends a name: `Fund II`.
_NUMERAL: Final = 3


class _Names:
    """The names in some documents, for which these are read only where they are asked for."""

    def __init__(self, documents: list[Document]) -> None:
        self.documents: Final = documents

    @cached_property
    def all(self) -> set[str]:
        """Every name in their statements and headings."""
        return {found for document in self.documents for found in names_of(document)}

    def has_word(self, word: str) -> bool:
        """True for a name of one word that they have."""
        is_there = bool(word) and any(word in document.text for document in self.documents)
        return is_there and word in self.all


def forms_of(index: Index, name: str) -> tuple[tuple[str, frozenset[str]], ...]:
    """Other forms of a name in the documents that hold it: `Wenlow` of `Wenlow Mine`, `NFL`.

    A firm goes without its legal form. Where the whole name is there, too, what it begins or ends
    with is short for it that stands alone and is in no other name; so are its initials. Where it is
    not there, a name with one word more is the same.
    """
    bare = without_legal_form(name)
    hits = index.find_passages(bare, limit=_NAMING)
    documents = [index.corpus.documents[number] for number in dict.fromkeys(h[0] for h in hits)]
    documents = _all_of_small(index) or documents
    names = _Names(documents)
    if name.isupper():
        forms = {found for found in names.all if " " in found and _initials(found) == name}
    elif any(bare in f"{d.title} {d.text}" for d in documents):
        shorter = (f for f in _parts_of_name(bare) if _is_short(f, bare, names))
        initials = _initials(name)
        forms = {bare, next(shorter, ""), initials if names.has_word(initials) else ""}
    else:
        forms = {bare, *(found for found in names.all if _has_one_more(found, bare))}
    is_whole = any(name in f"{d.title} {d.text}" for d in documents)
    forms -= {name, "" if is_whole or " " in bare else bare, ""}
    return tuple((form, roots_of(form) - STOP_ROOTS) for form in sorted(forms))


def _parts_of_name(name: str) -> Iterator[str]:
    """What a name begins with, the longest first, and what it ends with.

    A number or letter at its end is no addition, nor is one that it begins with.
    """
    words = list(WORD.finditer(name))
    last = words[-1][0] if words else ""
    if last.isdigit() or (last.isupper() and len(last) <= _NUMERAL) or words[0][0].isdigit():
        return
    for word in reversed(words[:-1]):
        form = name[: word.end()]
        if without_possessive(form) == form and not _JOINS.match(name, word.end()):
            yield form
    for word in words[1:]:
        if not name[: word.start()].rstrip().endswith(("&", " and")):
            yield name[word.start() :]


def _is_short(form: str, name: str, names: _Names) -> bool:
    """True for a part of a name that documents have alone, and that is in no other name."""
    words = form.lower().split()
    if not form[:1].isupper() or form.split(maxsplit=1)[0] in _PART_OF_NAME or is_common(words[0]):
        return False
    if all(any(word in plain_words_of(d) for d in names.documents) for word in words):
        return False
    if form not in names.all:
        return False
    return not any(_is_other_with(form, found, name) for found in names.all)


def _has_one_more(found: str, name: str) -> bool:
    """True for a name with one word more within: `Elm Trust Fund` for `Elm Fund`."""
    longer, words = found.split(), name.split()
    return any(longer[:at] + longer[at + 1 :] == words for at in range(1, len(longer) - 1))


def _all_of_small(index: Index) -> list[Document]:
    """The documents of a small room; none of a large one."""
    if len(index) > _SMALL_ROOM:
        return []
    return [index.corpus.documents[number] for number in sorted(index.corpus.numbers())]


def _is_other_with(form: str, found: str, name: str) -> bool:
    """True for the name of another thing that holds a form of a name, or of another person."""
    found = " ".join(w for w in found.split() if not w.isdigit() and w.rstrip(".") not in TITLES)
    if f" {form} " not in f" {found} " or found == form or found in name or name in found:
        return False
    is_of_both = name.startswith(form) or not found.endswith(form)
    return found.startswith(form) or not (is_of_both and looks_like_person(found))


def _initials(name: str) -> str:
    """Of `Norlands Ferries Limited`, `NFL`."""
    initials = "".join(word[0][0] for word in WORD.finditer(name) if word[0][:1].isupper())
    return initials if len(initials) > 1 else ""


def has_form(text: str, form: str, key: frozenset[str]) -> bool:
    """True where a text has a form of a name, with roots `key`."""
    return stands_alone(form, text) if len(key) == 1 else names_it(text, key)


@lru_cache(maxsize=20_000)
def stands_alone(form: str, text: str) -> bool:
    """True where a text has a name, and not as a part of a longer one."""
    position = text.find(form)
    while position >= 0:
        before, after = text[:position].rstrip(), text[position + len(form) :]
        last = before.rsplit(maxsplit=1)[-1] if before and text[position - 1] == " " else ""
        word = last.lstrip("*_([\"'\u201c\u2018")
        is_part = word[:1].isupper() and last[-1:].isalnum() and not is_common(word)
        is_whole = not text[max(0, position - 1) : position].isalnum() and not after[:1].isalnum()
        if is_whole and not is_part and not (after[:1] == " " and after[1:2].isupper()):
            return True
        position = text.find(form, position + 1)
    return False


def owns_room(index: Index, name: str, words: frozenset[str], short: str) -> bool:
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
def names_it(text: str, words: frozenset[str]) -> bool:
    """True when the words of a name stand side by side in a text, in any order."""
    found = [root for root in roots(text) if root not in _OF]
    size = len(words)
    return any(words <= {*found[start : start + size]} for start in range(len(found) - size + 1))
