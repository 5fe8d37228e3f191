"""A table that need not fit into memory, read as Arrow tables of a fixed number of rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from parallel_nb.api.errors import InputError
from parallel_nb.tables.source import read_frame

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Batches:
    """The rows of a source."""

    #: How many there are, where that is known before they are read.
    rows: int | None
    #: Arrow record batches or frames of any library, of any size.
    pieces: Iterable[Any]

    def tables(self, rows: int) -> Iterator[pa.Table]:
        """The same as tables of so many rows, the last with what is left.

        Raises:
            InputError: A piece is no table, or has other columns than the first.
        """
        waiting: list[Any] = []
        count = 0
        for piece in self.pieces:
            table = _as_table(piece)
            if waiting and table.column_names != waiting[0].column_names:
                raise InputError(
                    f"A batch has the columns {table.column_names}, and the first has "
                    f"{waiting[0].column_names}.",
                    "Give all batches the same columns in the same order.",
                )
            waiting.append(table)
            count += table.num_rows
            while count >= rows:
                whole = _joined(waiting)
                yield whole.slice(0, rows).combine_chunks()
                waiting = [whole.slice(rows)]
                count -= rows
        if count:
            yield _joined(waiting).combine_chunks()


def read_batches(source: Any) -> Batches:
    """Read a source batch by batch.

    Args:
        source: The path of a Parquet file or of a folder of them, a PyArrow dataset, table or
            record-batch reader, a DuckDB relation, an Ibis table, a Polars LazyFrame, an iterator
            of frames, or any frame.

    Raises:
        InputError: It is none of these, or PyArrow is not installed.
    """
    try:
        import pyarrow.dataset as ds  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise InputError(
            "A table that is written to a folder goes through PyArrow, which is not installed.",
            "pip install 'parallel-nb[arrow]'",
        ) from error
    if isinstance(source, str | Path):
        source = _dataset_of(Path(source).expanduser())
    if isinstance(source, ds.Dataset):
        return Batches(source.count_rows(), source.to_batches(batch_size=_PIECE))
    kind = f"{type(source).__module__}.{type(source).__name__}"
    if kind.startswith(("duckdb", "_duckdb")):
        return Batches(source.count("*").fetchall()[0][0], source.to_arrow_reader(_PIECE))
    if kind.startswith("ibis."):
        return Batches(int(source.count().execute()), source.to_pyarrow_batches(chunk_size=_PIECE))
    if kind.startswith("polars.") and type(source).__name__ == "LazyFrame":
        import polars as pl  # noqa: PLC0415 - loaded already

        rows = source.select(pl.len()).collect(engine="streaming").item()
        return Batches(rows, source.collect_batches(chunk_size=_PIECE, maintain_order=True))
    is_reader = hasattr(source, "read_next_batch")
    is_plain = isinstance(source, list | tuple | dict)
    if is_reader or (isinstance(source, Iterable) and hasattr(source, "__next__") and not is_plain):
        return Batches(None, source)
    frame = read_frame(source).frame
    return Batches(len(frame), [frame.to_arrow()])


#: Rows of a piece that is read at once.
_PIECE = 10_000


def _dataset_of(path: Path) -> Any:
    import pyarrow.dataset as ds  # noqa: PLC0415 - an extra

    if not path.exists():
        raise InputError(f"There is no file or folder {path}.", "Pass the path of a Parquet file.")
    try:
        return ds.dataset(path, format="parquet")
    except (OSError, ValueError) as error:
        raise InputError(
            f"{path} cannot be read as Parquet: {error}.",
            "Pass a Parquet file, or a folder of files with the same columns.",
        ) from error


def _joined(tables: list[Any]) -> pa.Table:
    import pyarrow as pa  # noqa: PLC0415 - an extra

    try:
        return pa.concat_tables(tables, promote_options="permissive")
    except pa.ArrowException as error:
        raise InputError(
            f"The columns of a batch have other types than before: {error}.",
            "Give all batches the same types.",
        ) from error


def _as_table(piece: Any) -> Any:
    import pyarrow as pa  # noqa: PLC0415 - an extra

    if isinstance(piece, pa.RecordBatch):
        return pa.Table.from_batches([piece])
    if isinstance(piece, pa.Table):
        return piece
    return read_frame(piece).frame.to_arrow()
