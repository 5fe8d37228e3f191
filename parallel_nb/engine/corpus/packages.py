"""Office files of today are ZIP archives of XML parts: opened here, with limits.

A few kilobytes may unpack to terabytes, so sizes are summed before anything is read.
"""

from __future__ import annotations

import contextlib
import io
import posixpath
import zipfile
from typing import TYPE_CHECKING, Any, Final

from lxml import etree

from parallel_nb.engine.corpus.page import UnreadableFileError
from parallel_nb.formats import size

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Bytes that an archive may unpack to, how many times its own size, and its entries.
MAX_UNPACKED: Final = 512 * 1024 * 1024
MAX_RATIO: Final = 200
MAX_ENTRIES: Final = 10_000
#: An archive that unpacks to less is no bomb, whatever the ratio.
_HARMLESS: Final = 20 * 1024 * 1024
_RELATIONSHIP: Final = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_CORE: Final = "docProps/core.xml"
_DC: Final = "{http://purl.org/dc/elements/1.1/}"
_TERMS: Final = "{http://purl.org/dc/terms/}"


class Package:
    """An Office file that is open.

    Examples:
        >>> package = Package(data)  # doctest: +SKIP
        >>> package.part("word/document.xml").tag  # doctest: +SKIP
    """

    def __init__(self, data: bytes) -> None:
        """Open it.

        Raises:
            UnreadableFileError: it is damaged, protected, or unpacks to too much.
        """
        self._archive = open_zip(data)

    def names(self, folder: str) -> list[str]:
        """The parts in a folder, such as `word/`."""
        return [name for name in self._archive.namelist() if name.startswith(folder)]

    def read(self, name: str) -> bytes | None:
        """The bytes of a part; None where the file has no such part.

        Raises:
            UnreadableFileError: it is damaged, or protected.
        """
        try:
            return self._archive.read(name)
        except KeyError:
            return None
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError) as error:
            raise UnreadableFileError("it is damaged") from error
        except RuntimeError as error:  # zipfile says so of an entry with a password
            raise UnreadableFileError("it is protected by a password") from error

    def part(self, name: str) -> Any:
        """The root of a part; None where the file has no such part.

        Raises:
            UnreadableFileError: it is damaged, or protected.
        """
        data = self.read(name)
        if data is None:
            return None
        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, huge_tree=True, remove_comments=True
        )
        try:
            return etree.fromstring(data, parser)
        except (etree.XMLSyntaxError, ValueError) as error:
            raise UnreadableFileError(f"its part {name} is damaged") from error

    def related(self, name: str) -> Iterator[tuple[str, str, str]]:
        """What a part refers to: the id, the last word of the kind, and the part's name."""
        folder, base = posixpath.split(name)
        root = self.part(f"{folder}/_rels/{base}.rels")
        for relationship in root.iter(_RELATIONSHIP) if root is not None else ():
            if relationship.get("TargetMode") != "External":
                target = posixpath.normpath(posixpath.join(folder, relationship.get("Target", "")))
                kind = relationship.get("Type", "").rpartition("/")[2]
                yield relationship.get("Id", ""), kind, target.lstrip("/")

    def properties(self) -> dict[str, str]:
        """What the file says of itself: `title`, `created` and `language`, where it does."""
        with contextlib.suppress(UnreadableFileError):
            root = self.part(_CORE)
            if root is not None:
                return {
                    "title": (root.findtext(f"{_DC}title") or "").strip(),
                    "created": (root.findtext(f"{_TERMS}created") or "")[:10],
                    "language": (root.findtext(f"{_DC}language") or "").strip(),
                }
        return {}


def open_zip(data: bytes) -> zipfile.ZipFile:
    """Open an archive that does not unpack to too much.

    Raises:
        UnreadableFileError: it does, or is damaged.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise UnreadableFileError("it is damaged") from error
    if len(entries) > MAX_ENTRIES:
        raise UnreadableFileError(f"it has over {MAX_ENTRIES:,} entries")
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > MAX_UNPACKED or unpacked > max(_HARMLESS, MAX_RATIO * len(data)):
        raise UnreadableFileError(f"it would unpack to {size(unpacked)}")
    return archive
