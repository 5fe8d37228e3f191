"""How far a statement bears out what a condition claims of an entity.

A statement has words of the claim, or what means the same, in its clause, its label, around and
above it; and it says in its turn that what it tells holds, is denied, past or planned.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from parallel_nb.engine.corpus.dates import find_dates
from parallel_nb.engine.corpus.words import STOPWORDS, word_set
from parallel_nb.engine.finder.claims import LIGHT, VERB
from parallel_nb.engine.finder.geography import places_in
from parallel_nb.engine.finder.kinds import same_as
from parallel_nb.engine.finder.stances import is_contrary, is_past, stance_of
from parallel_nb.engine.finder.units import is_finite
from parallel_nb.engine.finder.words import roots_of, words_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from parallel_nb.engine.finder.claims import Claim
    from parallel_nb.engine.finder.dossier import Statement
    from parallel_nb.engine.finder.stances import Stance

#: How well the words of a claim have to be found.
_ENOUGH: Final = 0.6
#: What is denied has no parts: who has no staff has no paid staff.
_ENOUGH_DENIED: Final = 0.45
#: What contradicts a denial has all that is denied.
_ALL: Final = 0.9
#: Weights of a name, and of words that the room has nowhere.
_NAME, _UNKNOWN = 1.5, 0.3
#: What a word counts that stands not in the clause itself: elsewhere in its sentence, above it;
#: and what a name does that stands around it.
_NEARBY, _OVER, _AROUND = 0.6, 0.8, 0.8
#: The part of the other words that a sentence with the names has to have.
_HALF: Final = 0.5
#: The part of a claim that has to stand above an entry of a list or table.
_MOST: Final = 0.75
#: How much better evidence is that is the entity's own, and that has what is asked as its label.
_OWN, _LABELLED = 0.1, 0.1
#: How sure it is that a statement is about what it names behind its first words.
_NAMED_LATE: Final = 0.9
#: Characters within which a denial names what it is about.
_SUBJECT_WITHIN: Final = 30
#: What a statement may say to bear a claim out.
_AGREE: Final[dict[Stance, tuple[Stance, ...]]] = {
    "holds": ("holds",),
    "denied": ("denied", "past", "planned"),
    "past": ("past", "denied"),
    "planned": ("planned",),
}
_AMOUNT = re.compile(
    r"[\u00a3\u20ac$]\s?[0-9]|\b[0-9]{1,12}\s?(?:pounds|euros|dollars)\b|\bGBP\b|\bEUR\b"
)
#: With what a sentence about another thing begins, and one that names another.
_APART = re.compile(r"(?:Not to be confused|Unlike|Compare|See also)\b", re.IGNORECASE)
_BEGINS = re.compile(r"(?:The |An? )?(?P<name>[A-Z][\w'\u2019-]+)(?P<more>,|\s[\w'\u2019-]+)")
#: Words of a closed class with which a sentence begins that names nothing.
_NO_NAME: Final = word_set(
    "All Each Every Everything Everyone Everybody Nothing Nobody None Most Many Some Several Both"
    " Half One Two Three Four Five Six Seven Eight Nine Ten Only Part Parts Much"
)
#: Verbs of several things, before which `Vectors` is no name, and what may follow a name.
_PLURAL: Final = ("are", "were", "have")
_NAME_ENDS: Final = (",", "in", "of", "at", "on", "from", "and")
_CURRENCY_ALONE = re.compile(r"[(\s]*(?:[\u00a3\u20ac$]|[A-Z]{3})[)\s]*")
#: Over those who were there and do not belong to those who met, and over who led a meeting.
_GUESTS = re.compile(
    r"(?:(?:also )?in attendance|also present|guests?|observers?)\b", re.IGNORECASE
)
_CHAIRS = re.compile(r"(?:in the )?chair(?:man|woman|person|ed by)?|presiding", re.IGNORECASE)
_PRESENT: Final = frozenset(roots_of("present"))
#: Over those who were missed.
_AWAY = re.compile(r"(?:apologies|absent|excused)\b", re.IGNORECASE)
_THERE: Final = frozenset(roots_of("present attended"))
#: What a list of those who were missed counts; one of those who were there counts more.
_MISSED: Final = 0.9
_PRICE: Final = frozenset(roots_of("price cost amount"))
_MONEY: Final = frozenset(roots_of("money funding funds grant payment support sum amount"))
_SUBJECT = re.compile(r"(?:The|Its|Their|His|Her|Our|An?)\s([\w-]+)\s(?:is|are|was|were)\b")
_YEAR = re.compile(r"\b(?:1[0-9]{3}|20[0-9]{2})\b")
_MONTHS: Final = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)
_MONTH = re.compile(rf"\b((?:{'|'.join(_MONTHS)})[a-z]*)\b")
_ISO_MONTH = re.compile(r"\b[12][0-9]{3}[- ](0[1-9]|1[0-2])\b")
#: Characters of a document that may say from which year it is.
_BEGINNING: Final = 200


#: `began in Leeds and moved to York`: where it was before is no longer so.
_MOVED = re.compile(r"\b(?:and|but|then|later)\s(?:moved|relocated)\s(?:[a-z]{1,12}\s)?to\b")
_CLAUSE = re.compile(
    r"[;:]\s|\.\s|,\s(?:and|but|while|whereas|although|though|which|who|where|so|yet)\s"
    r"|\s(?:but|while|whereas|although|though|so that|because)\s"
    r"|\sand\s(?=(?:[a-z]{3,20}ed|is|was|has|had|did|does|will|we|it|they|he|she|there)\s)"
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """How far a statement has what is claimed, and whether it bears that out."""

    score: float
    agrees: bool
    statement: Statement


def weigh(statement: Statement, claim: Claim, is_known: Callable[[str], bool]) -> Evidence | None:
    """How far a statement bears on a claim; None where it does not.

    Args:
        statement: what is told of the entity.
        claim: what is claimed.
        is_known: whether the room has a word, by its root.
    """
    if claim.others:
        found = [e for e in (weigh(statement, each, is_known) for each in claim.others) if e]
        return max(found, key=lambda each: each.score, default=None)
    if not is_of_its_year(claim.when, statement):
        return None
    if claim.is_member and _GUESTS.match(statement.label):
        return None
    if _AWAY.match(statement.label) and claim.roots & _THERE:
        return Evidence(_MISSED, claim.stance != "holds", statement)
    best: Evidence | None = None
    for clause in clauses_of(statement):
        evidence = _weigh(clause, statement, claim, is_known)
        if evidence and (best is None or evidence.score > best.score):
            best = evidence
    return best


def clauses_of(statement: Statement) -> list[str]:
    """The clauses of what a statement says of the entity; a cell is one."""
    if statement.label and statement.text != statement.whole:
        return [each for each in statement.text.split("; ") if each.strip()]
    text = now(statement.text)
    return [each for each in _CLAUSE.split(text) if each.strip()] or [text]


def now(text: str) -> str:
    """A text without what was before something moved elsewhere."""
    moved = _MOVED.search(text)
    return text[moved.start() :] if moved else text


class _Sight(NamedTuple):
    """The words of a statement: in the clause and its label, elsewhere in it, and above it."""

    clause: str
    here: frozenset[str]
    near: frozenset[str]
    over: frozenset[str]
    #: Of that, what is no title or folder of the document.
    above: frozenset[str]

    def of(self, word: str) -> tuple[float, bool]:
        """What a word of a claim counts here, and whether it stands in the clause itself."""
        if share := _share_of(word, self.here, self.clause):
            return share, True
        if _share_of(word, self.near, ""):
            return _NEARBY, False
        return (_OVER, False) if _share_of(word, self.over, "") else (0.0, False)

    def of_name(self, name: frozenset[str]) -> tuple[float, bool]:
        """The same for a name, of which nothing may be missing."""
        if name <= self.here:
            return 1.0, True
        return (_AROUND, False) if name <= self.near | self.over else (0.0, False)


def coverage(
    clause: str, statement: Statement, claim: Claim, is_known: Callable[[str], bool]
) -> float:
    """How many of a claim's words a clause, its label and what is around it have, from 0 to 1.

    What stands only around it counts for a claim that holds, if the entity is an entry there.
    """
    sight = _sight(clause, statement)
    own = False
    total = found = 0.0
    for word, weight in claim.words:
        counted = 1.0 if weight == VERB and not statement.label else weight  # rows have no verbs
        share, is_here = sight.of(word)
        own |= is_here
        total += counted if share or is_known(word) else min(counted, _UNKNOWN)
        found += counted * share
    is_vague = total <= 2 * LIGHT
    # a name alone is no statement of what is claimed of it
    least = 0.0 if statement.label else _HALF * total
    is_told = not claim.names or is_vague or (found > 0.0 and found >= least)
    for name in claim.names:
        share, is_here = sight.of_name(name)
        own |= is_here
        is_told &= share > 0
        total += _NAME
        found += _NAME * share
    text = f"{statement.label}: {clause}"
    for area in claim.areas:
        own = True
        is_told &= names_area(text, sight.here, area)
        total += _NAME
        found += _NAME
    is_told &= all(sight.of(word)[0] for word in claim.key)
    if not total:
        return 1.0
    is_entry = statement.is_own and bool(statement.label or statement.is_first)
    share = found / total
    if not own and is_told:  # a row below `Trophies` has one
        is_listed = is_entry and claim.stance == "holds"
        is_entry = is_listed and _is_above(claim, sight, is_cell=bool(statement.label))
        share = max(share, _ENOUGH) if is_entry else 0.0
    return share if is_told else 0.0


def _is_above(claim: Claim, sight: _Sight, *, is_cell: bool) -> bool:
    """Whether the words of a claim stand above a statement, but for those that say little."""
    told = [(weight, frozenset({word})) for word, weight in claim.words]
    told += [(_NAME, name) for name in claim.names]
    above = [each for each in told if _all_in(each[1], sight.over)]
    # a page about Harbour tells of Harbour in each of its rows, if not in so many words
    weighed = sum(weight * (_AROUND if weight == _NAME else _OVER) for weight, _ in above)
    if weighed >= _ENOUGH * sum(weight for weight, _ in told):
        return True
    most = _MOST * sum(weight for weight, _ in told if weight > VERB)
    is_near = is_cell and any(_all_in(words, sight.above) for _, words in above)
    return is_near and sum(weight for weight, _ in above if weight > VERB) >= most > 0


def _all_in(words: frozenset[str], found: frozenset[str]) -> bool:
    return all(_share_of(word, found, "") for word in words)


def _sight(clause: str, statement: Statement) -> _Sight:
    document = statement.document
    return _Sight(
        clause,
        words_in(clause) | label_roots(statement.label),
        words_in(statement.whole),
        words_in(f"{statement.over} {document.title} {document.url}"),
        words_in(statement.above),
    )


def label_roots(label: str) -> frozenset[str]:
    """The roots of a label; one that is a currency is a price, and who chairs is there."""
    more = _PRICE if _CURRENCY_ALONE.fullmatch(label) else frozenset[str]()
    more |= _PRESENT if _CHAIRS.fullmatch(label) else frozenset[str]()
    return more.union(roots_of(label))


def _weigh(
    clause: str, statement: Statement, claim: Claim, is_known: Callable[[str], bool]
) -> Evidence | None:
    score = coverage(clause, statement, claim, is_known)
    asked = claim.roots.union(*claim.names)
    stance = stance_of(clause, asked, is_value=bool(statement.label))
    if claim.stance == "past" and score < _ENOUGH_DENIED:
        # `Former members: Ada Berg` says of a member that she is none any more
        over = frozenset(roots_of(statement.over))
        if not (statement.is_own and over & claim.own and is_past(statement.over)):
            return None
        score, stance = _ENOUGH, "past"
    if is_contrary(asked, words_in(clause) | label_roots(statement.label)):
        stance = "denied" if stance == "holds" else "holds"
    is_denied = stance in {"denied", "past"}
    score *= 1.0 if statement.is_own or statement.at <= _SUBJECT_WITHIN else _NAMED_LATE
    least = _ENOUGH_DENIED if is_denied else _ENOUGH
    if claim.stance == "denied" and not is_denied:
        least = _ALL  # wagons are no electric ones
    if score < least or not _is_about(clause, statement, claim, is_denied=is_denied):
        return None
    agrees = stance in _AGREE[claim.stance]
    if frozenset(roots_of(statement.label)) & asked:
        score += _LABELLED
    return Evidence(score + (_OWN if statement.is_own else 0.0), agrees, statement)


def _is_about(clause: str, statement: Statement, claim: Claim, *, is_denied: bool) -> bool:
    """Whether what a clause tells is about the entity, and not about what else it names."""
    if is_denied and statement.at > _SUBJECT_WITHIN:
        return False  # `Bolivia lost its coast to Chile`
    if claim.is_predicate and (subject := _SUBJECT.match(clause)):
        about = frozenset(roots_of(subject[1]))
        if about and not about & (claim.own | claim.roots):
            return False
    return not (statement.is_assumed and _is_of_another(clause, statement, claim))


def _is_of_another(clause: str, statement: Statement, claim: Claim) -> bool:
    """Whether a sentence of a page begins with the name of something else, or sets it apart."""
    if _APART.match(clause):
        return True
    begins = _BEGINS.match(clause)
    if begins is None or not is_finite(clause):
        return False
    name, more = begins["name"], begins["more"].lstrip()
    if not (more[:1].isupper() or more in _NAME_ENDS or (is_finite(more) and more not in _PLURAL)):
        return False
    if (
        name in _NO_NAME
        or name.endswith("ing")  # `Having weighed it`
        or name.lower() in STOPWORDS
        or f" {name.lower()}" in statement.document.text
    ):
        return False
    return frozenset(roots_of(name)).isdisjoint(claim.own | claim.roots.union(*claim.names))


def _share_of(word: str, found: frozenset[str], text: str) -> float:
    if word in found:
        return 1.0
    same = max((weight for phrase, weight in same_as(word) if phrase <= found), default=0.0)
    if same:
        return same
    if word in _MONEY and text and _AMOUNT.search(text):
        return _NEARBY
    return 0.0


def names_area(text: str, roots: frozenset[str], area: str) -> bool:
    """Whether a text names an area, or says that something is in it."""
    return frozenset(roots_of(area)) <= roots or any(
        place.is_in(area) for place in places_in(text, is_structured=True)
    )


def is_of_its_year(when: str, statement: Statement) -> bool:
    """True where a statement tells of the year that is asked for.

    A text without a year tells of that of what stands over it, else of its document's title, its
    date, or the year with which the document begins. What has none holds for any year.
    """
    month, _, year = when.rpartition(" ")
    if not year:
        return True
    wanted = {year[:4], f"{year[:2]}{year[-2:]}"}
    document = statement.document
    beginning = document.text[:_BEGINNING]
    own = (f"{statement.label} {statement.text}", statement.whole)
    if month and not any(map(_YEAR.search, own)):
        # of its month, a document's date tells more than its title: `Annual review 2025`
        dates = find_dates(f"{document.date or ''}; {beginning}")
        if any(str(d.year) in wanted and _MONTHS[(d.month or 1) - 1] == month[:3] for d in dates):
            return True
    for place in (
        *(*own, statement.over),
        *(document.title, document.date or "", document.url, beginning),
    ):
        if years := _YEAR.findall(place):
            if not month or wanted.isdisjoint(years) or place is beginning:
                return not wanted.isdisjoint(years)
            months = [each[:3] for each in _MONTH.findall(place)]
            months += [_MONTHS[int(each) - 1] for each in _ISO_MONTH.findall(place)]
            if months:
                return month[:3] in months
    return True
