"""Which words mean the same in questions about things, and which mean little.

General vocabulary of questions, not of any one set of documents: add a group here only
when two wordings of the same question would otherwise be told apart.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from parallel_nb.embedded.words import STOP_STEMS, stems
from parallel_nb.embedded.words import root as root_of

#: Phrases that may stand for one another. A phrase matches where all its words stand.
_GROUPS: Final = """
ceo | chief executive | chief executive officer | head of the company | run by | led by
founded | established | set up | incorporated | formed | started | founding | began
founder | founders | founded | co-founder | started | established
headquarters | head office | headquartered | based in | hq | seat
population | inhabitants | people | residents
capital | capital city | seat of government
area | surface | size | extent | measures | covers
employees | staff | workforce | headcount | people employed | work for
revenue | sales | turnover
profit | net income | earnings
designer | designed | creator | created | author | written by | invented | inventor | developed | devised | conceived
developer | developed | maker | made by | vendor | provider | publisher
written in | implementation language | implemented in | language of implementation | source code
license | licence | licensed | licensing | terms
first released | first release | first appeared | first version | released | came out | appeared | initial release | launched | launch | first published | published | announced
latest version | latest release | newest version | current version | stable release | latest stable | current release
discovered | discovery | found | first seen | isolated | identified | observed | detected
discoverer | discovered by | found by | discoverers | isolated by
named after | name comes from | named for | origin of the name | etymology | namesake
currency | money | legal tender
official language | national language | languages | language spoken | spoken
head of state | president | king | queen | monarch | sovereign
head of government | prime minister | chancellor | premier
independence | independent | became independent
highest point | highest mountain | highest peak | tallest mountain
largest city | biggest city
driving | drives on | drive | traffic | side of the road
atomic weight | atomic mass | relative atomic mass | weight | mass
atomic number | number of protons | proton number | number
melting point | melts | melt
boiling point | boils | boil
moons | satellites | natural satellites | number of moons
orbital period | year | orbits | revolution | goes round | period of revolution | takes
rotation period | day | rotates | rotation | length of day
distance from the sun | orbit | semi-major axis | away from the sun
diameter | across | width
gravity | surface gravity
typing | type system | typed | typing discipline
ticker | symbol | ticker symbol | stock symbol | trades as | listed as
chemical symbol | symbol
stock exchange | exchange | listed | shares | traded
ownership | owned | owner | belongs to | owns
parent company | parent | owned by | belongs to | subsidiary of | part of
products | main products | brands | makes | sells
industry | sector | field | business
landlocked | coast | coastline | sea
member | membership | belongs | belong | joined
radioactive | radioactivity | stable isotopes | unstable
garbage collected | garbage collection | garbage collector
open source | free software | source available
acquired | bought | taken over | acquisition | purchase | purchased | takeover | absorbed
merged | merger
renamed | former name | formerly | previous name | earlier name | original name | called
born | birth | date of birth | birthday
died | death
height | elevation | tall | altitude | high | rises
length | long
depth | deep | deepest
speed | velocity | fast
price | cost | paid
temperature | hot | cold
port | tcp port | default port
religion | faith
neighbours | borders | neighbors | bordering countries | neighbouring
government | form of government | political system | form of state
paradigm | paradigms | style
file extension | extension | suffix
influenced by | influences | influenced
data model | model | category | kind of database
query language | queried
category | class | type | kind | group
main | principal | chief | most important
gdp | gross domestic product
calling code | dialling code | country code | phone code
time zone | timezone
biggest | largest | greatest
"""
#: Words of questions that tell little about the answer.
_GENERIC: Final = [
    "name",
    "names",
    "full",
    "year",
    "number",
    "date",
    "day",
    "month",
    "current",
    "currently",
    "present",
    "total",
    "value",
    "list",
    "main",
    "short",
    "exact",
    "company",
    "firm",
    "corporation",
    "business",
    "country",
    "nation",
    "state",
    "language",
    "programming",
    "database",
    "system",
    "element",
    "chemical",
    "planet",
    "celestial",
    "body",
    "dwarf",
    "entity",
    "item",
    "person",
    "people",
    "city",
    "official",
    "officially",
    "which",
    "where",
    "when",
    "first",
    "given",
    "known",
    "up",
    "five",
    "three",
    "two",
    "one",
    "ten",
    "four",
    "six",
    "seven",
    "eight",
    "nine",
    "unit",
    "called",
    "kind",
    "type",
    "one",
    "many",
    "much",
    "iso",
    "yyyy",
    "mm",
    "dd",
    "format",
    "numeric",
    "integer",
    "digit",
    "null",
    "unknown",
    "if",
    "available",
    "please",
    "give",
    "find",
    "return",
    "latest",
    "recent",
    "most",
    "according",
    "page",
    "document",
]


def roots(text: str) -> list[str]:
    """The words of a text without endings of any kind, in their order."""
    return [root_of(word) for word in stems(text)]


STOP_ROOTS: Final = frozenset(root_of(word) for word in STOP_STEMS)
#: `main` counts a little, a noun of the subject's class hardly: all share one weight.
GENERIC: Final = frozenset(root for word in _GENERIC for root in roots(word)) - STOP_ROOTS


def _phrase(text: str) -> tuple[str, ...]:
    return tuple(root for root in roots(text) if root not in STOP_ROOTS or root == "by")


def _read_groups() -> dict[tuple[str, ...], frozenset[frozenset[str]]]:
    alternatives: dict[tuple[str, ...], frozenset[frozenset[str]]] = {}
    for line in _GROUPS.strip().splitlines():
        phrases = [_phrase(part) for part in line.split("|")]
        group = frozenset(frozenset(phrase) - {"by"} for phrase in phrases)
        for phrase in phrases:
            alternatives[phrase] = alternatives.get(phrase, frozenset()) | group
    return alternatives


_ALTERNATIVES: Final = _read_groups()
LONGEST_PHRASE: Final = max(len(phrase) for phrase in _ALTERNATIVES)


@lru_cache(maxsize=10_000)
def alternatives(phrase: tuple[str, ...]) -> frozenset[frozenset[str]]:
    """What may stand for a phrase, itself left out; empty for an unknown one."""
    return _ALTERNATIVES.get(phrase, frozenset()) - {frozenset(phrase)}
