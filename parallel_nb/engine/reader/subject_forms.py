"""The other names of a subject in its room, and the house whose room it is.

What documents introduce as `Norlands Ferries Limited` they go on to call `Norlands` or `NFL`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from parallel_nb.engine.corpus.words import word_set
from parallel_nb.engine.reader.language.names import looks_like_person
from parallel_nb.engine.reader.language.vocabulary import STOP_ROOTS, roots, roots_of
from parallel_nb.engine.reader.statements import read_statements
from parallel_nb.engine.reader.subject_names import LEGAL_FORM, WORD, is_common
from parallel_nb.engine.reader.whole import names_of, plain_words_of

if TYPE_CHECKING:
    from parallel_nb.engine.corpus.documents import Document
    from parallel_nb.engine.index.fulltext import Index

_OF: Final = frozenset(roots("of the"))
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


def forms_of(index: Index, name: str) -> tuple[tuple[str, frozenset[str]], ...]:
    """Other forms of a name in the documents that hold it: `Wenlow` of `Wenlow Mine`, `NFL`.

    Where the whole name is there, too, a word of it is short for it that stands alone, is no common
    word, and belongs to no other name; so are its initials.
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
        is_whole = any(name in f"{d.title} {d.text}" for d in documents)
        words = [] if not is_whole or name.split(maxsplit=1)[0] in _PART_OF_NAME else words
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
    words = [part for part in found.split() if not part.isdigit()]
    if word not in words or len(words) < 2 or found in name or name in found:
        return False
    return words[0] == word or not looks_like_person(found)


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
        last = before.rsplit(maxsplit=1)[-1] if position and text[position - 1] == " " else ""
        is_part = last[:1].isupper() and last[-1:].isalnum() and not is_common(last)
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
    found = [root for root in roots(text) if root not in _OF]  # `the museum of Penmarrow`
    size = len(words)
    return any(words <= {*found[start : start + size]} for start in range(len(found) - size + 1))
