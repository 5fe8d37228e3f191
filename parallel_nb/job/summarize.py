"""An answer in a few words, for the newest rows that a display shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from parallel_nb.api.types import JsonOutput
from parallel_nb.client.decode import read_output
from parallel_nb.tables.parse import as_text

if TYPE_CHECKING:
    from parallel_nb.api.types import Output

_TEXT_CHARS: Final = 120


def brief(data: bytes) -> str:
    """An answer in a few words."""
    output = read_output(data)
    return "" if output is None else _brief(output)


def _brief(output: Output) -> str:
    if isinstance(output, JsonOutput):
        parts = [f"{k}: {as_text(v)}" for k, v in output.content.items() if v is not None]
        text = ", ".join(parts) or "nothing found"
    else:
        text = output.content
    text = " ".join(text.split())
    return text if len(text) <= _TEXT_CHARS else f"{text[: _TEXT_CHARS - 1]}…"
