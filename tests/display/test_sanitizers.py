"""The static displays behind the sanitizers and converters that they meet on their way.

JupyterLab's own sanitizer runs in tests/browser, in a notebook that is not trusted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import bleach  # type: ignore[import-untyped]  # it has no types of its own
import mistune
import nbconvert
import nbformat
import pytest

from tests.display.outputs import HOSTILE, MONEY, PLAIN, Seen, outputs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

NB: Any = nbformat.v4  # both have no types
CONVERT: Any = nbconvert
#: What a site such as GitHub lets through: text, tables and folds; no style, no class, no
#: form elements, and http(s) links.
TAGS = frozenset(
    """a abbr b blockquote br caption cite code dd del details div dl dt em h1 h2 h3 h4 h5 h6 hr
    i img ins kbd li mark ol p pre q s samp small span strong sub summary sup table tbody td
    tfoot th thead tr ul var""".split()  # noqa: SIM905 - fifty strings in quotes read worse
)
ATTRIBUTES = {
    "*": ["align", "colspan", "rowspan", "scope", "title"],
    "a": ["href", "rel"],
    "details": ["open"],
}
TEXTS = [PLAIN, *(text for text in HOSTILE if len(text) < 10_000)]


def strict(html: str) -> str:
    cleaned: str = bleach.clean(
        html, tags=TAGS, attributes=ATTRIBUTES, protocols={"http", "https"}, strip=True
    )
    return cleaned


def notebook(shown: Mapping[str, Mapping[str, Any]]) -> Any:
    made = NB.new_notebook()
    for name, bundle in shown.items():
        cell = NB.new_code_cell(name)
        cell["outputs"] = [NB.new_output("display_data", dict(bundle))] if bundle else []
        made["cells"].append(cell)
    return made


@pytest.fixture(scope="module")
def to_page() -> Callable[[Any], str]:
    """Makes a page of a notebook; to build the converter takes longer than to use it."""
    exporter = CONVERT.HTMLExporter(template_name="lab", mathjax_url="", require_js_url="")
    return lambda made: str(exporter.from_notebook_node(made)[0])


@pytest.fixture(scope="module")
def without(to_page: Callable[[Any], str]) -> str:
    """The page of the same cells without what they show."""
    return to_page(notebook({name: {} for name in outputs()}))


def squeezed(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: ascii(text)[:30])
def test_a_strict_sanitizer_takes_no_fact_and_finds_no_new_tag(text: str) -> None:
    for name, bundle in outputs(text).items():
        before = Seen(bundle["text/html"])
        after = Seen(strict(bundle["text/html"]))
        assert after.text == before.text, name
        assert after.tags <= before.tags, name
        assert set(before.tags - after.tags) <= {"progress"}, name
        assert after.links == before.links, name
        assert not {name for name in before.attributes if name.startswith("on")}, name


@pytest.mark.parametrize("text", [PLAIN, *HOSTILE[:12]], ids=lambda text: ascii(text)[:30])
def test_markdown_keeps_every_fact_and_gains_no_tag(text: str) -> None:
    shown = outputs(text)
    exported, _ = CONVERT.MarkdownExporter().from_notebook_node(notebook(shown))
    page = Seen(str(mistune.html(exported)))
    for name, bundle in shown.items():
        # One block of HTML for Markdown, so nothing in it is read as Markdown.
        assert bundle["text/html"] in exported, name
        assert Seen(bundle["text/html"]).text in page.text, name
    assert not {"script", "img", "iframe", "h1"} & set(page.tags)


@pytest.mark.parametrize("text", [PLAIN, *HOSTILE[:12]], ids=lambda text: ascii(text)[:30])
def test_a_page_of_nbconvert_keeps_every_fact_and_needs_no_network(
    text: str, to_page: Callable[[Any], str], without: str
) -> None:
    shown = outputs(text)
    exported = to_page(notebook(shown))
    page, frame = Seen(exported), Seen(without)
    ours = [bundle["text/html"] for bundle in shown.values()]
    said = squeezed(page.text)
    for html in ours:
        assert squeezed(Seen(html).text) in said
    gained = page.tags - frame.tags
    expected = sum((Seen(html).tags for html in ours), start=type(gained)())
    for wrapper in ("div", "span", "style"):  # nbconvert's own, one around each output
        expected[wrapper] += 20 * len(ours)
    assert gained <= expected, gained - expected
    # `src` and `@import` fetch; a link waits for a person.
    assert page.attributes["src"] == frame.attributes["src"]
    assert exported.count("@import") == without.count("@import")
    assert "unpkg.com" not in exported
    assert "jsdelivr.net/npm/@jupyter-widgets" not in exported


@pytest.mark.parametrize("text", ["x" * 1_000_000, "<b>" * 350_000, "\u202e" * 1_000_000])
def test_a_megabyte_in_every_place_is_cut_and_adds_no_tag(text: str) -> None:
    usual = outputs()
    for name, bundle in outputs(text).items():
        assert sum(len(part.encode()) for part in bundle.values()) < 300_000, name
        known = Seen(usual[name]["text/html"]).tags.keys()
        assert Seen(bundle["text/html"]).tags.keys() <= known


def test_dollars_are_text_for_every_generation_of_mathjax() -> None:
    for name, bundle in outputs().items():
        root = bundle["text/html"].split(">", 1)[0]
        assert "mathjax_ignore" in root, name
        assert "tex2jax_ignore" in root, name
    plan = outputs()["plan"]
    assert MONEY in Seen(plan["text/html"]).text
    assert MONEY in plan["text/plain"]


def test_a_display_without_markup_still_says_everything() -> None:
    """A reader that knows no tag at all, as some chat windows and feeds."""
    for name, bundle in outputs().items():
        naked = bleach.clean(bundle["text/html"], tags=set(), strip=True)
        assert squeezed(Seen(naked).text) == squeezed(Seen(bundle["text/html"]).text), name
