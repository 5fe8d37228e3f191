// Lets each notebook cell of ours read as what it is. A cell that starts with a cell magic gets a
// language of its own; a line magic gets marks on its line. Other cells are left as they are.
import { StreamLanguage, language, syntaxHighlighting, syntaxTree } from "@codemirror/language";
import { EditorState, type Extension, Prec, RangeSetBuilder, StateField } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView, ViewPlugin, type ViewUpdate } from "@codemirror/view";
import { EditorExtensionRegistry, type IEditorExtensionFactory } from "@jupyterlab/codemirror";
import { Tag, tagHighlighter } from "@lezer/highlight";
import { markers } from "./markers";
import { type Kind, type Part, type Piece, isCellMagic, isLineMagic, isOfOtherLanguage, readLine, readMagic, withProse } from "./tokens";

const KINDS: readonly Kind[] = ["magic", "option", "column", "separator", "name", "type", "quiet", "prose"];
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
    return inPiece ? classOf(piece.kind) : null;
  },
  blankLine: () => undefined,
  tokenTable: Object.fromEntries(KINDS.map((kind) => [classOf(kind), TAGS[kind]])), // `type` alone has a meaning already
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

/** True where a line begins inside a text of several lines. */
function isInString(state: EditorState, start: number): boolean {
  const node = syntaxTree(state).resolveInner(start, 1);
  return /String$/.test(node.name) && node.from < start;
}

/** Marks on the lines that are seen and are line magics of ours. */
function lineMarks(view: EditorView): DecorationSet {
  const marks = new RangeSetBuilder<Decoration>();
  if (isOfOtherLanguage(firstLine(view.state))) return marks.finish();
  for (const { from, to } of view.visibleRanges) {
    for (let position = from; position <= to; ) {
      const line = view.state.doc.lineAt(position);
      position = line.to + 1;
      if (!isLineMagic(line.text) || isInString(view.state, line.from)) continue;
      marks.add(line.from, line.from, LINE);
      const pieces = readMagic(line.text);
      for (const { from, to, kind } of withProse(line.text, pieces, pieces[0]?.from)) {
        marks.add(line.from + from, line.from + to, MARKS[kind]);
      }
    }
  }
  return marks.finish();
}

const attributes = (name: string | false): Record<string, string> => (name ? { class: name } : {});

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
    Prec.highest(lines), // marks of the highest precedence are the innermost, and win over the colours of Python
    HIGHLIGHTER,
    markers,
    EditorView.editorAttributes.compute([isOurs], (state) => attributes(state.field(isOurs) && "pnb-cm-cell")),
    // What `EditorView.lineWrapping` sets: prose is written in long lines.
    EditorView.contentAttributes.compute([isOurs], (state) => attributes(state.field(isOurs) && "cm-lineWrapping")),
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
