"""What would keep a new notebook from asking, told in the panel with the next step."""

from __future__ import annotations

import socket
from contextlib import closing
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from parallel_nb.api.errors import ParallelError
from parallel_nb.client.credentials import find_key
from parallel_nb.connection import is_billed
from parallel_nb.engine_home import resolve_documents
from parallel_nb.formats import shorten
from parallel_nb.job.model import ENDED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parallel_nb.job.summary import JobSummary
    from parallel_nb.settings import Settings

_LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
#: Seconds in which an engine on this machine takes a connection.
_ANSWERS_WITHIN: Final = 0.5
_ADDRESS_LIMIT: Final = 120


def hint(chosen: Settings, summaries: Sequence[JobSummary]) -> str:
    """What a person should know before they ask; commands stand in backticks.

    Args:
        chosen: The settings of the Jupyter server, which its kernels begin with.
        summaries: The jobs of this machine.

    Returns:
        The sentences, or "" where a notebook can ask and nothing is open.
    """
    try:
        resolve_documents(chosen.documents)
    except ParallelError as error:
        return f"{error.message} The settings name it: change `PARALLEL_NB_DOCUMENTS`."
    if chosen.base_url is not None:
        return _unreachable(chosen.base_url)
    if chosen.connection == "embedded" or chosen.documents is not None or _has_key():
        return ""
    if not summaries:
        return (
            "No API key was found, so that a notebook asks the sample documents. Set "
            "`PARALLEL_API_KEY` to ask the web, or connect to a folder of your own: "
            "`%parallel_connect embedded --documents FOLDER`"
        )
    if any(is_billed(summary.record.identity) and _is_open(summary) for summary in summaries):
        return (
            "No API key was found, and there are unfinished jobs of the hosted service. To attach "
            "them, set `PARALLEL_API_KEY` where JupyterLab is started."
        )
    return ""


def _is_open(summary: JobSummary) -> bool:
    """True where attaching the job would go on with it."""
    state = summary.record.state
    return not summary.is_at_work and (state not in ENDED or state in ("detached", "incomplete"))


def _has_key() -> bool:
    try:
        return find_key() is not None
    except Exception:  # noqa: BLE001 - what is wrong with a login file is told when connecting
        return False


def _unreachable(base_url: str) -> str:
    """Say that nothing listens at an address of this machine; others are not asked."""
    try:
        address = urlsplit(base_url)
        if address.hostname not in _LOOPBACK:
            return ""
        place = (address.hostname, address.port or 80)
        with closing(socket.create_connection(place, timeout=_ANSWERS_WITHIN)):
            return ""
    except (OSError, ValueError):
        return (
            f"Nothing answers at {shorten(base_url, _ADDRESS_LIMIT)}, which the settings name. "
            "Start an engine, `parallel-nb serve --documents FOLDER`, or unset "
            "`PARALLEL_NB_BASE_URL`."
        )
