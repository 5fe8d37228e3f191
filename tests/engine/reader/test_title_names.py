"""The names in titles follow a room that changes, and are those of a room that is read anew."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from parallel_nb.engine.index.keeper import RoomKeeper
from parallel_nb.engine.reader.subject_names import TitleNames, title_names

if TYPE_CHECKING:
    from pathlib import Path

TITLES = ("MySQL in short", "Lead", "Acme Group (Tilburg)", "The Acme Group", "acme", "In short")


def known(names: TitleNames) -> list[dict[Any, list[int]]]:
    return [names.exact, names.leading, names.written, names._by_root]


def test_names_of_titles_follow_the_room(tmp_path: Path) -> None:
    room, chance = tmp_path / "room", random.Random(3)  # noqa: S311 - a seeded test
    room.mkdir()
    keeper = RoomKeeper(room, tmp_path / "index")
    followed = TitleNames()
    for _ in range(8):
        for number in range(12):
            page = room / f"{number}.md"
            if chance.random() < 0.3:
                page.unlink(missing_ok=True)
            elif chance.random() < 0.5:
                page.write_text(f"# {chance.choice(TITLES)}\n\n{'It is so. ' * number}")
        keeper.update()
        followed.follow(keeper.index)
        anew = TitleNames()
        anew.follow(keeper.index)
        assert known(followed) == known(anew)
        assert title_names(keeper.index) is title_names(keeper.index)
    keeper.stop()
