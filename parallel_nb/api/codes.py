"""The code of each error: which page explains it, offline by `parallel-nb explain CODE`.

An error that comes from the service or the network has the code of its class. What is found here,
before anything is sent, is about what the module does that found it; a module below a room has the
code of the room unless it has one of its own. An error that is about something else says so where
it is raised (`code="cost"`). The pages are `docs/errors/CODE.md`.
"""

from __future__ import annotations

from typing import Final

_ROOT: Final = "parallel_nb."
_BY_MODULE: Final = {
    "api": "arguments",
    "api.findall": "find",
    "api.processors": "task-options",
    "api.schema": "output-fields",
    "api.search": "search",
    "api.tools": "task-options",
    "cli": "command-line",
    "cli_class": "class",
    "client": "arguments",
    "client.client": "connection",
    "client.credentials": "key",
    "client.findall": "find",
    "client.network": "network",
    "cluster": "table",
    "connection": "connection",
    "connection.launcher": "engine",
    "connection.served": "class",
    "damaged": "journal",
    "dataset": "table",
    "demo": "command-line",
    "display": "display",
    "engine": "engine",
    "engine.corpus": "documents",
    "engine.reader.model": "language-model",
    "engine.roster": "class",
    "engine.store.usage": "class",
    "engine_home": "documents",
    "explain": "command-line",
    "extracts": "search",
    "finding": "find",
    "job": "task-options",
    "job.after": "follow-up",
    "job.archive": "jobs",
    "job.attach": "jobs",
    "job.export": "export",
    "job.handle": "jobs",
    "job.import_group": "jobs",
    "job.journal": "journal",
    "job.prompts": "prompt",
    "job.questions": "prompt",
    "job.runner": "jobs",
    "job.waiting": "jobs",
    "lessons": "lessons",
    "magics": "magics",
    "magics.connect": "connection",
    "model_address": "language-model",
    "postgres": "journal",
    "results": "prompt",
    "rooms": "documents",
    "settings": "settings",
    "tables": "table",
    "tables.accessor": "display",
}
#: The codes that stand beside a `raise`, not in the table.
_BY_HAND: Final = frozenset({"cost"})


def code_of_module(name: str) -> str:
    """The code of an error that a module has found.

        >>> code_of_module("parallel_nb.job.export.xlsx")
        'export'

    Args:
        name: The module's whole name.

    Returns:
        The code; "" for a module that is none of ours.
    """
    room = name.removeprefix(_ROOT) if name.startswith(_ROOT) else ""
    while room:
        if room in _BY_MODULE:
            return _BY_MODULE[room]
        room = room.rpartition(".")[0]
    return ""


#: All codes of what is found before anything is sent.
CODES_OF_INPUT: Final = frozenset(_BY_MODULE.values()) | _BY_HAND
