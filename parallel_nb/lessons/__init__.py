"""The course: its notebooks, and checks that tell a student whether an answer is right.

`notebooks/source/` has the text of the lessons, from which `notebooks/source/build.py` makes
the notebooks and, apart from them, their solutions.
"""

from parallel_nb.lessons.checks import NotYet, check, hint, seal
from parallel_nb.lessons.course import LESSONS, copy_course, folder

__all__ = ["LESSONS", "NotYet", "check", "copy_course", "folder", "hint", "seal"]
