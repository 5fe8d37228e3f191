"""A room: files, and questions with the answers that they hold."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from parallel_nb.engine.corpus.documents import load_corpus
from parallel_nb.engine.index.fulltext import Index


@dataclass
class Room:
    """Files of one folder, and what can be asked of them."""

    name: str
    #: Texts by their path below the folder.
    files: dict[str, str] = field(default_factory=dict)
    #: As in `tests/engine/gold`: prompt, field, type, description, answer, accept, pages.
    questions: list[dict[str, Any]] = field(default_factory=list)

    def ask(
        self,
        prompt: str,
        output_field: str,
        answer: Any,
        *paths: str,
        accept: tuple[Any, ...] = (),
        schema: dict[str, Any] | None = None,
    ) -> None:
        """Add a question; `output_field` is a line `name: type - description`."""
        name, _, rest = output_field.partition(": ")
        type_, _, description = rest.partition(" - ")
        self.questions.append(
            {
                "id": f"{self.name}-{len(self.questions)}",
                "prompt": prompt,
                "field": name,
                "type": type_,
                "description": description,
                "answer": answer,
                "accept": list(accept),
                "pages": [f"file:{self.name}/{path}" for path in paths],
                **({"schema": schema} if schema else {}),
            }
        )

    def index(self) -> Index:
        """The room as the engine reads it: written to a folder, loaded and indexed."""
        with tempfile.TemporaryDirectory() as parent:
            folder = Path(parent, self.name)
            for path, text in self.files.items():
                target = folder / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text, encoding="utf-8")
            return Index.build(load_corpus(folder))


def html_page(title: str, body: str) -> str:
    return f"<html><head><title>{title}</title></head><body>{body}</body></html>"


def html_table(rows: list[list[str]], *, caption: str = "", head: bool = True) -> str:
    """A table whose first row is its head, or each of whose rows has a head."""
    lines = [f"<caption>{caption}</caption>"] if caption else []
    for number, row in enumerate(rows):
        if head:
            tag = "th" if number == 0 else "td"
            cells = "".join(f"<{tag}>{cell}</{tag}>" for cell in row)
        else:
            cells = f"<th>{row[0]}</th>" + "".join(f"<td>{cell}</td>" for cell in row[1:])
        lines.append(f"<tr>{cells}</tr>")
    return f"<table>{''.join(lines)}</table>"
