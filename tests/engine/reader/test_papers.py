"""Ordinary papers: what the input names by its kind, and values that only look like something."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from parallel_nb.api.types import TaskRunInput
from parallel_nb.engine.corpus.documents import Corpus, Document
from parallel_nb.engine.index.fulltext import Index
from parallel_nb.engine.reader.language.names import answer_kind
from parallel_nb.engine.reader.request import read_request
from parallel_nb.engine.reader.statements import read_statements
from parallel_nb.engine.reader.subject import TRUST_EXACT, find_subject
from parallel_nb.engine.reader.values.phrases import phrase_spans
from tests.engine.reader.one_field import answer, by_rules, offered

if TYPE_CHECKING:
    from collections.abc import Sequence


def picked(pages: Sequence[tuple[str, str, str]], prompt: str) -> list[str]:
    """The addresses of the documents that are read whole for an input."""
    documents = tuple(
        Document(number, f"file:room/{path}", title, None, text)
        for number, (path, title, text) in enumerate(pages)
    )
    request = read_request(TaskRunInput(processor="base", input=prompt))
    trust = find_subject(Index.build(Corpus("room", documents)), request).trust
    return [documents[number].url for number, value in trust.items() if value == TRUST_EXACT]


FORM = "This is to certify that {name} has completed the course {course}, held in Leeds."
CERTIFICATES = (
    ("training/lee.txt", "Elm Institute", FORM.format(name="Ann Lee", course="Fire Warden")),
    ("training/roe.txt", "Elm Institute", FORM.format(name="Ben Roe", course="First Aid")),
    ("contracts/roe.txt", "Agreement", "Made between Acme Ltd and Ben Roe. He is a clerk."),
    ("mail/roe.eml", "Your leave", "To: Ben Roe\n\nDear Ben, your leave is granted."),
    ("minutes/a.md", "Board", "# Board meeting of 18 January 2024\n\nPresent: Ann Lee."),
    ("minutes/b.md", "Board", "# Board meeting of 25 April 2024\n\nPresent: Ann Lee."),
)


@pytest.mark.parametrize(
    ("prompt", "path"),
    [
        ("Roe training certificate", "training/roe.txt"),
        ("Ben Roe contract", "contracts/roe.txt"),
        ("letter to Ben Roe about his leave", "mail/roe.eml"),
        ("Board meeting of 25 April 2024", "minutes/b.md"),
    ],
)
def test_an_input_names_a_paper_by_its_kind_and_whom_it_is_about(prompt: str, path: str) -> None:
    assert picked(CERTIFICATES, prompt) == [f"file:room/{path}"]


def test_a_name_alone_names_no_paper_of_several() -> None:
    assert picked(CERTIFICATES, "Ben Roe") == []


def test_the_letters_of_a_code_are_no_little_words() -> None:
    pages = ("register.txt", "Register", "- IN-135: balance\n- TA-135: crane\n")
    documents = (Document(0, f"file:room/{pages[0]}", *pages[1:2], None, pages[2]),)
    request = read_request(TaskRunInput(processor="base", input="IN-135"))
    assert find_subject(Index.build(Corpus("room", documents)), request).words == {"in", "135"}


def test_a_heading_with_a_number_states_something() -> None:
    text = "# Institute\n\n## Certificate MQ-2946\n\nHeld by Ann Lee.\n\n## 3. Term\n\nTwo years.\n"
    statements = read_statements(Document(0, "file:a", "Institute", None, text)).statements
    assert [s.value for s in statements][:2] == ["Certificate MQ-2946", "Held by Ann Lee."]
    assert "Term" not in [s.value for s in statements]


def test_an_item_of_a_list_goes_on_in_the_lines_set_in_below_it() -> None:
    text = "1. It is due, in full,\n   on 9 May 2031.\n2. Costs: its\n   own.\n   Seat: Linz\n"
    statements = read_statements(Document(0, "file:a", "Terms", None, text)).statements
    assert [(s.label, s.value) for s in statements] == [
        ("", "It is due, in full, on 9 May 2031."),
        ("Costs", "its own."),
        ("Seat", "Linz"),
    ]


def test_the_date_of_a_letter_is_no_heading() -> None:
    text = "ELM OFFICE\n\n22 May 2031\n\nDear Mr Roe,\n\nThank you.\n"
    statements = read_statements(Document(0, "file:a", "Letter", None, text)).statements
    assert "22 May 2031" in [s.value for s in statements]


def test_a_table_without_a_head_is_read_row_by_row() -> None:
    text = "| S-1 | Elm GmbH | Linz |\n| S-2 | Oak AG | Graz |\n"
    statements = read_statements(Document(0, "file:a", "List", None, text)).statements
    assert [(s.subject, s.value) for s in statements] == [
        ("S-1", "S-1, Elm GmbH, Linz"),
        ("S-2", "S-2, Oak AG, Graz"),
    ]


RENT_ROLL = "| Tenant | Unit | Rent |\n|---|---|---|\n| Acme | A8 | 5 |\n| Elm | B2 | 6 |\n"
ACCOUNTS = "| EUR thousand | 2023 |\n|---|---|\n| Turnover | 7,401 |\n"
MONTHS = "In thousands of euros, except ratios.\n\n| Month | Rooms |\n|---|---|\n| May | 848 |\n"
LAKES = "| Lake | Greatest depth (m) |\n|---|---|\n| Acme | 47 |\n| Elm | 12 |\n"
HOURS = "| Name | Hours in week |\n|---|---|\n| Acme | 37.5 |\n| Elm | 20 |\n"
NOTE = "The meeting began at 10:00. It was closed at 12:20 in Room 14. Market day is Friday."


@pytest.mark.parametrize(
    ("text", "field", "expected"),
    [
        (RENT_ROLL, "unit: str? - Unit", "A8"),
        (ACCOUNTS, "turnover: float? - Turnover in euros", 7_401_000.0),
        (MONTHS, "rooms: float? - Rooms in May, in euros", 848_000.0),
        (LAKES, "depth: int? - Greatest depth in metres", 47),
        (HOURS, "hours: float? - Hours in a week", 37.5),
        ("- Surface: 18 951 km²\n", "surface: int? - Surface in km²", 18_951),
        ("- Rainfall: 1,331 mm\n", "rainfall: int? - Rainfall per year in millimetres", 1_331),
        ("- Next audit: 12-Jul-2024\n", "audit: date? - Next audit", "2024-07-12"),
        (NOTE, "closed_at: str? - when it was closed (clock time)", "12:20"),
        (NOTE, "market_day: str? - market day", "Friday"),
        ("The session was closed at 16.20.", "closed_at: str? - what time it closed", "16.20"),
        ("Rent is payable on 1 July each year.", "due: str? - when rent is payable", "1 July"),
        ("- Goods: UN 1791, group III\n", "un: str? - UN number of the goods", "UN 1791"),
        ("The guest had room 564.", "room: str? - room of the guest", "564"),
        ("- Signed by: Ann Lee <lee@acme.test>\n", "signer: str? - Who signed?", "Ann Lee"),
        ("The hotel holds four stars.", "stars: 3|4|5 - star category", "4"),
        ("- Telephone: +46 47 8775 307\n", "phone: str? - telephone", "+46 47 8775 307"),
        ("- E-mail: desk@acme.test\n", "email: str? - e-mail address", "desk@acme.test"),
        ("- Born: 23 June 1889, Saint-Aubert\n", "born: str? - town where born", "Saint-Aubert"),
        ("- Seat: Esbjerg, Denmark\n", "seat: str? - town of the seat", "Esbjerg"),
        ("- Seat: Esbjerg, Denmark\n", "seat: str? - country of the seat", "Denmark"),
    ],
)
def test_a_value_is_known_by_how_it_is_written_and_where(
    text: str, field: str, expected: object
) -> None:
    assert by_rules(text, field) == expected


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("Protective gloves should be made of nitrile rubber.", "nitrile rubber"),
        ("The coat of arms shows three gold towers on red.", "three gold towers"),
        ("The coat of arms shows three gold towers on red.", "three gold towers on red"),
        ("Bills are sent every two months.", "every two months"),
        ("The works cover any appeal.", "any appeal"),
        ("Delays were caused by rock in the west of the field.", "rock in the west of the field"),
        ("It follows the index of prices of the Union.", "index of prices of the Union"),
        ("Bills will be sent quarterly.", "quarterly"),
        ("Please use the field behind the barn.", "field behind the barn"),
        ("We plan to permit building of a dam.", "building of a dam"),
        ("We are plagued by a blocked drain behind the kitchen.", "blocked drain"),
    ],
)
def test_a_sentence_holds_phrases_without_capitals(text: str, phrase: str) -> None:
    assert phrase in [text[start:end] for (start, end), _ in phrase_spans(text)]


def test_who_does_it_is_not_what_is_asked_for() -> None:
    assert answer_kind("security accepted by the seller") == "any"
    assert answer_kind("firm bought by the group") == "org"


GAS = "- Atomic number: 9\n- Boiling point: -188.1 \u00b0C\n"


@pytest.mark.parametrize(
    ("text", "field"),
    [
        (GAS, "melting_point: float? - Melting point in degrees Celsius"),
        ("- Gross weight: 900 kg\n", "net_weight: float? - Net weight in kg"),
        ("Its maximum load is 40 kg.", "load: float? - Minimum load in kg"),
    ],
)
def test_the_contrary_of_what_is_asked_is_no_answer(text: str, field: str) -> None:
    assert answer(text, field) is None


def test_the_contrary_beside_what_is_asked_does_no_harm() -> None:
    text = "- Minimum and maximum load: 10 kg and 40 kg\n"
    assert by_rules(text, "load: float? - Minimum load in kg") == 10.0
    both = f"{GAS}- Melting point: -219.7 \u00b0C\n"
    assert by_rules(both, "melting_point: float? - Melting point in degrees Celsius") == -219.7


DATES = "Signed on 03/04/2031."


def test_the_documents_tell_the_order_of_a_day_and_its_month() -> None:
    field = "signed: date? - date on which it was signed"
    assert by_rules(DATES, field) is None
    assert by_rules(f"{DATES} Paid on 25/04/2031.", field) == "2031-04-03"
    assert by_rules(f"{DATES} Paid on 04/25/2031.", field) == "2031-03-04"
    month_first = "Acme note: Acme was paid on 04/25/2031."
    assert by_rules(DATES, field, others=(month_first,)) == "2031-03-04"
    assert by_rules(DATES, field, others=(month_first, "Acme bill: Acme, 25/04/2031.")) is None


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        (
            "The tilt is fixed.",
            "mount: Fixed tilt|Single-axis tracker - how it tilts",
            "Fixed tilt",
        ),
        ("The racks are fixed.", "racks: Fixed tilt|Single-axis tracker - racks", "Fixed tilt"),
        ("We cannot grant the leave.", "leave: Approved|Refused - outcome of the leave", "Refused"),
        (
            "The tenant gives a bank guarantee.",
            "gift: str? - given by the tenant",
            "bank guarantee",
        ),
        (
            "The reason is that the oven was too cold.",
            "reason: str? - reason",
            "the oven was too cold",
        ),
        (
            "Pets, we regret to say, cannot be taken in.",
            "pets: bool? - whether pets may come",
            False,
        ),
    ],
)
def test_what_is_said_in_other_words_is_offered(text: str, field: str, value: object) -> None:
    assert value in offered(text, field)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("Lists begin at 08:00, or at 8:30 pm.", "patients: int? - patients on a list"),
        (
            "The next meeting is on 11 November 2024.",
            "accidents: int? - accidents this year, as told at the meeting",
        ),
    ],
)
def test_times_and_days_count_nothing(text: str, field: str) -> None:
    assert offered(text, field) == []
