"""The room of many engines: one of them reads the documents, each has a copy of the index.

Who reads them puts each finished index where all can fetch it (`exchange`) and says so on the board
of the store. Its own requests are answered from a copy as well, so that all engines answer alike.
"""

from __future__ import annotations

import logging
import shutil
import threading
import time
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from parallel_nb.api.errors import ConnectionProblem
from parallel_nb.engine.index.keeper import RoomKeeper

if TYPE_CHECKING:
    from pathlib import Path

    from parallel_nb.engine.corpus.mirror import Mirror
    from parallel_nb.engine.index.exchange import Exchange
    from parallel_nb.engine.index.fulltext import Index
    from parallel_nb.engine.index.keeper import Progress

_log = logging.getLogger(__name__)
#: Seconds between two looks at the board.
_EVERY: Final = 1.0
#: The same after something went wrong.
_AGAIN_AFTER: Final = 5.0
#: Seconds that an engine which starts waits for an index before it says where it listens.
_PATIENCE: Final = 10.0


class Standing(NamedTuple):
    """What the board says of the room."""

    #: The finished index; None before there is one.
    name: str | None = None
    fingerprint: str = ""
    #: Why the documents cannot be read, and what to do; empty where they can.
    problem: str = ""
    remedy: str = ""
    #: The last look at the documents that somebody waits for, and the last one that has ended.
    wanted: int = 0
    done: int = 0


class Board(Protocol):
    """Where engines tell each other of the room."""

    def standing(self) -> Standing:
        """What it says now."""

    def want(self) -> int:
        """Ask for a look at the documents; gives its number."""

    def lead(self) -> bool:
        """Be the one engine that reads the documents, if no other is."""

    def report(self, standing: Standing) -> None:
        """Say how the room stands, all but `wanted`; fails where another engine leads."""

    def close(self) -> None:
        """Let another lead."""


class SharedRoom:
    """Keeps the copy of one engine, and reads the documents while it leads. See `RoomKeeper`."""

    def __init__(
        self,
        folder: Path,
        directory: Path,
        exchange: Exchange,
        board: Board,
        mirror: Mirror | None = None,
    ) -> None:
        """Nothing is read or fetched yet.

        Args:
            folder: the documents, or what is the folder of the mirror.
            directory: where this engine keeps what it needs.
            exchange: where finished indexes are.
            board: what the engines know of them.
            mirror: where the documents come from, if not from a folder.
        """
        self._folder = folder
        self._exchange = exchange
        self._board = board
        self._mirror = mirror
        self._copy = RoomKeeper(folder, directory / "copy")
        self._making: RoomKeeper | None = None
        self._making_in = directory / "making"
        self._working = directory / "working"
        self._known = Standing()
        #: A finished index that could not be fetched.
        self._missing: str | None = None
        self._next_look = 0.0
        self._stopped = threading.Event()
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._keep, name="room", daemon=True)

    # --- what is asked of a room --------------------------------------------------------

    @property
    def directory(self) -> Path:
        """Where workers find library and index."""
        return self._copy.directory

    @property
    def index(self) -> Index:
        """The room as this engine sees it."""
        return self._copy.index

    @property
    def fingerprint(self) -> str:
        """Changes with the documents."""
        return self._known.fingerprint

    @property
    def progress(self) -> Progress | None:
        """How far the reading is, where it is this engine that reads."""
        return None if self._making is None else self._making.progress

    @property
    def problem(self) -> ConnectionProblem | None:
        """Why the documents cannot be read."""
        known = self._known
        return ConnectionProblem(known.problem, known.remedy) if known.problem else None

    def start(self) -> None:
        """Keep up from now on, on a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Let another engine read the documents."""
        self._stopped.set()
        if self._making is not None:
            self._making.interrupt()
        with self._changed:
            self._changed.notify_all()
        if self._thread.ident is not None:
            self._thread.join()
        for keeper in (self._making, self._copy):
            if keeper is not None:
                keeper.stop()
        self._board.close()

    def look(self) -> int:
        """Have the documents looked at now; gives the number of the look."""
        wanted = self._board.want()
        with self._changed:
            self._changed.notify_all()
        return wanted

    def has_ended(self, look: int, timeout: float) -> bool:
        """Wait until a look has ended and is seen here; False when it has not in time."""
        with self._changed:
            return self._changed.wait_for(
                lambda: self._known.done >= look or self._stopped.is_set(), timeout
            )

    def wait_until_readable(self, patience: float) -> None:
        """Wait until there are documents or a reason why not; for some seconds."""
        with self._changed:
            self._changed.wait_for(
                lambda: len(self.index) or self._known.problem, max(patience, _PATIENCE)
            )

    # --- on the room's thread -----------------------------------------------------------

    def _keep(self) -> None:
        pause = 0.0
        while not self._stopped.is_set():
            try:
                # first, so that what the board says then is the last that another leader has said
                leads = self._board.lead()
                standing = self._follow()
                if leads:
                    self._make(standing)
                    self._follow()
                pause = _EVERY
            except Exception:  # noqa: BLE001 - such as a bucket that is away: told, and tried again
                _log.exception("the room could not be brought up to date")
                pause = _AGAIN_AFTER
            with self._changed:
                self._changed.wait(pause)

    def _follow(self) -> Standing:
        """Fetch the finished index if it is a new one."""
        standing = self._board.standing()
        if standing.name not in {None, self._missing, self._copy.saved_as}:
            try:
                self._exchange.fetch(str(standing.name), self._copy, self._working)
            except FileNotFoundError:  # there is a newer one, or who leads has to make one anew
                self._missing = standing.name
                _log.warning("index %s is not where it was put", standing.name)
            else:
                _log.info("index %s: %d documents", standing.name, len(self.index))
        with self._changed:
            self._known = standing
            self._changed.notify_all()
        return standing

    def _make(self, standing: Standing) -> None:
        """Look at the documents, if it is time, and put the index there if it has changed."""
        making = self._keeper(standing.name)
        if standing.wanted <= standing.done and time.monotonic() < self._next_look:
            return
        try:
            if self._mirror is not None:
                self._mirror.update()
        except ConnectionProblem as error:
            making.problem = error
        else:
            making.update()
        making.progress = None
        if self._stopped.is_set():
            return
        name = standing.name
        if not making.is_saved and (len(making.index) or name is not None):
            name = self._exchange.put(making, self._working)
        problem = making.problem
        self._board.report(
            Standing(
                name,
                making.fingerprint,
                problem.message if problem else "",
                problem.remedy if problem else "",
                done=standing.wanted,
            )
        )
        if name is not None and name != standing.name:
            self._exchange.remove_old(name)
        self._next_look = time.monotonic() + making.pause

    def _keeper(self, name: str | None) -> RoomKeeper:
        """What reads the documents; it goes on from the finished index of this name.

        So nothing is read twice, and no document gets a number that another one has had, also
        where another engine has led meanwhile.
        """
        if self._making is None:
            _log.info("this engine reads the documents from now on")
            self._making = RoomKeeper(self._folder, self._making_in)
        if name is not None and self._making.saved_as != name:
            try:
                self._exchange.fetch(name, self._making, self._working)
            except FileNotFoundError:
                _log.warning("index %s is gone, so all documents are read anew", name)
                self._making.stop()
                shutil.rmtree(self._making_in)
                self._making = RoomKeeper(self._folder, self._making_in)
                # higher than any before: in seconds, more documents than a room can get
                self._making.begin_anew(int(time.time()), name)
            self._next_look = 0.0
        return self._making
