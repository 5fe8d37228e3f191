"""The field language: what a person writes below `---`, and reading it back from a schema."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parallel_nb.api.errors import InputError
from parallel_nb.api.schema.fields import (
    FieldType,
    OutputField,
    from_json_schema,
    has_fields,
    parse_fields,
    parse_type,
    to_json_schema,
    type_of,
)
from tests.linear import assert_linear


def test_each_line_is_a_name_a_type_and_a_description() -> None:
    fields = parse_fields(
        "ceo: str - Full name of the current chief executive\n"
        "\n"
        "# a remark\n"
        "founded: int? - Year the company was founded\n"
        "ownership: public|private|state - Who owns it\n"
        "products: list[str] - Up to five main products\n"
        "listed: bool\n"
    )
    assert [(f.name, str(f.type), f.description) for f in fields] == [
        ("ceo", "str", "Full name of the current chief executive"),
        ("founded", "int?", "Year the company was founded"),
        ("ownership", "public|private|state", "Who owns it"),
        ("products", "list[str]", "Up to five main products"),
        ("listed", "bool", ""),
    ]


def test_a_description_may_hold_colons_and_dashes() -> None:
    (field,) = parse_fields("range: str - From - to: in km")
    assert field.description == "From - to: in km"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("ceo str", ["Line 7", "'ceo str'", "no colon"]),
        ("2nd: str", ["Line 7", "'2nd' is not a name"]),
        ("the ceo: str", ["Line 7", "'the ceo' is not a name"]),
        ("ceo:", ["Line 7", "the type is missing"]),
        ("ceo: strng", ["Line 7", "unknown type 'strng'", "did you mean 'str'?"]),
        ("ceo: list[str", ["Line 7", "closing bracket"]),
        ("ceo: list[str?]", ["Line 7", "elements of a list cannot be null"]),
        ("kind: a||b", ["Line 7", "one of the choices", "empty"]),
        ("kind: a|b|a", ["Line 7", "names a choice twice"]),
    ],
)
def test_a_malformed_line_is_named_with_its_number(line: str, words: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        parse_fields(f"fine: int\n{line}", first_line=6)
    for word in words:
        assert word in caught.value.message
    assert "`name: type - description`" in caught.value.remedy


def test_a_name_given_twice_is_an_error_of_the_second_line() -> None:
    with pytest.raises(InputError, match=r"Line 2.*there is a field 'a' already"):
        parse_fields("a: int\na: str")


def test_no_fields_below_the_dashes_is_an_error() -> None:
    with pytest.raises(InputError, match="no output fields below the ---"):
        parse_fields("\n# only a remark\n", first_line=4)


def test_the_schema_requires_every_property_and_closes_the_object() -> None:
    schema = to_json_schema(parse_fields("a: int?\nb: x|y? - Which\nd: date - Day of launch"))
    assert schema["required"] == ["a", "b", "d"]
    assert schema["additionalProperties"] is False
    assert schema["properties"]["a"] == {"type": ["integer", "null"]}
    assert schema["properties"]["b"]["enum"] == ["x", "y", None]
    # The service ignores `format`, so a date says its form in words.
    assert "YYYY-MM-DD" in schema["properties"]["d"]["description"]
    assert "format" not in schema["properties"]["d"]


_scalars = st.sampled_from(["str", "int", "float", "bool", "date"])
_names = st.from_regex(r"[a-z_][a-z0-9_]{0,12}", fullmatch=True)


@st.composite
def _types(draw: st.DrawFn) -> FieldType:
    text = draw(st.one_of(_scalars, st.just("red|green"), _scalars.map("list[{}]".format)))
    return parse_type(text + draw(st.sampled_from(["", "?"])))


@given(
    st.lists(
        st.builds(OutputField, _names, _types(), st.sampled_from(["", "What it is"])),
        min_size=1,
        max_size=6,
        unique_by=lambda field: field.name,
    )
)
def test_fields_read_back_from_their_own_schema_with_the_same_types(
    fields: list[OutputField],
) -> None:
    read = from_json_schema(to_json_schema(fields))
    assert [(f.name, f.type) for f in read] == [(f.name, f.type) for f in fields]


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
def test_any_json_reads_as_a_schema_without_an_exception(value: object) -> None:
    assert isinstance(from_json_schema(value), list)
    assert isinstance(type_of(value), FieldType)


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "int?"),
        ({"type": ["null", "number"]}, "float?"),
        ({"type": "string", "format": "date"}, "date"),
        ({"type": "string", "description": "ISO 8601 date of the launch"}, "date"),
        ({"enum": ["a", "b", None]}, "a|b?"),
        ({"enum": [True, False]}, "bool"),
        ({"const": "only"}, "only"),
        ({"$ref": "#/$defs/Colour"}, "red|green"),
        ({"type": "array", "items": {"$ref": "#/$defs/Colour"}}, "list[red|green]"),
        ({"type": "array"}, "list[str]"),
        ({"type": "object"}, "object"),
        ({}, "str"),
    ],
)
def test_types_are_read_from_schemas_of_other_tools(
    schema: dict[str, object], expected: str
) -> None:
    definitions = {"Colour": {"enum": ["red", "green"]}}
    (field,) = from_json_schema({"properties": {"a": schema}, "$defs": definitions})
    assert str(field.type) == expected


@pytest.mark.parametrize(
    ("written", "right"),
    [
        ("int | None", "as a ? at the end: int?"),
        ("str|None", "as a ? at the end: str?"),
        ("null|float", "as a ? at the end: float?"),
        ("public|private|None", "as a ? at the end: public|private?"),
        ("'public'|'private'", "without quotation marks: public|private"),
        ('"a" | "b"', "without quotation marks: a|b"),
        ("\u2018a\u2019|\u2018b\u2019?", "without quotation marks: a|b"),
        ("int|str", "a field has one type"),
        ("list[int]|str", "a field has one type"),
        ("list[int]|list[str]", "a field has one type"),
        ("list[int] | None", "as a ? at the end: list[int]?"),
        ("list[a|b", "lacks its closing bracket"),
        ("a?|b", "behind the last choice"),
        ("int?- Year", "a blank on both sides"),
        ("a|b- Who owns it", "a blank on both sides"),
        ("a|b -Who owns it", "a blank on both sides"),
        ("int\u2014 Year", "a blank on both sides"),
    ],
)
def test_a_type_of_another_language_is_an_error_with_the_right_spelling(
    written: str, right: str
) -> None:
    with pytest.raises(InputError) as caught:
        parse_fields(f"name: {written}")
    assert right in str(caught.value)


@pytest.mark.parametrize(
    "written", ["date|time", "pre-seed|seed", "don't|do", "none|some", "a b|c"]
)
def test_choices_may_look_a_little_like_types(written: str) -> None:
    assert str(parse_fields(f"name: {written}")[0].type) == written


@pytest.mark.parametrize(
    "name", ["Gr\u00fcndung", "\u540d\u524d", "\u0433\u043e\u0434", "a\u00f1o_2"]
)
def test_a_name_may_have_the_letters_of_any_language(name: str) -> None:
    assert parse_fields(f"{name}: str")[0].name == name


@pytest.mark.parametrize(
    ("written", "right"),
    [
        ("string", "'str'"),
        ("String", "'str'"),
        ("text", "'str'"),
        ("integer", "'int'"),
        ("INT", "'int'"),
        ("number", "'float'"),
        ("double", "'float'"),
        ("boolean", "'bool'"),
        ("datetime", "'date'"),
        ("Optional[int]", "'int?'"),
        ("Optional[string]", "'str?'"),
        ("List[str]", "'list[str]'"),
        ("array[number]", "'list[float]'"),
        ("str[]", "'list[str]'"),
        ("integer[]", "'list[int]'"),
    ],
)
def test_a_type_as_other_languages_call_it_is_named_rightly(written: str, right: str) -> None:
    with pytest.raises(InputError, match="unknown type") as caught:
        parse_fields(f"name: {written}")
    assert f"did you mean {right}" in str(caught.value)


def test_a_full_width_colon_is_named() -> None:
    with pytest.raises(InputError, match="only a full-width one"):
        parse_fields("\u540d\u524d\uff1a str")


@pytest.mark.parametrize(
    ("line", "description"),
    [
        ("a: int -", ""),
        ("a: int \u2013 Year \u2014 as told", "Year \u2014 as told"),
        ("a: int\t-\tYear", "Year"),
        ("a:int - b-c - d", "b-c - d"),
    ],
)
def test_the_first_dash_between_blanks_begins_the_description(line: str, description: str) -> None:
    (field,) = parse_fields(line)
    assert (str(field.type), field.description) == ("int", description)


def test_text_has_fields_when_one_line_is_a_field() -> None:
    assert has_fields("founded: int?\nceo: strng")
    assert not has_fields("A short answer.")
    assert not has_fields("Note: keep it short")
    assert not has_fields("")


@pytest.mark.parametrize(
    "piece",
    [
        " ",
        "- ",
        " -",
        "a: ",
        "|",
        "a|",
        "list[",
        "[]",
        "?",
        "\u2014 ",
        "Optional[",
        "'",
        "a: int - ",
    ],
)
def test_a_long_line_is_read_in_time(piece: str) -> None:
    def read(repeats: int) -> None:
        for line in (piece * repeats, f"name: {piece * repeats}x", f"name: {'list[' * 9}{piece}"):
            with contextlib.suppress(InputError):
                parse_fields(line)

    assert_linear(read, 40_000)


def test_lists_that_nest_too_deep_are_an_error() -> None:
    for inner in ("int", "a|b"):
        with pytest.raises(InputError, match="at most 8 deep") as caught:
            parse_fields(f"a: {'list[' * 2000}{inner}{']' * 2000}")
        assert len(str(caught.value)) < 500
    assert str(parse_fields("a: list[list[int]]")[0].type) == "list[list[int]]"
