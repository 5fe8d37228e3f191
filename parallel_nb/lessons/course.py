"""Where the notebooks of the course are, and copies of them to work in."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from parallel_nb.api.errors import InputError

#: The notebooks in the order of the course, without their suffix, and what each is about.
LESSONS: Final = {
    "01_quickstart": "search, one question, a table of questions",
    "02_searching": "objective, queries, domains, dates, what ranking means",
    "03_asking_well": "prompts, fields, types, null, the plan and its price",
    "04_reading_evidence": "basis, confidence, and sources that disagree or are out of date",
    "05_tables_at_scale": "samples, merging, interrupt, resume, retry, cost",
    "06_due_diligence": "a list of questions over a room of documents",
    "07_finding": "from a sentence to a table to answers to follow-ups",
    "08_without_a_notebook": "scripts, the command line, the vendor's SDK, a scheduled run",
}
#: What the lessons use, beside them; copied with them.
_BESIDE: Final = ("truth",)


@dataclass(frozen=True, slots=True)
class CourseFile:
    """One file of the course."""

    #: Below the folder of the course, with `/` between its parts.
    name: str
    path: Path


def folder(name: str = "") -> Path:
    """The folder of the course, or one in it: what the lessons read.

        pnb.lessons.folder("truth")

    Args:
        name: "truth" (tables to compare answers with); without it the folder of the notebooks.

    Returns:
        Its path, in the installation or in the checkout. Work in a copy: see `copy_course`.

    Raises:
        InputError: There is none.

    Examples:
        >>> folder("truth").name
        'truth'
    """
    package = Path(__file__).parents[1]
    for course in (package / "lessons" / "course", package.parent / "notebooks"):
        if (course / f"{next(iter(LESSONS))}.ipynb").is_file() and (course / name).is_dir():
            return course / name
    raise InputError(
        f"This installation has no lessons{f' with a folder {name!r}' if name else ''}.",
        f"The folders are {' and '.join(_BESIDE)}; if they are missing, install parallel_nb anew.",
    )


def course_files(*, solutions: bool = False) -> list[CourseFile]:
    """The files of the course: the notebooks in their order, then what they use.

    Args:
        solutions: Also the notebooks with the solutions.

    Raises:
        InputError: The installation has none.
    """
    course = folder()
    names = [f"{name}.ipynb" for name in LESSONS]
    if solutions:
        names += [f"solutions/{name}" for name in names]
    beside = [
        path.relative_to(course).as_posix()
        for place in _BESIDE
        for path in sorted((course / place).rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    ]
    return [CourseFile(name, course / name) for name in (*names, *beside)]


def copy_course(target: str | Path, *, solutions: bool = False) -> list[str]:
    """Copy the course into a folder. A file that is there already is left as it is.

        copy_course("lessons")

    Args:
        target: The folder to copy to; made if need be.
        solutions: Also the notebooks with the solutions.

    Returns:
        The names of the files that were copied.

    Raises:
        InputError: The folder cannot be written.

    Examples:
        >>> copy_course("lessons")  # doctest: +SKIP
    """
    copied = []
    try:
        for file in course_files(solutions=solutions):
            place = Path(target) / file.name
            if place.exists():
                continue
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file.path, place)
            copied.append(file.name)
    except OSError as error:
        raise InputError(
            f"The lessons cannot be copied to {target}: {error.strerror or error}.",
            "Name another folder: parallel-nb lessons DIR.",
        ) from error
    return copied
