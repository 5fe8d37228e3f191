"""Cells that read as what they are, in JupyterLab and Notebook 7: colours, typing, undo, split."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.jupyter import Lab, Notebook, wait_for
from tests.browser.server import running_lab

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Page

    Open = Callable[..., Notebook]

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

TASK = """%%parallel_task --over companies --title "a --b" --max-cost 5
Don't guess: research {{name}} ({{web site}}), \\{{literal}}.
if int max: # no comment
---
ceo: str? - Full name - in full
kind: public|private
# a comment
no field"""
PYTHON = """import os
def f(x: int) -> str:
    return "don't {{x}}"  # %parallel_task --over x
"""
#: Each cell with its lines, and what each line is made of: kind and text, "" for no kind of ours.
CELLS: list[tuple[str, list[list[tuple[str, str]]]]] = [
    (
        TASK,
        [
            [
                ("magic", "%%parallel_task"),
                ("", " "),
                ("option", "--over"),
                ("", " companies "),
                ("option", "--title"),
                ("", ' "a --b" '),
                ("option", "--max-cost"),
                ("", " 5"),
            ],
            [
                ("prose", "Don't guess: research "),
                ("column", "{{name}}"),
                ("prose", " ("),
                ("column", "{{web site}}"),
                ("prose", "), \\{{literal}}."),
            ],
            [("prose", "if int max: # no comment")],
            [("separator", "---")],
            [("name", "ceo"), ("", ": "), ("type", "str?"), ("quiet", " - Full name - in full")],
            [("name", "kind"), ("", ": "), ("type", "public|private")],
            [("quiet", "# a comment")],
            [("", "no field")],
        ],
    ),
    (
        "\n%%parallel_task\nWho?\n---\nyear: int",
        [
            [],
            [("magic", "%%parallel_task")],
            [("prose", "Who?")],
            [("separator", "---")],
            [("name", "year"), ("", ": "), ("type", "int")],
        ],
    ),
    (
        "%%parallel_search --query=$words --into hits\nWhat's {{this}}?\n---",
        [
            [
                ("magic", "%%parallel_search"),
                ("", " "),
                ("option", "--query"),
                ("", "="),
                ("column", "$words"),
                ("", " "),
                ("option", "--into"),
                ("", " hits"),
            ],
            [("prose", "What's {{this}}?")],
            [("prose", "---")],
        ],
    ),
    (
        "%%parallel_task\n안녕하세요 {{이름}} 「」",
        [
            [("magic", "%%parallel_task")],
            [("prose", "안녕하세요 "), ("column", "{{이름}}"), ("prose", " 「」")],
        ],
    ),
    (
        "%parallel_search What's the max of (if x",
        [[("magic", "%parallel_search"), ("prose", " What's the max of (if x")]],
    ),
    (
        "hits = %parallel_search -n 5 --include-domains gov  'quoted\nprint('after')",
        [
            [
                ("", "hits = "),
                ("magic", "%parallel_search"),
                ("prose", " "),
                ("option", "-n"),
                ("prose", " 5 "),
                ("option", "--include-domains"),
                ("prose", " gov  'quoted"),
            ],
            [("", "print('after')")],
        ],
    ),
    (
        "%parallel_jobs export $id -- --all",
        [
            [
                ("magic", "%parallel_jobs"),
                ("prose", " export $id "),
                ("separator", "--"),
                ("prose", " --all"),
            ]
        ],
    ),
    (
        "%load_ext parallel_nb\n%parallel_connect embedded",
        [
            [("", "%load_ext parallel_nb")],
            [("magic", "%parallel_connect"), ("prose", " embedded")],
        ],
    ),
    ("%%parallel_task?", [[("magic", "%%parallel_task"), ("prose", "?")]]),
    (PYTHON, [[("", line)] if line else [] for line in PYTHON.split("\n")]),
    (
        "%%parallel_find --limit 5\nA {{b}}\n---\nlong: Over 1 km\n+ built: int? - When",
        [
            [("magic", "%%parallel_find"), ("", " "), ("option", "--limit"), ("", " 5")],
            [("prose", "A {{b}}")],
            [("separator", "---")],
            [("name", "long"), ("", ":"), ("quiet", " Over 1 km")],
            [
                ("separator", "+"),
                ("", " "),
                ("name", "built"),
                ("", ": "),
                ("type", "int?"),
                ("quiet", " - When"),
            ],
        ],
    ),
    ("%%bash\n%parallel_x y", [[("", "%%bash")], [("", "%parallel_x y")]]),
    (
        "x = '''\n%parallel_task if\n'''",
        [[("", "x = '''")], [("", "%parallel_task if")], [("", "'''")]],
    ),
]
#: Of each line of a cell the pieces of its text, with the innermost class of ours.
PIECES = """number => {
  const cell = window.jupyterapp.shell.currentWidget.content.widgets[number];
  return [...cell.node.querySelectorAll('.cm-line')].map(line => {
    const pieces = [];
    const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const mark = walker.currentNode.parentElement
        .closest('[class*="pnb-cm-"]:not(.cm-line, .cm-editor)');
      const kind = /pnb-cm-(\\w+)/.exec(mark?.className ?? '')?.[1] ?? '';
      const last = pieces.at(-1);
      if (last?.[0] === kind) last[1] += walker.currentNode.data;
      else pieces.push([kind, walker.currentNode.data]);
    }
    return pieces.filter(([, text]) => text);
  });
}"""
#: The text of a cell with what is drawn of it, whatever CodeMirror calls its generated classes.
DRAWN = """number => {
  const cell = window.jupyterapp.shell.currentWidget.content.widgets[number];
  const look = node => { const s = getComputedStyle(node);
    return [s.color, s.fontFamily, s.fontWeight, s.fontStyle, s.textDecoration].join(';') };
  return [...cell.node.querySelectorAll('.cm-editor, .cm-editor *')].map(node =>
    [node.tagName, node.className.replace(/ͼ\\w+/g, 'x'), node.textContent, look(node)]);
}"""


def pieces(notebook: Notebook, number: int) -> list[list[tuple[str, str]]]:
    lines: list[list[list[str]]] = notebook.page.evaluate(PIECES, number)
    return [[(kind, text) for kind, text in line] for line in lines]


def wait_read(notebook: Notebook, number: int, wanted: list[list[tuple[str, str]]]) -> None:
    try:
        wait_for("the cell reads", lambda: pieces(notebook, number) == wanted, 10)
    except AssertionError:
        assert pieces(notebook, number) == wanted  # shows the difference


@pytest.mark.parametrize("app", ["lab", "notebook"])
def test_each_kind_of_cell_reads_piece_by_piece(lab: Lab, open_notebook: Open, app: str) -> None:
    lab.add("twelve.ipynb", [source for source, _ in CELLS])
    notebook = open_notebook("twelve.ipynb", app)
    for number, (_, wanted) in enumerate(CELLS):
        wait_read(notebook, number, wanted)
    for theme in (notebook.light, notebook.dark):
        theme()
        notebook.picture(f"cells-{theme.__name__}-{app}")
        assert not notebook.violations(".jp-Cell:nth-of-type(1) .cm-line")


@pytest.fixture(scope="module")
def bare_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    home, folder = tmp_path_factory.mktemp("jupyter"), tmp_path_factory.mktemp("notebooks")
    with running_lab(home, folder, extension=False) as running:
        yield running


def test_other_cells_are_drawn_as_without_the_extension(
    lab: Lab, bare_lab: Lab, page: Page
) -> None:
    others = [PYTHON, "%%bash\necho '%parallel_task", "%timeit f(1)\n!ls", "x = '%parallel_task'"]
    drawn: list[list[Any]] = []
    for server in (lab, bare_lab):
        server.add("others.ipynb", others)
        notebook = Notebook(server, page, "others.ipynb")
        notebook.open_here()
        notebook.light()
        page.wait_for_selector(".jp-CodeCell .cm-line [class*=cm-builtin], .cm-line [class*=ͼ]")
        page.wait_for_timeout(300)  # JupyterLab draws its own highlighting a moment later
        drawn.append([page.evaluate(DRAWN, number) for number in range(len(others))])
    assert drawn[0] == drawn[1]


def select(notebook: Notebook, number: int, line: int, column: int) -> None:
    """Put the cursor into a cell, as a click would."""
    notebook.page.evaluate(
        """([number, line, column]) => {
          const { content } = window.jupyterapp.shell.currentWidget;
          content.activeCellIndex = number;
          content.mode = 'edit';
          content.activeCell.editor.focus();
          content.activeCell.editor.setCursorPosition({ line, column });
        }""",
        [number, line, column],
    )


def test_a_cell_reads_right_after_typing_undo_split_merge_and_a_change_of_its_kind(
    lab: Lab, open_notebook: Open
) -> None:
    lab.add("typing.ipynb", ["parallel_task\nif x:\n    y", "z = 1"])
    notebook = open_notebook("typing.ipynb")
    keyboard = notebook.page.keyboard
    python = [[("", "parallel_task")], [("", "if x:")], [("", "    y")]]
    ours = [[("magic", "%%parallel_task")], [("prose", "if x:")], [("prose", "    y")]]
    wait_read(notebook, 0, python)

    select(notebook, 0, 0, 0)
    keyboard.type("%%")
    wait_read(notebook, 0, ours)
    keyboard.press("Control+z")
    wait_read(notebook, 0, python)
    keyboard.press("Control+Shift+z")
    wait_read(notebook, 0, ours)

    notebook.run_cell(0, "notebook:change-cell-to-markdown")
    wait_for("it is Markdown", lambda: notebook.page.locator(".jp-MarkdownCell").count() == 1)
    notebook.run_cell(0, "notebook:change-cell-to-code")
    wait_read(notebook, 0, ours)

    select(notebook, 0, 1, 0)
    notebook.command("notebook:split-cell-at-cursor")
    wait_read(notebook, 0, ours[:1])
    wait_read(notebook, 1, python[1:])
    notebook.run_cell(0, "notebook:merge-cell-below")
    # JupyterLab puts a blank line between the two.
    wait_read(notebook, 0, [ours[0], [], *ours[1:]])
    wait_read(notebook, 1, [[("", "z = 1")]])


def test_prose_has_no_brackets_closed_and_no_lines_indented(lab: Lab, open_notebook: Open) -> None:
    lab.add("prose.ipynb", ["%%parallel_task\n", "%parallel_search ", ""])
    notebook = open_notebook("prose.ipynb")
    wait_read(notebook, 1, [[("magic", "%parallel_search"), ("prose", " ")]])
    toggle = "notebook:toggle-autoclosing-brackets"
    notebook.command(toggle)
    notebook.page.wait_for_function("id => window.jupyterapp.commands.isToggled(id)", arg=toggle)
    notebook.page.wait_for_timeout(500)  # JupyterLab tells its editors a moment later
    typed = "Don't (if \"it's [one:"
    for number, (line, column) in enumerate([(1, 0), (0, len("%parallel_search ")), (0, 0)]):
        select(notebook, number, line, column)
        notebook.page.keyboard.type(f"{typed}\nx" if number == 0 else typed)
    texts: list[str] = notebook.page.evaluate(
        "() => window.jupyterapp.shell.currentWidget.content.widgets"
        ".map(cell => cell.model.sharedModel.source)"
    )
    assert texts[0] == f"%%parallel_task\n{typed}\nx"
    assert texts[1] == f"%parallel_search {typed}"
    assert texts[2] != typed  # Python has its brackets closed, as before


R_KERNEL = """
from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp
class R(IPythonKernel):
    language_info = {"name": "R", "mimetype": "text/x-rsrc", "file_extension": ".r"}
IPKernelApp.launch_instance(kernel_class=R)
"""


def test_notebooks_of_another_language_and_prose_are_left_alone(
    lab: Lab, open_notebook: Open
) -> None:
    lab.add_kernel("r", {}, language="R", code=R_KERNEL)
    lab.add("other.ipynb", [TASK, "x <- 5\n%parallel_jobs --nothing"], kernel="r")
    notebook = open_notebook("other.ipynb")
    page = notebook.page
    page.wait_for_timeout(1500)  # for as long as a marker could take
    assert page.locator("[class*=pnb-cm]").count() == 0
    notebook.command("parallel-nb:question")
    page.wait_for_function(
        "() => window.jupyterapp.shell.currentWidget.context?.path.startsWith('Untitled')"
    )
    # A new notebook has them, of a kernel that knows our cells.
    wait_read(notebook, 0, [[("", "%load_ext parallel_nb")]])

    notebook.run_cell(1, "notebook:change-cell-to-markdown")
    page.wait_for_selector(".jp-MarkdownCell .cm-line, .jp-MarkdownOutput")
    assert page.locator(".jp-MarkdownCell [class*=pnb-cm]").count() == 0


def test_a_cell_of_five_thousand_lines_is_read_and_typed_in(lab: Lab, open_notebook: Open) -> None:
    long = "%%parallel_task\n" + 'Who owns {{ship}}? It\'s "max".\n' * 5_000
    lab.add("long.ipynb", [long, "%%parallel_task\r\nDon't {{a}}\r\n---\r\nb: int"])
    notebook = open_notebook("long.ipynb")
    wait_read(
        notebook,
        1,
        [
            [("magic", "%%parallel_task")],
            [("prose", "Don't "), ("column", "{{a}}")],
            [("separator", "---")],
            [("name", "b"), ("", ": "), ("type", "int")],
        ],
    )
    select(notebook, 0, 4_000, 0)
    taken: float = notebook.page.evaluate(
        """async () => {
          const view = window.jupyterapp.shell.currentWidget.content.widgets[0].editor.editor;
          const began = performance.now();
          const from = view.state.doc.line(4000).from;
          for (let key = 0; key < 50; key++) {
            view.dispatch({ changes: { from, insert: "x" }, userEvent: "input.type" });
            await new Promise(requestAnimationFrame);
          }
          return (performance.now() - began) / 50;
        }"""
    )
    assert taken < 200, f"{taken:.0f} ms a key"
