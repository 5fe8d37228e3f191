"""Checks what a person says in numbers, and limits of money beside the plan's own."""

from __future__ import annotations

import math
import operator
from numbers import Real
from typing import TYPE_CHECKING

from parallel_nb import settings
from parallel_nb.api.errors import InputError
from parallel_nb.formats import count, money

if TYPE_CHECKING:
    from parallel_nb.job.model import State


def check_options(
    prompt: object, columns: object, max_cost: object, sample: object
) -> tuple[float | None, int | None]:
    """Read what a person gives as numbers, so that a slip does not lift a limit.

    Raises `InputError` for what is none, and for a prompt or columns of another kind.
    """
    if not isinstance(prompt, str):
        raise InputError(
            f"The prompt is of type {type(prompt).__name__}.",
            "Write it as text, for example: Who leads {{name}}?",
        )
    if isinstance(columns, str):
        raise InputError(f"columns is the text {columns!r}.", f"Pass a list: [{columns!r}].")
    limit = None if max_cost is None else _limit(max_cost)
    if sample is None:
        return limit, None
    try:
        return limit, operator.index(sample)  # type: ignore[arg-type]  # that is the question
    except TypeError as error:
        raise InputError(
            f"sample = {sample!r} is no whole number.", "Give the number of rows to try."
        ) from error


def check_retry(state: State, runs: int, max_cost: float | None) -> None:
    """Raise `InputError` when so many more runs of a job would cost over the limit.

    Where the price is not known, any limit refuses; rows that were asked of several processors,
    by another tool, are not asked again at all.
    """
    if "," in state.processor.name:
        raise InputError(
            f"The rows of this group were asked of several processors ({state.processor.name}).",
            "Ask the failed rows as a table of their own: job.failed has them.",
        )
    limit = settings.current().max_cost if max_cost is None else _limit(max_cost)
    cost = state.processor.cost(runs)
    priced = state.processor.is_priced
    if limit is None or not state.billed or (priced and cost <= limit):
        return
    name, sent = state.processor.name, count(runs, "run")
    raise InputError(
        f"To ask again would cost {money(cost)} for {sent} of {name}, over the limit of "
        f"{money(limit)}."
        if priced
        else f"To ask again would send {sent} of {name}, the price of which is not known; the "
        f"limit is {money(limit)}.",
        "Nothing was sent. Raise the limit: job.retry_failed(max_cost=...).",
    )


def _limit(max_cost: object) -> float:
    amount = float(max_cost) if isinstance(max_cost, Real) else math.nan
    if isinstance(max_cost, bool) or not amount >= 0:  # also for what is not a number
        raise InputError(
            f"max_cost = {max_cost!r} is not an amount in USD.", "Give a number, such as 5 or 0.5."
        )
    return amount
