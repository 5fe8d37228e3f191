// The rows of the table that are drawn. Elements are used again: while a person scrolls, none
// is made, and only the texts that differ are written.
import { h, setText } from "./dom";
import type { Row } from "./pages";
import { count } from "./count";

export const ROW_HEIGHT = 30; // pixels; the stylesheet has the same

export interface CellPlace {
  row: number;
  column: number;
}

/** What besides a row's data decides how it looks. */
export interface Selection {
  /** The cell that takes the keyboard, by its place in the table. */
  at: CellPlace;
  /** The value that is open, by its row's own number and its field. */
  open: CellPlace | null;
}

/** Words that the kernel uses for values, so that the page has none of its own. */
export interface ValueWords {
  /** Mark and word of each confidence. */
  confidences: Record<string, string>;
  /** What stands where there is no value. */
  nulls: string[];
}

interface Cell {
  node: HTMLElement;
  text: Text;
  confidence: HTMLElement;
  confidenceText: Text;
}

interface DrawnRow {
  node: HTMLElement;
  cells: Cell[];
  n: number;
  row: Row | undefined;
  selection: string;
}

export class DrawnRows {
  private drawn: DrawnRow[] = [];
  private first = 0;

  constructor(
    private body: HTMLElement,
    private isNumeric: boolean[],
    private words: ValueWords,
  ) {
    // A value that is cut is read whole by pointing at it.
    body.addEventListener("mouseover", (event) => {
      const cell = (event.target as Element).closest<HTMLElement>(".pnb-td");
      const value = cell?.querySelector(".pnb-value")?.textContent;
      if (cell && value !== undefined && cell.title !== value) cell.title = value ?? "";
    });
  }

  /** Draw rows `first` to `last` (without it); their numbers in the table, from 0. */
  draw(first: number, last: number, rowAt: (n: number) => Row | undefined, selection: Selection): void {
    const wanted = Math.max(0, last - first);
    this.rotate(first - this.first);
    this.first = first;
    while (this.drawn.length > wanted) this.drawn.pop()!.node.remove();
    while (this.drawn.length < wanted) {
      const drawn = this.make();
      this.drawn.push(drawn);
      this.body.append(drawn.node);
    }
    this.drawn.forEach((drawn, i) => this.update(drawn, first + i, rowAt(first + i), selection));
  }

  /** The element of a cell, if its row is drawn; a row without values has one cell for all. */
  cell({ row, column }: CellPlace): HTMLElement | undefined {
    const drawn = this.drawn[row - this.first];
    if (!drawn?.row) return undefined;
    return drawn.cells[Math.min(column, this.lastColumn(drawn.row))]?.node;
  }

  /** Where in the table an element stands. */
  place(target: EventTarget | null): CellPlace | null {
    const node = (target as Element | null)?.closest?.(".pnb-td");
    if (!node) return null;
    for (const drawn of this.drawn) {
      const column = drawn.cells.findIndex((cell) => cell.node === node);
      if (column >= 0) return drawn.row ? { row: drawn.n, column } : null;
    }
    return null;
  }

  private lastColumn(row: Row | undefined): number {
    return row?.[4].length === 0 ? 1 : this.isNumeric.length - 1;
  }

  /** After a short way most rows stay as they are: those that left go to the other end. */
  private rotate(by: number): void {
    if (Math.abs(by) >= this.drawn.length) return;
    for (; by > 0; by--) {
      const drawn = this.drawn.shift()!;
      this.drawn.push(drawn);
      this.body.append(drawn.node);
    }
    for (; by < 0; by++) {
      const drawn = this.drawn.pop()!;
      this.drawn.unshift(drawn);
      this.body.prepend(drawn.node);
    }
  }

  private make(): DrawnRow {
    const cells = this.isNumeric.map((isNumber, column) => {
      const [text, confidenceText] = [document.createTextNode(""), document.createTextNode("")];
      const confidence = h("span", { class: "pnb-conf" }, confidenceText);
      confidence.hidden = true;
      const node = h("div", { class: isNumber ? "pnb-td pnb-number" : "pnb-td", role: column === 0 ? "rowheader" : "gridcell", tabindex: -1 }, h("span", { class: "pnb-value" }, text), confidence);
      return { node, text, confidence, confidenceText };
    });
    return { node: h("div", { class: "pnb-tr", role: "row" }, ...cells.map((cell) => cell.node)), cells, n: -1, row: undefined, selection: "" };
  }

  private update(drawn: DrawnRow, n: number, row: Row | undefined, { at, open }: Selection): void {
    const focused = at.row === n ? at.column : -1;
    const opened = row && open?.row === row[0] ? open.column : -1;
    const selection = `${focused} ${opened}`;
    if (drawn.n === n && drawn.row === row && drawn.selection === selection) return;
    if (drawn.n !== n) drawn.node.setAttribute("aria-rowindex", String(n + 2));
    if (drawn.row !== row || drawn.n < 0) this.write(drawn, row);
    // Rows that fly past are not loaded: until then a row says which it is.
    if (!row) setText(drawn.cells[0]!.text, `row ${count(n + 1)} …`);
    if (drawn.selection !== selection || drawn.row !== row) this.select(drawn, row, focused, opened);
    Object.assign(drawn, { n, row, selection });
  }

  private write(drawn: DrawnRow, row: Row | undefined): void {
    const [, label, status, error, texts, confidences] = row ?? [0, "", "", "", null, []];
    const failed = texts?.length === 0;
    toggle(drawn.node, "pnb-waits", !row);
    drawn.cells.forEach((cell, i) => {
      if (!row && i === 0) return;
      const value = i === 0 ? label : failed && i === 1 ? `✕ ${status}${error ? `: ${error}` : ""}` : (texts?.[i - 1] ?? "");
      const confidence = (i > 0 && confidences[i - 1]) || "";
      setText(cell.text, value);
      setText(cell.confidenceText, confidence && ` ${this.words.confidences[confidence] ?? confidence}`);
      cell.confidence.hidden = !confidence;
      toggle(cell.confidence, "pnb-conf-low", confidence === "low");
      toggle(cell.node, "pnb-null", i > 0 && !failed && this.words.nulls.includes(value));
      toggle(cell.node, "pnb-wide", failed && i === 1);
      toggle(cell.node, "pnb-bad", failed && i === 1);
      cell.node.hidden = failed && i > 1;
    });
  }

  private select(drawn: DrawnRow, row: Row | undefined, focused: number, opened: number): void {
    toggle(drawn.node, "pnb-opened", opened >= 0);
    drawn.cells.forEach(({ node }, i) => {
      const index = row && i === Math.min(focused, this.lastColumn(row)) ? 0 : -1;
      if (node.tabIndex !== index) node.tabIndex = index;
      if (opened >= 0 && i === opened + 1) node.setAttribute("aria-selected", "true");
      else if (node.hasAttribute("aria-selected")) node.removeAttribute("aria-selected");
    });
  }
}

function toggle(node: Element, name: string, on: boolean): void {
  if (node.classList.contains(name) !== on) node.classList.toggle(name, on);
}
