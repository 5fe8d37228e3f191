"""The handle of a find: what a person holds, in any thread.

All work happens on the background loop; the handle reads snapshots and the journal.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NoReturn

import msgspec

from parallel_nb.api.arguments import check_count
from parallel_nb.api.errors import InputError
from parallel_nb.api.findall import MAX_EXCLUDED, ExcludedEntity, enrichment_cost
from parallel_nb.finding.messages import CANCELLED, INSTEAD_OF_ENRICHING
from parallel_nb.finding.request import (
    FindRequest,
    check_names,
    most_matches,
    new_enrichments,
    read_enrichment,
)
from parallel_nb.finding.runner import FindRunner
from parallel_nb.job.journal import decode_kept
from parallel_nb.job.model import another_view
from parallel_nb.job.options import check_cost, read_max_cost
from parallel_nb.job.waiting import Handle
from parallel_nb.tables.accessor import show_panel
from parallel_nb.tables.basis import basis_frame, low_confidence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from parallel_nb.api.schema.fields import OutputField
    from parallel_nb.finding.answers import FindAnswers
    from parallel_nb.finding.model import FindProgress, FindView
    from parallel_nb.finding.sending import FindSetup
    from parallel_nb.tables.frames import RowAnswer
    from parallel_nb.tables.source import Source

#: The service raises the limit of runs that have found as many as were wanted, and of active ones.
_EXTENDABLE = "match_limit_met"


class Find(Handle):
    """A sentence that becomes a checked table: one FindAll run, durable as a job is.

    It is made by `pnb.find` and `pnb.attach`, and may be used from any thread.

    Examples:
        >>> find = pnb.find("European makers of heat pumps", {"europe": "..."})  # doctest: +SKIP
        >>> find.df, find.basis, find.candidates  # doctest: +SKIP
    """

    _noun = "find"
    _setup: FindSetup
    _runner: FindRunner

    def __init__(
        self, setup: FindSetup, answers: FindAnswers, *, again: Callable[..., Find]
    ) -> None:
        """Begin nothing before `begin`; `again` begins another find."""
        self._setup = setup
        self._answers = answers
        self._again = again

    def begin(self, view: FindView) -> None:
        """Begin the work; `start_find` and `attach_find` call it."""
        view.take(self)
        self._launch(FindRunner, view)

    def __repr__(self) -> str:
        """One line: what, where, how far."""
        p = self.progress
        where = f" {p.find_id}" if p.find_id else ""
        return (
            f"<Find{where} {p.state}: {p.matched:,} of {p.limit:,} matches, "
            f"{p.candidates:,} candidates, {self.connection}>"
        )

    def __reduce__(self) -> NoReturn:
        """Refuse to be copied or pickled: a find is its work, its thread and its journal.

        Raises:
            InputError: Always; says what to keep instead.
        """
        raise InputError(
            "A find cannot be copied, pickled or stored.",
            f"Keep find.findall_id ({self.findall_id!r}) and come back with pnb.attach(...).",
        )

    # --- what it is ---------------------------------------------------------------------

    @property
    def id(self) -> str:
        """Our own id of the find, in the journal and in the metadata of its run."""
        return self._setup.id

    @property
    def findall_id(self) -> str | None:
        """The service's id ("findall_..."), for `attach`; None before it has begun."""
        return self._setup.state.findall_id

    @property
    def prompt(self) -> str:
        """The objective, as the person wrote it."""
        return self._request.objective

    @property
    def conditions(self) -> dict[str, str]:
        """The conditions, each name with its description."""
        return {one.name: one.description for one in self._request.conditions}

    @property
    def _request(self) -> FindRequest:
        return self._setup.state.request

    @property
    def generator(self) -> str:
        """The generator's name: "base", "core", ..."""
        return self._setup.state.generator.name

    @property
    def fields(self) -> tuple[OutputField, ...]:
        """The columns behind name, url and description: conditions, then enriched fields."""
        return self._request.fields

    @property
    def progress(self) -> FindProgress:
        """Where the find stands now: an immutable snapshot of counts and cost."""
        return self._runner.progress

    @property
    def cost(self) -> float:
        """What the find has cost so far, in USD by the dated price table.

        The fixed part, its matches and their enrichment; 0 for the embedded engine, NaN where the
        price is not known.
        """
        progress = self.progress
        return progress.cost_so_far if progress.priced else math.nan

    # --- stopping and going on ----------------------------------------------------------

    def _detach(self) -> object:
        self._runner.detach()
        return self

    def cancel(self) -> Find:
        """Cancel the find at the service; what it has found stays, and is billed.

        Returns:
            The find itself, at once: `find.cancel().wait()` waits until it has ended. One that is
            not followed any more (detached) is cancelled too.
        """
        self._let_end()
        if self._future.done() and self.status in ("detached", "incomplete"):
            self._setup.submit = False
            self.begin(another_view(self._view))
        self._runner.cancel()
        return self

    def extend(
        self,
        matches: int,
        *,
        wait: bool = True,
        view: FindView | None = None,
        max_cost: float | None = None,
    ) -> Find:
        """Search for so many more matches; what was found stays.

            find.extend(20)

        Args:
            matches: How many more; 1,000 in all at most.
            wait: Wait for the end; with False, `find.df` waits.
            view: What shows progress; one of the kind that showed the find before if None.
            max_cost: Refuse, before anything is sent, what may cost more USD; the setting if None.

        Returns:
            The find itself.

        Raises:
            InputError: It still runs, cannot be extended, or it would cost more than `max_cost`.
            JobIncompleteError: With `wait`: it ended early.
            JobInterrupted: With `wait`: an interrupt; the find was detached.
        """
        number = check_count("matches", matches, "Give how many more are wanted.")
        self._check_ended()
        request = self._take_up_news()
        limit = request.limit + number
        state = self._setup.state
        if limit > (most := most_matches(state.generator)):
            raise InputError(
                f"{limit:,} matches in all, over {most:,}.", "find.again() finds others."
            )
        if state.termination not in (None, _EXTENDABLE):
            raise InputError(
                "The find has ended before it had as many matches as were wanted, so there are no "
                "more to have of it.",
                "find.again() searches for others.",
            )
        each = state.generator.usd_per_match + enrichment_cost(request.enrichments)
        self._check_cost(number * each, max_cost)
        return self._go_on(msgspec.structs.replace(request, limit=limit), view, wait=wait)

    def enrich(
        self,
        fields: Any,
        *,
        processor: str | None = None,
        wait: bool = True,
        view: FindView | None = None,
        max_cost: float | None = None,
    ) -> Find:
        """Have fields researched for every match, those yet to come included.

            find.enrich("employees: int? - Number of employees")

        Args:
            fields: Lines `name: type - description`, or what else a question takes as output.
            processor: The processor of the task run that each match costs ("core").
            wait: Wait for the end; with False, `find.df` waits.
            view: What shows progress; one of the kind that showed the find before if None.
            max_cost: Refuse, before anything is sent, what may cost more USD; the setting if None.

        Returns:
            The find itself; `df` has the fields as columns.

        Raises:
            InputError: It still runs or was cancelled, a field cannot be used or was researched by
                another processor, or it would cost too much.
            JobIncompleteError: With `wait`: it ended early.
            JobInterrupted: With `wait`: an interrupt; the find was detached.
        """
        self._check_ended()
        if fields is None or fields == "":
            raise InputError("There are no fields.", "find.enrich('founded: int? - Year')")
        request = self._take_up_news()
        added = new_enrichments(read_enrichment(fields, processor or "core"), request, processor)
        wanted = check_names(
            msgspec.structs.replace(request, enrichments=[*request.enrichments, *added])
        )
        state = self._setup.state
        if added and state.status == "cancelled":
            raise InputError(CANCELLED, INSTEAD_OF_ENRICHING)
        # One that goes on at the service has matches yet to come, which are enriched too.
        matches = state.matched if state.has_ended else request.limit
        self._check_cost(matches * enrichment_cost(added), max_cost)
        return self._go_on(wanted, view, wait=wait)

    def again(self, *, view: FindView | None = None, **options: Any) -> Find:
        """Search anew for others: all candidates that are known are left out.

            more = find.again(limit=20)

        Args:
            view: What shows progress; one of the kind that showed the find before if None.
            **options: Those of `pnb.find`, in place of this find's own.

        Returns:
            A new find, which is paid as one.

        Raises:
            InputError: An option is at fault, or it would cost more than `max_cost`.
            JobIncompleteError: It ended early.
            JobInterrupted: An interrupt; the new find was detached.
        """
        self._wait_for_end()
        request = self._request
        known = [
            ExcludedEntity(name=one.entity.get("name") or "", url=one.entity.get("url") or "")
            for one in self._answers.found(all_candidates=True)
        ]
        excluded = list({(one.name, one.url): one for one in [*request.exclude, *known]}.values())
        own = {
            # Where nothing is left out that was not before, it would be the same find.
            "fresh": self.findall_id is not None and len(excluded) == len(request.exclude),
            "limit": request.limit,
            "generator": request.generator,
            "entity_type": request.entity_type,
            "exclude": excluded[:MAX_EXCLUDED],
            "enrich": list(request.enriched_fields) or None,
            "processor": next((one.processor for one in request.enrichments), "core"),
            "title": f"{self.title}, again",
            "connection": self._setup.connection,
            "tuning": self._setup.tuning,
        }
        return self._again(
            request.objective,
            request.conditions,
            view=view or another_view(self._view),
            **(own | options),
        )

    def _take_up_news(self) -> FindRequest:
        """What the find looks for, with what another handle, as of the same cell, has added.

        And without what was asked for and never sent, so that asking again asks once.
        """
        record = self._setup.journal.job(self.id)
        if record is not None and record.find is not None:
            request = decode_kept(record.find, FindRequest)
            self._setup.state.request = request if record.group_id is None else request.as_made()
        return self._request

    def _check_cost(self, cost: float, max_cost: float | None) -> None:
        limit = read_max_cost(max_cost)
        if self._setup.state.billed:
            check_cost("This may", cost, limit, "Raise the limit: max_cost=...")

    def _go_on(self, request: FindRequest, view: FindView | None, *, wait: bool) -> Find:
        """Bring the run to what is wanted now."""
        state = self._setup.state
        self._setup.journal.set_find(self.id, msgspec.json.encode(request), request.encode_spec())
        state.request, state.phase, state.message = request, "submitting", ""
        self._setup.submit, self._setup.settled = True, None
        self.begin(view or another_view(self._view))
        return self.wait() if wait else self

    # --- what was found -----------------------------------------------------------------

    def answers(self) -> Iterator[RowAnswer]:
        """One answer a match, as the journal has them now.

        Returns:
            An iterator of `RowAnswer`, as of a job; its `run_id` is the candidate's id.
        """
        return (one.answer for one in self._answers.found())

    @property
    def source(self) -> Source:
        """The matches as rows: name, address and description."""
        return self._answers.source()

    @property
    def df(self) -> Any:
        """The matches; waits for the find's end where it must.

            find.df[["name", "url", "in_europe"]]

        Returns:
            A pandas DataFrame, a row a match, in the order in which they were found. `name`,
            `url`, `description` and one column a condition (what was found for it) are of dtype
            `string`; then one column an enriched field, of the dtypes of `Job.df`; then
            `candidate_id`, by which `df.parallel` finds the evidence again.

        Raises:
            JobInterrupted: An interrupt while waiting; the find was detached.
        """
        self._wait_for_end()
        if self._frame is None:
            self._frame = self._answers.frame(self.fields)
        return self._frame

    @property
    def candidates(self) -> Any:
        """All candidates, those that do not match among them, with the reason.

            find.candidates.query("match_status == 'unmatched'")[["name", "why"]]

        Returns:
            A pandas DataFrame with the columns of `df`, and: `match_status` (matched, unmatched,
            discarded, or generated: not judged yet); `why` (which conditions a candidate does not
            meet, and why; NA for a match); behind each condition `NAME_matched` (`boolean`).

        Raises:
            JobInterrupted: An interrupt while waiting; the find was detached.
        """
        self._wait_for_end()
        return self._answers.candidates(self.fields, self._request.condition_names)

    @property
    def basis(self) -> Any:
        """Where each value of `df` came from, a line an excerpt; waits where it must.

        Returns:
            The columns of `Job.basis`; `run_id` has the id of the candidate.

        Raises:
            JobInterrupted: An interrupt while waiting; the find was detached.
        """
        self._wait_for_end()
        answers = list(self.answers())
        return basis_frame(list(range(len(answers))), self.fields, answers)

    def panel(self) -> Any:
        """The matches as a live table, in which each value opens to its evidence.

        Returns:
            The panel: it shows itself as the last value of a cell.

        Raises:
            InputError: There is nothing here that can show a panel.
        """
        self._wait_for_end()
        return show_panel(self)

    def low_confidence(self, levels: str | Sequence[str] = ("low",)) -> Any:
        """The fields whose basis has one of these confidences, a line each.

        Args:
            levels: "low", "medium", "high", or several of them.

        Returns:
            The first columns of `basis`, as `Job.low_confidence` gives them.

        Raises:
            JobInterrupted: An interrupt while waiting; the find was detached.
        """
        return low_confidence(self.basis, levels)
