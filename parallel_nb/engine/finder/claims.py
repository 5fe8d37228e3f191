"""What a condition claims of an entity, and how far a statement bears it out.

`The brewery no longer has a shop` claims something (a shop), and that it is past. A statement has
the words of the claim, or what means the same, and says in its turn that it holds, is denied, past
or planned; only where both agree it bears the claim out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import islice, takewhile
from typing import TYPE_CHECKING, Final

from parallel_nb.engine.finder.conditions import essence, without_year
from parallel_nb.engine.finder.geography import areas_in
from parallel_nb.engine.finder.kinds import PAPERS, PERSON_ROOTS, kind_of
from parallel_nb.engine.finder.stances import OPPOSITES, without_stance
from parallel_nb.engine.finder.words import roots_of

if TYPE_CHECKING:
    from parallel_nb.engine.finder.geography import AreaName
    from parallel_nb.engine.finder.kinds import Kind
    from parallel_nb.engine.finder.stances import Stance

#: Weights of words of a claim: of those that most things share, of whoever does something, of a
#: verb, of what follows `of the`, and of those that the room has nowhere.
LIGHT, AGENT, VERB, _OF = 0.3, 0.45, 0.5, 0.6
#: Words of conditions that say little of what is asked.
LIGHT_ROOTS: Final = frozenset(
    roots_of(
        """
        located situated based placed found lies lie belong works work working holds hold have
        having currently present presently known considered classified described include includes
        included type kind status role name named called item make makes offer offers provide
        provides feature features user users customer customers
        guest guests accessible available suitable possible able allowed allow welcome money part
        parts some all any other use used place places thing things get got receive received
        given give won win takes contain contains take taken done been least still already ever
        against
        """
    )
)
#: Words that say nothing of what is asked, or whatever it is asked of.
EMPTY_ROOTS: Final = frozenset(
    roots_of("person people firm company entity now today later currently more one yet")
)
#: Papers that say something of what they are about, and the words of the name of one.
_SOURCES: Final = PAPERS | frozenset(
    roots_of(
        "sheet lease offer policy licence permit certificate plan notice deed statement record"
    )
)
_MAX_SOURCE: Final = 5
#: Verbs that only say that something is possible or has to be.
_MODAL = re.compile(r"(?:may|can|could|must|shall|should|might)")
#: Verbs of whoever has a post, of which a list of posts has no word.
_POSTED: Final = frozenset(roots_of("sit sits serve serves belong belongs"))
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
_CALLED = re.compile(
    r"\b(?:is|was|are|were|be(?!\s[a-z]{1,20}ed\b)|graded|rated|judged)\s(?:an?\s|the\s)?([\w-]+)\.?$"
)
_MAX_ALTERNATIVES: Final = 12
#: A verb with its preposition, and nothing else.
_VERB_WORDS: Final = 2
_OR = re.compile(r"\sor\s(?!(?:more|fewer|less)\b)")
#: A word with which a clause begins that has a verb of its own.
_PREDICATE = re.compile(r"(?:is|are|was|were|has|have|had|does|did|[a-z]{2,20}ed)$")
#: What is not meant: `is still, not sparkling`.
_NOT_MEANT = re.compile(r",\s(?:and\s)?not\s[^,]{1,80}(?=[,.]|$)")
_AT_PRESENT = re.compile(r"\b(?:at present|at the moment|as of now)\b")
_ATTENDED = re.compile(
    r"\b(?:(?:is|was|were) )?(?:present(?P<as> as (?:an? )?\w+)? at|took part in"
    r"|participated in)(?: the meeting)?\b"
    r"|\b(?:[Ww]as|[Ww]ere) present(?! (?:as|at|in)\b)\b"
)
#: `present as director`, not as a guest.
_AS_MEMBER = re.compile(r"\b(?:present|attended|attends)\s(?:[^,.;]{0,40}\s)?as\s(?:an?\s)?(\w+)")
#: `The director attended`.
_MEMBER = re.compile(r"(?:The )?(\w{1,30}) (?:attended|attends)\b")
_MEMBERS: Final = frozenset(roots_of("directors members trustees governors councillors jurors"))
_OF_THE = re.compile(r"\bof\s(?:the|its|an?|this|that)\s$")
#: Behind the thing that a condition is about, its verb.
_DETERMINER = re.compile(r"(?:an?|the|no|its|their|any|some|at|in|on|of|more|less|fewer|from|with)")
_IS = re.compile(r"\s(?:is|are|was|were)\s(?!in\b|at\b|on\b|from\b)")
_SUCH_AS = re.compile(r"\ssuch as\s")
_COMMA = re.compile(r",\s(?:or\s)?")
_SUBJECTS: Final = frozenset(("it", "they", "person", "he", "she"))
_VERB_FORM = re.compile(r"[a-z](?:[^er'\u2019]s|es|ed)$")
#: A verb with which a condition begins that names no subject.
_PARTICIPLE = re.compile(
    r"(?:[A-Za-z]{2,20}ed|[Bb]uilt|[Mm]ade|[Hh]eld|[Ss]old|[Bb]ought|[Gg]iven|[Tt]aken|[Ww]ritten|[Ll]ed|[Rr]un)"
    r"\s(?:by|in|at|for|to|from|with|on|as)\s"
)
#: Behind a verb with which a condition begins: `Chairs a committee`.
_OBJECT = re.compile(r"\s(?:an?|the|one|its|any)\s")
_ARTICLES: Final = frozenset(("the", "a", "an"))


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
        key: The roots that must not be missing: of `The result is negative`, the last one, and of
            a manager who `manages`, that one.
        others: Other claims of which one is enough: of `was stopped or delayed`.
        is_member: Whether who is there has to be one of those who meet, and no guest of theirs.
        text: The condition, without what is denied, past or planned of it.
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
    text: str = ""
    is_member: bool = False

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
    text = _ATTENDED.sub(r"attended\g<as>", _AT_PRESENT.sub("", _NOT_MEANT.sub("", text)))
    bare, stance = without_stance(text)
    kind = kind_of(entity_type)
    parts = [(part, stance) for part in _alternatives(bare)]
    for word, opposite in OPPOSITES.items():
        if word in bare:
            parts.append((bare.replace(word, opposite), "denied" if stance == "holds" else "holds"))
    claims = [_claim(part, kind, each, when) for part, each in parts]
    claims = [claim for claim in claims if claim.words or claim.names or claim.areas]
    whole = _claim(bare, kind, stance, when)
    return whole if len(claims) < 2 else replace(whole, others=tuple(claims))


def without_house(claim: Claim, house: frozenset[str]) -> Claim:
    """A claim that does not ask for the name of the house, if it asks for anything else."""
    names = tuple(name for name in claim.names if not name <= house)
    if len(names) == len(claim.names) and not claim.others:
        return claim
    others = tuple(without_house(each, house) for each in claim.others)
    return replace(claim, names=names, others=others) if names or claim.words else claim


def _alternatives(text: str) -> list[str]:
    """What of a claim with `or` is one of: `A is B of D` and `A is C of D` of `A is B or C of D`.

    `C` alone, where it has a verb of its own: of `A signed it or fired it`.
    """
    copula = _COPULA.search(text)
    # `A is C` and `B is C` of `A or B is C`
    if copula and _OR.search(text, 0, copula.start()):
        return [f"{each} {text[copula.start() :]}" for each in _OR.split(text[: copula.start()])]
    if len(_OR.findall(text)) > _MAX_ALTERNATIVES:
        return [text]
    if such := _SUCH_AS.search(text):
        before, examples = text[: such.start()], _OR.sub(", ", text[such.end() :])
        start = " ".join(before.split()[:-1])
        return [before, *(f"{start} {each}" for each in _COMMA.split(examples, _MAX_ALTERNATIVES))]
    before, *others = _OR.split(text)
    found = [before]
    for other in others:
        words, ahead = other.split(), before.split()
        if not words or not ahead:
            continue
        if len(ahead) <= _VERB_WORDS and _PREDICATE.match(ahead[0].lower()):
            # `Retired from or left it`
            found = [f"{each} {' '.join(words[1:])}" for each in found]
            found.append(other)
            continue
        if _PREDICATE.match(words[0]) and not _PREDICATE.match(ahead[-1]):
            found.append(other)
            continue
        start, rest = " ".join(ahead[: -_length(ahead[::-1])]), " ".join(words[_length(words) :])
        found = [f"{each} {rest}" for each in found]
        found.append(f"{start} {other}")
    return found


def _length(words: list[str]) -> int:
    """How many words the name or noun has that stands first, with its article."""
    first = 1 if words[0] in _ARTICLES and len(words) > 1 else 0
    names = list(takewhile(lambda word: word[:1].isupper(), words[first:]))
    return first + max(1, len(names))


def _claim(text: str, kind: Kind, stance: Stance, when: str) -> Claim:
    own = kind.own
    # in `It is a moon of Jupiter`, the kind is what is asked; in `The moon has rings` it is not
    is_a = _IS_A.search(text)
    without = frozenset[str]() if is_a and own & frozenset(roots_of(is_a[1])) else own
    # in Irish, something is said; what is Irish lies there
    areas = [a for a in areas_in(text) if not (a.is_adjective and _SAID_IN.search(text[: a.start]))]
    nouns = [each for each in areas if not each.is_adjective]
    words, names, verbs = _words(text, nouns, without)
    claimed = tuple(dict.fromkeys(area.area for area in nouns))
    if len(nouns) < len(areas):  # `is Norwegian` asks where; of `Norwegian is spoken`, the word
        as_where = _words(text, areas, own)
        if not as_where[1] and frozenset(word for word, _ in as_where[0]) <= WHERE:
            words, names, _ = as_where
            claimed = tuple(dict.fromkeys(area.area for area in areas))
    is_predicate = bool(_COPULA.search(text))
    called = _CALLED.search(text)
    key = frozenset(roots_of(called[1])[-1:]) - own if called else frozenset[str]()
    as_member, member = _AS_MEMBER.search(text), _MEMBER.match(text)
    is_member = as_member is not None and not PERSON_ROOTS.isdisjoint(roots_of(as_member[1]))
    if is_member and as_member:  # who is there as a director is listed as one, not called so
        text = text.replace(as_member[0], as_member[0].rpartition(" as ")[0])
        words, names, verbs = _words(text, nouns, without)
    is_member |= member is not None and not _MEMBERS.isdisjoint(roots_of(member[1]))
    return Claim(
        words,
        names,
        claimed,
        stance,
        when,
        is_predicate,
        kind.words | kind.heads,
        key | verbs,
        text=text,
        is_member=is_member,
    )


def _words(
    text: str, areas: list[AreaName], without: frozenset[str]
) -> tuple[tuple[tuple[str, float], ...], tuple[frozenset[str], ...], frozenset[str]]:
    """The words and names of a condition, and those of its words that are a verb of the kind."""
    verbs = set[str]()
    words: dict[str, float] = {}
    names: list[set[str]] = []
    # `Built by Acme` has its verb without a subject
    has_subject = _PARTICIPLE.match(text) is not None
    before, end_of_name, has_verb, agent = "", -2, False, None
    source = _length_of_source(text)
    for number, token in enumerate(_TOKEN.finditer(text)):
        if any(area.start <= token.start() < area.end for area in areas):
            continue
        roots = [] if _MODAL.fullmatch(token[0]) else roots_of(token[0])
        is_own = bool(frozenset(roots) & without)
        # of managers, `the person manages` is what is asked
        begins = not number and token[0].endswith(("s", "ed")) and _OBJECT.match(text, token.end())
        is_verb = is_own and bool(begins or (has_subject and _VERB_FORM.search(token[0])))
        is_verb = is_verb and not _DETERMINER.fullmatch(before)
        own = frozenset[str]() if is_verb else without
        if is_verb:
            verbs.update(roots)
        roots = [each for each in roots if each not in own | EMPTY_ROOTS]
        is_first = number == 0 and not text[token.end() + 1 : token.end() + 2].isupper()
        if roots and _is_name(token[0], is_first=is_first):
            if token.start() - end_of_name == 1 and names:
                names[-1].update(roots)
            else:
                names.append(set(roots))
            end_of_name, before = token.end(), token[0].lower()
            continue
        is_category = token.start() - end_of_name == 1 and not before[-1:].isdigit()
        is_verb_of_agent = before == agent and bool(_VERB_FORM.search(token[0]))
        if is_category or token[0] == "own" or token.start() < source:
            weight, agent = LIGHT, token[0].lower() if source else agent
        elif number <= 1 and before in _ARTICLES and not _IS.match(text, token.end()):
            weight, agent = AGENT, token[0].lower()  # `The trustees declined the application`
        elif is_verb_of_agent or (
            has_subject and not has_verb and not _DETERMINER.fullmatch(before)
        ):
            weight = AGENT if before.endswith(("'s", "\u2019s")) else VERB
        else:
            weight = _OF if words and _OF_THE.search(text[: token.start()]) else 1.0
        for each in roots:
            weight = VERB if each in _POSTED else weight
            words.setdefault(each, LIGHT if each in LIGHT_ROOTS else weight)
        has_verb |= bool(roots) and has_subject
        has_subject = has_subject or is_own or token[0].lower() in _SUBJECTS
        before = token[0].lower()
        has_verb = has_verb or (_DETERMINER.fullmatch(before) is not None and has_subject)
    return tuple(words.items()), tuple(frozenset(name) for name in names), frozenset(verbs)


def _length_of_source(text: str) -> int:
    """The characters with which a condition names the paper that says it: `The supply contract`."""
    words = list(islice(_TOKEN.finditer(text), _MAX_SOURCE))
    if not words or words[0][0].lower() not in _ARTICLES:
        return 0
    length = 0
    for word in takewhile(lambda each: not _COPULA.fullmatch(each[0]), words):
        if not _SOURCES.isdisjoint(roots_of(word[0])) and not _IS.match(text, word.end()):
            length = word.end()
    return length


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
