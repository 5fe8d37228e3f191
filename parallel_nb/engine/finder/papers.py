"""What a paper is about whose title says no more than what sort of paper it is.

`Attendance note` in a file `2024-09-04_hill_v_dale.md` is about what it calls `Matter: Hill v
Dale`, and `CONSIGNMENT NOTE CN-40041` is known by its number.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from parallel_nb.engine.finder.names import is_name, without_legal_form
from parallel_nb.engine.finder.tables import is_code
from parallel_nb.engine.finder.units import is_finite, units_of
from parallel_nb.engine.reader.statements import clean

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from parallel_nb.engine.corpus.documents import Document

#: Labels of a paper that may say what it is about, and lines that may have its number.
_FIRST_LABELS: Final = 8
_FIRST_LINES: Final = 6
#: Characters of a value below its heading, and words of a value that is no proper name.
_MAX_VALUE: Final = 60
_MAX_COMMON: Final = 3
#: Characters of a word that alone may be what a paper is about.
_MIN_WORD: Final = 4
#: Headings at least that have but a value below them.
_SEVERAL: Final = 3
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
_MARKS: Final = "#*_ \t"


def labels_of(document: Document) -> Iterator[tuple[str, str]]:
    """The labels of a document with their values, however they are set out.

    `Label: value`, `| Label | value |`, or a heading with no more than a value below it.
    """
    for unit in units_of(document):
        if unit.is_property:
            yield from ((unit.cells[0][1], value) for _, value in unit.cells[1:])
        elif unit.label:
            yield unit.label, unit.text
    yield from headed_values(document)


@lru_cache(maxsize=100)
def headed_values(document: Document) -> tuple[tuple[str, str], ...]:
    """The headings of a document with the values below them, if several have no more than one."""
    values: list[tuple[str, str]] = []
    ends = [*(each.start() for each in _HEADING.finditer(document.text)), len(document.text)]
    for found, end in zip(_HEADING.finditer(document.text), ends[1:], strict=True):
        below = document.text[found.end() : end].strip()
        words = found[1].split()
        is_label = len(words) == 1 or any(word.islower() for word in words[1:])
        if is_label and below and "\n" not in below and _is_value(below):
            values.append((clean(found[1]), below))
    return tuple(values) if len(values) >= _SEVERAL else ()


def _is_value(text: str) -> bool:
    """Whether a text is a value, and no sentence."""
    return len(text) <= _MAX_VALUE and not (text.endswith((".", ":")) or is_finite(text))


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
    called = f" {_folded(document.title)} | {_folded(_file_of(document))} "
    labelled = [
        (label, _REMARK.split(value, maxsplit=1)[0].strip(" .*"))
        for label, value in islice(labels_of(document), _FIRST_LABELS)
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
    called = f" {_folded(f'{document.title} {_file_of(document)}')} "
    for place, line in enumerate((document.title, *first[:_FIRST_LINES])):
        found = _NUMBERED.match(line)
        if (
            found
            and is_code(found["code"])
            and (place <= 1 or f" {_folded(found['code'])} " in called)
        ):
            return found["what"], found["code"]
    return None


def body_of(document: Document) -> str:
    """The text of a document but for its headings."""
    return _HEADING.sub("", document.text)


def _file_of(document: Document) -> str:
    return unquote(document.url).rstrip("/").rsplit("/", 1)[-1].rpartition(".")[0]


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
