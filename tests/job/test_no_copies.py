"""What holds a thread or a key is not copied; the error says what to keep instead."""

from __future__ import annotations

import copy
import pickle
from typing import TYPE_CHECKING, Any

import pytest

import parallel_nb as pnb
from parallel_nb.job import start
from tests.job.jobs_helpers import FIELDS, PROMPT, companies, connect_to
from tests.service.groups import GroupsService

if TYPE_CHECKING:
    from collections.abc import Callable

COPIES: list[Callable[[Any], Any]] = [copy.copy, copy.deepcopy, pickle.dumps]


@pytest.mark.parametrize("make", COPIES)
def test_a_job_says_to_keep_its_group_id(make: Callable[[Any], Any]) -> None:
    with GroupsService().serve() as service:
        job = start(companies(2), PROMPT, output=FIELDS, connection=connect_to(service))
    for holder in (job, [job], {"job": job}):
        if make is copy.copy and holder is not job:
            continue
        with pytest.raises(pnb.InputError, match="cannot be copied") as caught:
            make(holder)
        assert f"job.group_id ({job.group_id!r})" in caught.value.remedy
    assert pickle.loads(pickle.dumps(job.df)).equals(job.df)  # noqa: S301 - our own
    assert copy.deepcopy(job.progress) == job.progress


@pytest.mark.parametrize("make", COPIES)
def test_what_holds_a_key_is_not_copied(make: Callable[[Any], Any]) -> None:
    with GroupsService().serve() as service:
        connection = connect_to(service)
        for value in (connection, connection.client, pnb.AsyncClient("secret-key")):
            with pytest.raises(pnb.InputError, match="holds a key") as caught:
                make(value)
            assert "secret-key" not in str(caught.value)
