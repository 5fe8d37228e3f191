"""What each rung of the ladder drops, rightly and wrongly, without a language model.

    python bench/ladder.py [FILE.jsonl ...]

A model is played by claims made from the gold questions: right ones, with the line of the document
that says the answer as their quote, and such slips as small models make. A right claim that is
dropped is dropped wrongly; a slip that passes with its wrong value is one that the ladder misses.

- `line`: the best other line that holds a value of the type, as by a model that never says null
- `memory`: another question's value, with a quote that no document holds
- `magnitude`, `polarity`: the right line with a thousandfold number, or the contrary
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench.questions import GOLD, is_right, load
from parallel_nb.api.schema.fields import OutputField, parse_type, to_json_schema
from parallel_nb.api.types import TaskRunInput, TaskSpec
from parallel_nb.engine.corpus.documents import load_corpus
from parallel_nb.engine.index.fulltext import Index
from parallel_nb.engine.reader.answer import room_of
from parallel_nb.engine.reader.context import select_sources
from parallel_nb.engine.reader.language.vocabulary import roots
from parallel_nb.engine.reader.model.ladder import Asked, Verdict, verify
from parallel_nb.engine.reader.model.prompt import Claim
from parallel_nb.engine.reader.model.quotes import plain, statements_of
from parallel_nb.engine.reader.model.rungs import field_roots
from parallel_nb.engine.reader.model.sections import (
    Section,
    question_stems,
    rank_sections,
    sections_of,
    share_sections,
)
from parallel_nb.engine.reader.model.values import Derived, derive
from parallel_nb.engine.reader.request import read_request

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from parallel_nb.engine.reader.request import RequestedField

_CLAIMS = ("right", "line", "memory", "magnitude", "polarity")


def words_of(value: Any) -> list[str]:
    """A gold answer as a model writes it."""
    if isinstance(value, bool):
        return ["yes" if value else "no"]
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]


class Case:
    """A question with what a model would be shown for it."""

    def __init__(self, index: Index, question: dict[str, Any]) -> None:
        output = OutputField(
            question["field"], parse_type(question["type"]), question["description"]
        )
        schema = {"type": "json", "json_schema": to_json_schema([output])}
        spec = TaskSpec(output_schema=schema)
        request = read_request(TaskRunInput("base", question["prompt"], task_spec=spec))
        room = room_of(select_sources(index, request))
        self.question = question
        self.field: RequestedField = request.fields[0]
        stems = question_stems(f"{self.field.name} {self.field.description}", room.subject_roots)
        sections = [s for d, about in room.documents for s in sections_of(d, is_about=about)]
        ranked = rank_sections(sections, stems, index.idf)
        (_, shown), *_ = share_sections([ranked])
        self.asked = Asked(self.field, room.subject_roots, shown)

    def lines(self, sections: Sequence[Section]) -> Iterator[tuple[int, str, Any]]:
        """Statements that hold a value of the type: how many of the field's words, text, value."""
        topic = field_roots(self.field, self.asked.subject)
        for section in sections:
            above = section.above
            for start, end in statements_of(section.text):
                text = section.text[start:end]
                value = self.value_in(text, above)
                if value is not None:
                    yield len(topic & set(roots(f"{text} {above}"))), text, value

    def value_in(self, text: str, above: str) -> Any:
        kind = self.field.type.kind
        answer = self.question["answer"]
        if kind in {"list", "str"}:
            wanted = words_of(answer)[0] if answer else ""
            return answer if wanted and plain(wanted) in plain(text) else None
        given = words_of(answer) if answer is not None else []
        derived = derive(self.field, text, given, above)
        return derived.value if isinstance(derived, Derived) else None

    def claims(self, memory: Any) -> Iterator[tuple[str, Claim]]:
        """What a model may say."""
        answer = self.question["answer"]
        found = sorted(self.lines(self.asked.shown), key=lambda line: -line[0])
        pages = set(self.question["pages"])
        gold = [s for s in self.asked.shown if s.document.url in pages]
        told = sorted(self.lines(gold), key=lambda line: -line[0])
        right = next((line for line in told if is_right(line[2], self.question)), None)
        if right is not None and answer is not None:
            yield (
                "right",
                Claim(found=True, passage=0, quote=right[1], values=tuple(words_of(answer))),
            )
            if self.field.type.kind in {"int", "float"}:
                yield (
                    "magnitude",
                    Claim(found=True, passage=0, quote=right[1], values=(str(answer * 1000),)),
                )
            if self.field.type.kind == "bool":
                yield (
                    "polarity",
                    Claim(
                        found=True, passage=0, quote=right[1], values=("no" if answer else "yes",)
                    ),
                )
        wrong = next((line for line in found if not is_right(line[2], self.question)), None)
        if wrong is not None:
            yield (
                "line",
                Claim(found=True, passage=0, quote=wrong[1], values=tuple(words_of(wrong[2]))),
            )
        if memory is not None:
            quote = f"The {self.field.name} of it is said to be {words_of(memory)[0]}"
            yield (
                "memory",
                Claim(found=True, passage=1, quote=quote, values=tuple(words_of(memory))),
            )


def measure(index: Index, questions: Sequence[dict[str, Any]]) -> str:
    """The figures of one set, as text."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    memories: dict[str, Any] = {}
    shown = answerable = 0
    for question in questions:
        if not question["pages"] and question["answer"] is not None:
            continue
        case = Case(index, question)
        if case.field.type.kind == "object" or case.field.children:
            continue
        memory = memories.get(question["type"])
        if question["answer"] is not None:
            answerable += 1
            pages = set(question["pages"])
            gold = [s for s in case.asked.shown if s.document.url in pages]
            shown += any(is_right(v, question) for _, _, v in case.lines(gold))
            if not is_right(memory, question):
                memories[question["type"]] = question["answer"]
        for kind, claim in case.claims(memory):
            verdict = verify(case.asked, claim)
            counts[kind][outcome(verdict, question)] += 1
    lines = [f"shown: a line with the answer in {shown} of {answerable}"]
    for kind in _CLAIMS:
        if counts[kind]:
            lines.append(f"{kind} ({sum(counts[kind].values())}):")
            lines += [f"  {number:>4} {what}" for what, number in counts[kind].most_common()]
    return "\n".join(lines)


def outcome(verdict: Verdict, question: dict[str, Any]) -> str:
    """What has become of a claim, with the rung that dropped it."""
    if verdict.value is None:
        return "dropped: " + " ".join(w for w in verdict.reason.split() if w.islower())[:60]
    held = "right" if is_right(verdict.value, question) else "WRONG"
    return f"holds, {held}" + (", weak" if verdict.is_weak else "")


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description="What the rungs of the ladder drop.")
    parser.add_argument("files", nargs="*", type=Path, default=[GOLD / "questions.jsonl"])
    options = parser.parse_args(arguments)
    index = Index.build(load_corpus(None))
    for path in options.files:
        print(f"{path.name}\n{measure(index, load(path))}")


if __name__ == "__main__":
    main(sys.argv[1:])
