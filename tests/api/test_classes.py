"""What a person says of a field counts, wherever their kind of class keeps it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
from decimal import Decimal
from typing import Annotated, Any, Generic, Literal, NotRequired, Optional, TypedDict, TypeVar

import msgspec
import pydantic
import pydantic.dataclasses
import pytest

from parallel_nb.api.errors import InputError
from parallel_nb.api.schema import lint, specs
from parallel_nb.api.types import TaskSpec

WORDS = "Year of founding"
Year = Annotated[int, pydantic.Field(description=WORDS)]


class Model(pydantic.BaseModel):
    founded: int = pydantic.Field(description=WORDS)


class AnnotatedModel(pydantic.BaseModel):
    founded: Annotated[int, pydantic.Field(description=WORDS)]


class Titled(pydantic.BaseModel):
    founded: int = pydantic.Field(title=WORDS)


class Typed(TypedDict):
    founded: Annotated[int, pydantic.Field(description=WORDS)]


class Optionally(TypedDict, total=False):
    founded: NotRequired[Annotated[int, pydantic.Field(description=WORDS)]]


class InWords(TypedDict):
    founded: Annotated[int, WORDS]


@dataclasses.dataclass
class Data:
    founded: Annotated[int, pydantic.Field(description=WORDS)]


@dataclasses.dataclass
class TitledData:
    founded: Annotated[int, pydantic.Field(title=WORDS)]


@dataclasses.dataclass
class WithMetadata:
    founded: int = dataclasses.field(metadata={"description": WORDS})


@dataclasses.dataclass
class WithDefault:
    founded: int = pydantic.Field(description=WORDS)


@dataclasses.dataclass
class Alias:
    founded: Year


@pydantic.dataclasses.dataclass
class OfPydantic:
    founded: int = pydantic.Field(description=WORDS)


@pydantic.dataclasses.dataclass
class AnnotatedOfPydantic:
    founded: Annotated[int, pydantic.Field(description=WORDS)]


class Struct(msgspec.Struct):
    founded: Annotated[int, msgspec.Meta(description=WORDS)]


class StructWithField(msgspec.Struct):
    founded: Annotated[int, pydantic.Field(description=WORDS)]


@pytest.mark.parametrize(
    "output",
    [
        Model,
        AnnotatedModel,
        Titled,
        Typed,
        Optionally,
        InWords,
        Data,
        TitledData,
        WithMetadata,
        WithDefault,
        Alias,
        OfPydantic,
        AnnotatedOfPydantic,
        Struct,
        StructWithField,
        {"founded": Year},
    ],
)
def test_the_description_of_a_field_is_sent_and_read_back(output: Any) -> None:
    spec = specs.output_spec(output)
    (field,) = spec.fields
    assert (field.name, str(field.type), field.description) == ("founded", "int", WORDS)
    assert lint.lint_spec(TaskSpec(output_schema=spec.schema)) == []


class Place(pydantic.BaseModel):
    city: str = pydantic.Field(description="City of the head office")
    since: dt.date


@dataclasses.dataclass
class Money:
    amount: Decimal = dataclasses.field(metadata={"description": "In millions"})
    currency: Literal["EUR", "USD"] = "EUR"


class Nested(TypedDict):
    office: Place
    offices: list[Place]
    revenue: Money | None
    profits: Annotated[list[Money], pydantic.Field(description="Newest first")]


@dataclasses.dataclass
class NestedData:
    office: Place
    offices: list[Place]
    revenue: Money | None
    profits: list[Money] = dataclasses.field(metadata={"description": "Newest first"})


class NestedModel(pydantic.BaseModel):
    office: Place
    offices: list[Place]
    revenue: Money | None
    profits: list[Money] = pydantic.Field(description="Newest first")


@pytest.mark.parametrize("kind", [Nested, NestedData, NestedModel])
def test_classes_of_any_kind_stand_within_each_other(kind: Any) -> None:
    spec = specs.output_spec(kind)
    properties = spec.schema["json_schema"]["properties"]
    assert [(f.name, str(f.type)) for f in spec.fields] == [
        ("office", "object"),
        ("offices", "list[object]"),
        ("revenue", "object?"),
        ("profits", "list[object]"),
    ]
    assert properties["profits"]["description"] == "Newest first"
    money = properties["profits"]["items"]["properties"]
    assert money["amount"] == {"type": "number", "description": "In millions"}
    place = properties["offices"]["items"]["properties"]
    assert place["city"]["description"] == "City of the head office"
    assert "YYYY-MM-DD" in place["since"]["description"]
    assert lint.lint_spec(TaskSpec(output_schema=spec.schema)) == []


class Prices(pydantic.BaseModel):
    price: Decimal
    low: Decimal | None = None
    all: list[Decimal] = []


class TypedPrices(TypedDict):
    price: Decimal
    low: Decimal | None
    all: list[Decimal]


@dataclasses.dataclass
class DataPrices:
    price: Decimal
    low: Optional[Decimal]  # noqa: UP045 - as a person may write it
    all: list[Decimal]


@pytest.mark.parametrize("kind", [Prices, TypedPrices, DataPrices])
def test_a_decimal_is_a_number(kind: Any) -> None:
    fields = specs.output_spec(kind).fields
    assert [str(field.type) for field in fields] == ["float", "float?", "list[float]"]


def test_a_title_of_a_persons_own_counts_and_one_made_of_the_name_says_nothing() -> None:
    class Company(pydantic.BaseModel):
        head_office: str
        office: Place
        ceo: str = pydantic.Field(title="Chief executive", description="Full name")

    office, place, ceo = specs.output_spec(Company).fields
    assert office.description == place.description == ""
    assert ceo.description == "Chief executive: Full name"


def test_a_default_that_is_a_text_is_no_description() -> None:
    @dataclasses.dataclass
    class Company:
        name: str = "unknown"

    # The annotations of a class within a function are found in no module.
    Company.__annotations__["name"] = str
    assert specs.output_spec(Company).fields[0].description == ""


@pytest.mark.parametrize(
    ("types", "fields"),
    [
        ({"founded": int}, ["founded: int"]),
        ({"founded": int | None, "ceo": str}, ["founded: int?", "ceo: str"]),
        ({"year founded": int}, ["year founded: int"]),
        ({"products": list[str], "open": bool}, ["products: list[str]", "open: bool"]),
        ({"kind": Literal["a", "b"]}, ["kind: a|b"]),
        ({"since": dt.date, "price": Decimal}, ["since: date", "price: float"]),
        ({"office": Place}, ["office: object"]),
        ({"class": float, "_private": int}, ["class: float", "_private: int"]),
    ],
)
def test_fields_may_be_written_as_a_dict_of_types(types: Any, fields: list[str]) -> None:
    spec = specs.output_spec(types)
    assert [f"{field.name}: {field.type}" for field in spec.fields] == fields
    assert lint.lint_spec(TaskSpec(output_schema=spec.schema)) == []


def test_a_dict_that_is_neither_types_nor_json_is_refused_in_words() -> None:
    with pytest.raises(InputError, match="The output cannot be written as JSON"):
        specs.output_spec({"founded": int, "ceo": "str"})
    with pytest.raises(InputError, match="The output cannot be read as a JSON schema"):
        specs.output_spec({"founded": int, "what": type("What", (), {})})


class Circle(TypedDict):
    inner: Circle | None


@dataclasses.dataclass
class Ring:
    rings: list[Ring]


@pytest.mark.parametrize("kind", [Circle, Ring])
def test_a_class_that_refers_to_itself_is_refused(kind: Any) -> None:
    with pytest.raises(InputError, match="refers to itself"):
        specs.output_spec(kind)


T = TypeVar("T")


class Grade(enum.Enum):
    GOOD = "good"
    BAD = "bad"


@dataclasses.dataclass
class Odd(Generic[T]):
    grade: Grade
    counts: dict[str, int]
    pair: tuple[int, ...]
    unknown: Missing  # type: ignore[name-defined]  # noqa: F821 - the point of the test


def test_a_class_that_cannot_be_read_is_named_with_the_reason() -> None:
    with pytest.raises(InputError, match=r"Odd cannot be read as a JSON schema: .*Missing"):
        specs.output_spec(Odd)


def test_enums_and_containers_are_read() -> None:
    fields = specs.output_spec({"grade": Grade, "pair": tuple[int, ...], "words": set[str]}).fields
    assert [str(field.type) for field in fields] == ["bad|good", "list[int]", "list[str]"]
