"""What a paper is about whose title says no more than what sort of paper it is.

`Attendance note` in a file `2024-09-04_hill_v_dale.md` is about what it calls `Matter: Hill v
Dale`, and `CONSIGNMENT NOTE CN-40041` is known by its number.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import unquote

from parallel_nb.engine.finder.names import is_name, without_legal_form
from parallel_nb.engine.finder.tables import is_code
from parallel_nb.engine.finder.units import units_of
from parallel_nb.engine.finder.words import places_of, roots_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from parallel_nb.engine.corpus.documents import Document

#: Labels of a paper that may say what it is about, and lines that may have its number.
_FIRST_LABELS: Final = 8
_FIRST_LINES: Final = 6
#: Statements of a paper of which any label may say about whom it is.
_HEAD: Final = 12
#: Words of a value that is no proper name.
_MAX_COMMON: Final = 3
#: Characters of a word that alone may be what a paper is about.
_MIN_WORD: Final = 4
_HEADING = re.compile(r"^#{1,6}[ \t]+(\S.*)$", re.MULTILINE)
_WORD = re.compile(r"[^\W_]+")
#: Where a value ends and a remark begins.
_REMARK = re.compile(r",\s|\s\(|;\s")
#: `Report no. TR-24-0179`, `PREMISES LICENCE PL1241`.
_NUMBERED = re.compile(
    r"(?P<what>[A-Z][A-Za-z -]{2,40}?)(?:\s(?:[Nn]o|NO|[Nn]umber|[Rr]ef))?[.:]{0,2}\s"
    r"(?P<code>[A-Z0-9][A-Z0-9/.-]{2,24})(?=\s\(|$)"
)
_SENDER = re.compile(r"^From: \"?([^<>\n\"]{2,60}?)\"? <", re.MULTILINE)
_MAX_HEADER: Final = 600
#: Words of a title before the name of what it is about.
_MAX_SORT: Final = 3
_ABOUT: Final = frozenset(("with", "for"))
#: To whom a letter is: `Dear Ada,`.
_DEAR = re.compile(r"Dear (?:(?:Mr|Mrs|Ms|Miss|Dr|Prof)\.? )?(?P<name>[^,:!\n]{2,60})")
#: What a contract calls a party: `Ada Berg (the Consultant)`.
_PARTY = re.compile(
    r"(?P<name>[^()]{2,80})\s\([\"\u201c]?(?:the\s)?[\"\u201c]?(?P<label>[A-Z][a-z]{2,20})[\"\u201d]?\)"
)
#: `Ada Berg (Leeds) as Borrower`.
_PARTY_AS = re.compile(
    r"(?P<name>[^():;\n]{2,80})(?:\s\([^()]{1,60}\))?,?\sas\s(?:the\s)?(?P<label>[A-Z][a-z]{2,20})\b"
)
#: A label of those at a meeting, about whom its minutes are not.
_MEETING = re.compile(
    r"(?:also )?(?:present|in attendance|attend|apologies|absent|excused|chair|minutes)",
    re.IGNORECASE,
)
_TITLE_WORD = re.compile(r"[^\s,.;:()*_]+")
_MARKS: Final = "#*_ \t"


class Naming(NamedTuple):
    """What a paper names behind a label: `Applicant: Harbour Trust`, `Dear Ada Berg`.

    Attributes:
        label: Empty behind `Dear`.
        value: What stands there, as it is written.
        place: The number of its statement in the paper.
        is_end: Whether the name is that with which the value ends.
    """

    label: str
    value: str
    place: int
    is_end: bool = False


def namings_of(document: Document) -> Iterator[Naming]:
    """The labels of a paper with their values, and the parties and whom it addresses."""
    for place, unit in enumerate(units_of(document)):
        if unit.is_property:
            yield from (Naming(unit.cells[0][1], value, place) for _, value in unit.cells[1:])
        elif unit.label:
            yield Naming(unit.label, unit.text, place)
        elif not unit.cells:
            for pattern in (_PARTY, _PARTY_AS):
                for party in pattern.finditer(unit.text):
                    yield Naming(party["label"], party["name"], place, is_end=True)
            if dear := _DEAR.match(unit.text):
                yield Naming("", dear["name"], place, is_end=True)


def is_common(text: str) -> bool:
    """Whether a text may name a thing that has no proper name: `infusion pump`."""
    words = text.split()
    return text[:1].islower() and len(words) <= _MAX_COMMON and all(map(str.isalpha, words))


def subject_of(document: Document, names: Collection[str]) -> tuple[str, str] | None:
    """The label and the name of what a paper is about: what its title or file is called by.

    Args:
        document: the paper.
        names: those in its title, of which no part is what it is about.
    """
    called = f" {_folded(document.title)} | {_folded(file_of(document))} "
    labelled = [
        (label, _REMARK.split(value, maxsplit=1)[0].strip(" .*"))
        for label, value, _, is_end in islice(namings_of(document), _FIRST_LABELS)
        if not is_end
    ]
    if sender := _SENDER.search(document.text[:_MAX_HEADER]):
        labelled.append(("", sender[1].strip()))
    titles = [f" {_folded(name)} " for name in names]
    proper: list[tuple[str, str, list[str]]] = []
    for label, name in labelled:
        is_proper = is_name(name) and not name[0].isdigit()
        words = _folded(without_legal_form(name))
        if is_proper and " " in words:
            proper.append((label, name, words.split()))
        is_long = " " in words or len(words) >= _MIN_WORD or is_code(name)
        is_part = any(f" {words} " in title for title in titles)
        is_plain = is_common(name) and not titles
        if (is_proper or is_plain) and is_long and not is_part and f" {words} " in called:
            return label, name
    for label, name, parts in proper if not titles else ():
        if any(len(each) >= _MIN_WORD and f" {each} " in called for each in (parts[0], parts[-1])):
            return label, name
    return None


def number_of(document: Document) -> tuple[str, str] | None:
    """What sort of paper it is, and the number by which it is known."""
    first = [line.strip(_MARKS) for line in document.text[:_MAX_HEADER].split("\n") if line.strip()]
    called = f" {_folded(f'{document.title} {file_of(document)}')} "
    for place, line in enumerate((document.title, *first[:_FIRST_LINES])):
        found = _NUMBERED.match(line)
        if (
            found
            and is_code(found["code"])
            and (place <= 1 or f" {_folded(found['code'])} " in called)
        ):
            return found["what"], found["code"]
    return None


def known_subject_of(
    document: Document,
    named: Callable[[Naming], str],
    own: frozenset[str],
    house: frozenset[str],
) -> str:
    """The known entity that a paper is about; empty where it is about none.

    It names it behind a label or `Dear`, as others of its sort name theirs.

    Args:
        document: the paper.
        named: the key of the entity that stands behind a label; empty where none is known.
        own: the roots of the words for its kind, of which a label tells more than another.
        house: those of the name of whoever's papers these are, about whom they are not.
    """
    if _is_named_by_title(document) and not number_of(document):
        return ""
    labelled: dict[str, list[str]] = {}
    for each in namings_of(document):
        is_kind = not own.isdisjoint(roots_of(each.label))
        if not (is_kind or each.place < _HEAD) or _MEETING.match(each.label):
            continue
        if key := named(each):
            labelled.setdefault(each.label if is_kind else "", []).append(key)
    for label, keys in sorted(labelled.items(), key=lambda each: not each[0]):
        told = [key for key in keys if not frozenset(roots_of(key)) <= house]
        if told and (not label or len(set(told)) == 1):
            return told[0]
    return ""


def _is_named_by_title(document: Document) -> bool:
    """Whether a page is about what its title names, as the one `Java facts` is; no paper is."""
    first = _TITLE_WORD.match(document.title)
    if first is None:
        return False
    body = body_of(document)
    return next(places_of(first[0], body), None) is not None and (
        next(places_of(first[0].lower(), body), None) is None
    )


def body_of(document: Document) -> str:
    """The text of a document but for its headings."""
    return _HEADING.sub("", document.text)


def file_of(document: Document) -> str:
    """The last part of an address without its ending: `castle-hill` of `.../castle-hill.html`."""
    last = unquote(document.url).rstrip("/").rsplit("/", 1)[-1]
    return last.rpartition(".")[0] or last


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).casefold()
    return " ".join(_WORD.findall("".join(c for c in plain if not unicodedata.combining(c))))


def tail_of(title: str, body: str) -> str:
    """The name with which a title ends, of which its text has no more than that.

    Of `Lease Red Hall` the text calls it `Red Hall`; of `Contract with Red Hall` it is plain.
    """
    words = title.split()
    if title in body:
        return title
    for place in range(1, min(len(words), _MAX_SORT + 1)):
        tail = " ".join(words[place:])
        is_proper = tail[:1].isupper() and (" " in tail or is_code(tail)) and is_name(tail)
        if is_proper and (words[place - 1] in _ABOUT or tail in body):
            return tail
    return title
