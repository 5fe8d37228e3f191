"""A model that reads a page on Acme; what it says is written by the test."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from parallel_nb.api.schema.fields import parse_fields, to_json_schema
from parallel_nb.api.types import FieldBasis, JsonOutput, TaskRunInput, TaskSpec
from parallel_nb.engine.corpus.documents import Corpus, Document
from parallel_nb.engine.index.fulltext import Index
from parallel_nb.engine.reader.answer import answer_run
from parallel_nb.engine.reader.model.probe import open_model
from parallel_nb.engine.reader.model.reader import ModelReader, Usage
from parallel_nb.model_address import read_model_address
from tests.service.model import ScriptedModel, model

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.service.model import Reader

PAGE = """Acme makes anvils. It is led by Ada Byron and has 1,204 people on its payroll.

Its rival Betaworks was founded in 1970. Its chief executive is Yves Stone.

## Figures (in millions)

| Year | Revenue | Profit |
|------|---------|--------|
| 2022 | 3.9     | 0.4    |
| 2023 | 4.2     | 0.6    |

## Products

- Anvils - for smiths
- Hammers - for all
- Tongs
"""


@dataclass(frozen=True)
class Answered:
    content: dict[str, Any]
    basis: dict[str, FieldBasis]
    usage: Usage

    def __getitem__(self, name: str) -> tuple[Any, str | None]:
        """The value of a field and its confidence."""
        return self.content[name], self.basis[name].confidence


@dataclass
class Room:
    """Pages on which a scripted model answers."""

    endpoint: ScriptedModel
    reader: ModelReader

    def ask(self, *fields: str, page: str = PAGE, others: tuple[str, ...] = ()) -> Answered:
        """Fields of the page on Acme; `others` are pages (`Title (date): text`)."""
        pages = [Document(0, "https://acme.test/", "Acme", "2024-01-01", page)]
        for number, other in enumerate(others, 1):
            title, _, body = other.partition(": ")
            title, _, date = title.partition(" (")
            pages.append(
                Document(number, f"https://x.test/{number}", title, date.strip(")") or None, body)
            )
        schema = to_json_schema(parse_fields("\n".join(fields)))
        spec = TaskSpec(output_schema={"type": "json", "json_schema": schema})
        request = TaskRunInput(processor="base", input="Acme", task_spec=spec)
        index = Index.build(Corpus("room", tuple(pages)))
        answer = answer_run(index, request, model=self.reader)
        output = answer.output
        assert isinstance(output, JsonOutput)
        assert answer.usage is not None
        return Answered(output.content, {b.field: b for b in output.basis}, answer.usage)


@pytest.fixture
def reads() -> Iterator[Callable[..., Room]]:
    """Make a room whose model reads as the test says."""
    with contextlib.ExitStack() as stack:

        def make(
            read: Reader,
            *,
            probe: Any = lambda _: None,
            cache: Path | None = None,
            within: float = 5.0,
        ) -> Room:
            endpoint = stack.enter_context(model(read, probe))
            address = read_model_address(endpoint.address)
            options = open_model(address, within=within, per_minute=0.0, cache=cache)
            reader = ModelReader(options)
            stack.callback(reader.close)
            return Room(endpoint, reader)

        yield make
