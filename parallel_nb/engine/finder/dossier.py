"""What the documents of a room tell of an entity, statement by statement.

A statement is a sentence, an item or a cell of a table, with what stands over it: headings, the
caption, the label. It tells of an entity where its page, section, row or paragraph does, where it
names the entity, also in short (`Hallow` for `Hallow Estate`), and where `It` follows such a one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from parallel_nb.engine.corpus.words import STOPWORDS
from parallel_nb.engine.finder.entities import LEAST, catalogue, certainties, key_of
from parallel_nb.engine.finder.kinds import kind_of
from parallel_nb.engine.finder.names import SEPARATOR, folders, without_legal_form, without_title
from parallel_nb.engine.finder.once import once
from parallel_nb.engine.finder.papers import file_of, known_subject_of
from parallel_nb.engine.finder.tables import is_code
from parallel_nb.engine.finder.units import is_finite, units_of
from parallel_nb.engine.finder.words import places_of, roots_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from parallel_nb.engine.corpus.documents import Document
    from parallel_nb.engine.finder.entities import Catalogue
    from parallel_nb.engine.finder.kinds import Kind
    from parallel_nb.engine.finder.papers import Naming
    from parallel_nb.engine.finder.units import Unit
    from parallel_nb.engine.index.fulltext import Index

#: Documents that name an entity, of which the best are read.
_MAX_DOCUMENTS: Final = 40
#: Entities of a kind up to which one word of a name may stand for it, and pages that are asked.
_MAX_SHORT: Final = 400
_MAX_HITS: Final = 10
#: Statements about one entity at most.
_MAX_STATEMENTS: Final = 2_000
#: Characters of a line before a table or list that is its caption, and of a topic before a text.
#: Characters of a statement within which it names what it is about: `In 1998 Acme`.
_NAMED_WITHIN: Final = 30
#: A sentence of so many characters that begins with a name is a topic.
_MAX_TOPIC: Final = 40
#: Characters of the first line of a document, which may be its title.
_MAX_LINE: Final = 120
#: Words of a name at the beginning of a text.
_MAX_WORDS: Final = 8
_CURRENCY = re.compile(r"[\u00a3\u20ac$]")
_LETTER = re.compile(r"[^\W\d_]")
_WORD = re.compile(r"[^\s,.;:()*_]+")
#: A capitalised word behind a name that is no legal form makes it another name.
_CAPITAL: Final = (
    r"(?!(?:Ltd|Limited|Inc|LLC|LLP|PLC|AG|AS|GmbH|Group|Co)\b)[A-Z\u00c0-\u00de][\w\u00e0-\u00ff]"
)
_PART = re.compile(rf"\s{_CAPITAL}")
_NAME_BEHIND = re.compile(rf"\s{_CAPITAL}\w*")
_NAME_BEFORE = re.compile(rf"[a-z]\s{_CAPITAL}\w*\s$")
#: Characters before a word in which another name ends.
_LONGEST_PART: Final = 60
#: Where a clause begins.
_BREAK = re.compile(r"[;:.]\s|,\s|\s(?:and|but|while|whereas|though|although)\s")
#: Signs behind the name of a topic.
_SIGNS: Final = frozenset(",.:;(-\u2013\u2014")
#: What goes on about the thing that was named before.
_GOES_ON = re.compile(r"(?:It|Its|They|Their|He|His|She|Her|Both|We|Our)\b")
_TITLES: Final = frozenset(
    [
        "Mr",
        "Mrs",
        "Ms",
        "Miss",
        "Dr",
        "Prof",
        "Sir",
        "Dame",
        "Lady",
        "Lord",
        "Brother",
        "Sister",
        "Father",
        "Councillor",
        "Cllr",
        "Captain",
    ]
)
_PARENTHESES = re.compile(r"\s?\([^()]{1,80}\)")
#: Between the entries of a list behind a label, and a label of what is not there.
_ENTRY = re.compile(r"[,;]\s(?![^()]{0,80}\))|\sand\s(?=[A-Z])")
_ABSENT = re.compile(r"\b(?:apologies|absent|excused|not)\b", re.IGNORECASE)
#: Between names that are told of together.
_JOINED = re.compile(r"(?:,|,? and|,? or|,? &|/)\s(?:the\s)?")


@dataclass(frozen=True, slots=True)
class Statement:
    """Something that a document tells of an entity.

    Attributes:
        document: Where it stands.
        quote: Verbatim.
        text: What of it is about the entity, without Markdown.
        whole: All of the sentence or row.
        label: What the text is a value of: the head of its column, `Founded` before a colon.
        over: What stands over it: headings and caption, title and folder.
        above: Of that, what is no title or folder of the document.
        caption: The line over its table or list.
        is_first: Whether it is the first that the document tells of the entity.
        at: Where in the text the entity is named; 0 where the statement is its own.
        is_own: Whether page, section, row or paragraph is about the entity.
        is_assumed: Whether no more than that says so: it has no name of it, and no `It`.
        cells: Of a row, or behind a label, the values by their heads.
    """

    document: Document
    quote: str
    text: str
    whole: str
    label: str
    over: str
    is_own: bool
    caption: str = ""
    is_first: bool = False
    at: int = 0
    cells: tuple[tuple[str, str], ...] = ()
    above: str = ""
    is_assumed: bool = False


class Dossiers:
    """What a room tells of the entities of a kind."""

    def __init__(self, index: Index, entity_type: str) -> None:
        """Know the entities of a kind by their names, also in short."""
        self._index = index
        self._catalogue: Catalogue = catalogue(index)
        self._kind = kind_of(entity_type)
        known = self._catalogue
        certain = certainties(known, self._kind)
        self._names = {
            key: known.entities[key].name for key, sure in certain.items() if sure >= LEAST
        }
        self._certain = certain
        #: By document, the entity that its title names; by their first words, the longer keys.
        self._named: dict[int, str] = {}
        self._by_word: dict[str, list[str]] = {}
        for key in self._names:
            if " " in key or is_code(self._names[key]):
                self._by_word.setdefault(key.split()[0], []).append(key)
        self._short = _short_names(self._names.values(), self._kind)
        if not self._kind.is_person:
            self._short = {
                short: owner
                for short, owner in self._short.items()
                if owner == key_of(short) or " " in short or self._is_name(short)
            }

    def certainty(self, name: str) -> float:
        """How sure it is by its place and form that an entity is of the kind."""
        return self._certain.get(key_of(name), 0.0)

    def _named_by(self, document: Document) -> str:
        """The key of the only known entity that the title of a paper or its file names in full."""
        if document.id not in self._named:
            names = (document.title, file_of(document))
            keys = {key for name in names for key in self._keys_in(key_of(name))}
            whole = {key for key in keys if not any(key != each and key in each for each in keys)}
            self._named[document.id] = min(whole) if len(whole) == 1 else ""
        return self._named[document.id]

    def _keys_in(self, title: str) -> Iterator[str]:
        words = title.split()
        for first, word in enumerate(words):
            for key in self._by_word.get(word, ()):
                if f"{' '.join(words[first:])} ".startswith(f"{key} "):
                    yield key

    def _subject_of(self, document: Document, reader: _Reader) -> str:
        """The key of the entity that a paper is about; empty where it is about none."""
        own = self._kind.words | self._kind.heads
        return known_subject_of(document, reader.named, own, self._catalogue.house)

    def _is_name(self, word: str) -> bool:
        """Whether a word is nowhere a part of another name, and nowhere a word as any other."""
        if len(self._names) > _MAX_SHORT:
            return False
        own = {name for name in self._names.values() if word in name}
        return all(
            any(piece in name for name in own)
            for hit in self._index.search([word], limit=_MAX_HITS)
            for piece in _pieces_with(word, hit.document.text)
        )

    def of(self, name: str) -> list[Statement]:
        """What is told of an entity, what is its own first."""
        key = key_of(name)
        entity = self._catalogue.entities.get(key)
        own = {key_of(short) for short, owner in self._short.items() if owner == key} | {key}
        pages: set[int] = set()
        numbers: dict[int, None] = {}
        if entity:
            pages = {e.document for e in entity.mentions if e.place == "title"}
            numbers.update(dict.fromkeys(e.document for e in entity.mentions))
        hits = self._index.search([name], limit=_MAX_DOCUMENTS)
        numbers.update(dict.fromkeys(hit.document.id for hit in hits))
        reader = _Reader(name, key, self._short)
        found: list[Statement] = []
        for number in numbers:
            document = self._index.corpus.documents[number]
            is_page = number in pages or key_of(file_of(document)) in own
            is_page = is_page or self._named_by(document) == key
            is_page = is_page or self._subject_of(document, reader) == key
            found += reader.read(document, is_page=is_page)
            if len(found) > _MAX_STATEMENTS:
                break
        return sorted(found, key=lambda each: not each.is_own)


def _pieces_with(word: str, text: str) -> Iterator[str]:
    """Where a word is a part of a longer name, or is written as any other word."""
    for start, end in places_of(word, text):
        behind = _NAME_BEHIND.match(text, end)
        if behind and text[max(0, start - 1) : start] != "-":
            yield text[start : behind.end()]
        if before := _NAME_BEFORE.search(text, max(0, start - _LONGEST_PART), start):
            yield text[before.start() : end]
    if next(places_of(word.lower(), text), None):
        yield word.lower()


@once(8)
def dossiers(index: Index, entity_type: str) -> Dossiers:
    """What a room tells of the entities of a kind; made once."""
    return Dossiers(index, entity_type)


def _short_names(names: Iterable[str], kind: Kind) -> dict[str, str]:
    """By each name and short name that only one entity has, that entity's key."""
    owners: dict[str, set[str]] = {}
    for name in names:
        for short in short_names(name, kind):
            owners.setdefault(short, set()).add(key_of(name))
    full = {without_legal_form(name).removeprefix("The "): key_of(name) for name in names}
    return {short: min(keys) for short, keys in owners.items() if len(keys) == 1} | full


def short_names(name: str, kind: Kind) -> list[str]:
    """A name and its short forms: of a person the surname, else without what kind it is.

    Examples:
        >>> short_names("Hallow Hill Estate", kind_of("estates"))
        ['Hallow Hill Estate', 'Hallow Hill', 'Hallow', 'Hill', 'HHE']
    """
    bare = without_legal_form(_PARENTHESES.sub("", name)).removeprefix("The ").strip(" .,")
    found = [bare, without_title(bare)]
    words = found[-1].split()
    if kind.is_person:
        while words and words[0].strip(".") in _TITLES:
            words.pop(0)
        if len(words) > 1:
            found += [" ".join(words), words[-1], words[0]]
    else:
        own = kind.words | kind.heads
        while len(words) > 1 and frozenset(roots_of(words[-1])) & own:
            words.pop()
            found.append(" ".join(words))
        if len(words) > 2:
            found.append(" ".join(words[:2]))
        if len(words) > 1 and kind.heads:
            found += (word for word in (words[0], words[-1]) if not _is_common(word))
        letters = "".join(word[0] for word in bare.split() if word[:1].isupper())
        found += [letters] if len(letters) > 2 else []
    short = (each for each in found if len(each) > 2 and each[:1].isupper())
    return list(dict.fromkeys((bare, *short)))


def _is_common(word: str) -> bool:
    return word.lower() in STOPWORDS or len(word) < 4


class _Reader:
    """Reads documents for what they tell of one entity."""

    def __init__(self, name: str, key: str, short: dict[str, str]) -> None:
        self._key = key
        own = [each for each, owner in short.items() if owner == key] or [name]
        own = sorted({*own, name, name.removeprefix("The ")}, key=len, reverse=True)
        self._known = short | dict.fromkeys(own, key)
        self._own = own

    def read(self, document: Document, *, is_page: bool) -> Iterator[Statement]:
        """The statements of a document about the entity."""
        first = document.text.lstrip()[:_MAX_LINE].partition("\n")
        heading = (
            first[0] if first[1] and not (is_finite(first[0]) or first[0].endswith(".")) else ""
        )
        context = f"{document.title} {folders(document.url)} {heading}"
        block, current, has_named, has_told, is_topic = -1, "", False, False, False
        for unit in units_of(document):
            owner = self._owner(unit.headings) or (self._key if is_page else "")
            if unit.block != block:
                block, current, has_named, is_topic = unit.block, owner, False, False
            above = " ".join((*unit.headings[1:], unit.topic, unit.caption))
            over = " ".join((*unit.headings, unit.topic, unit.caption, context))
            if unit.cells:
                yield from self._of_row(document, unit, over, above, owner)
                continue
            lead = self._leading(unit.text) or ("" if owner else self._leading(unit.label))
            lead = lead or self._leading(unit.topic)
            if lead:
                current, is_topic = lead, self._is_topic(unit, lead)
            elif not (is_topic or _GOES_ON.match(unit.text)):
                current = owner
            entry = self._entry(unit)
            is_own = current == self._key or bool(entry)
            found = (entry, 0) if entry else self._told(unit, is_own=is_own, goes_on=has_named)
            has_named = found is not None and found[1] <= _NAMED_WITHIN
            if found is None:
                continue
            is_first = is_own and not has_told and unit.text != unit.topic
            has_told = has_told or is_first
            label = "" if self._leading(unit.label) == self._key else unit.label
            yield Statement(
                document,
                unit.quote,
                found[0],
                unit.text,
                label,
                over,
                is_own,
                unit.caption,
                is_first,
                found[1],
                ((label, found[0]),) if label and is_own else (),
                above,
                is_own and not (entry or lead or label or self._names_it(unit.text)),
            )

    def _names_it(self, text: str) -> bool:
        return bool(_GOES_ON.match(text) or self._first_name(text))

    def _entry(self, unit: Unit) -> str:
        """What a list behind a label says of the entity: `Ada Berg (chair)` of `Present: ...`."""
        if not unit.label or is_finite(unit.text) or _ABSENT.search(unit.label):
            return ""
        entries = _ENTRY.split(unit.text)
        return next((each for each in entries if self._leading(each) == self._key), "")

    def _told(self, unit: Unit, *, is_own: bool, goes_on: bool) -> tuple[str, int] | None:
        """What of a unit is about the entity, and where it is named in that."""
        named = self._first_name(unit.text)
        others = self._others(unit.text)
        if named and (others or not is_own):
            text = self._about(unit.text, named, others)
            place = self._first_name(text)
            return text, 0 if is_own or place is None else place[0]
        if is_own or (goes_on and _GOES_ON.match(unit.text)):
            return unit.text, 0
        return None

    def _first_name(self, text: str) -> tuple[int, int] | None:
        """Where the entity is named first; of `Red Hall Brut 2019` the name is only a part."""
        places = (place for name in self._own for place in places_of(name, text))
        whole = (place for place in places if not _PART.match(text, place[1]))
        return min(whole, key=lambda place: (place[0], -place[1]), default=None)

    def named(self, naming: Naming) -> str:
        """The key of the known entity behind a label: `Ada Berg` or `Ada Berg (chair)`.

        Or, of what stands before what a contract calls it, that with which it ends.
        """
        key = self._leading(naming.value)
        if key and not is_finite(naming.value):
            return key
        words = naming.value.split()
        ends = (
            " ".join(words[start:]) for start in range(max(0, len(words) - _MAX_WORDS), len(words))
        )
        known = (self._known[each] for each in ends if naming.is_end and each in self._known)
        return next(known, "")

    def _owner(self, headings: tuple[str, ...]) -> str:
        """The key of the entity that the innermost heading with a known name is about."""
        for heading in reversed(headings):
            for part in (heading, *SEPARATOR.split(heading)):
                if key := self._known.get(part.strip(" .").removeprefix("The ")):
                    return key
                if self._key == key_of(part):
                    return self._key
            if key := self._leading(heading):
                return key
        return ""

    def _leading(self, text: str) -> str:
        """The key of the known entity with whose name a text begins."""
        bare = text.removeprefix("The ")
        words = list(_WORD.finditer(bare[:120]))[:_MAX_WORDS]
        for word in reversed(words):
            name = bare[: word.end()].removesuffix("'s").removesuffix("\u2019s")
            if (key := self._known.get(name)) and not _PART.match(bare, word.end()):
                return key
        return ""

    def _is_topic(self, unit: Unit, key: str) -> bool:
        """Whether a paragraph is all about the entity with whose name it begins.

        `Red Hall, Main Street. 120 seats.` is, and `Red Hall was sold. The mayor spoke.` is not.
        """
        if self._leading(unit.topic) == key or len(unit.text) <= _MAX_TOPIC:
            return True
        if is_finite(unit.text):
            return False
        words = list(_WORD.finditer(unit.text.removeprefix("The ")))[:_MAX_WORDS]
        bare = unit.text.removeprefix("The ")
        for word in reversed(words):
            if self._known.get(bare[: word.end()]) == key:
                return bare[word.end() :].lstrip()[:1] in _SIGNS
        return False

    def _others(self, text: str) -> list[tuple[int, int]]:
        """Where a text names other known entities."""
        found: list[tuple[int, int]] = []
        for word in _WORD.finditer(text):
            if not word[0][:1].isupper():
                continue
            key = self._leading(text[word.start() :])
            if key and key != self._key and (not found or word.start() >= found[-1][1]):
                found.append((word.start(), word.end()))
        return found

    def _about(self, text: str, first: tuple[int, int], others: list[tuple[int, int]]) -> str:
        """The part of a sentence that is about the entity: its clauses, up to another's."""
        begins, ends = 0, len(text)
        begin, last = first
        for start, end in others:
            if start < begin:
                # of `A and B have`, what follows is true of both
                if not _is_joined(text[end:begin]):
                    begins = max(begins, _clause_start(text, begin, end))
            elif _is_joined(text[last:start]):
                last = max(last, end)
            else:
                ends = min(ends, _clause_start(text, start, last))
                break
        return text[begins:ends].strip(" ,;") or text

    def _of_row(
        self, document: Document, unit: Unit, over: str, above: str, owner: str
    ) -> Iterator[Statement]:
        named = [i for i, (_, cell) in enumerate(unit.cells) if self._is_named(cell)]
        if not named and (owner != self._key or self._leading(unit.cells[0][1])):
            return
        first = unit.cells[0][1]
        if named and 0 not in named and self._leading(first) not in {"", self._key}:
            return  # the row is about another, to whom the entity is something
        row = "; ".join(
            f"{head}: {cell}" if head else cell
            for place, (head, cell) in enumerate(unit.cells)
            if place not in named
        )
        cells = tuple(pair for place, pair in enumerate(unit.cells) if place not in named)
        if unit.is_property:
            cells = () if named else tuple((first, cell) for _, cell in unit.cells[1:])
        for place, (head, cell) in enumerate(unit.cells):
            has_meaning = _LETTER.search(head) or _CURRENCY.search(head)
            label = head if has_meaning else f"{unit.caption} {head}".strip()
            if not named and unit.is_property:
                if place == 0:
                    continue
                label = f"{first} {head}".strip()
            elif place in named and not label:
                continue
            yield Statement(
                document,
                unit.quote,
                cell,
                row,
                label,
                over,
                is_own=True,
                caption=unit.caption,
                cells=cells,
                above=above,
            )

    def _is_named(self, cell: str) -> bool:
        return key_of(cell) == self._key or self._leading(cell) == self._key


def _is_joined(between: str) -> bool:
    return _JOINED.fullmatch(between) is not None


def _clause_start(text: str, position: int, least: int) -> int:
    """Where the clause begins that stands at a position of a text, at least so far on."""
    starts = [match.end() for match in _BREAK.finditer(text, least, position)]
    return starts[-1] if starts else position
