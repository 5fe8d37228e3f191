"""The folder of the answers: a Parquet file a batch, their sources, and what is done.

`part-00000.parquet` has the rows of a batch with their answers, `_basis/part-00000.parquet` where
each value came from. `_parts.json`, the first file that is written, says which question the folder
answers and which batches are done. A file is written whole under another name first, so that what
is there is never half.
"""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, Any, Final

import msgspec

from parallel_nb.api.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

_LIST: Final = "_parts.json"
_BASIS: Final = "_basis"
_FILES: Final = "part-*.parquet"


class Part(msgspec.Struct, frozen=True):
    """One batch that is done."""

    rows: int
    #: Of the rows that were asked about: see `digest_of`.
    digest: str
    answered: int
    failed: int
    skipped: int
    #: What its runs have cost, in USD.
    cost: float


class _Contents(msgspec.Struct):
    #: What tells one question from another.
    question: str
    batch_rows: int
    parts: dict[int, Part] = {}


class Parts:
    """The folder, opened for one question."""

    def __init__(self, folder: Path, question: str, batch_rows: int) -> None:
        """Open the folder, or make it.

        Raises:
            InputError: It holds something else, or answers of another question.
        """
        self.folder = folder
        self._contents = _Contents(question, batch_rows)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / _BASIS).mkdir(exist_ok=True)
            data = (folder / _LIST).read_bytes() if (folder / _LIST).exists() else None
        except OSError as error:
            raise InputError(
                f"The folder {folder} cannot be used: {error}.", "Give another one: into=..."
            ) from error
        if data is None:
            if any(path.name != _BASIS for path in folder.iterdir()):
                raise InputError(
                    f"The folder {folder} is not empty, and holds no answers of a table.",
                    "Give another one: into=...",
                )
            self._write_list()
            return
        try:
            found = msgspec.json.decode(data, type=_Contents)
        except msgspec.DecodeError as error:
            raise InputError(
                f"{folder / _LIST} is damaged: {error}.",
                "Give another folder: what was answered is taken from the journal, and not paid "
                "again.",
            ) from error
        if found.question != question or found.batch_rows != batch_rows:
            raise InputError(
                f"The folder {folder} holds answers of another question, or in batches of another "
                "size.",
                "Give another one: into=...",
            )
        self._contents = found

    def done(self, number: int, digest: str) -> Part | None:
        """The batch of this number where it is the same, and no row of it has failed."""
        part = self._contents.parts.get(number)
        if part is None or part.digest != digest or part.failed or not self._path(number).exists():
            return None
        return part

    def write(self, number: int, part: Part, answers: pa.Table, basis: pa.Table) -> None:
        """Write a batch with its answers and their sources."""
        import pyarrow.parquet as pq  # noqa: PLC0415 - an extra

        for table, path in ((basis, self._basis_path(number)), (answers, self._path(number))):
            unfinished = _unfinished(path)
            pq.write_table(table, unfinished)
            unfinished.replace(path)
        self._contents.parts[number] = part
        self._write_list()

    def _write_list(self) -> None:
        unfinished = _unfinished(self.folder / _LIST)
        with unfinished.open("wb") as file:
            file.write(msgspec.json.encode(self._contents))
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(self.folder / _LIST)

    def forget_after(self, number: int) -> None:
        """Remove batches behind the last one of the source, which has become shorter."""
        first = self._path(number).name
        for folder in (self.folder, self.folder / _BASIS):
            for path in folder.glob(_FILES):
                if path.name >= first:
                    path.unlink(missing_ok=True)
        kept = {at: part for at, part in self._contents.parts.items() if at < number}
        if kept != self._contents.parts:
            self._contents.parts = kept
            self._write_list()

    def _path(self, number: int) -> Path:
        return self.folder / f"part-{number:05}.parquet"

    def _basis_path(self, number: int) -> Path:
        return self.folder / _BASIS / self._path(number).name

    def scan(self, *, basis: bool = False) -> Any:
        """The answers, or their sources, as a lazy frame of Polars, else a PyArrow dataset."""
        folder = self.folder / _BASIS if basis else self.folder
        files = sorted(folder.glob(_FILES))
        try:
            import polars as pl  # noqa: PLC0415 - an extra
        except ImportError:
            import pyarrow.dataset as ds  # noqa: PLC0415 - an extra

            return ds.dataset(files, format="parquet")
        return pl.scan_parquet(files) if files else pl.LazyFrame()


def _unfinished(path: Path) -> Path:
    """The name under which this process writes a file that another one may write too."""
    return path.with_name(f"{path.name}.{os.getpid()}.unfinished")


def digest_of(table: pa.Table, edition: str = "") -> str:
    """What tells these rows from others, and an engine's documents from what they were before."""
    import pyarrow as pa  # noqa: PLC0415 - an extra

    digest = hashlib.blake2b(edition.encode(), digest_size=16)

    class Sink:
        closed = False

        def write(self, data: Any) -> int:
            digest.update(data)
            return len(data)

        def flush(self) -> None:
            """Nothing is kept."""

        def close(self) -> None:
            """Nothing is open."""

    with pa.ipc.new_stream(pa.PythonFile(Sink(), mode="w"), table.schema) as stream:
        stream.write_table(table)
    return digest.hexdigest()
