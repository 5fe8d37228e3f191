"""`job.plot()`: how sure the answers are, when they came, and what they cost.

The counts are made by pure functions; matplotlib, which draws them, is loaded when it is needed.
"""

from __future__ import annotations

import io
import struct
from collections import Counter
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final

from parallel_nb.api.errors import InputError
from parallel_nb.formats import money, shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from parallel_nb.job.answers import JobAnswers
    from parallel_nb.job.context import JobSetup
    from parallel_nb.tables.frames import RowAnswer

#: What a value is counted as, in the order of the bars, with colours that those who see no red or
#: no green can tell apart.
COLOURS: Final = {
    "high": "#2a7f62",
    "medium": "#d9a441",
    "low": "#b5483a",
    "not said": "#6f7d95",
    "not found": "#a9b0bb",
}
#: Text and lines that can be read on a white page and on a dark one.
_INK: Final = "#7a7a7a"
#: Inches a panel is wide, and high with few fields; what each field adds beyond.
_WIDTH: Final = 3.6
_HEIGHT: Final = 2.4
_FIELD_HEIGHT: Final = 0.24
_FEW_FIELDS: Final = 6
#: More bars than this cannot be read: the rest is left out, and counted.
_MOST_FIELDS: Final = 40
_LONGEST_NAME: Final = 24
#: Characters of the title that a panel has room for.
_TITLE_CHARS: Final = 42
#: Twice what a browser takes for an inch, so that the text is as large as that of a page.
_DPI: Final = 192


@dataclass(frozen=True, slots=True)
class ChartData:
    """What a chart shows, as counts."""

    title: str
    #: Where the answers come from: it stands in every display.
    connection: str
    #: For each field how many values have each of `COLOURS`.
    confidences: Mapping[str, Mapping[str, int]]
    #: When each run has ended that answered a question, in seconds since the first was sent.
    answered: Sequence[float]
    #: Times of those that are billed to this job, and what each costs in USD; None where nothing
    #: is billed, or no price is known.
    billed: Sequence[float] = ()
    usd_a_run: float | None = None


class Chart:
    """A chart of a job. It shows itself as a picture, and in a terminal as lines of counts.

    `figure` is the figure of matplotlib, to be changed or saved.
    """

    def __init__(self, data: ChartData) -> None:
        """Draw it.

        Raises:
            InputError: matplotlib is not installed.
        """
        self.data = data
        self.figure = _draw(data)

    def save(self, path: str | Path) -> None:
        """Write the picture to a file; the ending says its form: .png, .svg, .pdf.

        Raises:
            InputError: The ending names no form, or the file cannot be written.
        """
        try:
            self.figure.savefig(path, dpi=_DPI, bbox_inches="tight")
        except (OSError, ValueError, TypeError) as error:
            raise InputError(
                f"{path} cannot be written: {error}.", "Name another file, such as job.png."
            ) from error

    def __repr__(self) -> str:
        """The counts as lines of text."""
        return describe(self.data)

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        picture = io.BytesIO()
        self.figure.savefig(picture, format="png", dpi=_DPI, bbox_inches="tight")
        # A PNG has its size at the start of its first chunk; screens have two dots for one.
        width, height = struct.unpack(">II", picture.getvalue()[16:24])
        size = {"width": width // 2, "height": height // 2}
        shown = {"image/png": picture.getvalue(), "text/plain": repr(self)}
        return shown, {"image/png": size}


def chart_of(work: JobSetup, answers: JobAnswers) -> Chart:
    """Draw a job by what its journal has of it now.

    Raises:
        InputError: matplotlib is not installed.
    """
    state = work.state
    record = work.journal.job(work.job_id)
    runs = work.journal.runs_of_job(work.job_id).values()
    ended = [(run, run.changed) for run in runs if run.state == "completed"]
    begun = record.created if record else min((changed for _, changed in ended), default=0.0)
    seconds = [(run, max(0.0, changed - begun)) for run, changed in ended]
    names = [field.name for field in answers.fields] or ["output"]
    is_billed = state.billed and state.processor.is_priced
    return Chart(
        ChartData(
            title=state.title,
            connection=state.connection,
            confidences=count_confidences(names, answers),
            answered=[time for _, time in seconds],
            billed=[time for run, time in seconds if run.job_id == work.job_id],
            usd_a_run=state.processor.cost(1) if is_billed else None,
        )
    )


def count_confidences(
    names: Sequence[str], answers: Iterable[RowAnswer]
) -> dict[str, dict[str, int]]:
    """Count the values of each field by their confidence.

    Args:
        names: The fields, in the order of the bars.
        answers: Those of all rows; rows without an output are left out.

    Returns:
        For each field the counts by the words of `COLOURS`. A missing value is "not found",
        whatever its confidence; one whose basis gives no confidence is "not said".
    """
    counts = {name: Counter[str]() for name in names}
    for answer in answers:
        if answer.output is None:
            continue
        content = answer.output.content
        values = content if isinstance(content, dict) else {"output": content}
        said = {entry.field: entry.confidence for entry in answer.output.basis}
        for name, counted in counts.items():
            word = "not found" if values.get(name) is None else said.get(name) or "not said"
            counted[word if word in COLOURS else "not said"] += 1
    return {name: dict(counted) for name, counted in counts.items()}


def describe(data: ChartData) -> str:
    """The same as a chart, in lines of text."""
    lines = [f"{data.title} ({data.connection})"]
    for name, counts in data.confidences.items():
        parts = [f"{counts[word]:,} {word}" for word in COLOURS if counts.get(word)]
        lines.append(f"  {name}: {', '.join(parts) or 'no answers'}")
    if data.answered:
        lines.append(f"  {len(data.answered):,} answered within {max(data.answered):,.1f} s")
    if data.usd_a_run is not None:
        lines.append(f"  cost: {money(data.usd_a_run * len(data.billed))}")
    return "\n".join(lines)


def _draw(data: ChartData) -> Any:
    try:
        # Without pyplot, which would show the figure a second time and keep it for ever.
        from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415 - an extra
        from matplotlib.figure import Figure  # noqa: PLC0415 - the same
    except ImportError as error:
        raise InputError(
            "A chart needs matplotlib, which is not installed here.",
            "pip install matplotlib\nThe counts without it: job.basis, job.progress.",
        ) from error
    fields = dict(list(data.confidences.items())[:_MOST_FIELDS])
    panels = 2 if data.usd_a_run is None else 3
    height = _HEIGHT + _FIELD_HEIGHT * max(0, len(fields) - _FEW_FIELDS)
    figure = Figure(figsize=(_WIDTH * panels, height), layout="constrained")
    FigureCanvasAgg(figure)
    figure.patch.set_alpha(0)
    axes = figure.subplots(1, panels)
    left_out = len(data.confidences) - len(fields)
    more = f", and {left_out} fields more" if left_out else ""
    _draw_confidences(axes[0], fields, f"confidence by field{more}")
    times = sorted(data.answered)
    _draw_steps(axes[1], times, list(range(1, len(times) + 1)), "answered")
    if data.usd_a_run is not None:
        paid = sorted(data.billed)
        _draw_steps(axes[2], paid, list(accumulate([data.usd_a_run] * len(paid))), "cost in USD")
    lines = [_plain(shorten(line, _TITLE_CHARS * panels)) for line in (data.title, data.connection)]
    figure.suptitle("\n".join(lines), color=_INK, fontsize=9)
    return figure


def _plain(text: str) -> str:
    """Text in which matplotlib sees no formula: it comes from outside."""
    return text.replace("$", r"\$")


def _style(axes: Any, title: str) -> None:
    axes.set_title(title, color=_INK, fontsize=9)
    axes.patch.set_alpha(0)
    axes.tick_params(colors=_INK, labelsize=8)
    for side, spine in axes.spines.items():
        spine.set_color(_INK)
        spine.set_visible(side in {"left", "bottom"})


def _draw_confidences(axes: Any, fields: Mapping[str, Mapping[str, int]], title: str) -> None:
    _style(axes, title)
    names = [_plain(shorten(name, _LONGEST_NAME)) for name in fields]
    places = range(len(names))
    starts = [0] * len(names)
    for word, colour in COLOURS.items():
        widths = [counts.get(word, 0) for counts in fields.values()]
        if any(widths):
            axes.barh(places, widths, left=starts, color=colour, label=word, height=0.7)
            starts = [start + width for start, width in zip(starts, widths, strict=True)]
    axes.set_yticks(places, names)
    axes.invert_yaxis()  # the first field on top
    axes.xaxis.get_major_locator().set_params(integer=True)
    if any(starts):
        axes.legend(
            frameon=False,
            fontsize=8,
            labelcolor=_INK,
            ncols=3,
            loc="upper center",
            bbox_to_anchor=(0.5, -0.14),
            handlelength=1,
            columnspacing=1,
        )


def _draw_steps(axes: Any, times: Sequence[float], heights: Sequence[float], title: str) -> None:
    _style(axes, title)
    axes.step([0, *times], [0, *heights], where="post", color=COLOURS["high"])
    axes.set_xlabel("seconds", color=_INK, fontsize=8)
    axes.set_ylim(bottom=0)
    axes.set_xlim(left=0)
