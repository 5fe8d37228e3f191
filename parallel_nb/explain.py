"""The pages that explain our errors, as `parallel-nb explain` prints them without a network.

They are those of the documentation, `docs/errors/CODE.md`, installed with the package, as are
the guides that they lead to, `docs/how-to/TASK.md`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from parallel_nb.api.errors import InputError
from parallel_nb.formats import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

_PACKAGE: Final = Path(__file__).parent
#: Where they are in an installed package, and in a checkout.
_FOLDERS: Final = (_PACKAGE / "explanations", _PACKAGE.parent / "docs")
_ERRORS: Final = "errors/"
#: The status of an answer, in the title of a page.
_STATUS: Final = re.compile(r"\b\d{3}\b")
_LINK: Final = re.compile(r"\[([^\]]+)\]\(([\w./-]+)\.md\)")


def explanation(code: str) -> str:
    """The page of a code, or a guide, as Markdown that reads well on a terminal.

        >>> explanation("cost").splitlines()[0]
        '# It would cost more than the limit'

    Args:
        code: As an error names it; the status of an answer, such as `429`; or a guide, such as
            `how-to/class`.

    Raises:
        InputError: There is no such page; names the nearest.
    """
    pages = _pages()
    name = code.strip().casefold()
    if name.isdecimal():  # titles name the statuses, as in "Too many requests (429)"
        name = next((of for of, title in codes() if name in _STATUS.findall(title)), name)
    if name not in pages:
        raise InputError(
            f"There is no code {code!r}.",
            f"{did_you_mean(name, pages)}`parallel-nb explain` lists all.",
        )

    def command_for(link: re.Match[str]) -> str:
        text, target = link.groups()
        target = target.removeprefix("../")
        beside = target if target in pages or "/" in target else f"how-to/{target}"
        return f"{text} (parallel-nb explain {beside})" if beside in pages else text

    return _LINK.sub(command_for, pages[name].read_text("utf-8"))


def codes() -> Iterator[tuple[str, str]]:
    """Each code with the title of its page, then each guide, in the order of the alphabet."""
    for code, path in _pages().items():
        with path.open(encoding="utf-8") as stream:
            yield code, stream.readline().removeprefix("# ").strip()


def _pages() -> dict[str, Path]:
    root = next((root for root in _FOLDERS if (root / _ERRORS).is_dir()), None)
    if root is None:
        raise InputError("The explanations are not installed.", "Install parallel_nb again.")
    return {
        path.relative_to(root).with_suffix("").as_posix().removeprefix(_ERRORS): path
        for folder in (_ERRORS, "how-to")
        for path in sorted((root / folder).glob("*.md"))
        if path.stem != "index"
    }
