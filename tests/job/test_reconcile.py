"""What reconciling asks of the service: it must not read a group of 100,000 over and over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parallel_nb.api.types import Metadata, TaskRunInput
from parallel_nb.connection import background
from parallel_nb.job.backoff import JobBackoff
from parallel_nb.job.model import Question
from parallel_nb.job.questions import ROW_KEY, TRY_KEY
from parallel_nb.job.reconcile import find_runs
from tests.job.jobs_helpers import QUICK, connect_to
from tests.service.groups import GroupsService

if TYPE_CHECKING:
    from parallel_nb.connection import Connection


def test_a_group_is_read_twice_at_most_while_it_does_not_grow() -> None:
    made, missing = Question(0, "made", 1, attempt=1), Question(1, "missing", 1, attempt=1)

    async def reconcile(connection: Connection) -> dict[Question, str | None]:
        groups = connection.client.groups
        group_id = (await groups.create()).taskgroup_id
        metadata: Metadata = {ROW_KEY: made.key, TRY_KEY: "1"}
        run = TaskRunInput(input="?", processor="base", metadata=metadata)
        await groups.add_runs(group_id, [run])
        backoff = JobBackoff(QUICK)
        return await find_runs(connection, group_id, [made, missing], backoff, unchanged_for=0.4)

    with GroupsService().serve() as service:
        found = background.run(reconcile(connect_to(service)))
        (run_id,) = service.runs
        assert found == {made: run_id, missing: None}
        assert service.requests["GET groups/{id}/runs"] == 2
        assert service.requests["GET groups/{id}"] > 2
