"""Each rung of the ladder, by a table of what it lets pass and what it drops."""

from __future__ import annotations

from typing import Any

import pytest

from parallel_nb.api.schema.fields import parse_fields
from parallel_nb.engine.corpus.documents import Document
from parallel_nb.engine.reader.language.vocabulary import roots
from parallel_nb.engine.reader.model.lists import read_members
from parallel_nb.engine.reader.model.prompt import Claim, read_claim
from parallel_nb.engine.reader.model.quotes import find_quote, statement_at, statements_of
from parallel_nb.engine.reader.model.rungs import (
    field_roots,
    is_on_topic,
    is_past,
    names_subject,
    other_subject,
    year_conflict,
)
from parallel_nb.engine.reader.model.sections import Section, sections_of, share_sections
from parallel_nb.engine.reader.model.values import Derived, derive, same_value, scale_above
from parallel_nb.engine.reader.request import RequestedField


def field(line: str) -> RequestedField:
    (parsed,) = parse_fields(line)
    return RequestedField(parsed.name, parsed.name, parsed.type, parsed.description)


@pytest.mark.parametrize(
    ("quote", "text", "found"),
    [
        ("founded in 1987", "It was founded in 1987.", "founded in 1987"),
        ("Founded  in\n1987", "It was founded in 1987.", "founded in 1987"),
        ("founded in 1987", "It was founded\nin 1987.", "founded\nin 1987"),
        ("2010-2012", "served 2010\u20132012 there", "2010\u20132012"),
        ('the "Old" mill', "the \u201cOld\u201d mill", "the \u201cOld\u201d mill"),
        ("Zurich office", "The Z\u00fcrich office.", "Z\u00fcrich office"),
        ("Chief executive: Ada", "**Chief executive:** Ada Byron", "Chief executive:** Ada"),
        ("ﬁve ofﬁces", "They have five offices.", "five offices"),
        (
            "It was ... 1987",
            "It was, by all accounts, founded in 1987.",
            "It was, by all accounts, founded in 1987",
        ),
        ("It was ... in 1987.", "It was founded in 1987.", "It was founded in 1987"),
        ("in 1987 ... It was", "It was founded in 1987.", None),
        ("5 m", "It is 125 m long", None),
        ("205 people", "It has 1,205 people", None),
        ("1.2", "version 1.25 of it", None),
        ("5 m", "It is 125 m or 5 m long", "5 m"),
        ("founded in 1988", "It was founded in 1987.", None),
        ("", "anything", None),
        (" - ", "a - b", None),
    ],
)
def test_a_quote_stands_in_its_passage(quote: str, text: str, found: str | None) -> None:
    span = find_quote(quote, text)
    assert (text[slice(*span)] if span else None) == found


TABLE = "| 2022 | 3.9 | 0.4 |\n| 2023 | 4.2 | 0.6 |"
HEAD = "| Year | Revenue | Profit |"


@pytest.mark.parametrize(
    ("quote", "row"),
    [
        ("Revenue 2023: 4.2", 1),
        ("2022 | 3.9", 0),
        ("Year 2023, Profit 0.6", 1),
        ("Revenue 2023: 3.9", None),  # words of two rows
        ("Revenue", None),  # the head alone
        ("Turnover 2023: 4.2", None),
    ],
)
def test_a_quote_may_be_a_cell_with_its_head_and_row(quote: str, row: int | None) -> None:
    span = find_quote(quote, TABLE, HEAD)
    found = TABLE[slice(*span)] if span else ""
    assert bool(found) == (row is not None)
    assert row is None or found in TABLE.split("\n")[row]


@pytest.mark.parametrize(
    ("line", "quote", "claimed", "above", "value"),
    [
        # numbers with unit and magnitude
        ("n: int - Employees", "has 1,204 people", "1204", "", 1204),
        ("n: int - Employees", "has 1,204 people", "1240", "", 1204),
        ("revenue: float - Revenue in dollars", "$4.2 million", "4.2", "", 4.2e6),
        ("revenue_m: float - Revenue in millions of dollars", "$4.2 million", "4.2", "", 4.2),
        ("revenue: float - Revenue", "| 2023 | 4.2 |", "4.2", "in millions", 4.2e6),
        ("revenue: float - Revenue", "Revenue 4.2", "4.2", "Figures (in millions)", 4.2e6),
        (
            "share: float - Share of women in percent",
            "some 12 % of them",
            "12",
            "(in millions)",
            12,
        ),
        ("population: int - Population", "12 % of the population", "12", "", None),
        ("length: float - Length in km", "1,280 m long", "1.28", "", 1.28),
        ("length: float - Length in km", "weighs 1,280 kg", "1280", "", None),
        ("price: float - Price in euros", "costs $40", "40", "", None),
        ("n: int - Cranes", "two cranes", "2", "", 2),
        ("n: int - Cranes", "12 cranes and 7 sheds", "7", "", 7),
        ("n: int - Cranes", "12 cranes and 7 sheds", "19", "", None),
        ("n: int - Cranes", "some cranes", "3", "", None),
        ("n: int - Cranes", "4.5 cranes", "4", "", None),
        ("n: int - Visitors", "In 2023, 4,100 came", "2023", "", 4100),
        ("depth: float - Depth in metres", "at \u221238 m", "-38", "", -38),
        # years and dates
        ("founded: int - Year of founding", "on 3 May 2024", "1004", "", 2024),
        ("founded: int - Year of founding", "from 1939 to 1945", "1945", "", 1945),
        ("founded: int - Year of founding", "from 1939 to 1945", "1940", "", None),
        ("founded: int - Year of founding", "long ago", "1940", "", None),
        (
            "year: str - The year of the treaty",
            "in 1648, at Osnabr\u00fcck",
            "Osnabr\u00fcck",
            "",
            "1648",
        ),
        ("signed: date - Date of signing", "signed on 3 May 2024", "2024-05-04", "", "2024-05-03"),
        ("signed: date - Date of signing", "signed in May 2024", "2024-05-01", "", None),
        ("signed: date - Date", "3 May 2024 to 4 June 2025", "2025-06-04", "", "2025-06-04"),
        ("signed: date - Date", "31 February 2024", "2024-02-31", "", None),
        # choice words
        ("who: public|private|state - Ownership", "a private company", "public", "", "private"),
        ("who: public|private|state - Ownership", "listed in Oslo", "public", "", "public"),
        ("who: public|private|state - Ownership", "is not public", "public", "", None),
        ("who: public|private - Ownership", "public and private parts", "state", "", None),
        (
            "kind: planet|dwarf planet - Kind",
            "Ceres is a dwarf planet",
            "planet",
            "",
            "dwarf planet",
        ),
        (
            "who: public|private - Ownership",
            "is private and is not for sale",
            "private",
            "",
            "private",
        ),
        ("who: public|private - Ownership", "is for sale but not private", "private", "", None),
        # polarity and negation
        ("listed: bool - Whether it is listed", "It is listed in Oslo", "yes", "", True),
        ("listed: bool - Whether it is listed", "It is not listed", "yes", "", None),
        ("listed: bool - Whether it is listed", "It isn't listed", "no", "", False),
        ("listed: bool - Whether it is listed", "Listed: no", "no", "", False),
        ("listed: bool - Whether it is listed", "| Listed | Yes |", "yes", "", True),
        ("renew: bool - Right of renewal", "There shall be no right of renewal", "no", "", False),
        ("renew: bool - Right of renewal", "There shall be no right of renewal", "yes", "", None),
        ("fee: bool - Whether there is a fee", "Entry is free of charge", "yes", "", None),
        ("fee: bool - Whether there is a fee", "Entry is free of charge", "no", "", False),
        ("fee: bool - Whether there is a fee", "Entry is not free", "yes", "", True),
        ("free: bool - Whether entry is free", "Entry is free of charge", "yes", "", True),
        ("sublet: bool - Subletting is allowed", "The tenant shall not sublet", "no", "", False),
        ("pays: bool - Whether it pays", "not only pays but overpays", "yes", "", True),
        ("mould: bool - Whether there is mould", "The cellar is free of mould", "no", "", False),
        ("free: bool - Whether entry is free", "No fee is charged", "yes", "", True),
        ("fee: bool - Whether there is a fee", "No fee is charged", "no", "", False),
        ("fee: bool - Whether there is a fee", "| Fee | none |", "no", "", False),
        ("listed: bool - Whether it is listed", "It is not, however, listed", "no", "", False),
        # texts and names
        ("ceo: str - Chief executive", "led by Ada Byron since 2019", "Ada Byron", "", "Ada Byron"),
        ("ceo: str - Chief executive", "led by Ada Byron", "Dr. Ada Byron", "", "Ada Byron"),
        ("ceo: str - Chief executive", "led by ada  BYRON", "Ada Byron", "", "ada BYRON"),
        ("city: str - Seat", "in Z\u00fcrich since", "Zurich", "", "Z\u00fcrich"),
        ("ceo: str - Chief executive", "led by Ada Byron", "Bo Li", "", None),
        ("ceo: str - Chief executive", "led by Ada Byron", "", "", None),
    ],
)
def test_a_value_follows_from_its_quote(
    line: str, quote: str, claimed: str, above: str, value: Any
) -> None:
    derived = derive(field(line), quote, [claimed] if claimed else [], above)
    assert (derived.value if isinstance(derived, Derived) else None) == value


@pytest.mark.parametrize(
    ("text", "scale"),
    [
        ("Revenue (in millions)", 1e6),
        ("| Year | \u00a3m |", 1e6),
        ("EUR thousand", 1e3),
        ("$'000", 1e3),
        ("in US$ billion", 1e9),
        ("Sales", 1.0),
        ("A million reasons", 1.0),
    ],
)
def test_a_head_gives_the_magnitude(text: str, scale: float) -> None:
    assert scale_above(text) == scale


@pytest.mark.parametrize(
    ("statement", "before", "who"),
    [
        ("Acme was founded in 1987.", "", ""),
        ("It was founded in 1987.", "Acme makes anvils. ", ""),
        ("The company was founded in 1987.", "", ""),
        ("Its rival Betaworks was founded in 1970.", "", "Betaworks"),
        (
            "Its chief executive is Yves Stone.",
            "Its rival Betaworks was founded in 1970. ",
            "Betaworks",
        ),
        ("It has 40 people.", "We met Fragmentia. Fragmentia is in Oslo. ", "Fragmentia"),
        ("Betaworks has 40 people.", "We met Betaworks. ", "Betaworks"),
        ("Employees have a council.", "", ""),
        ("Ada Byron has led it since 2019.", "", ""),
        ("In Oslo, it has 40 people.", "", ""),
        ("| Betaworks | 40 |", "", ""),
    ],
)
def test_a_pronoun_follows_the_last_name(statement: str, before: str, who: str) -> None:
    text = before + statement
    assert other_subject(text, len(before), statement, frozenset(roots("Acme"))) == who


@pytest.mark.parametrize(
    ("statement", "is_about", "naming"),
    [
        ("Acme has 40 people", False, "here"),
        ("It has 40 people", False, "nowhere"),
        ("It has 40 people", True, "document"),
    ],
)
def test_where_the_subject_is_named(statement: str, is_about: bool, naming: str) -> None:  # noqa: FBT001 - a parameter
    document = Document(0, "https://x.test/", "A report", None, statement)
    section = Section(document, 0, len(statement), "", "", "", is_about)
    assert names_subject(section, statement, frozenset(roots("Acme"))) == naming


@pytest.mark.parametrize(
    ("line", "statement", "above", "passes"),
    [
        ("employees: int - Number of employees", "Employees: 40", "", True),
        ("employees: int - Number of employees", "It has 40 people", "Employees", True),
        ("employees: int - Number of employees", "The answer is 40", "", False),
        ("ceo: str - Full name of the chief executive", "Chief executive Ada Byron", "", True),
        ("ceo: str - Full name of the chief executive", "Ada Byron likes tea", "", False),
    ],
)
def test_the_fields_words_stand_near(line: str, statement: str, above: str, passes: bool) -> None:  # noqa: FBT001 - a parameter
    wanted = field_roots(field(line), frozenset(roots("Acme")))
    assert is_on_topic(wanted, statement, above) == passes


def test_years_and_the_past() -> None:
    revenue = field("revenue: float - Revenue in 2023")
    assert year_conflict(revenue, "Revenue 2021: 4.2", "") == 2023
    assert year_conflict(revenue, "Revenue 2023: 4.2", "") is None
    assert year_conflict(revenue, "Revenue: 4.2", "2022") == 2023
    assert year_conflict(field("revenue: float - Revenue"), "Revenue 2021: 4.2", "") is None
    ceo = field("ceo: str - Chief executive")
    assert is_past(ceo, "Former chief executive Bo Li left.", "Bo Li")
    assert is_past(ceo, "Bo Li stepped down in 2020.", "Bo Li")
    assert not is_past(ceo, "Ada Byron succeeded Bo Li, the former chief executive.", "Ada Byron")
    assert not is_past(field("was: str - Former head"), "Former head Bo Li left.", "Bo Li")


@pytest.mark.parametrize(
    ("text", "claimed", "members"),
    [
        ("- Anvils: heavy\n- Tongs\n- Nails", ["Tongs"], ["Anvils", "Tongs", "Nails"]),
        ("It sells Anvils, Tongs and Nails.", ["Tongs", "Anvils"], ["Anvils", "Tongs", "Nails"]),
        ("It sells Anvils, Tongs and Nails.", ["Cheese"], []),
        ("It sells Anvils. Tongs are gone.", ["Anvils"], ["Anvils"]),
    ],
)
def test_a_list_is_read_whole_once_a_member_holds(
    text: str, claimed: list[str], members: list[str]
) -> None:
    found = read_members(field("wares: list[str]"), claimed, text, (0, len(text)))
    assert found == members


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        (1000, 1004, True),
        (1000, 1010, False),
        ("Ada Byron", "Dr. Ada Byron", True),
        ("Section 4", "Section 5", False),
        ("Section 4", "Section 45", False),
        ("4", "Section 4", True),
        (True, 1, False),
        (None, None, False),
        (["a", "b"], ["b", "a"], True),
        (["a", "b", "c"], ["a"], False),
        ("\u6771\u4eac", "\u6771\u4eac", True),
    ],
)
def test_which_values_are_the_same(left: Any, right: Any, same: bool) -> None:  # noqa: FBT001 - a parameter
    assert same_value(left, right) == same


def test_replies_that_say_nothing() -> None:
    assert read_claim("no") is None
    assert read_claim('{"a": 1}') is None
    assert read_claim('{"found": true, "value": null}') == Claim(found=True)
    assert read_claim('{"found": false, "value": "x"}') == Claim(found=False, values=("x",))


def test_statements_are_lines_of_lists_and_sentences_of_prose() -> None:
    text = "One is\nhere. Two.\n- item\nLabel: value\n\n| a | b |"
    found = [text[start:end] for start, end in statements_of(text)]
    assert found == ["One is\nhere.", "Two.", "- item", "Label: value", "| a | b |"]
    at = text.index("here")
    assert text[slice(*statement_at(text, (at, at + 4)))] == "One is\nhere."


def test_sections_repeat_a_tables_head_and_keep_the_oldest_first() -> None:
    rows = "\n".join(f"| {n} | {n * 'x'} |" for n in range(40))
    document = Document(
        0, "u", "T", "2024-01-01", f"# T\n\n## Big\n\n| N | X |\n|---|---|\n{rows}\n"
    )
    sections = sections_of(document, is_about=True)
    assert len(sections) > 1
    assert sections[0].head == ""
    assert {s.head for s in sections[1:]} == {"| N | X |"}
    assert {s.columns for s in sections} == {"| N | X |"}
    old = sections_of(Document(1, "v", "S", "2020-01-01", "Old text."), is_about=True)
    ((fields, shown),) = share_sections([[sections[0], old[0]], [old[0]]])
    assert fields == [0, 1]
    assert [s.document.id for s in shown] == [1, 0]
