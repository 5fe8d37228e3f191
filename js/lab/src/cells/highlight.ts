// Lets each notebook cell of ours read as what it is. A cell that starts with a cell magic gets a
// language of its own; a line magic gets marks on its line. Other cells are left as they are.
import { StreamLanguage, language, syntaxHighlighting } from "@codemirror/language";
import { EditorState, type Extension, Prec, RangeSetBuilder, StateField } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView, ViewPlugin, type ViewUpdate } from "@codemirror/view";
import { EditorExtensionRegistry, type IEditorExtensionFactory } from "@jupyterlab/codemirror";
import { Tag, tagHighlighter } from "@lezer/highlight";
import { type Kind, type Part, type Piece, isCellMagic, isLineMagic, readLine, readMagic } from "./tokens";

const KINDS: readonly Kind[] = ["magic", "option", "column", "separator", "name", "type", "quiet"];
const TAGS = Object.fromEntries(KINDS.map((kind) => [kind, Tag.define()])) as Record<Kind, Tag>;
const classOf = (kind: Kind): string => `pnb-cm-${kind}`;
const HIGHLIGHTER = syntaxHighlighting(tagHighlighter(KINDS.map((kind) => ({ tag: TAGS[kind], class: classOf(kind) }))));

interface LineState {
  part: Part;
  next: Part;
  pieces: Piece[];
}

const cellLanguage = StreamLanguage.define<LineState>({
  name: "parallel_nb",
  startState: () => ({ part: "magic", next: "magic", pieces: [] }),
  copyState: (state) => ({ ...state }),
  token(stream, state) {
    if (stream.sol()) {
      const read = readLine(stream.string, state.part);
      Object.assign(state, { part: read.next, pieces: read.pieces });
    }
    const piece = state.pieces.find(({ to }) => to > stream.pos);
    const inPiece = piece !== undefined && piece.from <= stream.pos;
    stream.pos = piece === undefined ? stream.string.length : inPiece ? piece.to : piece.from;
    return inPiece ? piece.kind : null;
  },
  blankLine: () => undefined,
  tokenTable: TAGS,
  languageData: { closeBrackets: { brackets: [] } },
});

// The language facet is null until JupyterLab has loaded its own, and a null one beside ours would
// keep the other cells from being drawn.
const plain = StreamLanguage.define({ token: (stream) => (stream.skipToEnd(), null) });

/** The first line that is not blank. */
function firstLine(state: EditorState): string {
  for (let number = 1; number <= Math.min(state.doc.lines, 20); number++) {
    const { text } = state.doc.line(number);
    if (text.trim()) return text;
  }
  return "";
}

const MARKS = Object.fromEntries(
  KINDS.map((kind) => [kind, Decoration.mark({ class: classOf(kind) })]),
) as Record<Kind, Decoration>;
const LINE = Decoration.line({ class: "pnb-cm-line" });
const PROSE = Decoration.mark({ class: "pnb-cm-prose" });

/** Marks on the lines that are seen and are line magics of ours. */
function lineMarks(view: EditorView): DecorationSet {
  const marks = new RangeSetBuilder<Decoration>();
  for (const { from, to } of view.visibleRanges) {
    for (let position = from; position <= to; ) {
      const line = view.state.doc.lineAt(position);
      position = line.to + 1;
      if (!isLineMagic(line.text)) continue;
      marks.add(line.from, line.from, LINE);
      const pieces = readMagic(line.text);
      let end = pieces[0]?.from ?? 0;
      for (const piece of pieces) {
        if (piece.from > end) marks.add(line.from + end, line.from + piece.from, PROSE);
        marks.add(line.from + piece.from, line.from + piece.to, MARKS[piece.kind]);
        end = piece.to;
      }
      if (end < line.text.length) marks.add(line.from + end, line.to, PROSE);
    }
  }
  return marks.finish();
}

/** What an editor needs; `isIPython` tells whether its text is IPython's now. */
function cellExtension(isIPython: () => boolean): Extension {
  // JupyterLab dispatches a reconfiguration after each change of the kind of text, so that the
  // field is read again then.
  const isOurs = StateField.define<boolean>({
    create: (state) => isIPython() && isCellMagic(firstLine(state)),
    update: (was, transaction) =>
      transaction.docChanged || transaction.reconfigured
        ? isIPython() && isCellMagic(firstLine(transaction.state))
        : was,
  });
  const lines = ViewPlugin.fromClass(
    class {
      marks: DecorationSet;
      constructor(view: EditorView) {
        this.marks = this.read(view);
      }
      update({ docChanged, viewportChanged, transactions, view }: ViewUpdate): void {
        if (docChanged || viewportChanged || transactions.some((one) => one.reconfigured)) this.marks = this.read(view);
      }
      read(view: EditorView): DecorationSet {
        return isIPython() && !view.state.field(isOurs) ? lineMarks(view) : Decoration.none;
      }
    },
    { decorations: (plugin) => plugin.marks },
  );
  const noBrackets = [{ closeBrackets: { brackets: [] } }];
  return [
    isOurs,
    Prec.highest(language.computeN([isOurs], (state) => (state.field(isOurs) ? [cellLanguage] : []))),
    Prec.lowest(language.of(plain)),
    Prec.highest(
      // On the line of a line magic, quotes and brackets are text.
      EditorState.languageData.of((state, position) =>
        isIPython() && isLineMagic(state.doc.lineAt(position).text) ? noBrackets : [],
      ),
    ),
    Prec.lowest(lines), // the innermost marks win over the colours of Python around them
    HIGHLIGHTER,
    EditorView.editorAttributes.compute([isOurs], (state): Record<string, string> => (state.field(isOurs) ? { class: "pnb-cm-cell" } : {})),
  ];
}

/** For JupyterLab's registry of what editors have. Files (editors that are not inline) get nothing. */
export const cellHighlighting: IEditorExtensionFactory = {
  name: "parallel-nb:cells",
  factory: ({ inline, model }) =>
    inline
      ? EditorExtensionRegistry.createImmutableExtension(cellExtension(() => model.mimeType === "text/x-ipython"))
      : null,
};
