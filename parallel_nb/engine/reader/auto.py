"""An answer without a schema: a summary and the facts that the subject's page lists."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from parallel_nb.api.schema.fields import FieldType, OutputField, to_json_schema
from parallel_nb.api.types import Citation, FieldBasis, JsonObject
from parallel_nb.engine.reader.prose import write
from parallel_nb.engine.reader.subject import ABOUT

if TYPE_CHECKING:
    from parallel_nb.engine.reader.context import Desk, Source
    from parallel_nb.engine.reader.effort import Effort
    from parallel_nb.engine.reader.pages import Unit

_MAX_NAME: Final = 40


def compose(desk: Desk, effort: Effort) -> tuple[JsonObject, list[FieldBasis], JsonObject]:
    """Content, basis, and the JSON schema that the content follows."""
    summary, basis = write(desk, effort)
    content: JsonObject = {"summary": summary}
    entries = [
        FieldBasis(
            field="summary",
            reasoning=basis.reasoning,
            citations=basis.citations,
            confidence=basis.confidence,
        )
    ]
    fields = [OutputField("summary", FieldType("str"), "What the documents say")]
    for source, unit in _facts(desk):
        name = _field_name(unit.label)
        if not name or name in content or len(content) > effort.facts:
            continue
        content[name] = unit.value
        fields.append(OutputField(name, FieldType("str"), unit.label))
        entries.append(_basis(name, source, unit))
    return content, entries, to_json_schema(fields)


def _facts(desk: Desk) -> list[tuple[Source, Unit]]:
    return [
        (source, unit)
        for source in desk.sources
        if desk.subject.words and source.trust >= ABOUT
        for unit in source.page.units
        if unit.is_fact and not unit.subject
    ]


def _field_name(label: str) -> str:
    name = re.sub(r"[^a-z0-9]+", "_", label.lower()).strip("_")[:_MAX_NAME].strip("_")
    return name if name and not name[0].isdigit() else ""


def _basis(name: str, source: Source, unit: Unit) -> FieldBasis:
    document = source.page.document
    return FieldBasis(
        field=name,
        reasoning=f"{document.title!r} lists it as {unit.label!r}.",
        citations=[Citation(url=document.url, title=document.title, excerpts=[unit.text])],
        confidence="high" if source.trust == 1.0 else "medium",
    )
