"""Rooms of several folders, files and patterns: a small file lists them and stands for a folder.

The engine and those who look for it know a room by one path. For several sources that path is the
file written here, below the settings' home, named after what it lists: the same sources are the
same room.
"""

from __future__ import annotations

import hashlib
import os
from glob import glob, has_magic
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from parallel_nb.api.errors import ConnectionProblem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_SUFFIX: Final = ".room"
_MOST_SOURCES: Final = 10_000


#: Ten documents of mixed formats about a firm that rents warehouses, written for this package.
_SAMPLE_ROOM: Final = Path(__file__).parent / "dataroom"


def sample_room() -> Path:
    """The folder of the sample data room: leases, minutes, figures and mails of a made-up firm.

    Returns:
        Ten files: PDF, a scan without text, Word, Excel, PowerPoint, CSV, mail, HTML, Markdown and
        text. They are part of the package.

    Examples:
        >>> sample_room().name
        'dataroom'
        >>> pnb.connect("embedded", documents=pnb.sample_room())  # doctest: +SKIP
    """
    return _SAMPLE_ROOM


def is_room(path: Path) -> bool:
    """Whether a path is the list of a room's sources."""
    return path.suffix == _SUFFIX and path.is_file()


def sources_of(documents: Any) -> list[str] | None:
    """The sources that a person has named; None where it is one folder, or none is.

    Examples:
        >>> sources_of("dataroom/"), sources_of(["leases", "mails/*.eml"])
        (None, ['leases', 'mails/*.eml'])
    """
    if documents is None:
        return None
    if isinstance(documents, str | os.PathLike):
        try:
            path = Path(os.fsdecode(documents)).expanduser()
            is_file = path.is_file()
        except (OSError, RuntimeError, ValueError):  # no such path can be, which is told later
            return None
        is_pattern = has_magic(str(path)) and not path.exists()
        return [str(path)] if is_pattern or (is_file and not is_room(path)) else None
    sources = [os.fsdecode(source) for source in documents]
    return None if len(sources) == 1 and Path(sources[0]).expanduser().is_dir() else sources


def write_room(sources: Sequence[str], folder: Path) -> Path:
    """Write the list of a room's sources below `folder`.

    Returns:
        The path that stands for the room.

    Raises:
        ConnectionProblem: There is no source, too many, or one that names no file; or the list
            cannot be written.
    """
    if not 0 < len(sources) <= _MOST_SOURCES:
        raise ConnectionProblem(
            f"documents names {len(sources):,} folders and files.",
            f"Name at least one, and at most {_MOST_SOURCES:,}; a folder stands for all below it.",
        )
    absolute = []
    for source in sources:
        path = os.path.abspath(Path(source).expanduser())  # noqa: PTH100 - keeps links and patterns
        if not Path(path).exists() and not (has_magic(path) and _matching(path)):
            what = "matches no file" if has_magic(path) else "does not exist"
            raise ConnectionProblem(
                f"{source!r} among the documents {what}.",
                "Pass folders, files, or patterns such as 'mails/*.eml'.",
            )
        absolute.append(path)
    absolute = list(dict.fromkeys(absolute))
    content = msgspec.json.encode(absolute)
    path_of_room = folder / f"{hashlib.sha256(content).hexdigest()[:16]}{_SUFFIX}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path_of_room.exists():
            making = path_of_room.with_suffix(f".{os.getpid()}")
            making.write_bytes(content)
            making.replace(path_of_room)
    except OSError as error:
        raise ConnectionProblem(
            f"The list of documents {path_of_room} cannot be written: {error.strerror}.",
            "Check the rights of its folder, or set PARALLEL_NB_HOME.",
        ) from error
    return path_of_room


def read_room(path: Path) -> Iterator[tuple[Path, list[Path] | None]]:
    """The sources of a room: each a folder with None, or a folder with the files meant in it.

    Raises:
        ConnectionProblem: The list cannot be read.
    """
    try:
        sources = msgspec.json.decode(path.read_bytes(), type=list[str])
    except (OSError, msgspec.DecodeError) as error:
        raise ConnectionProblem(
            f"The list of documents {path} cannot be read.", "Connect with documents=[...] again."
        ) from error
    for source in sources:
        if Path(source).is_dir():
            yield Path(source), None
        elif Path(source).is_file():
            yield Path(source).parent, [Path(source)]
        elif has_magic(source):
            parts = Path(source).parts
            fixed = next(n for n, part in enumerate(parts) if has_magic(part))
            yield Path(*parts[:fixed]), _matching(source)


def _matching(pattern: str) -> list[Path]:
    """The files that a pattern matches, in order; hidden ones stay out."""
    found = sorted(map(Path, glob(pattern, recursive=True)))  # noqa: PTH207 - patterns are absolute
    return [path for path in found if path.is_file()]


def room_name(path: Path) -> str:
    """How displays call a room: its first sources by their names."""
    names = list(dict.fromkeys(root.name or "documents" for root, _ in read_room(path)))
    more = f" and {len(names) - 2} more" if len(names) > 2 else ""
    return ", ".join(names[:2]) + more
