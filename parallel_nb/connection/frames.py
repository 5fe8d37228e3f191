"""Documents that stand in a table of the notebook: written as files that an engine reads."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, Any, Final

import msgspec

from parallel_nb import settings
from parallel_nb.api.errors import ConnectionProblem
from parallel_nb.engine_home import open_private

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from parallel_nb.engine_home import Documents
    from parallel_nb.tables.source import Source

#: What a table is called in displays, and its documents in their addresses.
_NAME: Final = "DataFrame"
#: Bytes of a file; a longer table takes several, which are read side by side.
_LONGEST_FILE: Final = 20_000_000


def written_documents(documents: Any) -> Documents | None:
    """The documents as paths: a table, also one in a list, is written to a file.

    Args:
        documents: A path, a table of documents (columns `text`, and `url` or `title`; `date`,
            `language` and others if there are any), or a list of both.

    Raises:
        ConnectionProblem: A table lacks these columns or rows, or cannot be written.
    """
    if documents is None or isinstance(documents, str | os.PathLike):
        return documents
    if isinstance(documents, list | tuple):
        return [source if _is_path(source) else _written(source) for source in documents]
    return _written(documents)


def _is_path(source: Any) -> bool:
    return isinstance(source, str | os.PathLike)


def _written(table: Any) -> Path:
    """The folder that stands for a table: the same for the same content."""
    from parallel_nb.tables.source import is_frame, read_frame  # noqa: PLC0415 - %load_ext stays light

    if not is_frame(table):
        raise ConnectionProblem(
            f"documents is no path and no table but of type {type(table).__name__}.",
            "Pass the path of a folder, a list of paths, or a DataFrame of url, title, text, date.",
        )
    source = read_frame(table)
    names = {name.strip().lower() for name in source.names}
    if not source.rows or "text" not in names or not names & {"url", "title"}:
        listed = ", ".join(source.names[:12]) or "none"
        raise ConnectionProblem(
            f"The table of documents has {source.rows:,} rows and the columns: {listed}.",
            "A row is a document: it needs a column text, and url or title; date if there is one.",
        )
    parts = list(_parts(source))
    digest = hashlib.sha256()
    for part in parts:
        digest.update(hashlib.sha256(part).digest())
    folder = settings.current().home / "rooms" / digest.hexdigest()[:16] / _NAME
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for number, part in enumerate(parts, 1):
            path = folder / (f"rows-{number}.jsonl" if len(parts) > 1 else "rows.jsonl")
            if not path.exists():
                making = path.with_suffix(f".{os.getpid()}")
                with open(making, "wb", opener=open_private) as stream:
                    stream.write(part)
                making.replace(path)
    except OSError as error:
        raise ConnectionProblem(
            f"The table of documents cannot be written below {folder}: {error.strerror}.",
            "Check the rights of that folder and the room on its disk, or set PARALLEL_NB_HOME.",
        ) from error
    return folder


def _parts(source: Source) -> Iterator[bytes]:
    """The rows as JSON lines, in parts of at most `_LONGEST_FILE` or of one row."""
    from parallel_nb.tables.values import is_missing  # noqa: PLC0415 - %load_ext stays light

    encode = msgspec.json.Encoder(enc_hook=_plain).encode
    columns = [source.values(name) for name in source.names]
    lines: list[bytes] = []
    size = 0
    for row in zip(*columns, strict=True):
        values = zip(source.names, row, strict=True)
        said = {name: _sendable(value) for name, value in values if not is_missing(value)}
        line = encode(said) + b"\n"
        if lines and size + len(line) > _LONGEST_FILE:
            yield b"".join(lines)
            lines, size = [], 0
        lines.append(line)
        size += len(line)
    yield b"".join(lines)


def _sendable(value: Any) -> Any:
    """A value; a text without lone surrogates, which no file can hold."""
    is_text = isinstance(value, str) and not value.isascii()
    return value.encode("utf-8", "replace").decode() if is_text else value


def _plain(value: Any) -> Any:
    """What JSON has no word for: numbers of NumPy, dates of pandas, anything else as text."""
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if hasattr(value, "tolist"):
        return value.tolist()
    return str(value)
