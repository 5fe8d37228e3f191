// The rows of the table that are drawn. Elements are used again: while a person scrolls, none
// is made, and only the texts that differ are written.
import { h, harmless } from "./dom";
import type { Row } from "./pages";
import { confidenceWords, count } from "./words";

export const ROW = 30; // pixels; the stylesheet has the same

export interface Place {
  row: number;
  column: number;
}

/** What besides a row's data decides how it looks. */
export interface Marks {
  /** The cell that takes the keyboard, by its place in the table. */
  at: Place;
  /** The value that is open, by its row's own number and its field. */
  open: Place | null;
}

interface Cell {
  node: HTMLElement;
  text: Text;
  sure: HTMLElement;
  sureText: Text;
}

interface Line {
  node: HTMLElement;
  cells: Cell[];
  n: number;
  row: Row | undefined;
  marks: string;
}

export class Lines {
  private lines: Line[] = [];
  private first = 0;

  constructor(
    private body: HTMLElement,
    private columns: number,
  ) {
    // A value that is cut is read whole by pointing at it.
    body.addEventListener("mouseover", (event) => {
      const cell = (event.target as Element).closest<HTMLElement>(".pnb-td");
      const value = cell?.querySelector(".pnb-value")?.textContent;
      if (cell && value !== undefined && cell.title !== value) cell.title = value ?? "";
    });
  }

  /** Draw rows `first` to `last` (without it), which begin so far down in the body. */
  draw(first: number, last: number, rowAt: (n: number) => Row | undefined, marks: Marks): void {
    const wanted = Math.max(0, last - first);
    this.turn(first - this.first);
    this.first = first;
    while (this.lines.length > wanted) this.lines.pop()!.node.remove();
    while (this.lines.length < wanted) {
      const line = this.make();
      this.lines.push(line);
      this.body.append(line.node);
    }
    this.lines.forEach((line, i) => this.patch(line, first + i, rowAt(first + i), marks));
  }

  /** The element of a cell, if its row is drawn; a row without values has one cell for all. */
  cell({ row, column }: Place): HTMLElement | undefined {
    const line = this.lines[row - this.first];
    if (!line?.row) return undefined;
    const last = line.row[4].length === 0 ? 1 : this.columns - 1;
    return line.cells[Math.min(column, last)]?.node;
  }

  /** Where in the table an element stands. */
  place(target: EventTarget | null): Place | null {
    const node = (target as Element | null)?.closest?.(".pnb-td");
    if (!node) return null;
    for (const line of this.lines) {
      const column = line.cells.findIndex((cell) => cell.node === node);
      if (column >= 0) return line.row ? { row: line.n, column } : null;
    }
    return null;
  }

  /** After a short way most rows stay as they are: those that left go to the other end. */
  private turn(by: number): void {
    if (Math.abs(by) >= this.lines.length) return;
    for (; by > 0; by--) {
      const line = this.lines.shift()!;
      this.lines.push(line);
      this.body.append(line.node);
    }
    for (; by < 0; by++) {
      const line = this.lines.pop()!;
      this.lines.unshift(line);
      this.body.prepend(line.node);
    }
  }

  private make(): Line {
    const cells = Array.from({ length: this.columns }, (_, column) => {
      const [text, sureText] = [document.createTextNode(""), document.createTextNode("")];
      const sure = h("span", { class: "pnb-conf" }, sureText);
      const node = h("div", { class: "pnb-td", role: column === 0 ? "rowheader" : "gridcell", tabindex: -1 }, h("span", { class: "pnb-value" }, text), sure);
      sure.hidden = true;
      return { node, text, sure, sureText };
    });
    return { node: h("div", { class: "pnb-tr", role: "row" }, ...cells.map((cell) => cell.node)), cells, n: -1, row: undefined, marks: "" };
  }

  private patch(line: Line, n: number, row: Row | undefined, { at, open }: Marks): void {
    const opened = row && open?.row === row[0] ? open.column : -1;
    const marks = `${at.row === n ? at.column : -1} ${opened}`;
    if (line.n === n && line.row === row && line.marks === marks) return;
    if (line.n !== n) line.node.setAttribute("aria-rowindex", String(n + 2));
    if (line.row !== row || line.n < 0) this.write(line, row);
    // Where one is, until the row itself is here: rows that fly past are not asked for.
    if (!row) say(line.cells[0]!.text, `row ${count(n + 1)} …`);
    if (line.marks !== marks || line.row !== row) this.mark(line, row, at.row === n ? at.column : -1, opened);
    Object.assign(line, { n, row, marks });
  }

  private write(line: Line, row: Row | undefined): void {
    const [, label, state, error, texts, confidences] = row ?? [0, "", "", "", null, []];
    const failed = texts?.length === 0;
    toggle(line.node, "pnb-waits", !row);
    line.cells.forEach((cell, i) => {
      if (!row && i === 0) return;
      const value = i === 0 ? label : failed && i === 1 ? `✕ ${state}${error ? `: ${error}` : ""}` : (texts?.[i - 1] ?? "");
      const sure = (i > 0 && confidences[i - 1]) || "";
      say(cell.text, value);
      say(cell.sureText, sure && ` ${confidenceWords(sure)}`);
      cell.sure.hidden = !sure;
      toggle(cell.sure, "pnb-conf-low", sure === "low");
      toggle(cell.node, "pnb-null", i > 0 && !failed && value === "not found");
      toggle(cell.node, "pnb-wide", failed && i === 1);
      toggle(cell.node, "pnb-bad", failed && i === 1);
      cell.node.hidden = failed && i > 1;
    });
  }

  private mark(line: Line, row: Row | undefined, at: number, opened: number): void {
    const last = row?.[4].length === 0 ? 1 : this.columns - 1;
    toggle(line.node, "pnb-opened", opened >= 0);
    line.cells.forEach(({ node }, i) => {
      const index = row && i === Math.min(at, last) ? 0 : -1;
      if (node.tabIndex !== index) node.tabIndex = index;
      if (opened >= 0 && i === opened + 1) node.setAttribute("aria-selected", "true");
      else if (node.hasAttribute("aria-selected")) node.removeAttribute("aria-selected");
    });
  }
}

function say(node: Text, text: string): void {
  const shown = harmless(text);
  if (node.data !== shown) node.data = shown;
}

function toggle(node: Element, name: string, on: boolean): void {
  if (node.classList.contains(name) !== on) node.classList.toggle(name, on);
}
