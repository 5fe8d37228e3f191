"""What the reader makes of sentences whose words alone would mislead it."""

from __future__ import annotations

import pytest

from parallel_nb.engine.reader.language.grammar import has_other_agent, is_agent_of, plain_clause
from tests.engine.reader.one_field import answer

FOUNDED = "founded: int? - Year the company was founded"


# the state behind a town does not part the date from its verb
IN_A_TOWN = (
    "Ann Lee and Bo Ray founded Acme in Scotts Valley, Utah, on 29 August 1997, to rent out "
    "films. Streaming began in January 2007."
)
# the founding by merger, under another name, before later events
BY_MERGER = (
    "The Punch Card Company was formed on 16 June 1911 by a merger of three makers; the last "
    "had been founded by Herman Cole. The tablet of 12 August 1981 set standards."
)
# what a founder did later is no founding
BY_ANOTHER = (
    "Acme was established on 13 January 1969 as a part of the group. In 1983 the founder "
    "declared in Tokyo that it would make chips."
)
LOOSELY = "Acme Motor became independent on 28 August 1937. It has 12 plants."


@pytest.mark.parametrize(
    ("text", "year"),
    [(IN_A_TOWN, 1997), (BY_MERGER, 1911), (BY_ANOTHER, 1969), (LOOSELY, 1937)],
)
def test_the_founding_is_told_from_other_dates(text: str, year: int) -> None:
    assert answer(text, FOUNDED) == year


def test_the_present_chief_is_told_from_the_first_and_from_the_one_before() -> None:
    ceo = "ceo: str? - Chief executive"
    first = (
        "Sean Poe, the first president, advised to drop the article. Mark Berg put it online "
        "in 2004. Berg is chairman and chief executive, and holds most votes."
    )
    assert answer(first, ceo) == "Mark Berg"
    later = (
        "Steve Ball followed Gade as chief executive in January 2000, and on 4 February 2014 "
        "Sanjay Nair, born in Pune, took over."
    )
    assert answer(later, ceo) == "Sanjay Nair"


def test_who_acts_is_found_behind_an_aside() -> None:
    text = (
        "Maurice Chan, who had spent 25 years at Texas Machines, was invited by the government "
        "and started Acme there in 1987."
    )
    assert answer(text, "founder: str? - Founder") == "Maurice Chan"


def test_a_verb_is_not_taken_for_a_page_that_is_written_like_it() -> None:
    lead = "Lead: Lead is a metal that the Romans used for pipes."
    text = "Chief executive: Jan Hua, from the beginning"
    assert answer(text, "ceo: str?", prompt="Who leads the firm Acme?", others=(lead,)) == "Jan Hua"


def test_a_question_for_the_lack_of_a_thing_is_not_denied_by_the_word_for_the_lack() -> None:
    asked = "landlocked: bool? - Whether the country has no coast"
    assert answer("- Landlocked: yes\n- Area: 50 sq km", asked) is True
    assert answer("- Coast: none\n- Area: 50 sq km", asked) is True


def test_asides_and_states_are_left_out_of_a_clause() -> None:
    text = "Ole Kirk, a carpenter in Billund, Denmark, began there (in a shed) to make toys"
    assert plain_clause(text) == "Ole Kirk began there to make toys"


def test_the_verb_of_another_thing_is_told_from_the_subject_s_own() -> None:
    known = frozenset({"acm"})
    other = "Automatic counting, introduced in 2011, took over."
    assert has_other_agent(other, other.index("introduced"), known, ())
    own = "The company was formed in 1970."
    assert not has_other_agent(own, own.index("formed"), known, ())
    named = "In 1999 Acme was founded anew."
    assert not has_other_agent(named, named.index("founded"), known, ())


def test_who_stands_before_a_passive_verb_does_not_act() -> None:
    active = "Ada Byron, who was ill, founded it"
    assert is_agent_of(active, len("Ada Byron"), active.index("founded"))
    passive = "Ada Byron was founded"
    assert not is_agent_of(passive, len("Ada Byron"), passive.index("founded"))
