"""Why a row has no answer, in the service's own words, over real HTTP."""

from __future__ import annotations

import sqlite3

import pytest

from parallel_nb.api.errors import ConnectionProblem
from parallel_nb.job import start
from parallel_nb.job.archive import list_jobs
from tests.job.jobs_helpers import FIELDS, PROMPT, QUICK, companies, connect_to
from tests.service.groups import GroupsService

REFUSED = "inputs[0] is refused (body.inputs.0.input: it is not allowed) [ref ref_9]"
FAILED = "cannot answer 'Who leads company 5?' [ref ref_1]"


def test_a_refused_and_a_failed_row_tell_message_detail_and_reference() -> None:
    with GroupsService(
        refuses=lambda given: "company 3" in str(given),
        fails=lambda run: "company 5" in str(run.input),
    ).serve() as service:
        job = start(
            companies(8), PROMPT, output=FIELDS, connection=connect_to(service), tuning=QUICK
        )
    errors = job.df.set_index("name")["error"].dropna().to_dict()
    assert errors == {"company 3": REFUSED, "company 5": FAILED}
    assert [note.text for note in job.progress.failures] == [REFUSED, FAILED]
    assert job.failed["error"].tolist() == [REFUSED, FAILED]


def test_an_sqlite_that_is_too_old_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 31, 1))
    monkeypatch.setattr(sqlite3, "sqlite_version", "3.31.1")
    with pytest.raises(ConnectionProblem, match=r"needs SQLite 3.33 or newer.*3.31.1") as caught:
        list_jobs()
    assert caught.value.remedy
