"""What a condition claims of an entity, and how far a statement bears it out.

`The brewery no longer has a shop` claims something (a shop), and that it is past. A statement has
the words of the claim, or what means the same, and says in its turn that it holds, is denied, past
or planned; only where both agree it bears the claim out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from parallel_nb.engine.finder.conditions import essence, without_year
from parallel_nb.engine.finder.geography import areas_in, places_in
from parallel_nb.engine.finder.kinds import kind_of, same_as
from parallel_nb.engine.finder.stances import OPPOSITES, is_past, stance_of, without_stance
from parallel_nb.engine.finder.words import roots_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from parallel_nb.engine.corpus.documents import Document
    from parallel_nb.engine.finder.dossier import Statement
    from parallel_nb.engine.finder.geography import AreaName
    from parallel_nb.engine.finder.stances import Stance

#: How well the words of a claim have to be found.
ENOUGH: Final = 0.6
#: What is denied has no parts: who has no staff has no paid staff.
_ENOUGH_DENIED: Final = 0.45
#: Weights of words of a claim: of those that most things share, of whoever does something, of a
#: verb, of what follows `of the`, and of those that the room has nowhere.
_LIGHT, _AGENT, _VERB, _OF, _UNKNOWN = 0.3, 0.45, 0.5, 0.6, 0.3
_NAME: Final = 1.5
#: How much better evidence is that is the entity's own, and that has what is asked as its label.
_OWN, _LABELLED = 0.1, 0.1
#: Characters within which a denial names what it is about.
_SUBJECT_WITHIN: Final = 30
#: The part of the other words that a sentence with the names has to have.
_HALF: Final = 0.5
#: What a word counts that stands not in the clause itself: elsewhere in its sentence, above it.
_NEARBY, _OVER, _AROUND = 0.6, 0.6, 0.8
#: Words of conditions that say little of what is asked.
_LIGHT_ROOTS: Final = frozenset(
    roots_of(
        """
        located situated based placed found lies lie belong works work working holds hold have
        having currently present presently known considered classified described include includes
        included type kind status role name named called item make makes offer offers provide
        provides feature features user users customer customers
        guest guests accessible available suitable possible able allowed allow welcome money part
        parts some all any other use used place places thing things get got receive received
        given give won win takes take taken done been least still already ever
        """
    )
)
#: Words that say nothing of what is asked, or whatever it is asked of.
_EMPTY: Final = frozenset(roots_of("person people entity now today later currently more"))
WHERE: Final = frozenset(
    roots_of(
        """
        headquarters headquartered seat office offices home city town country continent region
        place live lives living reside residing held hold holds takes take registered address site
        located situated based placed lies lie
        """
    )
)
_TOKEN = re.compile(r"[^\W_][\w.'\u2019/-]*(?:\+\+|#)?")
#: Words of origin: `Spanish is an official language`.
_ORIGIN = re.compile(r"[a-z](?:ish|ese|ian|ean)$")
_IS_A = re.compile(
    r"\b(?:is|are|was|were|be)\s(?:an?|one of the)\s((?:[\w-]+\s){0,4}?[\w-]+)"
    r"(?=\s(?:of|in|that|which|who|for|from|with|by|on|at|to)\b|[,.;]|$)",
    re.IGNORECASE,
)
_SAID_IN = re.compile(r"\bin\s$")
_COPULA = re.compile(r"\b(?:is|was|are|were)\b")
_CALLED = re.compile(r"\b(?:is|was|are|were)\s(?:an?\s|the\s)?([\w-]+)\.?$")
_OR = re.compile(r"\sor\s")
#: What is not meant: `is still, not sparkling`.
_NOT_MEANT = re.compile(r",\s(?:and\s)?not\s[^,]{1,80}(?=[,.]|$)")
_OF_THE = re.compile(r"\bof\s(?:the|its|an?|this|that)\s$")
#: Behind the thing that a condition is about, its verb.
_AUXILIARY = re.compile(
    r"(?:is|are|was|were|has|have|had|been|be|being|also|now|ever|already|still)$"
)
_DETERMINER = re.compile(r"(?:an?|the|no|its|their|any|some|at|in|on|of|more|less|fewer|from|with)")
_IS = re.compile(r"\s(?:is|are|was|were)\b")
_ARTICLES: Final = frozenset(("the", "a", "an"))
_AMOUNT = re.compile(
    r"[\u00a3\u20ac$]\s?[0-9]|\b[0-9][0-9,.]*\s?(?:pounds|euros|dollars)\b|\bGBP\b|\bEUR\b"
)
_CURRENCY_ALONE = re.compile(r"[(\s]*(?:[\u00a3\u20ac$]|[A-Z]{3})[)\s]*")
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


#: What a statement may say to bear a claim out.
_AGREE: Final[dict[Stance, tuple[Stance, ...]]] = {
    "holds": ("holds",),
    "denied": ("denied", "past", "planned"),
    "past": ("past", "denied"),
    "planned": ("planned",),
}


@dataclass(frozen=True, slots=True)
class Claim:
    """What a condition claims.

    Attributes:
        words: The roots of its words, with their weights.
        names: The roots of what it names, each name by itself.
        areas: The countries, continents and other areas that it names: something in each of
            them has to stand in the evidence.
        stance: Whether it is to hold, or to be denied, past or planned.
        when: In which year or month it holds; empty where any will do.
        is_predicate: Whether it says what the entity itself is: `The film is in colour`.
        own: The roots of the kind of which it is claimed.
        key: Of `The result is negative`, the root that must not be missing.
        others: Other claims of which one is enough: of `was stopped or delayed`.
    """

    words: tuple[tuple[str, float], ...] = ()
    names: tuple[frozenset[str], ...] = ()
    areas: tuple[str, ...] = ()
    stance: Stance = "holds"
    when: str = ""
    is_predicate: bool = False
    own: frozenset[str] = field(default_factory=frozenset)
    key: frozenset[str] = field(default_factory=frozenset)
    others: tuple[Claim, ...] = ()

    @property
    def roots(self) -> frozenset[str]:
        """The roots of its words."""
        return frozenset(word for word, _ in self.words)

    @property
    def is_where(self) -> bool:
        """Whether all that is claimed is in which area something is."""
        return bool(self.areas) and not self.names and self.roots <= WHERE


@lru_cache(maxsize=512)
def claim_of(description: str, entity_type: str) -> Claim:
    """Read what a condition claims.

    Examples:
        >>> claim = claim_of("The brewery has no shop", "breweries")
        >>> claim.words, claim.stance
        ((('shop', 1.0),), 'denied')
    """
    text, when = without_year(essence(description))
    text = _NOT_MEANT.sub("", text)
    bare, stance = without_stance(text)
    kind = kind_of(entity_type)
    own = kind.words | kind.heads
    parts = [(part, stance) for part in _OR.split(bare)]
    for word, opposite in OPPOSITES.items():
        if word in bare:
            parts.append((bare.replace(word, opposite), "denied" if stance == "holds" else "holds"))
    claims = [_claim(part, own, each, when) for part, each in parts]
    claims = [claim for claim in claims if claim.words or claim.names or claim.areas]
    whole = _claim(bare, own, stance, when)
    return whole if len(claims) < 2 else replace(whole, others=tuple(claims))


def _claim(text: str, own: frozenset[str], stance: Stance, when: str) -> Claim:
    # in `It is a moon of Jupiter`, the kind is what is asked; in `The moon has rings` it is not
    is_a = _IS_A.search(text)
    without = frozenset[str]() if is_a and own & frozenset(roots_of(is_a[1])) else own
    # in Irish, something is said; what is Irish lies there
    areas = [a for a in areas_in(text) if not (a.is_adjective and _SAID_IN.search(text[: a.start]))]
    nouns = [each for each in areas if not each.is_adjective]
    words, names = _words(text, nouns, without)
    claimed = tuple(dict.fromkeys(area.area for area in nouns))
    if len(nouns) < len(areas):  # `is Norwegian` asks where; of `Norwegian is spoken`, the word
        as_where = _words(text, areas, own)
        if not as_where[1] and frozenset(word for word, _ in as_where[0]) <= WHERE:
            words, names = as_where
            claimed = tuple(dict.fromkeys(area.area for area in areas))
    is_predicate = bool(_COPULA.search(text))
    called = _CALLED.search(text)
    key = frozenset(roots_of(called[1])[-1:]) - own if called else frozenset[str]()
    return Claim(words, names, claimed, stance, when, is_predicate, own, key)


def _words(
    text: str, areas: list[AreaName], without: frozenset[str]
) -> tuple[tuple[tuple[str, float], ...], tuple[frozenset[str], ...]]:
    words: dict[str, float] = {}
    names: list[set[str]] = []
    before, end_of_name, has_subject, has_verb = "", -2, False, False
    for number, token in enumerate(_TOKEN.finditer(text)):
        if any(area.start <= token.start() < area.end for area in areas):
            continue
        roots = roots_of(token[0])
        is_own = bool(frozenset(roots) & without)
        roots = [each for each in roots if each not in without | _EMPTY]
        is_first = number == 0 and not text[token.end() + 1 : token.end() + 2].isupper()
        if roots and _is_name(token[0], is_first=is_first):
            if token.start() - end_of_name == 1 and names:
                names[-1].update(roots)
            else:
                names.append(set(roots))
            end_of_name, before = token.end(), token[0].lower()
            continue
        for each in roots:
            weight = 1.0
            is_category = token.start() - end_of_name == 1 and not before[-1:].isdigit()
            if each in _LIGHT_ROOTS or is_category or token[0] == "own":
                weight = _LIGHT
            elif number <= 1 and before in _ARTICLES and not _IS.match(text, token.end()):
                weight = _AGENT  # `The trustees declined the application`
            elif has_subject and not has_verb and not _DETERMINER.fullmatch(before):
                weight = _AGENT if before.endswith(("'s", "\u2019s")) else _VERB
            elif words and _OF_THE.search(text[: token.start()]):
                weight = _OF
            words.setdefault(each, weight)
        if roots and has_subject:
            has_verb = True
        has_subject = has_subject or is_own or token[0].lower() in {"it", "they"}
        before = token[0].lower()
        has_verb = has_verb or (_DETERMINER.fullmatch(before) is not None and has_subject)
    return tuple(words.items()), tuple(frozenset(name) for name in names)


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
    best: Evidence | None = None
    for clause in clauses_of(statement):
        evidence = _weigh(clause, statement, claim, is_known)
        if evidence and (best is None or evidence.score > best.score):
            best = evidence
    return best


#: `began in Leeds and moved to York`: where it was before is no longer so.
_MOVED = re.compile(r"\b(?:and|but|then|later)\s(?:moved|relocated)\s(?:[a-z]{1,12}\s)?to\b")
_CLAUSE = re.compile(
    r"[;:]\s|\.\s|,\s(?:and|but|while|whereas|although|though|which|who|where|so|yet)\s"
    r"|\s(?:but|while|whereas|although|though|so that|because)\s"
    r"|\sand\s(?=(?:[a-z]{3,20}ed|is|was|has|had|did|does|will|we|it|they|he|she|there)\s)"
)


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


def coverage(
    clause: str, statement: Statement, claim: Claim, is_known: Callable[[str], bool]
) -> float:
    """How many of a claim's words a clause, its label and what is around it have, from 0 to 1.

    Nothing of what stands only around it counts where the clause itself has none of them.
    """
    here = frozenset(roots_of(clause)) | label_roots(statement.label)
    near = frozenset(roots_of(statement.whole))
    over = frozenset(roots_of(statement.over))
    total = found = own = nearby = 0.0
    for word, weight in claim.words:
        share = _share_of(word, here, clause)
        if weight == _VERB and not statement.label:
            weight = 1.0  # noqa: PLW2901 - a table has no verbs, a sentence has
        if not (share or is_known(word)):
            weight = min(weight, _UNKNOWN)  # noqa: PLW2901
        total += weight
        if share:
            found += weight * share
            own += weight * share
        elif _share_of(word, near, statement.whole):
            found += weight * _NEARBY
            nearby += weight * _NEARBY
        elif _share_of(word, over, ""):
            found += weight * _OVER
    total_words, found_words = total, found
    document = statement.document
    for name in claim.names:
        total += _NAME
        if name <= here:
            found += _NAME
            own += _NAME
        elif name <= near | over | here or name <= frozenset(
            roots_of(f"{document.title} {document.url}")
        ):
            found += _NAME * _AROUND
        else:
            return 0.0
    text = f"{statement.label}: {clause}" if statement.label else clause
    for area in claim.areas:
        total += _NAME
        if not names_area(text, here, area):
            return 0.0
        found += _NAME
        own += _NAME
    if not total:
        return 1.0
    if not all(_share_of(word, here | near | over, clause) for word in claim.key):
        return 0.0
    is_vague = total_words <= 2 * _LIGHT
    if claim.names and not (statement.label or is_vague or found_words >= _HALF * total_words):
        return 0.0
    is_listed = statement.is_own and claim.stance == "holds" and (found - nearby) / total >= ENOUGH
    return found / total if own or is_listed else 0.0


def _about(document: Document, *, is_letter: bool) -> str:
    """What says of which names all of a document tells: of a letter or report, its beginning too."""
    return f"{document.title} {document.url} {document.text[:_BEGINNING] if is_letter else ''}"


def label_roots(label: str) -> frozenset[str]:
    """The roots of a label; one that has nothing but a currency is that of a price."""
    return frozenset(roots_of(label)) | (
        _PRICE if _CURRENCY_ALONE.fullmatch(label) else frozenset()
    )


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
        score, stance = ENOUGH, "past"
    is_denied = stance in {"denied", "past"}
    if score < (_ENOUGH_DENIED if is_denied else ENOUGH):
        return None
    if is_denied and statement.at > _SUBJECT_WITHIN:
        return None  # `Bolivia lost its coast to Chile`
    if claim.is_predicate and (subject := _SUBJECT.match(clause)):
        about = frozenset(roots_of(subject[1]))
        if about and not about & (claim.own | claim.roots):
            return None
    agrees = stance in _AGREE[claim.stance]
    if frozenset(roots_of(statement.label)) & asked:
        score += _LABELLED
    return Evidence(score + (_OWN if statement.is_own else 0.0), agrees, statement)


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
    for place in (
        *(f"{statement.label} {statement.text}", statement.whole, statement.over),
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
