"""Promise 6: text from the web adds no tag and no attribute, and no fact is lost."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parallel_nb.api.schema.fields import FieldType, OutputField
from parallel_nb.api.schema.lint import Finding
from parallel_nb.api.types import (
    Citation,
    FieldBasis,
    JsonOutput,
    SearchResponse,
    SearchResult,
    TextOutput,
    Warning_,
)
from parallel_nb.display import job_bundle, plan_bundle, search_bundle, task_bundle
from parallel_nb.display.html import progress as progress_html
from parallel_nb.display.html.escape import Html, clean, element, link
from parallel_nb.display.html.values import value_text
from parallel_nb.job.model import Progress, RowNote
from parallel_nb.job.plan import Plan
from parallel_nb.links import is_safe_url
from parallel_nb.results import SearchResults, TaskResult
from parallel_nb.tables.frames import RowAnswer
from parallel_nb.tables.source import read_source

if TYPE_CHECKING:
    from collections.abc import Callable

HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)',
    "' style='position:fixed",
    "</td></table></div><h1>ours now",
    "<details open ontoggle=alert(1)>",
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    'https://ok.example/" onclick="alert(1)',
    "https://user:pw@evil.example/x",
    "<!-- <b>unclosed",
    "<![CDATA[ <b> ]]>",
    "&lt;script&gt; &amp;amp; &#x3c;b&#x3e;",
    "\u202egnp.exe",
    "\u2066hidden\u2069",
    "NUL\x00 BEL\x07 ESC\x1b[31mred\x1b[0m",
    "lone \ud800 surrogate",
    "\U000e0041\U000e0042 invisible",
    "line\nbreak\r\nand\u2028separator",
    "**bold** [link](javascript:alert(1)) `code`",
    "{{name}} {0} %s ${x}",
    "",
    "   ",
    "a" * 100_000,
    "<" * 5_000,
)
texts = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=60))
values: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), texts),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=6,
)
citations = st.builds(
    Citation, url=texts, title=st.none() | texts, excerpts=st.none() | st.lists(texts, max_size=3)
)
notes = st.lists(st.builds(RowNote, texts, texts, texts), max_size=7).map(tuple)
hostile = settings(
    max_examples=120,
    deadline=None,
    # Huge values are the point, and the fixtures hold plain values that no example changes.
    suppress_health_check=list(HealthCheck),
)


def check(parse: Callable[[str], Any], bundle: dict[str, str], *facts: object) -> None:
    """The parser refuses foreign tags; every fact is read again; nothing unsafe is left."""
    assert set(bundle) == {"text/html", "text/plain"}
    read = parse(bundle["text/html"])
    for kind in (bundle["text/html"], bundle["text/plain"]):
        kind.encode()  # no lone surrogate
        assert not set(kind) & set("\x00\x1b\x07\u202e\u2066")
    for fact in facts:
        shown = clean(fact, 60).rstrip("…")
        assert shown in read.text, (shown, read.text[:500])


@hostile
@given(progress=st.data(), a=texts, b=texts, c=texts, d=texts, newest=notes, failures=notes)
def test_a_progress_with_hostile_strings_gains_no_tag_and_loses_no_fact(
    *, parse: Callable[[str], Any], running: Progress, progress: Any, a: str, b: str,
    c: str, d: str, newest: Any, failures: Any,
) -> None:  # fmt: skip
    state: Any = progress.draw(texts)
    shown = replace(
        running, title=a, processor=b, connection=c, group_id=d, message=a, state=state,
        prices_as_of=d, newest=newest, failures=failures,
    )  # fmt: skip
    html = progress_html.html(shown)
    check(parse, {"text/html": html, "text/plain": progress_html.text(shown)}, a)
    read = parse(html)
    for note in failures[:4]:
        assert clean(note.text, 60).rstrip("…") in read.text


@hostile
@given(name=texts, column=texts, label=texts, value=values, field=texts, why=texts,
       error=st.none() | texts, sources=st.lists(citations, max_size=6),
       confidence=st.none() | texts)  # fmt: skip
def test_a_table_with_hostile_strings_gains_no_tag_and_loses_no_fact(
    *, parse: Callable[[str], Any], done_job: Any, name: str, column: str, label: str,
    value: Any, field: str, why: str, error: str | None, sources: list[Citation],
    confidence: str | None,
) -> None:  # fmt: skip
    output = JsonOutput(content={name: value}, basis=[FieldBasis(name, why, sources, confidence)])
    done_job.fields = (OutputField(name, FieldType("str"), field),)
    done_job.source = read_source({column: [label, label]})
    done_job.rows = [
        RowAnswer("a", label, "completed", output),
        RowAnswer("b", label, field, None, error),
    ]
    check(parse, job_bundle(done_job), label, column, error or "", value_text(value))


@hostile
@given(prompt=texts, value=values, names=st.lists(texts, min_size=1, max_size=3, unique=True),
       sources=st.lists(citations, max_size=6), why=texts, as_text=st.booleans())  # fmt: skip
def test_an_answer_with_hostile_strings_gains_no_tag_and_loses_no_fact(
    *, parse: Callable[[str], Any], prompt: str, value: Any, names: list[str],
    sources: list[Citation], why: str, as_text: bool,
) -> None:  # fmt: skip
    basis = [FieldBasis(name, why, sources, why) for name in names]
    output: Any = (
        TextOutput(str(value), basis) if as_text else JsonOutput(dict.fromkeys(names, value), basis)
    )
    result = TaskResult(prompt, why, prompt, prompt, output)
    check(parse, task_bundle(result), prompt)


@hostile
@given(asked=texts, url=texts, title=st.none() | texts, date=st.none() | texts,
       excerpts=st.none() | st.lists(texts, max_size=6), warning=texts)  # fmt: skip
def test_a_search_with_hostile_strings_gains_no_tag_and_loses_no_fact(
    *, parse: Callable[[str], Any], asked: str, url: str, title: str | None,
    date: str | None, excerpts: list[str] | None, warning: str,
) -> None:  # fmt: skip
    page = SearchResult(url=url, title=title, publish_date=date, excerpts=excerpts)
    response = SearchResponse(
        search_id=url, results=[page], warnings=[Warning_(type=url, message=warning)]
    )
    results = SearchResults(asked, (warning,), url, asked, response)
    check(parse, search_bundle(results), asked, title or url, warning)


#: The strings of a plan, and how much of each is shown at least; its text has no example.
STRINGS = {"title": 40, "connection": 40, "processor": 40, "prices_as_of": 20, "example": 40}


@hostile
@given(data=st.data())
def test_a_plan_with_hostile_strings_gains_no_tag_and_loses_no_fact(
    parse: Callable[[str], Any], data: Any
) -> None:
    drawn: dict[str, Any] = {}
    for item in fields(Plan):
        if item.type == "str":
            # Two of them share a line of 300; longer ones are cut with what stands behind them.
            drawn[item.name] = data.draw(texts)[: None if item.name == "example" else 100]
        elif item.type == "bool":
            drawn[item.name] = data.draw(st.booleans())
        elif item.type in {"int", "float"}:
            drawn[item.name] = data.draw(st.integers(0, 10**6))
    drawn["usd_per_1000"] = data.draw(st.sampled_from([1.0, 5.0, 25.0, 2400.0]))
    note, name, about = data.draw(st.tuples(texts, texts, texts))
    finding = Finding("warning", note, name)
    plan = Plan(
        **drawn, seconds=(1.0, 200.0, 300.0), findings=(finding,), notes=(note,),
        fields=(OutputField(name, FieldType("enum", choices=(about,)), about),),
        max_cost=data.draw(st.none() | st.integers(1, 99)),
    )  # fmt: skip
    head = {key: clean(drawn[key], most).rstrip("…") for key, most in STRINGS.items()}
    bundle = plan_bundle(plan)
    assert bundle["text/html"].startswith('<div class="mathjax_ignore tex2jax_ignore" ')
    check(parse, bundle, *head.values(), name, about, note)
    cost = plan.cost if plan.billed else plan.hosted_cost
    numbers = [
        f"{plan.rows:,}", f"{plan.to_send:,} run", f"{plan.requests:,} request",
        f"${plan.usd_per_1000:,g} per 1,000 runs",
        *(f"{n:,} {what}" for n, what in (
            (plan.merged, "(the same question as another row"), (plan.skipped, "("),
            (plan.reused, "(answered already"), (plan.in_flight, "(sent before"),
            (plan.asked_again, "of them failed before")) if n),
    ]  # fmt: skip
    if plan.rows < plan.rows_in_all:
        numbers += [f"of {plan.rows_in_all:,} (a sample)", f"about ${plan.cost_in_all:,.2f}"]
        numbers += ["their time"]
    for said in (parse(bundle["text/html"]).text, " ".join(bundle["text/plain"].split())):
        for number in (*numbers, f"${cost:,.2f}"):
            assert number in said, (number, said[:800])
        for key in ("title", "connection", "processor", "prices_as_of"):
            assert head[key] in said
    if plan.max_cost:
        assert f"limit ${plan.max_cost:,.2f}" in parse(bundle["text/html"]).text


@pytest.mark.parametrize(
    "url", ["https://a.example/x?y=1&z=2#w", "http://localhost:8000/", "https://münchen.example/"]
)
def test_an_address_of_the_web_is_a_link(parse: Callable[[str], Any], url: str) -> None:
    assert parse(link(url, "title")).links == [url]


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)", "JAVASCRIPT:alert(1)", "java\nscript:alert(1)", "data:text/html,x",
        "vbscript:x", "file:///etc/passwd", "//example.org/x", "https://", "https:///x",
        "notes/a.md",
        "https://a.example/\u202e", "https://a.example/ x", "https://[bad/", "https:\\\\a.example",
        "https://a.example/" + "x" * 3000,
        "https://apple.com@evil.example/", "https://user:pw@evil.example/x", "https://@a.example/",
        "https://apple.com%40evil.example/", "https://apple.com%2f@evil.example/",
        "https://a.example:port/", "https://a.example:99999/", "https://a.example,b.example/",
        "https://a.example/\u200e", "https://a.example/\u061cx", "https://a.example\u200f/",
    ],
)  # fmt: skip
def test_an_address_that_is_not_safe_is_text_and_still_readable(
    parse: Callable[[str], Any], url: str
) -> None:
    assert not is_safe_url(url)
    read = parse(link(url, "the title"))
    assert read.links == []
    assert "the title" in read.text
    assert clean(url, 120).rstrip("…") in read.text


@pytest.mark.parametrize(
    ("url", "wire"),
    [
        ("https://\u0430pple.com/login", "xn--pple-43d.com/login"),  # a Cyrillic a
        ("https://\u0430\u0440\u0440\u04cf\u0435.com/", "xn--"),  # Cyrillic throughout
        ("https://www.g\u043e\u043egle.com/", "xn--ggle-55da.com"),
        ("https://\u03bfpenai.com/", "xn--"),  # a Greek omicron
        ("https://pay\u0440al.example:443/x", "xn--"),
        ("https://\u0261oogle.com/", "xn--"),  # a Latin script g
        ("https://micros\u0131ft.com/", "xn--"),  # an i without its dot
        ("https://\u4f8b\u3048.example/", "xn--"),
    ],
)
def test_a_host_of_look_alike_letters_is_text_in_the_form_in_which_it_is_sent(
    parse: Callable[[str], Any], url: str, wire: str
) -> None:
    read = parse(link(url, "Sign in"))
    assert read.links == []
    assert "Sign in" in read.text
    assert wire in read.text
    assert wire in parse(link(url, url)).text


@pytest.mark.parametrize(
    "url",
    [
        "https://a_b.example-1.com:8080/x?y=a@b.example", "http://[::1]:8000/",
        "https://stra\u00dfe.example/", "https://caf\u00e9.example/", "https://xn--pple-43d.com/",
        "https://192.0.2.1/",
    ],
)  # fmt: skip
def test_a_plain_host_is_a_link(parse: Callable[[str], Any], url: str) -> None:
    assert parse(link(url, "title")).links == [url]


@pytest.mark.parametrize("mark", ["\u200e", "\u200f", "\u061c", "\u202e", "\x1b", "\x9b", "\x7f"])
def test_marks_of_direction_count_as_controls(mark: str) -> None:
    assert clean(f"a{mark}b") == "a\ufffdb"


def test_data_cannot_pass_as_html() -> None:
    assert element("p", "<b>") == "<p>&lt;b&gt;</p>"
    assert element("p", Html("<b></b>") + "<i>") == "<p>&lt;b&gt;&lt;/b&gt;&lt;i&gt;</p>"


@pytest.mark.parametrize("name", ["onclick", "id", "src", "srcdoc"])
def test_an_attribute_outside_the_set_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="fixed set"):
        element("p", **{name: "x"})


@pytest.mark.parametrize("tag", ["script", "img", "iframe", "svg", "style", "p onclick=x"])
def test_a_tag_outside_the_set_is_refused(tag: str) -> None:
    with pytest.raises(ValueError, match="fixed set"):
        element(tag)


def test_languages_and_emoji_stay_as_they_are() -> None:
    assert (
        clean("漢字 עברית العربية é👍🏽 \u200d\u200cjoiner")
        == "漢字 עברית العربية é👍🏽 \u200d\u200cjoiner"
    )
