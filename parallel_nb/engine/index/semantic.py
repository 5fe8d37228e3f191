"""Ranking by meaning, beside that by words, where `parallel-nb[semantic]` is installed.

The passages that a query's words find are ranked anew: by how well their words match and, with
half the weight, how near their meaning is. Their vectors are made by a process of the lowest
priority (`embedding_worker`); a passage that has none yet stays where its words have put it.
"""

from __future__ import annotations

import logging
import math
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Protocol

from parallel_nb import engine_home
from parallel_nb.engine.corpus.extraction import environment
from parallel_nb.engine.corpus.library import is_damage
from parallel_nb.engine.index.embedder import (
    DIMENSIONS,
    QUERY_PIECES,
    Embedder,
    NoEmbedderError,
)
from parallel_nb.engine.index.embedding_worker import FOUND_DAMAGE, open_vectors, remove_vectors
from parallel_nb.engine.index.passage_index import key_of_passage

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from parallel_nb.engine.index.fulltext import Index, PassageHit
    from parallel_nb.engine.index.vectors import Vectors

_log = logging.getLogger(__name__)
#: Weight of meaning beside words, each in standard deviations among the passages of a query. Not
#: ours: it was the best on three sets of judged questions that have nothing to do with us.
_WEIGHT: Final = 0.5
#: Seconds between two looks whether the room has changed.
_LOOK_EVERY: Final = 1.0
#: How often the process may end before its time, and seconds after which it is tried again.
_ATTEMPTS: Final = 3
_AGAIN_AFTER: Final = 300.0
_WORKER: Final = "parallel_nb.engine.index.embedding_worker"


class Room(Protocol):
    """What is needed of a `RoomKeeper` or a `SharedRoom`."""

    @property
    def directory(self) -> Path:
        """Where it is kept."""

    @property
    def index(self) -> Index:
        """The room as it is now."""

    @property
    def progress(self) -> object | None:
        """None where nothing is being read."""


def fuse(hits: Sequence[PassageHit], near: Sequence[float | None]) -> list[PassageHit]:
    """Passages ranked by words and meaning: the sum of both in standard deviations.

    Args:
        hits: what the words of a query have found.
        near: how near the meaning of each is to the query's; None where that is not known.

    Returns:
        The passages, best first, with scores from 0 to 1.

    Examples:
        >>> by_words = [PassageHit(1, 0, 1.0, 1), PassageHit(2, 0, 0.9, 1)]  # doctest: +SKIP
        >>> [hit.document_id for hit in fuse(by_words, [0.1, 0.7])]  # doctest: +SKIP
        [2, 1]
    """
    known = [each for each in near if each is not None]
    mean, spread = _mean_and_deviation(known)
    if not spread:
        return list(hits)
    # on the scale of the words' scores: the order is that of the sum
    unit = _WEIGHT * _mean_and_deviation([hit.score for hit in hits])[1] / spread
    scores = [
        hit.score + (0.0 if each is None else unit * (each - mean))
        for hit, each in zip(hits, near, strict=True)
    ]
    best = max(scores)
    ranked = [
        hit._replace(score=max(0.0, score / best)) for hit, score in zip(hits, scores, strict=True)
    ]
    return sorted(ranked, key=lambda hit: (-hit.score, hit.document_id, hit.number))


def _mean_and_deviation(figures: Sequence[float]) -> tuple[float, float]:
    """The mean of some figures and their standard deviation; zeros where there are none."""
    count = max(1, len(figures))
    mean = math.fsum(figures) / count
    return mean, math.sqrt(math.fsum((each - mean) ** 2 for each in figures) / count)


class SemanticRanking:
    """Keeps the vectors of a room up to date, and ranks by them. One engine has one.

    Examples:
        >>> ranking = open_ranking(room)  # doctest: +SKIP
        >>> room.index.search(["who owns the ship"], rescore=ranking.rescore)  # doctest: +SKIP
    """

    def __init__(self, room: Room) -> None:
        """Nothing is opened yet."""
        self._room = room
        self._vectors: Vectors | None = None
        self._damaged = False
        self._embedder: Embedder | None = None
        self._vector_of = lru_cache(maxsize=256)(self._embed)
        #: Why passages are ranked by words alone, as a clause; empty where it works.
        self.problem = ""
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="meaning", daemon=True)

    def start(self) -> None:
        """Keep the vectors up to date from now on, on a thread of its own."""
        with suppress(Exception):  # it is tried again on the thread, and told there
            self._open()  # so that the share is right from the first moment
        self._thread.start()

    def stop(self) -> None:
        """Let go; what is not done yet is done by the next engine."""
        self._stopped.set()
        if self._thread.ident is not None:
            self._thread.join()
        if self._vectors is not None:
            self._vectors.close()

    def share(self) -> float:
        """The share of the room's passages that have a vector."""
        if self._vectors is None:
            return 0.0
        index = self._room.index
        try:
            whole, present = self._vectors.whole(), index.corpus.numbers()
        except sqlite3.Error as error:
            self._tell(error)
            return 0.0
        count = sum(whole[number] for number in whole.keys() & present)
        return min(1.0, count / max(1, index.passage_count))

    def describe(self) -> dict[str, Any]:
        """What `/engine` says of it: the share, and why it does not work if it does not."""
        share = 0.0 if self.problem and self._embedder is None else self.share()
        return {"share": share, "problem": self.problem or None}

    def rescore(self, query: str, hits: list[PassageHit]) -> list[PassageHit]:
        """Rank what the words of a query have found by meaning too; best first."""
        if self._embedder is None or self._vectors is None:
            return hits
        try:
            vectors = self._vectors.of([key_of_passage(hit[0], hit[1]) for hit in hits])
            return fuse(hits, self._near(query, hits, vectors)) if vectors else hits
        except Exception as error:  # noqa: BLE001 - an answer by words is better than none
            self._tell(error)
            return hits

    def _tell(self, error: Exception) -> None:
        """Note that the vectors could not be read; damaged ones are made anew."""
        _log.error("passages were ranked by words alone", exc_info=error)
        self._damaged = self._damaged or is_damage(error)

    def _near(
        self, query: str, hits: Sequence[PassageHit], vectors: dict[int, bytes]
    ) -> list[float | None]:
        """How near each passage is to a query; None for those without a vector."""
        import numpy as np  # noqa: PLC0415 - the extra is installed, so it is there

        rows = np.frombuffer(b"".join(vectors.values()), "<f2").reshape(-1, DIMENSIONS)
        cosines = (rows.astype(np.float32) @ self._vector_of(query)).tolist()
        near = dict(zip(vectors, cosines, strict=True))
        return [near.get(key_of_passage(hit.document_id, hit.number)) for hit in hits]

    def _embed(self, query: str) -> Any:
        assert self._embedder is not None  # noqa: S101 - rescore has looked
        return self._embedder.embed(query, QUERY_PIECES)

    # --- on a thread of its own ---------------------------------------------------------

    def _keep(self) -> None:
        done: Index | None = None
        again_at = math.inf
        while not self._stopped.is_set():
            index = self._room.index
            is_due = index is not done or self._damaged or time.monotonic() > again_at
            if is_due and len(index) and self._room.progress is None:
                done, again_at = index, math.inf
                try:
                    self._embedder = self._embedder or Embedder()
                    self._bring_up_to_date(index)
                    self.problem = ""
                except Exception as error:  # noqa: BLE001 - such as a full disk: told, not raised
                    _log.exception("the vectors cannot be brought up to date")
                    self.problem = str(error) or type(error).__name__
                    again_at = time.monotonic() + _AGAIN_AFTER
            self._stopped.wait(_LOOK_EVERY)

    def _open(self) -> Vectors:
        """The vectors as they are on disk now: the file may be damaged, or another one."""
        before = self._vectors
        if before is not None and before.is_there and not self._damaged:
            return before
        if before is not None:
            before.close()
        if self._damaged:
            remove_vectors(self._room.directory)
            self._damaged = False
        self._vectors = open_vectors(self._room.directory)
        return self._vectors

    def _bring_up_to_date(self, index: Index) -> None:
        """Have a process make what vectors are missing.

        Raises:
            NoEmbedderError: it has ended before its time again and again.
        """
        if index.corpus.numbers() == self._open().whole().keys():
            return
        for _ in range(_ATTEMPTS):
            problem = self._run_worker()
            if self._stopped.is_set():
                return
            is_done = not problem and not self._damaged
            self._open()
            if is_done:
                return
        raise NoEmbedderError(f"the process that reads the passages has ended with {problem}")

    def _run_worker(self) -> str:
        """Run the process until it ends or this engine does; why before its time, or nothing."""
        with subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-m", _WORKER, str(self._room.directory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment(),
        ) as process:
            while process.poll() is None:
                if self._stopped.wait(_LOOK_EVERY):
                    process.kill()
            self._damaged = self._damaged or process.returncode == FOUND_DAMAGE
            assert process.stdout is not None  # noqa: S101 - it is a pipe
            said = process.stdout.read().decode("utf-8", "replace").strip()
            return f"{process.returncode}: {said}" if said else str(process.returncode or "")


def open_ranking(room: Room) -> SemanticRanking | None:
    """The ranking by meaning of a room; None where the extra is not installed."""
    return SemanticRanking(room) if engine_home.has_semantic() else None
