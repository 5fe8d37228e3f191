"""Which words name the kind of entity that is asked for."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from parallel_nb.engine.corpus.words import stems
from parallel_nb.engine.finder.words import as_root, roots_of
from parallel_nb.engine.reader.language.vocabulary import synonyms_of

#: Words for whatever is a company, and for whoever is a person: of a supplier nobody adds that
#: it is a company.
_COMPANIES: Final = """
companies company firms businesses corporations enterprises organizations organisations
makers manufacturers suppliers vendors startups retailers contractors subsidiaries competitors
producers distributors providers employers brands banks insurers carriers airlines customers
clients partners tenants landlords lessors lessees utilities operators
"""
#: Words for organisations that are no companies, each of which may stand in a name.
_BODIES: Final = """
charities nonprofits trusts foundations clubs societies associations schools universities colleges
institutes institutions academies councils authorities agencies ministries museums theatres theaters
hospitals clinics churches unions federations leagues groups teams bands orchestras choirs networks
cooperatives libraries nurseries shelters committees departments banks
"""
#: What an organisation may be to another.
_ROLES: Final = """
applicants grantees recipients beneficiaries sponsors donors funders members hosts exhibitors
participants parties
"""
_PEOPLE: Final = """
people persons employees staff colleagues managers engineers scientists researchers founders
executives directors members authors leaders officers developers consultants analysts attendees
candidates inventors designers creators presidents chairs contacts trustees governors councillors
judges jurors reviewers critics actors actresses performers musicians singers dancers writers poets
journalists editors producers photographers teachers lecturers professors heads headteachers
principals pupils students doctors physicians nurses surgeons dentists therapists patients pilots
captains masters drivers crew guides chefs cooks winemakers brewers farmers architects surveyors
solicitors lawyers barristers accountants auditors treasurers secretaries clerks inspectors
supervisors foremen technicians mechanics electricians owners guests speakers winners
"""
#: A word that many kinds have in common, before words for those kinds: any of them will do.
_GENERIC: Final = (
    (
        "works creations titles",
        "films books novels paintings songs albums plays papers poems sculptures operas games",
    ),
    ("films movies", "films movies documentaries features shorts comedies dramas"),
    ("products goods articles", "models devices machines instruments tools items appliances"),
    (
        "places locations",
        "cities towns villages countries venues sites regions islands parks museums hotels",
    ),
    ("suppliers vendors providers",) * 2,
    ("ships vessels boats",) * 2,
    ("projects", "projects programmes programs initiatives campaigns schemes studies"),
    ("publications", "books papers articles journals reports magazines newspapers"),
    ("events", "festivals conferences concerts workshops meetings exhibitions races courses"),
    ("vehicles", "cars trucks lorries vans buses coaches motorcycles trains ships boats aircraft"),
)
#: Where the words that say what kind begin to say which ones: `suppliers in Norway`.
_WHICH = re.compile(
    r"\s(?:in|of|from|with|without|that|which|who|whose|by|at|on|for|to|and|or|than|under|over)\s"
    r"|\s\w+(?:ed|wn)\s(?:in|by|at|on|after|before)\s|[,;:(]",
    re.IGNORECASE,
)


#: Words whose synonyms are good for finding a passage, but are no claim of the same.
_NO_SYNONYMS: Final = frozenset(roots_of("landlocked official"))
#: More words that mean the same where something is claimed, as roots.
_MORE: Final = tuple(
    frozenset(roots_of(group))
    for group in (
        "ask request apply",
        "staff post employee",
        "join come appointed",
        "admission entry entrance",
        "refuse reject decline",
        "abroad export overseas",
        "certified licensed accredited licence",
        "approve permission consent",
        "renew extend prolong",
        "physician doctor",
        "injured hurt",
        "accident collision crash",
        "prize award trophy",
        "attend present participate",
        "long length",
        "deep depth",
        "high tall height",
        "wide width",
        "heavy weight",
        "allow permit welcome",
        "forbid prohibit ban bar",
        "stay remain continue",
        "late delay overdue",
        "guarantee warranty",
        "tenant lessee",
        "landlord lessor",
        "salary wage remuneration",
        "holiday vacation leave",
        "swim bathe",
        "renovate refurbish modernise",
        "competitor rival",
        "purchase buy acquire",
        "dismiss fire",
        "pupil student",
        "close shut",
        "build construct erect",
        "free gratis complimentary",
        "sick illness",
        "sea coast shore",
        "online internet",
        "examine inspect",
        "loan lend borrow",
        "invoice bill",
        "pay payable due",
        "damage harm",
        "fault defect flaw",
        "prescribe require",
        "repair mend",
        "annual yearly",
        "journey trip travel",
        "lawyer solicitor",
        "schedule programme timetable",
        "picture photograph",
    )
)
#: What a kind of the thing that a word means counts, beside the word.
_NARROWER: Final = 0.88

#: Words that only say that something names or numbers: of `Supplier name`, the supplier is meant.
_NUMBER_ROOTS: Final = frozenset(roots_of("reference ref number code id"))
NAME_ROOTS: Final = _NUMBER_ROOTS.union(
    roots_of("name title full list overview register inventory")
)


def head_of(label: str) -> frozenset[str]:
    """The root of the noun that a label names: of `Active suppliers in Norway (2026)`, supplier.

    Returns:
        One root; none where the label has only names for naming, or numbers.
    """
    text = _WHICH.split(f" {label.strip()} ", maxsplit=1)[0]
    words = [word for word in roots_of(text) if not word.isdigit()]
    if not (kept := [word for word in words if word not in NAME_ROOTS]):
        rest = label.partition(" of ")[2]
        return head_of(rest) if rest else frozenset()
    return frozenset(kept[-1:])


_COMPANY_ROOTS: Final = frozenset(roots_of(_COMPANIES))
_COMPANY_STEMS: Final = frozenset(stems(_COMPANIES))
_ROLE_STEMS: Final = frozenset(stems(_ROLES))
_PERSON_STEMS: Final = frozenset(stems(_PEOPLE))
PERSON_ROOTS: Final = frozenset(roots_of(_PEOPLE))
_BODY_ROOTS: Final = frozenset(roots_of(_BODIES))
_ROLE_ROOTS: Final = frozenset(roots_of(_ROLES))
_ANY_BODY: Final = frozenset(
    roots_of(
        "organizations organisations institutions bodies entities associations charities nonprofits"
    )
)
_CASES: Final = frozenset(roots_of("cases matters lawsuits proceedings disputes trials judgments"))
_FIRMS: Final = frozenset(roots_of("companies firms businesses corporations enterprises"))
_ANY_COMPANY: Final = _ANY_BODY | _FIRMS
_GENERIC_ROOTS: Final = tuple(
    (frozenset(roots_of(generic)), frozenset(roots_of(kinds))) for generic, kinds in _GENERIC
)
_ANY_PERSON: Final = frozenset(roots_of("people persons"))
#: Who may be a person or a company: a column of them that are no people is one of companies.
EITHER: Final = frozenset(roots_of("owners buyers sellers lenders borrowers builders charterers"))
#: `Samplers`: those who do something, below whom people are listed.
_AGENTS = re.compile(r"(?:ers|ors|ees|ists|ants|men|women)$", re.IGNORECASE)
#: What is written, and bears a title.
PAPERS: Final = frozenset(
    roots_of("report review minutes agreement contract letter memo invoice budget schedule summary")
)


@lru_cache(maxsize=2_000)
def same_as(word: str) -> tuple[tuple[frozenset[str], float], ...]:
    """The phrases that mean the same as a word, or nearly so, as roots with their weights.

    A kind of what the word means is meant too: a bus is a vehicle.
    """
    kinds = [kinds for generic, kinds in _GENERIC_ROOTS if word in generic]
    narrower = {frozenset({each}): _NARROWER for each in frozenset[str]().union(*kinds)}
    same = {
        frozenset(map(as_root, words)): _mutual(word, words) for words, _ in synonyms_of((word,))
    }
    if word in _NO_SYNONYMS:
        same = {}
    same.pop(frozenset({"found"}), None)
    more = {frozenset({each}): _NARROWER for group in _MORE if word in group for each in group}
    return tuple((narrower | same | more).items())


def _mutual(word: str, words: frozenset[str]) -> float:
    """How near two words are, seen from the one that is less near to the other."""
    there = dict(synonyms_of((word,)))[words]
    back = dict(synonyms_of(tuple(words))) if len(words) == 1 else {}
    return min(there, back.get(frozenset({word}), there))


def is_of_things(label: str) -> bool:
    """Whether a label names organisations, places or other things, but no people.

    Examples:
        >>> is_of_things("Company"), is_of_things("Owner")
        (True, False)
    """
    things = _ANY_COMPANY.union(
        _BODY_ROOTS, *(generic | kinds for generic, kinds in _GENERIC_ROOTS)
    )
    return bool(head_of(label) & (things - PERSON_ROOTS))


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of entity: `programming languages`.

    Attributes:
        text: As it was asked for, without what says which ones.
        heads: The roots of the nouns that name it, any of which will do.
        hinted: Those of them that a page's title may hint at: those that were asked for.
        words: The roots of all its words.
        is_company: Whether a legal form (`Ltd`) tells one.
        is_person: Whether a person's name tells one.
        is_body: Whether any organisation will do, which a word in its name tells (`Trust`).
        is_number: Whether the numbers by which such things are known are asked for.
    """

    text: str
    heads: frozenset[str]
    hinted: frozenset[str]
    words: frozenset[str]
    is_company: bool
    is_person: bool
    is_body: bool
    is_number: bool = False

    @property
    def is_role(self) -> bool:
        """Whether it says what people or organisations are to others: applicants are no papers."""
        return bool({*stems(self.text)[-1:]} & _ROLE_STEMS)

    @property
    def is_case(self) -> bool:
        """Whether a name such as `Hill v Dale` tells one."""
        return not self.heads.isdisjoint(_CASES)

    @property
    def is_any_person(self) -> bool:
        """Whether any person will do."""
        return not self.words.isdisjoint(_ANY_PERSON)

    @property
    def own(self) -> frozenset[str]:
        """The roots that only say that it is of the kind; a supplier is more than a company."""
        same = (generic for generic, _ in _GENERIC_ROOTS if self.words & generic)
        firms = _FIRMS if self.words & _ANY_COMPANY else frozenset[str]()
        return self.words.union(firms, _ANY_PERSON if self.is_person else firms, *same)

    @property
    def modifiers(self) -> frozenset[str]:
        """The roots that say more of a person than the head: of `artistic directors`, artistic."""
        return self.words - self.heads - PERSON_ROOTS if self.is_person else frozenset()


@lru_cache(maxsize=256)
def kind_of(entity_type: str) -> Kind:
    """Read the kind of entity that is asked for.

    Examples:
        >>> sorted(kind_of("programming languages").heads)
        ['languag']
    """
    text = _WHICH.split(f" {entity_type.strip()} ", maxsplit=1)[0].strip() or entity_type.strip()
    words = roots_of(text)
    if NAME_ROOTS.issuperset(words) and (rest := entity_type.partition(" of ")[2].strip()):
        kind = kind_of(rest)  # `inventory numbers of devices`
        if _NUMBER_ROOTS.isdisjoint(words):
            return kind
        return replace(kind, heads=frozenset(f"#{head}" for head in kind.heads), is_number=True)
    heads = frozenset(words[-1:])
    is_body = bool(heads & _ANY_BODY)
    # by their stems: `brewers` are people, and `breweries`, of the same root, are not
    is_person = bool({*stems(text)[-1:]} & _PERSON_STEMS) and not heads & _COMPANY_ROOTS
    # `contractors` are companies, and `contracts`, of the same root, are not
    is_company = is_body or bool({*stems(text)[-1:]} & _COMPANY_STEMS)
    if heads & _ANY_COMPANY:
        heads |= _COMPANY_ROOTS
    hinted = heads
    if is_body:
        heads |= _BODY_ROOTS | _ROLE_ROOTS
    heads = heads.union(*(kinds for generic, kinds in _GENERIC_ROOTS if heads & generic))
    person = PERSON_ROOTS if heads & _ANY_PERSON else frozenset[str]()
    heads |= person
    return Kind(text, heads, hinted | person, frozenset(words), is_company, is_person, is_body)


def is_paper(name: str, kind: Kind) -> bool:
    """Whether a name is one of something written, where nothing of that kind is asked for.

    Examples:
        >>> is_paper("Annual Report 2025", kind_of("companies"))
        True
    """
    words = [word for word in roots_of(name) if not word.isdigit()][-1:]
    return bool(words) and words[0] in PAPERS - kind.words - kind.heads


def is_post(name: str) -> bool:
    """Whether what looks like a name of a person is one of a post.

    Examples:
        >>> is_post("Art Director"), is_post("Ada Berg")
        (True, False)
    """
    return not PERSON_ROOTS.isdisjoint(roots_of(name)[-1:])


def is_agent(label: str) -> bool:
    """Whether a word names those who do something: `Samplers`."""
    return _AGENTS.search(label) is not None


def are_companies(roots: frozenset[str], kind: Kind) -> bool:
    """Whether a column with such a head is one of companies, if it is not one of people."""
    return bool(kind.heads & _ANY_COMPANY) and not roots.isdisjoint(EITHER)


def names_kind(name: str, kind: Kind) -> bool:
    """Whether a word of a name, capitalised in it, is one of the kind.

    Examples:
        >>> names_kind("Hill Street School", kind_of("primary schools"))
        True
    """
    words = name.split()
    if len(words) < 2 or not words[-1][:1].isupper():
        return False
    told = words[0] if words[1] == "of" else words[-1]  # `Port of Ulm`
    return bool(kind.words & {*roots_of(told)})


def names_body(name: str) -> bool:
    """Whether a word of a name, capitalised in it, is one for organisations.

    Examples:
        >>> names_body("Harbour Trust"), names_body("Jane Hill")
        (True, False)
    """
    words = name.split()
    capitals = " ".join(word for word in words if word[:1].isupper())
    return len(words) > 1 and bool(_BODY_ROOTS & {*roots_of(capitals)})
