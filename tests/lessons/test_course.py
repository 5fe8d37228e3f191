"""The course: one source for lessons and solutions, and copies to work in."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import parallel_nb as pnb
from parallel_nb import cli
from parallel_nb.api.errors import InputError
from parallel_nb.lessons import LESSONS, checks, copy_course, folder

ROOT = Path(__file__).parents[2]
NOTEBOOKS = ROOT / "notebooks"


@cache
def build() -> Any:
    """`notebooks/source/build.py`, a script."""
    spec = importlib.util.spec_from_file_location("build", NOTEBOOKS / "source" / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def cells(notebook: dict[str, Any]) -> list[tuple[str, str, list[str], str]]:
    return [
        (
            cell["id"],
            cell["cell_type"],
            list(cell["metadata"].get("tags", [])),
            "".join(cell["source"]),
        )
        for cell in notebook["cells"]
    ]


def read(path: Path) -> dict[str, Any]:
    notebook: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return notebook


@pytest.mark.parametrize("name", LESSONS)
def test_the_notebooks_say_what_their_source_says(name: str) -> None:
    """After a change of a source: `make renew-lessons`."""
    source = NOTEBOOKS / "source" / f"{name}.md"
    for solved, path in [
        (False, NOTEBOOKS / f"{name}.ipynb"),
        (True, NOTEBOOKS / "solutions" / f"{name}.ipynb"),
    ]:
        assert cells(read(path)) == cells(build().make(source, solved=solved)), path


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_has_its_parts_and_keeps_its_answers_apart(name: str) -> None:
    lesson = read(NOTEBOOKS / f"{name}.ipynb")
    texts = [text for _, kind, _, text in cells(lesson) if kind == "markdown"]
    prose = "\n".join(texts)
    number = int(name[:2])
    assert prose.startswith(f"# {number}. ")
    for part in ("In this lesson you", "minutes", "## Exercises", "## Summary", "Read next"):
        assert part in prose or (number == 8 and part == "Read next")
    assert "vendor's own recipe" in prose
    own = [exercise for exercise in checks.exercises() if exercise.startswith(f"{number}.")]
    assert 2 <= len(own) <= 4
    solved = cells(read(NOTEBOOKS / "solutions" / f"{name}.ipynb"))
    for exercise in own:
        assert f"**{exercise}** " in prose
        assert any(f'check("{exercise}"' in text for *_, text in solved)
    given = {text for _, _, tags, text in solved if "solution" in tags}
    assert given.isdisjoint(text for *_, text in cells(lesson))
    assert not any("exercise" in tags for _, _, tags, _ in solved)


def test_an_exercise_has_no_output_and_lets_run_all_go_on() -> None:
    for name in LESSONS:
        for cell in read(NOTEBOOKS / f"{name}.ipynb")["cells"]:
            tags = cell["metadata"].get("tags", [])
            if "exercise" in tags:
                assert "raises-exception" in tags
                assert cell["outputs"] == []


def test_nothing_of_the_machine_that_made_them_is_in_the_lessons() -> None:
    for name in LESSONS:
        text = (NOTEBOOKS / f"{name}.ipynb").read_text("utf-8")
        assert not re.search(r"/home/|/root/|/work/|/tmp/|site-packages", text), name


def test_a_copy_has_all_lessons_and_what_they_use_and_keeps_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "01_quickstart.ipynb").write_text("mine")
    copied = copy_course(tmp_path)
    assert (tmp_path / "01_quickstart.ipynb").read_text() == "mine"
    assert "01_quickstart.ipynb" not in copied
    assert {f"{name}.ipynb" for name in LESSONS} - {"01_quickstart.ipynb"} < set(copied)
    assert (tmp_path / "truth" / "companies.csv").is_file()
    assert not (tmp_path / "solutions").exists()
    assert copy_course(tmp_path) == []
    assert len(copy_course(tmp_path, solutions=True)) == len(LESSONS)


def test_the_command_copies_them_and_says_how_to_go_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "course"
    assert cli.main(["lessons", str(place)]) == cli.DONE
    said = capsys.readouterr()
    assert len(said.out.splitlines()) == len(LESSONS)
    assert f"jupyter lab {place}" in said.err
    assert cli.main(["lessons", str(place)]) == cli.DONE
    assert capsys.readouterr().out.count("left as it was") == len(LESSONS)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be copied"):
        copy_course(tmp_path / "file")


def test_the_folders_of_the_course_are_found_and_others_are_named() -> None:
    assert (folder("truth") / "companies.csv").is_file()
    with pytest.raises(pnb.InputError) as missing:
        folder("nowhere")
    assert "truth" in missing.value.remedy
