"""What the documents of a room name, and what they call it.

A mention is a name with the words around it that may say what kind of thing it is: the folder
and the title of its page, the head of its column, the heading above its list, the noun before it.
"""

# ruff: noqa: E501 - a pattern reads best in one line

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Final

from parallel_nb.engine.corpus.passages import blocks, lines, sentences
from parallel_nb.engine.corpus.words import STOPWORDS
from parallel_nb.engine.finder.kinds import PAPERS, head_of
from parallel_nb.engine.finder.listings import ITEM, Mention, of_list, of_table
from parallel_nb.engine.finder.names import (
    ASIDE,
    MAX_NAME,
    MAX_WORDS,
    NO_NAMES,
    SEPARATOR,
    folder,
    is_name,
    proper_name,
)
from parallel_nb.engine.finder.papers import (
    body_of,
    is_common,
    number_of,
    subject_of,
    tail_of,
)
from parallel_nb.engine.finder.units import MAX_CAPTION, units_of
from parallel_nb.engine.finder.words import roots_of
from parallel_nb.engine.reader.language.names import find_names
from parallel_nb.engine.reader.statements import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from parallel_nb.engine.corpus.documents import Document
    from parallel_nb.engine.finder.units import Unit


#: Sentences at the start of a page that may say what its subject is.
_DEFINING: Final = 6
#: Characters of a section that are read as what the document says of its heading.
_MAX_SECTION: Final = 4_000
#: Mentions of one document at most: a long page of names adds no more.
_MAX_MENTIONS: Final = 20_000
#: The number of a clause before its heading.
_CLAUSE = re.compile(r"^[0-9]{1,4}(?:\.[0-9]{1,4}){0,6}\.?\s")
#: Blocks at the beginning of a document that may say whom it is about.
_LEADING: Final = 3
_NAME_LABEL = re.compile(
    r"(?:full |legal )?(?:name|organi[sz]ation|applicant|company|supplier|project|title|institution)"
    r"(?: name)?",
    re.IGNORECASE,
)
#: What may follow a name in a title: `MySQL in short`.
_NAME_ENDS = re.compile(r"[^\w\s]|\s(?:in|at|and|or|for|from|as)\b|\s\w+$|.*\b[A-Z]")
_ABOUT = re.compile(r"\s(?:on|of|for|about|to|from)\s")
_NAME_WORD = re.compile(r"[^\s,.;:()*_]+")
#: Characters before a colon that say what the names behind it are.
_MAX_LEAD: Final = 60
#: `Four working quarries`.
_COUNTS = re.compile(
    r"\b(?:[Tt]wo|[Tt]hree|[Ff]our|[Ff]ive|[Ss]ix|[Ss]even|[Ee]ight|[Nn]ine|[Tt]en|[Ee]leven|[Tt]welve|[0-9]{1,3})"
    r"\s(?:[a-z-]{1,20}\s){0,1}?([a-z-]{2,20}s)\b"
)
_HEADING = re.compile(r"^(#{1,6})[ \t]+(\S.*)$", re.MULTILINE)
#: `is a Norwegian maker of pumps`: what it is, up to what says which.
_IS_A = re.compile(
    r"\b(?:is|was|are|were|remains|became)\s(?:now\s|also\s|still\s)?(?:an?|the|one of the)\s"
    r"((?:[\w'\u2019-]+\s){0,5}?[\w'\u2019-]+)"
    r"(?=\s(?:[a-z]{2,15}ed\s)?(?:of|in|that|which|who|for|from|with|by|on|at|to|and|as|between|among|but|whose|under)\b|[,.;:(])"
)
#: `is the outermost of the Galilean moons`: what it is one of.
_ONE_OF = re.compile(
    r"\b(?:is|was|remains)\s(?:now\s|also\s|still\s)?(?:one|the\s[\w-]+(?:\s[\w-]+)?)\sof\s(?:the|our|its)\s"
    r"((?:[\w'\u2019-]+\s){0,5}?[\w'\u2019-]+)"
    r"(?=\s(?:of|in|that|which|who|for|from|with|by|on|at|to|and|between|among|but|whose|under)\b|[,.;:(]|$)"
)
#: `Acme, a maker of pumps,`.
_APPOSITION = re.compile(
    r"^,\s(?:an?|the|its|our|their)\s((?:[\w'\u2019-]+\s){0,5}?[\w'\u2019-]+)"
    r"(?=\s(?:of|in|that|which|who|for|from|with|by|on|at|to|and)\b|[,.;:(])"
)
#: `the supplier Acme`, `chief engineer Anna Berg`.
_NOUN_BEFORE = re.compile(r"(?<![\w-])([a-z][\w-]*)\s$")
#: `a new firm, Acme,`, and `the nearest brewery today is the Acme`.
_APPOSED = re.compile(r"\b(?:an?|the|our|its|another)\s(?:[\w-]{1,20}\s){0,3}([a-z][\w-]*),\s$")
_IS_NAMED = re.compile(
    r"\b(?:an?|the|our|its|another)\s(?:[\w-]{1,20}\s){0,3}([a-z][\w-]*)"
    r"(?:\s(?:today|now|here|nearby))?\s(?:is|was|called|named)\s(?:the\s)?$",
    re.IGNORECASE,
)
#: `Acme (contractor)`, `Acme (Leeds) as Borrower`, `Acme, hereinafter called the landlord`.
_ROLE = re.compile(
    r"(?:\s\([^()]{1,40}\))?,?\s(?:\((?:hereinafter\s)?(?:called\s)?(?:the\s)?[\"\u201c]?(?P<aside>[A-Za-z-]{3,20})[\"\u201d]?\)"
    r"|(?:as|hereinafter)\s(?:called\s)?(?:the\s)?(?P<as>[A-Za-z][a-z-]{2,19})\b)"
)
#: What a page calls its subject.
_THIS = re.compile(r"\b[Tt]his\s([a-z]{3,20})\b")
#: Words of a title that is no proper name.
_MAX_PLAIN: Final = 5
#: `, of Bristol,` between a name and its verb.
_BETWEEN = re.compile(r"^,\s[^,.;]{1,40},\s")
#: `Our newest quarry: gritstone`, `A professional company of dancers`.
_OURS = re.compile(
    r"(?:Our|An?)\s(?:[\w-]{1,20}\s){0,3}?([\w-]{1,20})(?=[:,.]|\s(?:of|in|for|with|that|where|from)\s)"
)
#: Characters before the verb in a sentence about the subject of a page: `The company is a`.
_SHORT_SUBJECT: Final = 25
_TYPE_LABEL = re.compile(r"(?:type|kind|class|category|role|sector)\b", re.IGNORECASE)


def find_mentions(document: Document) -> list[Mention]:
    """What a document names by its form: by its title, tables, lists and headings.

    Returns:
        At most 20,000 mentions, those of the title first.
    """
    return list(islice(_of_form(document), _MAX_MENTIONS))


def find_leads(document: Document, is_known: Callable[[str], bool]) -> list[Mention]:
    """The paragraphs, items and lines of a document that begin with a known name, and tell of it.

    A line that is nothing but the name, at the beginning of a document in capitals or behind a
    label (`Applicant: Harbour Trust`), says that the document is about it.
    """
    found: list[Mention] = []
    first = clean(document.text.strip().split("\n", 1)[0])
    if (name := _leading_name(first, is_known)).isupper() and " " in name:
        found.append(_titled(document, name.title(), first))
    for place, block in enumerate(blocks(document.text)):
        if block.kind in {"table", "code"}:
            continue
        whole = [(block.start, block.end)]
        for start, end in whole if block.kind == "prose" else lines(document.text, *whole[0]):
            source = document.text[start:end]
            text = clean(ITEM.sub("", source))
            label, colon, value = text.partition(": ")
            if place < _LEADING and colon and _NAME_LABEL.fullmatch(label):
                value = " ".join(value.split())
                if is_known(value):
                    found.append(_titled(document, value, text))
                continue
            name = _leading_name(text, is_known)
            if " " in name and text != name:
                found.append(
                    Mention(
                        name,
                        "text",
                        document.id,
                        frozenset(),
                        frozenset(),
                        text[:300],
                        source,
                        source[:_MAX_SECTION],
                    )
                )
    return found[:_MAX_MENTIONS]


def _titled(document: Document, name: str, context: str) -> Mention:
    hints = frozenset(roots_of(folder(document.url)))
    title = document.title
    return Mention(name, "title", document.id, frozenset(), hints, context[:300], title)


def _leading_name(text: str, is_known: Callable[[str], bool]) -> str:
    """The longest known name with which a text begins; empty where there is none."""
    words = list(_NAME_WORD.finditer(text[:MAX_NAME]))[:MAX_WORDS]
    for word in reversed(words):
        behind = text[word.end() :]
        if (not behind or not behind[0].isalnum()) and is_known(name := text[: word.end()]):
            return name
    return ""


@lru_cache(maxsize=2_000)
def find_mentions_in_text(document: Document) -> tuple[Mention, ...]:
    """What the sentences of a document name; at most 20,000 mentions."""
    found = (each for unit in units_of(document) for each in _of_sentence(document, unit))
    return tuple(islice(found, _MAX_MENTIONS))


def _of_form(document: Document) -> Iterator[Mention]:
    number = number_of(document)
    # what has a number of its own is not known by whom it names
    sort = frozenset(roots_of(number[0])) if number else frozenset[str]()
    told = [*_of_title(document), *_of_subject(document)]
    yield from (replace(each, hints=each.hints - sort) for each in told)
    if number:
        what, code = number
        hints, context = frozenset(roots_of(folder(document.url))), f"{what} {code}"
        yield Mention(code, "title", document.id, sort, hints, context, document.title)
    elif not told or " " not in document.title:
        yield from _of_common_title(document)
    line_before = ""
    counted = _counted(document)
    title = frozenset(roots_of(document.title)) | counted
    yield from _of_headings(document, counted)
    for block in blocks(document.text):
        if block.kind == "table":
            yield from of_table(document, block, line_before, title)
        elif block.kind == "list":
            yield from of_list(document, block, line_before, title)
        last = document.text[block.start : block.end].rsplit("\n", 1)[-1].strip()
        line_before = last if len(last) <= MAX_CAPTION else ""


# --- titles -----------------------------------------------------------------------------


def _of_title(document: Document) -> Iterator[Mention]:
    title, body = document.title, body_of(document)
    bare = ASIDE.sub(" ", title).strip()
    parts = [part.strip() for part in SEPARATOR.split(bare) if part.strip()]
    hints = frozenset(roots_of(folder(document.url)))
    first = document.text.strip().split("\n\n", 1)[0]
    context = next(_first_sentences(document), "") or clean(_HEADING.sub(" ", first))[:300]
    asides = roots_of(" ".join(ASIDE.findall(title)))
    # of `Lease: Harbour House` either may be the name; which one, only other pages tell
    for part in parts:
        # a short title is a name as it stands, such as `etcd`
        part = tail_of(part, body)  # noqa: PLW2901 - of `Lease Red Hall` the name
        name = proper_name(part) or (part if part == title and len(part.split()) == 1 else "")
        # of `Close to you` the first word is none, but of `Tungsten, or wolfram`
        rest = part.removeprefix("The ").removeprefix(name)
        # of `Report on complaint C-14`, the first word is none
        is_word = " " not in name and _ABOUT.match(rest) and f" {name.lower()} " in document.text
        if is_word or name.lower() in STOPWORDS:
            continue
        if name and (not rest or _NAME_ENDS.match(rest)):
            says = [*asides, *roots_of(" ".join(other for other in parts if other != part))]
            says += definitions(document, name)
            # `language` of `The C language`, but nothing of `Report on projects`
            says += head_of(part.removeprefix("The ").replace(name, " "))
            yield Mention(name, "title", document.id, frozenset(says), hints, context, title)


def _of_common_title(document: Document) -> Iterator[Mention]:
    """A title that is no proper name as what its page calls its subject.

    `In this procedure`, below `Carpal tunnel release`.
    """
    title = document.title
    words = title.split()
    if (
        title[:1].isupper()
        and len(words) <= _MAX_PLAIN
        and (words[1:2] == [] or words[1].islower())
    ):
        first = " ".join(_first_sentences(document))
        says = frozenset(roots_of(" ".join(_THIS.findall(first)))) - PAPERS
        if says and says.isdisjoint(roots_of(title)):
            yield Mention(title, "title", document.id, says, frozenset(), first[:300], title)


def _of_subject(document: Document) -> Iterator[Mention]:
    """What a paper is about by its labels."""
    if subject := subject_of(document, [each.name for each in _of_title(document)]):
        label, name = subject
        hints, context = frozenset(roots_of(folder(document.url))), f"{label}: {name}"
        yield Mention(name, "title", document.id, head_of(label), hints, context, document.title)


def _first_sentences(document: Document) -> Iterator[str]:
    number = 0
    for block in blocks(document.text):
        if block.kind == "prose":
            for start, end in sentences(document.text, block.start, block.end):
                yield clean(document.text[start:end])
                number += 1
                if number == _DEFINING:
                    return


def definitions(document: Document, name: str) -> list[str]:
    """The roots of the nouns that a page's first sentences call its subject, and of its type."""
    found: list[str] = []
    for sentence in _first_sentences(document):
        for pattern in (_IS_A, _ONE_OF):
            match = pattern.search(sentence)
            if match and _is_about(sentence[: match.start()], name):
                found += roots_of(match[1])[-1:]
    for block in blocks(document.text):
        if block.kind == "list":
            for start, end in lines(document.text, block.start, block.end):
                label, colon, value = clean(ITEM.sub("", document.text[start:end])).partition(": ")
                if colon and _TYPE_LABEL.match(label):
                    found += roots_of(value)
    return found


def _is_about(start: str, name: str) -> bool:
    """Whether a sentence that begins so is about the subject of its page."""
    if len(start) > len(name) + _SHORT_SUBJECT:
        return False
    return start.startswith((name, f"The {name}", "It ", "This ", "They ")) or (
        start.startswith("The ") and len(start) <= _SHORT_SUBJECT
    )


# --- headings ------------------------------------------------------------


def _counted(document: Document) -> frozenset[str]:
    """The roots of what the first sentences of a document count: `Four quarries and a mine`."""
    counted = (match[1] for text in _first_sentences(document) for match in _COUNTS.finditer(text))
    return frozenset(roots_of(" ".join(counted)))


def _of_several(*titles: str) -> frozenset[str]:
    """The roots of the words of titles that are plurals: `Harbours of the islands` has several."""
    words = (word.strip(".,:;") for title in titles for word in title.split())
    return frozenset(roots_of(" ".join(word for word in words if word.endswith(("s", "S")))))


def _of_headings(document: Document, counted: frozenset[str]) -> Iterator[Mention]:
    above: list[tuple[int, str]] = [(0, document.title)]
    headed = [unit for unit in units_of(document) if unit.is_headed]
    labels = {unit.label for unit in headed}
    for unit in headed:
        if is_name(unit.text) or is_common(unit.text):
            says, context = head_of(unit.label), f"{unit.label}: {unit.text}"
            yield Mention(unit.text, "list", document.id, says, frozenset(), context)
    for match in _HEADING.finditer(document.text):
        level, text = len(match[1]), clean(match[2].rstrip(" #"))
        above = [entry for entry in above if entry[0] < level] or [(0, document.title)]
        parent = above[-1][1]
        above.append((level, text))
        parts = [part for part in SEPARATOR.split(ASIDE.sub(" ", text)) if part.strip()]
        section = _section(document.text, match)
        if text in labels:
            continue  # `Applicant`, and who it is below it
        names = [part.strip() for part in parts if is_name(part.strip())]
        if not names or text == document.title:
            continue
        # of `Project: Aurora` the last part is the name, and of `Aurora - a project` the first
        name = names[-1] if ": " in text else names[0]
        name = _CLAUSE.sub("", name)
        if not is_name(name) or _is_phrase(name, document.text):
            continue
        others = [part.strip() for part in parts if part.strip() != name]
        says = frozenset[str]().union(*map(head_of, [*others, name]), _called(section))
        yield Mention(
            name,
            "heading",
            document.id,
            says,
            _of_several(document.title, parent) | counted,
            clean(section.split("\n\n", 1)[0])[:300],
            section,
            section,
        )


def _is_phrase(heading: str, text: str) -> bool:
    """Whether a heading is no name: `Components that call for attention`, or a word of its text."""
    first, *rest = heading.split()
    if not rest and f" {first.lower()} " in text:
        return True
    has_name = any(not word[:1].islower() for word in rest)
    return first in NO_NAMES or (not has_name and not STOPWORDS.isdisjoint((first.lower(), *rest)))


def _called(section: str) -> list[str]:
    """The roots of the noun with which a section begins to say what it is about: `Our mine: `."""
    first = clean(section.split("\n\n", 1)[0])[:MAX_NAME]
    called = _OURS.match(first) or _IS_A.search(first)
    return roots_of(called[1])[-1:] if called else []


def _section(text: str, heading: re.Match[str]) -> str:
    """What stands below a heading, up to the next one that is not below it."""
    end = len(text)
    for other in _HEADING.finditer(text, heading.end()):
        if len(other[1]) <= len(heading[1]):
            end = other.start()
            break
    return text[heading.end() : min(end, heading.end() + _MAX_SECTION)].strip()


# --- sentences --------------------------------------------------------------------------


def _of_sentence(document: Document, unit: Unit) -> Iterator[Mention]:
    if unit.cells:
        return
    sentence = unit.text
    lead, colon, _ = unit.text.partition(": ")
    over = unit.label or (lead if colon and len(lead) <= _MAX_LEAD else "")
    labels = roots_of(over)
    for span in find_names(sentence):
        if not is_name(span.text):
            continue
        says: list[str] = []
        lead = sentence[max(0, span.start - 60) : span.start]
        for pattern in (_NOUN_BEFORE, _APPOSED, _IS_NAMED):
            if before := pattern.search(lead):
                says += roots_of(before[1])  # none where it is a stop word
        behind = sentence[span.end : span.end + 120]
        if role := _ROLE.match(behind):
            says += roots_of(role["aside"] or role["as"])
        if apposition := _APPOSITION.match(behind):
            says += roots_of(apposition[1])[-1:]
        elif is_a := _IS_A.match(_BETWEEN.sub("", behind).lstrip()):
            says += roots_of(is_a[1])[-1:]
        if labels and _is_listed(sentence, span.start):
            says += labels
        yield Mention(span.text, "text", document.id, frozenset(says), frozenset(), sentence)


def _is_listed(text: str, position: int) -> bool:
    """Whether a name is one of those behind a label: it begins the text, or stands behind a comma.

    `Present: Ada Berg (chair), Bo Dahl`.
    """
    return not position or text[:position].rstrip().endswith((":", ",", ";", " and", "&"))
