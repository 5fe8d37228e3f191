"""The pages that explain our errors, as `parallel-nb explain` prints them without a network.

They are those of the documentation, `docs/errors/CODE.md`, and are installed with the package.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from parallel_nb.api.errors import InputError
from parallel_nb.formats import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

_PACKAGE: Final = Path(__file__).parent
#: Where they are in an installed package, and in a checkout.
_FOLDERS: Final = (_PACKAGE / "explanations", _PACKAGE.parent / "docs" / "errors")


def explanation(code: str) -> str:
    """The page of a code, as Markdown.

        >>> explanation("cost").splitlines()[0]
        '# It would cost more than the limit'

    Args:
        code: As an error names it.

    Raises:
        InputError: There is no such code; names the nearest.
    """
    pages = _pages()
    name = code.strip().casefold()
    if name not in pages:
        raise InputError(
            f"There is no code {code!r}.",
            f"{did_you_mean(name, pages)}`parallel-nb explain` lists all.",
        )
    return pages[name].read_text("utf-8")


def codes() -> Iterator[tuple[str, str]]:
    """Each code with the title of its page, in the order of the alphabet."""
    for code, path in _pages().items():
        with path.open(encoding="utf-8") as stream:
            yield code, stream.readline().removeprefix("# ").strip()


def _pages() -> dict[str, Path]:
    folder = next((folder for folder in _FOLDERS if folder.is_dir()), None)
    if folder is None:
        raise InputError("The explanations are not installed.", "Install parallel_nb again.")
    paths = sorted(folder.glob("*.md"))
    return {path.stem: path for path in paths if path.stem != "index"}
