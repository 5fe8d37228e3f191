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
ceo | chief executive | headed | took over | chief executive officer | boss | head | heads | runs | run | led | leads | leader | in charge | president | director
chair | chairman | chairwoman | chairperson | chairs the board | heads the board
founded | established | set up | incorporated | formed | started | founding | began | came into being | created | foundation | goes back | start | origin
founder | founders | founded | co-founder | started | established | set up | creator
headquarters | head office | headquartered | based | hq | seat | main office
population | inhabitants | people | residents | live | lived | populous
capital | capital city | seat of government
area | surface | size | extent | measures | covers | territory | land area | square kilometres
employees | staff | workforce | headcount | people employed | work for | workers | people work | jobs
revenue | sales | turnover | income | takings
profit | net income | earnings
designer | designed | creator | created | author | written by | wrote | invented | inventor | developed | devised | conceived | began | architect | made | programmer | behind | idea | brain
developer | developed | maker | made by | vendor | provider | publisher | behind
written in | implementation language | implemented in | programmed in | source code | coded
license | licence | licensed | licensing | terms | conditions
first released | first release | first appeared | first version | released | release | came out | appeared | initial release | launched | launch | first published | published | announced | made public | introduced | out | presented | shown | unveiled | demonstrated | shown to the public | debut
stable | version 1.0 | 1.0 | finished version | first stable release | production ready
latest version | latest release | newest version | current version | stable release | latest stable | current release | latest edition | major version
discovered | discovery | found | first seen | isolated | identified | observed | detected | noticed | sighted | caught sight | spotted | recognised | saw | seen | obtained | prepared | extracted | came upon
discoverer | discovered by | found by | discoverers | isolated by | discovered | discovery | found | noticed | obtained | prepared | identified | saw
predicted | foretold | expected | prediction | forecast
walked | set foot | walk | moonwalkers
named after | name comes from | named for | origin of the name | etymology | namesake | in honour | honour | honours | bears the name | eponym | named | name recalls | stands for | recalls | word for | name from | called after | refers to | name refers
currency | money | legal tender | banknotes | pay with
official language | national language | languages | language spoken | spoken | speak
official | official status | national
head of state | king | queen | monarch | sovereign | emperor | throne | crown | president
head of government | prime minister | chancellor | premier
independence | independent | became independent | sovereign | own state | state of its own | colony
highest point | highest mountain | highest peak | tallest mountain | highest natural point | summit | highest spot | highest elevation | highest place
largest city | biggest city | city inhabitants | most inhabitants | most populous city
driving | drives | drive | traffic | side of the road | cars | road traffic | motorists | road | keep | drivers | driving side
atomic weight | atomic mass | relative atomic mass | weight | mass | relative mass
atomic number | number of protons | proton number | protons | number
melting point | melts | melt | liquid | becomes liquid | freezing point | freezes | freeze
boiling point | boils | boil | vapour | evaporates | gas | becomes gas
moons | satellites | natural satellites | moon
orbital period | year | orbits | orbit | revolution | goes round | period of revolution | circles | revolves | one orbit | go round | go around | goes around | around the sun | trip around | once around | trip around the sun | once around the sun | go around the sun | orbit around the sun | revolution around the sun
rotation period | day | rotates | rotation | length of day | turns | spin
distance from the sun | orbit | semi-major axis | away from the sun | from the sun
distance | away | far
diameter | across | width | wide | big
radius | diameter
gravity | surface gravity
dense | density | mass per volume | specific gravity
typing | type system | typed | typing discipline | types | type discipline
ticker | symbol | ticker symbol | stock symbol | trades as
chemical symbol | symbol | stands for
stock exchange | exchange | listed | shares | traded | quoted | nasdaq | debut | market debut | stock market | sold to the public | list | listing | ipo | went public | public offering | flotation
ownership | owned | owner | belongs to | owns | belong | held | shares | controls | largest owner | shareholder | property
parent company | parent | owned by | belongs to | subsidiary | part of
products | main products | brands | makes | sells | goods
industry | sector | field | business
landlocked | coast | coastline | sea | ocean | shore
shore | coast | coastline | seaside
member | membership | belongs | belong | joined | entered | accession | entry
radioactive | radioactivity | stable isotopes | unstable | decay | decays
garbage collected | garbage collection | garbage collector | collects garbage | automatic memory management | collects | garbage
open source | free software | source available | source open
acquired | bought | taken over | acquisition | purchase | purchased | takeover | absorbed | buy
sold | sale | sell
merged | merger | joined with
renamed | former name | formerly | previous name | earlier name | original name | called | known as | old name | first called | first name
nickname | called | known as | also known
born | birth | date of birth | birthday
died | death | killed | victims | casualties | deaths
height | elevation | tall | altitude | high | rises | above the sea
length | long
depth | deep | deepest
speed | velocity | fast
price | cost | paid | costs
temperature | hot | cold | degrees | warm
hottest | highest temperature | highest surface temperature | warmest
coldest | lowest temperature
port | tcp port | default port
religion | faith
neighbours | borders | neighbors | bordering countries | neighbouring | border
government | form of government | political system | form of state
paradigm | paradigms | style
file extension | extension | suffix | file suffix
influenced by | influences | influenced | influence
data model | model | category | kind of database | type
query language | queried | querying
category | class | type | kind | group | classed | sort | classification | classified | status | regarded
main | principal | chief | most important | major
gdp | gross domestic product
calling code | dialling code | country code | phone code | telephone code
time zone | timezone
biggest | largest | greatest | leading | most | top
smallest | tiniest | least
latest | newest | current | most recent | present | recent | today | now | reigning | sitting | incumbent | confirmed
tilt | tilted | tipped | inclined | inclination | leans | axis | obliquity
surrounded | neighbours | around | enclosed | borders
skipped | never released | given up
birthplace | place of origin | place | origin | made in | built in | home
workplace | working at | worked | employer | job
finished | completed | complete | ready | done | concluded
end | ended | ends | finish | until | plunged | steered into | crashed | shut down | stopped
succeed | successor | followed | replaced | replacement | replace | heir
predecessor | previous | followed | before | former | replaced
share | percent | percentage | proportion | stake | fraction
old | age | aged
atmosphere | air
army | armed forces | military | soldiers
launched | launch | started | took off | lift-off
landed | landing | touched down | came down | reached
visited | visit | flew past | flyby | probe | spacecraft | mission
took office | took over | in office | became | appointed | since | started | followed
left | stepped down | resigned | retired | dismissed | gave up
adopted | adoption | introduced | in force | brought in | joined | accepted
opened | opening | inaugurated
prize | award | received | won
used for | use | uses | used | purpose | goes into
mined | mining | producer | produces | production | produced | output | supplier | made
ore | mineral
competitor | rival | competes
colour | color
appearance | looks
fork | forked | split off | offshoot
default | standard | unless told otherwise
delivered | deliveries | handed over | delivery
customers | users | clients
rings | ring
invented | invention
proposed | suggested | proposal | idea
incorporated | incorporation | registered
legal form | form
logo | emblem | mascot
motto | slogan
flag | banner
anthem | hymn
national day | holiday
parliament | legislature | assembly
women vote | suffrage
abundant | common | abundance
isotopes | isotope
largest | biggest | highest
regions | provinces | states | counties | cantons | divided
islands | island | isles
survives | lives | alive
transactions | transactional | acid
server process | server
runs on | platform | virtual machine | runs
compiled | compiler | native code | compiles
mainly | mostly | chiefly
self-hosted | own machines | on premises
"""
#: Words of questions that tell little about the answer.
_GENERIC: Final = """
name names full year number date day month currently total value list short exact
company firm corporation business country nation language programming database system element
chemical planet celestial body entity item person city which where when
given known up five four three two one six seven eight nine ten unit kind many much time
iso yyyy mm dd format numeric integer digit null unknown if available please give find return
most according count counts amount quantity page document research prefer tell question answer facts data sheet history world
become came come became thing
"""
#: Words that tell one among several; they count, but less than what they stand beside.
_MODIFIERS: Final = """
first last latest newest recent current today now main largest biggest highest former next
early original leading reigning sitting incumbent
"""


def roots(text: str) -> list[str]:
    """The words of a text without endings of any kind, in their order."""
    return [root_of(word) for word in stems(text)]


STOP_ROOTS: Final = frozenset(root_of(word) for word in STOP_STEMS)
#: `main` counts a little, a noun of the subject's class hardly: all share one weight.
GENERIC: Final = frozenset(roots(_GENERIC)) - STOP_ROOTS

MODIFIERS: Final = frozenset(roots(_MODIFIERS)) - STOP_ROOTS


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
