"""A connection to an engine that somebody else serves, such as that of a class."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, ClassVar, Final

from parallel_nb.api.errors import AuthenticationError, ConnectionProblem, ParallelError
from parallel_nb.connection.background import run
from parallel_nb.connection.connection import SERVED, Connection
from parallel_nb.connection.described import Description, DocumentList
from parallel_nb.formats import count, shorten

if TYPE_CHECKING:
    from parallel_nb.connection.connection import ConnectionKind, Endpoint
    from parallel_nb.connection.described import DocumentStatus

_NAME_CHARS: Final = 80
#: Seconds in which an engine must say what documents it has now.
_WITHIN: Final = 3.0


class ServedConnection(Connection):
    """Answers come from the documents of an engine at an address, and cost nothing."""

    kind: ClassVar[ConnectionKind] = "embedded"

    def __init__(self, endpoint: Endpoint, *, place: str, account: str, key_source: str) -> None:
        """Ask the engine what it is.

        Args:
            endpoint: where it is, and the key or token.
            place: the address as it is shown.
            account: a digest of the key, which tells students apart in the journal.
            key_source: in words, where the key was found.

        Raises:
            ConnectionProblem: It does not know the key.
            ParallelError: It does not answer, or not as an engine does.
        """
        super().__init__(endpoint, identity=f"{SERVED}{place}{account}", label="", detail="")
        self._place, self._key_source = place, key_source
        try:
            self._describe(run(self.client.ask_engine("/engine", Description)))
        except AuthenticationError as error:
            raise ConnectionProblem(
                f"The engine at {place} does not know the token from {key_source}."
                if endpoint.key
                else f"The engine at {place} asks for a token, and none was found.",
                "Put the token that you were given for it into PARALLEL_NB_TOKEN, or into a file "
                "and its path into PARALLEL_NB_TOKEN_FILE.",
            ) from error

    def _describe(self, engine: Description) -> None:
        documents, place = count(engine.documents, "document"), self._place
        self.label = f"embedded: {shorten(engine.name, _NAME_CHARS)}, {documents}"
        if engine.skipped:
            self.label += f", {engine.skipped:,} not read"
        self.label += f", at {place}"
        self.detail = f"Answers come from {documents} at {place}, not from the web. "
        if engine.model:
            self.label += f", with {shorten(engine.model, _NAME_CHARS)}"
        if engine.semantic:
            self.detail += f"{engine.semantic.words} "
        self.detail += f"Key from {self._key_source}."
        self.edition = f"{engine.version} {engine.fingerprint}"

    def revive(self) -> bool:
        """Ask what documents it has now: what it answered before they changed does not count.

        Returns:
            False: it is not for us to start it.
        """
        with contextlib.suppress(ParallelError, TimeoutError):  # what is asked next tells it
            self._describe(run(self._ask_now()))
        return False

    async def _ask_now(self) -> Description:
        async with asyncio.timeout(_WITHIN):
            return await self.client.ask_engine("/engine", Description)

    def documents(self) -> list[DocumentStatus]:
        """See `Connection.documents`."""
        return run(self.client.ask_engine("/engine/documents", DocumentList)).documents
