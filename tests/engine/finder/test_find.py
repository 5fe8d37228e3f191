"""What the finder finds: precision and recall on questions with known answers, and its parts."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from bench.find import ROOMS, measure, questions_about_room, questions_about_samples
from parallel_nb.api.findall import Enrichment, MatchCondition
from parallel_nb.engine.corpus.documents import Document, load_corpus
from parallel_nb.engine.finder.claims import claim_of
from parallel_nb.engine.finder.conditions import read_condition
from parallel_nb.engine.finder.dossier import Statement, short_names
from parallel_nb.engine.finder.entities import key_of, rank
from parallel_nb.engine.finder.evidence import weigh
from parallel_nb.engine.finder.geography import areas_in, places_in
from parallel_nb.engine.finder.judge import enrich, judge, measured
from parallel_nb.engine.finder.kinds import head_of, kind_of
from parallel_nb.engine.finder.measures import find_number
from parallel_nb.engine.finder.propose import propose
from parallel_nb.engine.index.fulltext import Index
from tests.engine.finder.room import make_room

if TYPE_CHECKING:
    from pathlib import Path

    from parallel_nb.engine.finder.entities import Ranked
    from tests.engine.finder.room import Question


@pytest.fixture(scope="module")
def samples() -> Index:
    return Index.build(load_corpus(None))


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> tuple[Index, list[Question]]:
    folder = tmp_path_factory.mktemp("finder") / "room"
    questions = make_room(folder)
    return Index.build(load_corpus(folder)), questions


def room_of(folder: Path, **pages: str) -> Index:
    for name, text in pages.items():
        (folder / f"{name}.md").write_text(text, "utf-8")
    return Index.build(load_corpus(folder))


def found(index: Index, kind: str, objective: str = "suppliers of hinges") -> dict[str, Ranked]:
    return {each.name: each for each in rank(index, kind, objective)}


def entity(ranked: Ranked) -> dict[str, Any]:
    return {"name": ranked.name, "url": ranked.url, "has_page": ranked.has_page}


def test_nine_of_ten_matches_are_right_and_four_of_five_are_found(
    samples: Index, room: tuple[Index, list[Question]]
) -> None:
    counts = Counter[str]()
    written = ROOMS / "workshops"
    about_written = Index.build(load_corpus(written)), questions_about_room(written)
    for index, questions in ((samples, questions_about_samples()), room, about_written):
        for each in measure(index, questions).values():
            counts.update(right=each.right, found=each.found, gold=each.gold)
    assert counts["right"] / counts["found"] >= 0.9
    assert counts["right"] / counts["gold"] >= 0.8


def test_entities_come_from_titles_tables_lists_headings_and_sentences(tmp_path: Path) -> None:
    index = room_of(
        tmp_path,
        page="---\ntitle: Acme Ltd (supplier)\n---\n\nIt makes anvils.\n",
        table="# Purchasing\n\n| Supplier | Country |\n|---|---|\n| Bolt AS | Norway |\n"
        "| Cog SAS | France |\n",
        list="# Notes\n\nOur suppliers:\n\n- Drill GmbH: drills\n- Edge AB: knives\n",
        headings="# Suppliers\n\n## Forge Ltd\n\nMakes frames.\n\n## Grit Ltd\n\nMakes paper.\n",
        prose="# Minutes\n\nWe met Hinge Oy, a supplier of hinges, in Turku.\n",
    )
    names = set(found(index, "suppliers"))
    assert names == {
        *("Acme Ltd", "Bolt AS", "Cog SAS", "Drill GmbH", "Edge AB"),
        *("Forge Ltd", "Grit Ltd", "Hinge Oy"),
    }


def test_a_word_for_all_organisations_finds_those_that_a_role_or_their_names_tell(
    tmp_path: Path,
) -> None:
    index = room_of(
        tmp_path,
        table="# Round 3\n\n| Grantee | Town |\n|---|---|\n| Blue Door | Ulm |\n",
        letter="# Post\n\n## Nightingale Choir\n\nWe sing.\n\n## Next steps\n\nNone.\n",
        film="# Evening\n\n| Documentary | Year |\n|---|---|\n| Low Tide | 1990 |\n",
    )
    for kind in ("organisations", "organizations", "charities", "institutions"):
        assert set(found(index, kind)) == {"Blue Door", "Nightingale Choir"}
    assert set(found(index, "films")) == set(found(index, "movies")) == {"Low Tide"}


def test_one_thing_under_several_names_is_one_entity(tmp_path: Path) -> None:
    index = room_of(
        tmp_path,
        page="---\ntitle: Acme Ltd\n---\n\nAcme is a supplier of anvils.\n",
        table="| Supplier | City |\n|---|---|\n| ACME LTD. | Bergen |\n| Acme | Oslo |\n",
    )
    (only,) = found(index, "suppliers").values()
    assert only.has_page


def test_a_name_with_a_place_behind_it_a_letter_and_a_paragraph_are_of_the_same_thing(
    tmp_path: Path,
) -> None:
    index = room_of(
        tmp_path,
        table="| Club | Town |\n|---|---|\n| Red Oars | Ulm |\n| Blue Sails | Kiel |\n",
        page="# Red Oars, Ulm\n\nThe club has a boathouse in Ulm.\n",
        letter="BLUE SAILS\n\nWe were founded in 1931.\n",
        notes="# Halls\n\nRed Oars, Main Street. The roof leaks.\n",
    )
    clubs = found(index, "clubs", "clubs")
    assert set(clubs) == {"Red Oars", "Blue Sails"}
    assert all(club.has_page for club in clubs.values())
    for name, text in (("Red Oars", "The roof leaks"), ("Blue Sails", "Was founded before 1940")):
        condition = MatchCondition(name="asked", description=text)
        answer = judge(index, entity(clubs[name]), "clubs", [condition])
        assert answer["status"] == "matched"


def test_a_row_and_a_section_are_read_as_pages_and_quoted_from_theirs(tmp_path: Path) -> None:
    index = room_of(
        tmp_path,
        staff="# Staff\n\n| Employee | Office | Joined |\n|---|---|---|\n"
        "| Ada Berg | Oslo | 2019 |\n| Bo Dahl | Turin | 2007 |\n",
    )
    people = found(index, "employees")
    condition = MatchCondition(name="oslo", description="Works in the Oslo office")
    late = MatchCondition(name="late", description="Joined after 2010")
    ada = judge(index, entity(people["Ada Berg"]), "employees", [condition, late])
    assert ada["status"] == "matched"
    assert ada["output"]["late"] == {"value": 2019, "type": "match_condition", "is_matched": True}
    excerpts = {text for e in ada["basis"] for c in e.citations for text in c.excerpts or ()}
    assert excerpts == {"| Ada Berg | Oslo | 2019 |"}
    bo = judge(index, entity(people["Bo Dahl"]), "employees", [condition, late])
    assert bo["status"] == "unmatched"
    assert bo["output"]["late"]["value"] == 2007


def test_a_match_is_enriched_from_its_page(samples: Index) -> None:
    schema = {"type": "object", "properties": {"capital": {"type": "string"}}}
    country = found(samples, "countries")["Bhutan"]
    asked = Enrichment(output_schema={"type": "json", "json_schema": schema})
    answer = enrich(samples, entity(country), asked)
    assert answer["output"] == {"capital": {"value": "Thimphu", "type": "enrichment"}}
    (entry,) = answer["basis"]
    assert entry.citations[0].url == country.url


@pytest.mark.parametrize(
    ("text", "kind", "bounds"),
    [
        ("The company was founded after 1990", "integer", ((">", 1990.0),)),
        ("Founded in or before 1990", "integer", (("<=", 1990.0),)),
        ("It was released between 1990 and 2000", "integer", ((">=", 1990.0), ("<=", 2000.0))),
        ("The lease expires in June 2027", "integer", (("=", 2027.0),)),
        ("She was elected in 2018 or later", "integer", ((">=", 2018.0),)),
        ("Pays more than 500 euros in 2024", "number", ((">", 500.0),)),
        ("It won the cup at the games of 2024", "boolean", ()),
        ("The team played in the 2024 season", "boolean", ()),
        ("It holds between 1 and 2 million litres", "number", ((">=", 1e6), ("<=", 2e6))),
        ("It expires before March 2024", "integer", (("<", 2024 + 2 / 12),)),
        ("It expires after March 2024", "integer", ((">", 2024 + 3 / 12 - 1 / 372),)),
        ("It expires after 31 March 2024", "integer", ((">", 2024 + 2 / 12 + 30 / 372),)),
        ("The result for 2023 was negative", "number", (("<", 0.0),)),
        ("Population over 1.5 million", "number", ((">", 1_500_000.0),)),
        ("At least 10,000 employees", "number", ((">=", 10_000.0),)),
        ("Has 5 moons or more", "number", ((">=", 5.0),)),
        ("Has 5 or more moons", "number", ((">=", 5.0),)),
        ("The price is less than 99.5 euros", "number", (("<", 99.5),)),
        ("Is based in Norway", "boolean", ()),
    ],
)
def test_a_condition_with_a_bound_asks_for_a_number(text: str, kind: str, bounds: Any) -> None:
    question = read_condition(text)
    asked = (question.kind, question.bounds) if question else ("boolean", ())
    assert asked == (kind, bounds)


def test_a_verb_alone_in_the_minutes_is_of_the_thing_before_it(tmp_path: Path) -> None:
    index = room_of(
        tmp_path,
        table="| Applicant | Town |\n|---|---|\n| Red Oars | Ulm |\n| Blue Sails | Kiel |\n"
        "| Green Hall | Jena |\n",
        minutes="# Minutes of 4 May 2024\n\n1. **Red Oars.** Declined. They may come back.\n"
        "2. **Blue Sails.** 300 euros awarded.\n",
        older="# Minutes of 2 May 2023\n\n1. **Green Hall.** Declined.\n",
    )
    applicants = found(index, "applicants", "applicants")
    condition = MatchCondition(
        name="declined", description="The board declined the application in May 2024"
    )
    status = {
        name: judge(index, entity(each), "applicants", [condition])["status"]
        for name, each in applicants.items()
    }
    assert status == {"Red Oars": "matched", "Blue Sails": "unmatched", "Green Hall": "unmatched"}


def told(text: str, label: str = "", **more: Any) -> Statement:
    """A statement on a page of an entity's own."""
    document = Document(0, "file:a", "", None, text)
    return Statement(document, text, text, text, label, "", is_own=True, **more)


@pytest.mark.parametrize(
    ("condition", "label", "text", "verdict"),
    [
        ("The club is in Ulm", "", "The club began in Ulm and moved to Kiel in 2015.", None),
        ("The club is in Ulm", "", "The club began in Kiel and moved to Ulm in 2015.", True),
        ("The club gives lessons", "", "It has no lessons.", False),
        ("The club gives lessons", "", "Lessons are to begin in May.", False),
        ("The club gives lessons", "", "It gave lessons until 2019.", False),
        ("The club gives lessons", "Lessons", "on Mondays", True),
        ("The club gives lessons", "Lessons", "none", False),
        ("The club gives lessons", "", "It is for people without lessons.", False),
        ("The club gives lessons", "", "Lessons are given by those who never won a cup.", True),
        ("The club has no boathouse", "", "It has yet to build a boathouse.", True),
        ("The club has no boathouse", "", "The boathouse is of 1931.", False),
        ("The club has no boathouse", "Boathouse", "no", True),
        ("The club no longer has a boathouse", "", "It sold its boathouse in 2019.", True),
        ("The club no longer has a boathouse", "", "It has a boathouse.", False),
        ("The club was closed or sold", "", "It was sold to the town.", True),
        ("The club rents its hall from the town", "", "It has nothing.", None),
        ("Attended on 14 May", "Apologies", "Ada Berg.", False),
        ("Was present on 14 May", "Apologies for absence", "Ada Berg.", False),
        ("Did not attend", "Apologies", "Ada Berg.", True),
    ],
)
def test_a_statement_bears_out_what_it_says_and_nothing_else(
    condition: str, label: str, text: str, *, verdict: bool | None
) -> None:
    evidence = weigh(told(text, label), claim_of(condition, "clubs"), lambda _: True)
    assert (evidence and evidence.agrees) is verdict


def test_short_names_are_those_that_people_use() -> None:
    estate = short_names("The Hallow Hill Estate", kind_of("estates"))
    assert estate == ["Hallow Hill Estate", "Hallow Hill", "Hallow", "Hill", "HHE"]
    assert short_names("Dr Ada Berg", kind_of("people"))[1:] == ["Ada Berg", "Berg", "Ada"]


def test_a_fact_of_another_year_than_that_of_the_condition_does_not_count(tmp_path: Path) -> None:
    index = room_of(
        tmp_path,
        new="# Races of 2024\n\n| Club | Result |\n|---|---|\n| Alster | won the cup |\n",
        old="# Races of 2023\n\n| Club | Result |\n|---|---|\n| Bille | won the cup |\n",
    )
    clubs = found(index, "clubs", "clubs that won the cup")
    condition = MatchCondition(name="won", description="It won the cup at the races of 2024")
    status = {
        name: judge(index, entity(club), "clubs", [condition])["status"]
        for name, club in clubs.items()
    }
    assert status == {"Alster": "matched", "Bille": "unmatched"}


@pytest.mark.parametrize(
    ("condition", "label", "text", "number"),
    [
        ("Has more than 40 members", "", "Three paid coaches and 46 members.", 46),
        ("Is longer than 90 minutes", "", "Chile 2019, 112 min, in Spanish", 112),
        ("Has fewer than ten employees", "", "Three members of staff, all part-time.", 3),
        ("Has more than 3 employees", "Employees", "12 (two part-time)", 12),
        ("Has over 2 million visitors", "", "In May 2.5 million visitors came.", 2_500_000),
        ("Is more than 4 metres wide", "", "The hall is 5 m wide.", 5),
        ("Is more than 4 square kilometres", "", "A border of 12 km.", None),
        ("Its area is over 3 km\u00b2", "Area", "700 ha", 7),
        ("Gives more than \u20ac100 in 2020", "2020 (EUR)", "250", 250),
        ("Its income is more than \u00a3100", "", "Spending \u00a3300, income \u00a3250.", 250),
        ("Its income is more than \u00a3100", "", "It spent \u00a3300.", None),
        ("The turnover is above \u00a31 million", "Turnover (\u00a3k)", "1,310", 1_310_000),
        ("It was founded before 1950", "", "Set up in 1948, it moved in 1971.", 1948),
        ("It was founded before 1950", "Since", "1931", 1931),
        ("The lease expires before 2030", "", "The lease runs out on 24 June 2025.", 2025),
    ],
)
def test_a_number_is_read_with_its_unit(
    condition: str, label: str, text: str, number: float | None
) -> None:
    statement = told(text, label)
    question = read_condition(condition)
    assert question
    claim = measured(question, condition, "clubs")
    found = find_number([statement], claim, question, lambda _: True)
    assert found == (None if number is None else (number, statement))


@pytest.mark.parametrize(
    ("objective", "kind", "names"),
    [
        (
            "Find all AI companies that raised Series A funding in 2024",
            "companies",
            ["ai_check", "raised_series_funding_in_2024_check"],
        ),
        (
            "European makers of heat pumps founded after 1990",
            "makers",
            ["european_check", "heat_pumps_founded_1990_check"],
        ),
        (
            "landlocked countries with more than 5 million people and without a railway",
            "countries",
            ["landlocked_check", "5_million_people_check", "without_railway_check"],
        ),
        ("suppliers", "suppliers", ["objective_check"]),
    ],
)
def test_an_objective_is_taken_apart(objective: str, kind: str, names: list[str]) -> None:
    schema = propose(objective)
    assert schema.entity_type == kind
    assert [condition.name for condition in schema.match_conditions] == names


def test_a_lack_is_found_with_its_evidence(samples: Index) -> None:
    condition = MatchCondition(name="coast", description="The country has no coast")
    countries = found(samples, "countries")
    botswana = judge(samples, entity(countries["Botswana"]), "countries", [condition])
    assert botswana["status"] == "matched"
    assert botswana["output"]["coast"]["value"] is True
    belgium = judge(samples, entity(countries["Belgium"]), "countries", [condition])
    assert belgium["status"] == "unmatched"


def test_who_sent_apologies_was_not_present(tmp_path: Path) -> None:
    minutes = (
        "# Minutes of the board, 14 May 2025\n\n"
        "Present: Ingrid Holm (chair), Sara Lind. Apologies: Jonas Falk.\n\n"
        "1. The offer was accepted."
    )
    index = room_of(tmp_path, minutes=minutes)
    there = [MatchCondition(name="there", description="Was present on 14 May 2025")]
    people = found(index, "people", "People on the board")
    statuses = {
        name: judge(index, entity(each), "people", there)["status"] for name, each in people.items()
    }
    assert statuses == {
        "Ingrid Holm": "matched", "Sara Lind": "matched", "Jonas Falk": "unmatched",
    }  # fmt: skip


@pytest.mark.parametrize("text", ["?", "It is", "Has", "\N{HORIZONTAL ELLIPSIS}", "y" * 200])
def test_a_condition_that_asks_nothing_is_met_by_nothing(samples: Index, text: str) -> None:
    botswana = entity(found(samples, "countries")["Botswana"])
    asked = MatchCondition(name="asked", description=text)
    judged = judge(samples, botswana, "countries", [asked])
    assert judged["status"] == "unmatched"
    assert judged["output"]["asked"]["is_matched"] is False


def test_kinds_are_read_by_their_nouns() -> None:
    assert kind_of("suppliers in Norway").text == "suppliers"
    assert kind_of("people").is_person
    assert not kind_of("planets").is_company
    assert head_of("Name of the supplier") == head_of("Active suppliers (2026)")
    assert head_of("Name") == frozenset()


@pytest.mark.parametrize("name", ["The LEGO Group", "Lego", "LEGO", " lego, "])
def test_keys_are_the_same_for_one_thing(name: str) -> None:
    assert key_of(name) == "lego"


@pytest.mark.parametrize(
    ("text", "area", "lies"),
    [
        ("The mill stands in the old town of Namur.", "europe", True),
        ("The mill stands in the old town of Namur.", "france", False),
        ("It opened in Portland, Oregon, in 1988.", "united states", True),
        ("It opened in Portland, Oregon, in 1988.", "oregon", True),
        ("It is a Norwegian brewery.", "northern europe", True),
        ("The Basel-based firm grew.", "switzerland", True),
        ("It moved to Osaka.", "asia", True),
        ("A villa near Valencia", "spain", None),  # there is a larger one in Venezuela
        ("A house in a hamlet, in Austria", "austria", True),
    ],
)
def test_a_place_lies_in_its_country_and_continent(
    text: str, area: str, *, lies: bool | None
) -> None:
    (place,) = places_in(text)
    assert place.is_in(area) is lies


@pytest.mark.parametrize(
    "text",
    ["It opens in May.", "They came from Lyon.", "ATI was bought.", "It sells to Japan."],
)
def test_what_is_no_place_of_the_subject_is_none(text: str) -> None:
    assert places_in(text) == []


def test_areas_are_read_from_conditions() -> None:
    areas = areas_in("Norwegian or South American firms in the UK or in California")
    assert [each.area for each in areas] == [
        *("norway", "south america", "united kingdom", "california")
    ]


def test_where_something_is_follows_from_the_first_place_told_of_it(tmp_path: Path) -> None:
    index = room_of(
        tmp_path,
        table="# Plants\n\n| Plant | City |\n|---|---|\n| North | Ulm |\n| South | Kyoto |\n",
        lagos="# Plants\n\n## Harbour Works\n\nHarbour Works was built near Lagos. It exports to "
        "Germany. Its engines came from Kassel.\n",
        notes="# Notes\n\nWe saw the plant Delta, which stands in Graz. Unlike it, the plant "
        "Omega lies in Durban.\n",
    )
    plants = found(index, "plants", "plants in Europe")
    condition = MatchCondition(name="europe", description="The plant is located in Europe")
    verdicts = {
        name: judge(index, entity(plants[name]), "plants", [condition])["output"]["europe"]
        for name in ("North", "South", "Harbour Works", "Delta", "Omega")
    }
    assert {name: verdict["value"] for name, verdict in verdicts.items()} == {
        "North": True,
        "South": False,
        "Harbour Works": False,
        "Delta": True,
        "Omega": False,
    }
