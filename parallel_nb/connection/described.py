"""What an engine says of itself, and of its documents; read here alone, whoever serves it."""

from __future__ import annotations

from typing import Final

import msgspec

from parallel_nb.formats import shorten

_PROBLEM_CHARS: Final = 200


class SemanticState(msgspec.Struct, frozen=True):
    """How far an engine's ranking by meaning is, where `parallel-nb[semantic]` is installed."""

    #: The share of the passages that are ranked so.
    share: float
    #: Why no more are; None where nothing is wrong.
    problem: str | None = None

    @property
    def words(self) -> str:
        """One sentence about it.

        >>> SemanticState(0.37).words
        'Searches rank by meaning too, so far for 37 % of the passages.'
        """
        percent = f"{int(100 * self.share)} % of the passages"
        if self.problem:
            why = shorten(self.problem, _PROBLEM_CHARS)
            if self.share:
                return f"Searches rank by meaning too, but for {percent} alone ({why})."
            return f"Searches rank by words alone: parallel-nb[semantic] does not work ({why})."
        so_far = f", so far for {percent}"
        return f"Searches rank by meaning too{so_far if self.share < 1 else ''}."


class ReadingProgress(msgspec.Struct, frozen=True):
    """How far an engine is with the files that are new or have changed."""

    read: int
    files: int
    #: None where nothing can be said yet.
    seconds_left: float | None = None


class ModelUsage(msgspec.Struct, frozen=True):
    """What an engine has asked its language model since it started; tokens as that counts them."""

    requests: int = 0
    #: Replies that were known from before.
    cached: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0


class Description(msgspec.Struct):
    """What an engine answers at `/engine`."""

    name: str
    documents: int
    pid: int
    version: str
    fingerprint: str
    #: How many files were not read.
    skipped: int = 0
    #: None where all is read.
    reading: ReadingProgress | None = None
    #: The name of the language model that reads, if one does.
    model: str | None = None
    semantic: SemanticState | None = None
    model_usage: ModelUsage | None = None


class Refreshed(Description, kw_only=True):
    """What it answers at `/engine/refresh`."""

    #: The number of the look at its folder that is waited for.
    look: int
    #: Whether all that was there at the look is read.
    is_read: bool
    #: Message and remedy where nothing can be read.
    problem: tuple[str, str] | None = None


class DocumentStatus(msgspec.Struct, frozen=True):
    """A document of an engine, or a file that it could not read."""

    #: Below the folder; goes on within a file that holds files.
    path: str
    #: Such as PDF.
    format: str
    #: "read", "read in part", "duplicate", "near duplicate" or "not read".
    status: str
    #: Why not, or what of it not.
    reason: str | None = None
    pages: int | None = None
    characters: int | None = None
    language: str | None = None
    date: str | None = None
    title: str | None = None
    url: str | None = None
    #: The path of the first document with the same, or nearly the same text.
    duplicate_of: str | None = None


class DocumentList(msgspec.Struct):
    """What an engine answers at `/engine/documents`."""

    documents: list[DocumentStatus]
