"""A run that goes on from earlier ones: it keeps their subject, and the sources of the last one.

What a question names itself comes first: `And what about Sony?` is about Sony. One that names
nothing (`And who was it before?`) is about what the one before was about, and one that has no word
of its own besides asks the same again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from parallel_nb.engine.index.policy import allows
from parallel_nb.engine.reader.context import SourceDocument
from parallel_nb.engine.reader.language.vocabulary import STOP_ROOTS, roots
from parallel_nb.engine.reader.request import read_request
from parallel_nb.engine.reader.statements import read_statements
from parallel_nb.engine.reader.subject import TRUST_MENTION, find_subject

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parallel_nb.api.types import TaskRunInput
    from parallel_nb.engine.index.fulltext import Index
    from parallel_nb.engine.reader.context import ReadingContext
    from parallel_nb.engine.reader.request import RunRequest

#: Characters of an earlier question that are asked again.
_ASKED_AGAIN: Final = 500
#: Documents that an earlier answer rests on and that are read again, at most.
_MOST_CITED: Final = 10


@dataclass(frozen=True, slots=True)
class EarlierRun:
    """A run that another one goes on from."""

    #: The run as it was sent.
    asked: TaskRunInput
    #: The addresses that its answer rests on.
    cited: tuple[str, ...] = ()


def go_on(index: Index, request: RunRequest, earlier: Sequence[EarlierRun]) -> RunRequest:
    """The request with the subject of the earlier ones, where it names none itself.

    Args:
        index: the documents.
        request: what is asked now.
        earlier: the runs that it goes on from, the last one first.
    """
    if not earlier or _has_subject(index, request):
        return request
    asked = [read_request(run.asked) for run in earlier]
    subjects = (find_subject(index, before) for before in asked)
    name = next((subject.name for subject in subjects if subject.name and subject.trust), "")
    own_words = set(roots(request.text)) - STOP_ROOTS
    again = "" if own_words or request.row else asked[0].text[:_ASKED_AGAIN]
    text = " ".join(part for part in (f"{name}:" if name else "", again, request.text) if part)
    row = (("name", name), *request.row) if name and request.row else request.row
    return replace(request, text=text, row=row)


def _has_subject(index: Index, request: RunRequest) -> bool:
    """True where the question names what it is about, and a document is about that."""
    subject = find_subject(index, request)
    if not subject.name or not subject.trust:
        return False
    # `Since when?` begins with a capital, as any sentence does.
    is_first_word = not request.row and request.text.split(maxsplit=1)[0] == subject.name
    is_all = request.text.strip(" ?.!") == subject.name
    return not is_first_word or is_all or subject.has_page


def keep_sources(reading: ReadingContext, earlier: Sequence[EarlierRun]) -> ReadingContext:
    """The documents that are read, and those that the last answer rests on.

    In these only what names the subject counts, where there is one.
    """
    if not earlier:
        return reading
    numbers = {source.document.id for source in reading.sources}
    more = []
    for url in earlier[0].cited[:_MOST_CITED]:
        document = reading.index.document(url)
        if document is None or document.id in numbers:
            continue
        if allows(reading.request.policy, document):
            numbers.add(document.id)
            more.append(
                SourceDocument.read(
                    read_statements(document), reading.subject, TRUST_MENTION, reading.others
                )
            )
    considered = max(reading.considered, len(numbers))
    return replace(reading, sources=(*reading.sources, *more), considered=considered)
