"""Frames on a cluster: a Dask or Spark DataFrame in, one with the answers out.

The paid calls are not left to the scheduler, which runs a partition again when a worker dies, or
when its result is wanted twice. Each partition (of Spark, each batch of one) is a job of its own,
whose rows are claimed in the journal; run again, it finds there what was sent and answered, and
pays nothing twice. So the workers must share a journal: the file of one machine, or a team's on a
server.
"""

from __future__ import annotations

import math
import socket
import sys
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Any, cast

from parallel_nb import settings
from parallel_nb.api.errors import InputError
from parallel_nb.api.routes import check_generation
from parallel_nb.api.schema.specs import output_spec
from parallel_nb.connection import connect
from parallel_nb.connection.connection import EmbeddedConnection
from parallel_nb.job.options import check_table_cost, read_options
from parallel_nb.job.start import start
from parallel_nb.tables.frames import build_frame
from parallel_nb.tables.source import read_frame

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from parallel_nb.connection import Connection
    from parallel_nb.connection.connection import ConnectionRecipe
    from parallel_nb.job.options import TableOptions

#: Options that do not fit: what each would need is known on no worker.
_REFUSED = {
    "fresh": "A partition may be run twice, and would be paid twice.",
    "sample": "Take a part of the frame: frame.sample(frac=0.01).",
    "after": "Merge the earlier answers into the frame, and write them into the prompt.",
    "into": "Write what comes back: pnb.tasks(frame, ...).to_parquet('answers').",
}


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a worker connects, and where its journal is."""

    connection: ConnectionRecipe
    home: Path
    journal: str | None


def is_on_a_cluster(frame: Any) -> bool:
    """Whether this is a Dask or Spark DataFrame; imports neither."""
    return _is_of("dask.dataframe", frame) or _is_of("pyspark.sql", frame)


def _is_of(module: str, frame: Any) -> bool:
    loaded = sys.modules.get(module)
    return loaded is not None and isinstance(frame, loaded.DataFrame)


def ask_partitions(frame: Any, prompt: str, options: dict[str, Any], *, into: object = None) -> Any:
    """A frame with the answers beside the rows; its partitions are asked when it is computed.

    Args:
        frame: A Dask or Spark DataFrame.
        prompt: The question.
        options: Those of `ask.tasks`.
        into: Its folder, which does not fit.

    Raises:
        InputError: An option is at fault or does not fit, it would cost too much, or the workers
            share no journal; nothing was sent.
    """
    is_spark = _is_of("pyspark.sql", frame)
    for name, why in _REFUSED.items():
        if (options | {"into": into}).get(name):
            kind = "Spark" if is_spark else "Dask"
            raise InputError(f"{name} cannot be used with a {kind} DataFrame.", why)
    checked = read_options(prompt, cast("TableOptions", options))
    chosen = settings.current()
    recipe = Recipe(checked.connection.recipe, chosen.home, chosen.journal)
    if chosen.journal is None:
        _check_journal(_elsewhere_in_spark(frame) if is_spark else _elsewhere_in_dask())
    most = checked.max_cost
    if most is not None and checked.connection.is_billed:
        rows = frame.count() if is_spark else len(frame)  # computes the frame once
        check_table_cost(rows, checked.processor.cost(rows), most)
    fields = output_spec(checked.output).fields
    empty = frame.limit(0).toArrow() if is_spark else frame._meta  # noqa: SLF001
    meta = build_frame(read_frame(empty), fields, [], suffix=checked.suffix)
    passed = {name: value for name, value in options.items() if name != "connection"}
    if is_spark:
        from pyspark.sql.pandas.types import from_arrow_schema  # noqa: PLC0415 - it is loaded

        ask = partial(_answer_batches, prompt=prompt, recipe=recipe, options=passed)
        return frame.mapInArrow(ask, from_arrow_schema(meta.schema))
    return frame.map_partitions(_answer, prompt, recipe, passed, meta=meta)


def _answer_batches(
    batches: Iterable[Any], prompt: str, recipe: Recipe, options: Mapping[str, Any]
) -> Iterator[Any]:
    """The answers to the batches of one partition of Spark; called on a worker."""
    import pyarrow as pa  # noqa: PLC0415 - Spark has it

    for batch in batches:
        yield from _answer(pa.Table.from_batches([batch]), prompt, recipe, options).to_batches()


def _answer(part: Any, prompt: str, recipe: Recipe, options: Mapping[str, Any]) -> Any:
    """The answers to one partition; called on a worker."""
    connection = _connect(recipe)
    if not len(part):
        fields = output_spec(options.get("output")).fields
        return build_frame(read_frame(part), fields, [], suffix=options.get("suffix", ""))
    # The whole was weighed against the limit before anything was begun.
    return start(part, prompt, **{**options, "max_cost": math.inf, "connection": connection}).df


@cache
def _connect(recipe: Recipe) -> Connection:
    settings.override("home", recipe.home)
    if recipe.journal is not None:
        settings.override("journal", recipe.journal)
    how = recipe.connection
    if how.base_url is not None:  # the hosted service, or an engine that somebody serves
        return connect("hosted", base_url=how.base_url, api=how.api)
    return EmbeddedConnection(how.documents, check_generation(how.api), how.model)


def _check_journal(elsewhere: set[str]) -> None:
    """Refuse a file as the journal of workers on other machines."""
    if elsewhere:
        raise InputError(
            f"The workers at {', '.join(sorted(elsewhere))} do not share the journal of this "
            "machine, so a partition that is run again would be paid again.",
            "Set `journal` to a PostgreSQL server: PARALLEL_NB_JOURNAL=postgresql://...",
        )


def _elsewhere_in_dask() -> set[str]:
    """The hosts of workers on other machines."""
    distributed = sys.modules.get("distributed")
    if distributed is None:
        return set()
    try:
        workers = distributed.default_client().scheduler_info()["workers"].values()
    except ValueError:  # threads or processes of this machine
        return set()
    here = {"127.0.0.1", "::1", "localhost", socket.gethostname()}
    return {str(worker["host"]) for worker in workers} - here - _addresses()


def _elsewhere_in_spark(frame: Any) -> set[str]:
    """The master of a session whose workers are, or may be, on other machines."""
    master = str(frame.sparkSession.conf.get("spark.master", "a cluster"))
    return set() if master.startswith("local") else {master}


def _addresses() -> set[str]:
    try:
        found = socket.getaddrinfo(socket.gethostname(), None)
    except OSError:
        return set()
    return {str(address[4][0]) for address in found}
