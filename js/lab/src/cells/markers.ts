// Squiggles under what is wrong with a cell of ours, with the reason: asked of the notebook's kernel,
// which knows the options of the magics and the columns of the tables. Nothing of the cell is run.
import { type Extension, StateEffect, StateField } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView, hoverTooltip, showTooltip, type Tooltip } from "@codemirror/view";
import type { Cell } from "@jupyterlab/cells";
import type { CodeMirrorEditor } from "@jupyterlab/codemirror";
import type { INotebookTracker, NotebookPanel } from "@jupyterlab/notebook";
import { NotebookActions } from "@jupyterlab/notebook";
import { isCellMagic, isLineMagic, readMagic } from "./tokens";

/** As `parallel_nb.magics.check` in the kernel gives it. */
interface Problem {
  line: number;
  start: number;
  end: number;
  message: string;
}

// A person who types is left alone until they pause.
const PAUSE_MS = 400;
// A kernel that is busy for longer is asked again when something changes.
const GIVE_UP_MS = 60_000;

const setProblems = StateEffect.define<DecorationSet>();

// The cursor of a cell that has not the keyboard stands somewhere too, and says nothing.
const setFocus = StateEffect.define<boolean>();
const hasFocus = StateField.define<boolean>({
  create: () => false,
  update: (had, { effects }) => (effects.find((effect) => effect.is(setFocus))?.value as boolean | undefined) ?? had,
});

const problems = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, transaction) {
    const set = transaction.effects.find((effect) => effect.is(setProblems));
    return set === undefined ? marks.map(transaction.changes) : (set.value as DecorationSet);
  },
  provide: (field) => [
    EditorView.decorations.from(field),
    // Also for those who use no mouse: the message stands where the cursor is.
    showTooltip.compute([field, hasFocus, "selection"], (state) =>
      state.field(hasFocus) ? tooltipAt(state.field(field), state.selection.main.head) : null,
    ),
  ],
});

/** What each editor of a notebook has for its markers. */
export const markers: Extension = [
  hasFocus,
  EditorView.focusChangeEffect.of((_, focusing) => setFocus.of(focusing)),
  problems,
  hoverTooltip((view, position) => {
    const tooltip = tooltipAt(view.state.field(problems), position);
    // Where the cursor is, it is shown already.
    return view.hasFocus && tooltipAt(view.state.field(problems), view.state.selection.main.head) ? null : tooltip;
  }),
];

function tooltipAt(marks: DecorationSet, position: number): Tooltip | null {
  const found: Tooltip[] = [];
  marks.between(position, position, (from, to, { spec }) => {
    found.push({ pos: from, end: to, above: true, create: () => ({ dom: messageNode(String(spec.message)) }) });
  });
  return found[0] ?? null;
}

function messageNode(message: string): HTMLElement {
  const node = document.createElement("div");
  node.className = "pnb-cm-message";
  node.setAttribute("role", "status");
  node.textContent = message;
  return node;
}

/** Watch the notebooks: check their cells when they are opened, changed, or when one was run. */
export function watchNotebooks(tracker: INotebookTracker): void {
  const checkers = new Map<NotebookPanel["content"], Checker>();
  tracker.widgetAdded.connect((_, panel) => {
    const checker = new Checker(panel);
    checkers.set(panel.content, checker);
    panel.disposed.connect(() => checkers.delete(panel.content));
  });
  // What a cell has run may have made or changed a table.
  NotebookActions.executed.connect((_, { notebook }) => checkers.get(notebook)?.forget());
}

class Checker {
  private checked = new WeakMap<Cell, string>(); // the text of each cell when it was checked
  private timer: ReturnType<typeof setTimeout> | undefined;
  private isToBeLoaded = false; // a cell of the notebook loads our magics once it is run
  private isAsking = false;
  private isWaiting = false;

  constructor(private panel: NotebookPanel) {
    const { content, context } = panel;
    void context.sessionContext.ready.then(() => this.forget());
    context.sessionContext.statusChanged.connect((_, status) => {
      if (status === "restarting" || status === "autorestarting") this.forget();
    });
    context.ready.then(() => content.model?.sharedModel.changed.connect(() => this.plan()), () => undefined);
    panel.disposed.connect(() => clearTimeout(this.timer));
  }

  /** Check all cells again. */
  forget(): void {
    this.checked = new WeakMap();
    this.plan();
  }

  private plan(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.check(), PAUSE_MS);
  }

  private async check(): Promise<void> {
    if (this.panel.isDisposed) return;
    this.isWaiting = this.isAsking; // one request at a time: behind a cell that runs they would queue
    if (this.isAsking) return;
    const isToBeLoaded = this.panel.content.widgets.some(loadsUs);
    if (isToBeLoaded !== this.isToBeLoaded) this.checked = new WeakMap(); // it changes what is wrong with all
    this.isToBeLoaded = isToBeLoaded;
    const cells = this.panel.content.widgets.filter((cell) => this.checked.get(cell) !== textOf(cell));
    const texts = new Map(cells.map((cell) => [cell, textOf(cell)]));
    for (const [cell, text] of texts) this.checked.set(cell, text);
    const ours = cells.filter((cell) => isOurs(cell));
    for (const cell of cells) if (!isOurs(cell)) show(cell, []);
    if (ours.length === 0) return;
    this.isAsking = true;
    try {
      const found = await this.ask(ours.map(textOf));
      ours.forEach((cell, number) => {
        const text = texts.get(cell);
        if (!cell.isDisposed && textOf(cell) === text) show(cell, found?.[number] ?? []);
      });
      if (found === null) for (const cell of ours) this.checked.delete(cell);
    } finally {
      this.isAsking = false;
    }
    if (this.isWaiting) this.plan();
  }

  /** The problems of each text; null where the kernel did not answer. */
  private async ask(texts: string[]): Promise<Problem[][] | null> {
    const kernel = this.panel.sessionContext.session?.kernel;
    // A kernel that is not listed is asked: it may well be Python's.
    if (!kernel || ((await kernel.spec.catch(() => undefined))?.language ?? "python") !== "python") return null;
    if (kernel.status === "dead") return null; // it takes no requests
    // A text of JSON is one of Python too.
    const check = '__import__("parallel_nb.magics.check", fromlist=["check"]).check_cells';
    const request = kernel.requestExecute({
      code: "",
      silent: true,
      store_history: false,
      stop_on_error: false,
      user_expressions: { problems: `${check}(get_ipython(), ${JSON.stringify(texts)}, ${this.isToBeLoaded ? 1 : 0})` },
    });
    const timer = setTimeout(() => request.dispose(), GIVE_UP_MS);
    try {
      const { content } = await request.done;
      if (content.status !== "ok") return null;
      const answer = content.user_expressions?.problems as { data?: Record<string, unknown>; ename?: string } | undefined;
      if (answer?.ename === "ModuleNotFoundError") return texts.map(notInstalled);
      return (answer?.data?.["application/json"] as Problem[][] | undefined) ?? null;
    } catch {
      return null; // the kernel has gone, or the request was given up
    } finally {
      clearTimeout(timer);
    }
  }
}

/** What a kernel without the package would say when the cell is run, and the next step. */
function notInstalled(text: string): Problem[] {
  const lines = text.split("\n");
  const line = lines.findIndex((one) => isCellMagic(one) || isLineMagic(one));
  const [magic] = readMagic(lines[line] ?? "");
  const message = "The Python of this kernel has no parallel_nb. Run %pip install parallel-nb, then %load_ext parallel_nb.";
  return magic === undefined ? [] : [{ line, start: magic.from, end: magic.to, message }];
}

/** True for a cell that loads our magics once it is run. */
const loadsUs = (cell: Cell): boolean => cell.model.type === "code" && /%(?:re)?load_ext parallel_nb\b/.test(textOf(cell));

const textOf = (cell: Cell): string => cell.model.sharedModel.getSource();

function isOurs(cell: Cell): boolean {
  if (cell.model.type !== "code") return false;
  const lines = textOf(cell).split("\n");
  return lines.some((line) => isLineMagic(line)) || isCellMagic(lines.find((line) => line.trim()) ?? "");
}

/** Mark the problems of a cell, now or when its editor is made. */
function show(cell: Cell, found: Problem[]): void {
  const editor = cell.editor as CodeMirrorEditor | null;
  if (editor === null) {
    const text = textOf(cell);
    if (found.length > 0) void cell.ready.then(() => cell.editor !== null && textOf(cell) === text && show(cell, found));
    return;
  }
  const view = editor.editor;
  if (found.length === 0 && (view.state.field(problems, false)?.size ?? 0) === 0) return;
  const { doc } = view.state;
  const marks = found.flatMap(({ line, start, end, message }) => {
    if (line >= doc.lines) return [];
    const { from, to } = doc.line(line + 1);
    const range = [Math.min(from + start, to), Math.min(from + end, to)] as const;
    return range[0] < range[1] ? [Decoration.mark({ class: "pnb-cm-problem", message }).range(...range)] : [];
  });
  view.dispatch({ effects: setProblems.of(Decoration.set(marks, true)) });
}
