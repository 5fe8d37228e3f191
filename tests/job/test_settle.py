"""What settling asks of the service: it must not read a group of 100,000 over and over."""

from __future__ import annotations

from parallel_nb.api.types import Metadata, TaskRunInput
from parallel_nb.connection import background
from parallel_nb.job.backoff import Patience
from parallel_nb.job.model import Question
from parallel_nb.job.questions import ROW_KEY, TRY_KEY
from parallel_nb.job.reconcile import settle
from parallel_nb.job.service import Service as Client
from tests.job.groups_service import Service
from tests.job.jobs_helpers import QUICK, connect_to


def test_a_group_is_read_twice_at_most_while_it_does_not_grow() -> None:
    made, missing = Question(0, "made", 1, attempt=1), Question(1, "missing", 1, attempt=1)

    async def ask(client: Client) -> dict[Question, str | None]:
        group_id = (await client.groups.create()).taskgroup_id
        metadata: Metadata = {ROW_KEY: made.key, TRY_KEY: "1"}
        run = TaskRunInput(input="?", processor="base", metadata=metadata)
        await client.groups.add_runs(group_id, [run])
        patience = Patience(QUICK, client.revive)
        return await settle(client, group_id, [made, missing], patience, quiet=0.4)

    with Service().serve() as service:
        found = background.run(ask(Client(connect_to(service))))
        (run_id,) = service.runs
        assert found == {made: run_id, missing: None}
        assert service.requests["GET groups/{id}/runs"] == 2
        assert service.requests["GET groups/{id}"] > 2
