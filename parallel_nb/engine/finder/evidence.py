"""Whether a passage that the reader cites says what a condition asks.

The reader's yes is for the likeliest statement, however far from the question. A match must be
right, so what a condition names (`California`, `C++`, `ISO 9001`) has to stand in the evidence,
with most of its other words or what means the same.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from parallel_nb.engine.corpus.passages import blocks, lines, sentences
from parallel_nb.engine.corpus.words import STOPWORDS
from parallel_nb.engine.finder.conditions import essence, without_year
from parallel_nb.engine.finder.geography import areas_in, places_in
from parallel_nb.engine.finder.kinds import kind_of
from parallel_nb.engine.finder.words import roots_of
from parallel_nb.engine.reader.language.vocabulary import synonyms_of
from parallel_nb.engine.reader.statements import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from parallel_nb.engine.corpus.documents import Document
    from parallel_nb.engine.finder.geography import AreaName

#: Words of conditions that say nothing of what is asked.
_LIGHT: Final = frozenset(
    roots_of(
        """
        must should whether located situated based placed found lies lie belongs work works working
        holds hold have having currently present presently known considered classified described
        include includes included type kind status role name named called item make makes offer
        offers provide provides feature features
        """
    )
)
#: Words of conditions that ask where something is.
_WHERE: Final = frozenset(
    roots_of(
        """
        headquarters headquartered seat office offices home city town country continent region
        place live lives living reside residing held hold holds takes take registered address site
        """
    )
)
#: The label of a line `label: value`, or the first cell of a row.
_LABEL = re.compile(r"([^:|]{1,80})(?::\s|\s\|)")
_TOKEN = re.compile(r"[^\W_][\w.'\u2019/-]*(?:\+\+|#)?")
_YEAR = re.compile(r"\b(?:1[0-9]{3}|20[0-9]{2})\b")
_MONTHS: Final = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)
_MONTH = re.compile(rf"\b((?:{'|'.join(_MONTHS)})[a-z]*)\b")
_ISO_MONTH = re.compile(r"\b[12][0-9]{3}[- ](0[1-9]|1[0-2])\b")
#: Characters of a document that may say from which year it is.
_BEGINNING: Final = 200
#: The part of the other words that evidence must hold.
_MOST: Final = 0.6
#: Words of origin: `Spanish is an official language`.
_ORIGIN = re.compile(r"[a-z](?:ish|ese|ian|ean)$")
_IS_A = re.compile(
    r"\b(?:is|are|was|were|be)\s(?:an?|one of the)\s((?:[\w-]+\s){0,4}?[\w-]+)"
    r"(?=\s(?:of|in|that|which|who|for|from|with|by|on|at|to)\b|[,.;]|$)",
    re.IGNORECASE,
)
#: A sentence about somebody else, who is named: `Anna Berg and`, `James Joyce stayed`.
_OTHER = re.compile(r"([A-Z][\w'\u2019-]{1,40})\s(?:and\s)?[A-Z][a-z]+\b")
_IT = re.compile(r"(?:It|Its|He|His|She|Her)\b")
_AND = re.compile(r"\s(?:and|or)\s[A-Z]")
#: What was, and is no more.
_PAST = re.compile(
    r"\b(?:left|until|former|formerly|no longer|at first|originally|previously|used to|lost"
    r"|gave up|ceased|abolished|replaced by|(?:was|were|been) closed"
    r"|(?:is|are|was|were) planned)\b",
    re.IGNORECASE,
)
_CLAUSE_END: Final = re.compile(r"[.;,:]")
#: A note without a subject: `Declined`, `16,000 pounds awarded`.
_NUMBERED = re.compile(r"^(?:[-*]|[0-9]{1,3}[.)])\s")
_NOTED = re.compile(
    r"[\s.:;,*|-]{0,5}(?:[\u00a3\u20ac$]?[0-9][0-9.,]{0,15}\s(?:[^\W\d]{1,20}\s)?)?"
    r"(?P<verb>[^\W\d_]{2,20}(?:ed|wn|ld|ft|nt))\b"
)
_PARTICIPLE = re.compile(r"\b[^\W\d_]{2,20}(?:ed|wn|ld|ft|nt)\b")
_BY = re.compile(r"\sby\b")
_CLAUSE = re.compile(r"[;:]\s|,\s(?:and|but|while|whereas|which|who)\s|\sand\s|\sbut\s")
#: What says nothing of where something is: a former mill may well stand there.
_NOT_HERE = re.compile(
    r"\b(?:not|never|unlike|left|until|formerly|no longer|at first|originally|previously)\b",
    re.IGNORECASE,
)
#: `began in Leeds and moved to York`: where it was before is no longer so.
_MOVED = re.compile(r"\b(?:and|but|then|later)\s(?:moved|relocated)\s(?:[a-z]{1,12}\s)?to\b")
#: `no programme of that kind`.
_NONE_SUCH = re.compile(r"\bno\s[\w-]{1,30}\sof\s(?:that|this|such)\b")
#: `His wife is`, `Its work is done`: somebody or something else.
_HIS = re.compile(r"(?:His|Her|Its|Their)\s([\w-]+)")
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
        areas: The countries, continents and other areas that it names: something in each of
            them has to stand in the evidence.
        is_person: Whether it is asked of a person, so that `His wife` is somebody else.
        when: In which year or month it holds; empty where any will do.
        verbs: The participles in it: `declined`.
    """

    names: frozenset[str]
    words: frozenset[str]
    is_past: bool = False
    areas: tuple[str, ...] = ()
    is_person: bool = False
    when: str = ""
    verbs: frozenset[str] = frozenset()

    @property
    def is_where(self) -> bool:
        """Whether all that is asked is in which area something is."""
        return bool(self.areas) and not self.names and self.words <= _WHERE

    def is_answered_by(self, text: str) -> bool:
        """True where a passage that the reader cites for its yes says what is asked.

        `ISO 9001: yes` does, whatever the verb of the condition.
        """
        text = self._of_now(text)
        if _NONE_SUCH.search(text) or (not self.is_past and self._is_past_in(text)):
            return False
        if self.is_person and (his := _HIS.match(text)) and not self.words & {*roots_of(his[1])}:
            return False
        label = _LABEL.match(text.strip("|-* "))
        labels = frozenset(roots_of(label[1])) if label else frozenset[str]()
        is_label = bool(labels) and (
            self.names <= labels if self.names else labels <= self.words and not self.areas
        )
        return is_label or self.is_said_in(text)

    def _of_now(self, text: str) -> str:
        """A text without what was before something moved elsewhere."""
        moved = None if self.is_past else _MOVED.search(text)
        return text[moved.start() :] if moved else text

    def _is_past_in(self, text: str) -> bool:
        """True where a clause with a word of what is asked tells of what was."""
        clauses = [each for each in _CLAUSE.split(text) if _PAST.search(each)]
        return any(
            roots & (self.names | self.words) or self._words_in(roots)
            for roots in map(frozenset, map(roots_of, clauses))
        )

    def is_said_in(self, text: str) -> bool:
        """True where all names, and most of the words or what means the same, stand in a text."""
        text = self._of_now(text)
        found = frozenset(roots_of(text))
        least = math.ceil(len(self.words) * _MOST)
        return (
            self.names <= found
            and len(self._words_in(found)) >= least
            and all(_names_area(text, found, area) for area in self.areas)
        )

    def is_touched_by(self, text: str) -> bool:
        """True where one of the words, or what means the same, stands in a text."""
        return not self.words or bool(self._words_in(frozenset(roots_of(text))))

    def is_measured_in(self, text: str, unit: str) -> bool:
        """True where a text has the unit of a number, or is a line or cell with nothing else."""
        words = roots_of(unit)
        found = frozenset(roots_of(text))
        return (
            not words
            or is_structured(text)
            or any(any(same <= found for same in same_as(word)) for word in words)
            or any(each.startswith(tuple(words)) for each in found)  # `km` in `km2`
        )

    def is_labelled_in(self, text: str) -> bool:
        """True for a line `label: value` whose label is all that is asked, if it is not denied."""
        bare = text.strip("|-* ")
        label = _LABEL.match(bare)
        if not (label and self.words) or frozenset(roots_of(label[1])) != self.words:
            return False
        value = bare[label.end() :].strip(" |")
        return bool(value.strip("-0.")) and not _DENIED.search(value) and not _PAST.search(value)

    def is_of_its_year(self, text: str, document: Document | None) -> bool:
        """True where a text tells of the year that is asked for.

        A text without a year tells of that of its document's title, else of its date, else of the
        year with which the document begins. What has none holds for any year.
        """
        month, _, year = self.when.rpartition(" ")
        if not year:
            return True
        places = [text]
        if document:
            places += [document.title, document.date or "", document.text[:_BEGINNING]]
        for place in places:
            if years := _YEAR.findall(place):
                if not month or year not in years:
                    return year in years
                months = [each[:3] for each in _MONTH.findall(place)]
                months += [_MONTHS[int(each) - 1] for each in _ISO_MONTH.findall(place)]
                if months:
                    return month[:3] in months
        return True

    def _words_in(self, found: frozenset[str]) -> list[str]:
        return [
            word
            for word in self.words
            if word in found or any(phrase <= found for phrase in same_as(word))
        ]


def _names_area(text: str, roots: frozenset[str], area: str) -> bool:
    """Whether a text names an area, or says that something is in it."""
    return frozenset(roots_of(area)) <= roots or any(
        place.is_in(area) for place in places_in(text, is_structured=is_structured(text))
    )


def is_structured(text: str) -> bool:
    """True for a line of a list or table, or `label: value`."""
    return (
        text.startswith(("-", "|", "*"))
        or not text.rstrip().endswith((".", "!", "?"))
        or _LABEL.match(text) is not None
    )


@lru_cache(maxsize=2_000)
def same_as(word: str) -> tuple[frozenset[str], ...]:
    """The phrases that mean the same as a word, or nearly so, as roots."""
    return tuple(phrase for phrase, _ in synonyms_of((word,)))


@lru_cache(maxsize=512)
def asked_of(description: str, entity_type: str) -> Asked:
    """Read what a condition asks.

    Examples:
        >>> asked = asked_of("The headquarters are in California", "companies")
        >>> asked.areas, sorted(asked.words)
        (('california',), ['headquart'])
    """
    kind = kind_of(entity_type)
    text, when = without_year(essence(description))
    own = kind.words | kind.heads
    # in `It is a moon of Jupiter`, the kind is what is asked; in `The moon has rings` it is not
    predicate = _IS_A.search(text)
    without = frozenset[str]() if predicate and own & frozenset(roots_of(predicate[1])) else own
    areas = areas_in(text)
    adjectives = [each for each in areas if each.is_adjective]
    asked = _asked(text, [each for each in areas if not each.is_adjective], without)
    if adjectives:  # `is Norwegian` asks where; of `Norwegian is spoken`, the word is asked
        as_areas = _asked(text, areas, own)
        asked = as_areas if as_areas.is_where else asked
    verbs = frozenset(_PARTICIPLE.findall(text))
    return replace(asked, is_person=kind.is_person, when=when, verbs=verbs)


def _asked(text: str, areas: list[AreaName], without: frozenset[str]) -> Asked:
    names: set[str] = set()
    words: set[str] = set()
    for number, token in enumerate(_TOKEN.finditer(text)):
        if any(area.start <= token.start() < area.end for area in areas):
            continue
        roots = frozenset(roots_of(token[0])) - without
        (names if _is_name(token[0], is_first=number == 0) else words).update(roots)
    return Asked(
        frozenset(names),
        frozenset(words) - names - _LIGHT,
        bool(_PAST.search(text)),
        tuple(dict.fromkeys(area.area for area in areas)),
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


def statements_naming(document: Document, name: str) -> Iterator[str]:
    """The statements of a document from a name on, and those after it that begin with `It`."""
    is_told = False
    for statement in statements_of(document):
        start = statement.find(name)
        if start >= 0 and _AND.match(statement, start + len(name)):
            start = -1  # of several, what follows need not be true of each
        is_told = start >= 0 or (is_told and _IT.match(statement) is not None)
        if is_told:
            yield statement[max(0, start) :]


def find_where(statements: Iterable[str], asked: Asked, name: str) -> tuple[bool, str] | None:
    """The statement that says best in which area something is, and whether that is asked.

    Lines with a label such as `City: Ulm` say it best, then what has the words of the condition,
    then what comes first. What is denied or past says nothing, and neither does a place in the
    thing's own name or in a sentence about somebody else. Of a city that may be one of several,
    nothing is said.
    """
    found: list[tuple[int, bool | None, str]] = []
    for statement in statements:
        text = clean(statement).replace(name, "It")
        if moved := _MOVED.search(text):
            text = text[moved.start() :]
        if _NOT_HERE.search(text) or _is_of_another(text, asked.words | _WHERE):
            continue
        label = _LABEL.match(text.strip("|-* "))
        is_labelled = bool(label and frozenset(roots_of(label[1])) & _WHERE)
        has_words = bool(asked.words) and asked.is_touched_by(text)
        for place in places_in(text, is_structured=is_structured(statement)):
            lies = {place.is_in(area) for area in asked.areas}
            is_in = None if None in lies else lies == {True}
            found.append((0 if is_labelled else 1 if has_words else 2, is_in, statement))
            break
    if not found:
        return None
    _, is_in, statement = min(found, key=lambda each: each[0])
    return None if is_in is None else (is_in, statement)


def _notes(statement: str, asked: Asked, name: str) -> bool:
    """Whether a note says in its first clause, by a verb alone, what is asked of a thing."""
    text = _NUMBERED.sub("", clean(statement), count=1)
    if name and text.casefold().startswith(name.casefold()):
        text = text[len(name) :]
    begins = _NOTED.match(text)
    if begins is None or begins["verb"].lower() not in asked.verbs:
        return False
    clause = _CLAUSE_END.split(text[begins.start("verb") :], maxsplit=1)[0]
    return not (_DENIED.search(clause) or _BY.match(text, begins.end()))


def _is_of_another(text: str, own: frozenset[str]) -> bool:
    """Whether a sentence is about another person or thing, but one of those in `own`."""
    if his := _HIS.match(text):
        return not own & frozenset(roots_of(his[1]))
    begins = _OTHER.match(text)
    return begins is not None and begins[1].lower() not in STOPWORDS


def find_statement(statements: Iterable[str], asked: Asked, name: str = "") -> str | None:
    """The first of the statements about an entity that says what is asked, and is not denied.

    Only what names something is looked for so, for a word alone may stand anywhere; but in a label
    (`Jury: documentaries`) it says what it asks, and so does a verb with which a note about `name`
    begins: `Acme: declined`.
    """
    is_name = bool(asked.names or asked.areas)
    for statement in statements:
        if not is_name:
            if asked.is_labelled_in(statement) or _notes(statement, asked, name):
                return statement
            continue
        is_no_more = _DENIED.search(statement) or (_PAST.search(statement) and not asked.is_past)
        if asked.is_said_in(clean(statement)) and not is_no_more:
            return statement
    return None
