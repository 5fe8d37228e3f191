// The columns of the table: as wide as their contents want, dragged to other widths, and kept.
import { h } from "./dom";
import type { Row } from "./pages";

const LEAST = 64; // pixels: a number and its head
const MOST = 420; // a longer text is cut, and read whole in its evidence
const PADDING = 30; // of a cell, on both sides
const STEP = 16; // pixels of one press of an arrow key
const CONFIDENCE = 74; // pixels of the longest confidence in words
const CHARACTER = 7.5; // pixels of a letter where the page cannot measure

/** How wide a text of the table is drawn, in pixels. */
export type Measure = (text: string, isHead: boolean) => number;

export class Columns {
  private widths: number[];
  private dragged = new Set<number>();
  private handles: HTMLElement[] = [];
  private isMeasured = false;

  constructor(
    private grid: HTMLElement,
    private names: string[],
    private measure: Measure = measureIn(grid),
  ) {
    this.widths = names.map((name) => this.headWidth(name));
    this.apply();
  }

  /** Take the widths from the first rows, once: later ones must not move what a person reads. */
  fit(rows: Row[]): void {
    if (this.isMeasured || rows.length === 0) return;
    this.isMeasured = true;
    this.widths = this.names.map((name, i) => (this.dragged.has(i) ? this.widths[i]! : Math.max(this.headWidth(name), ...rows.map((row) => this.cellWidth(row, i)))));
    this.apply();
  }

  /** The handle at a column's end: dragged, or moved by arrow keys. */
  handle(i: number): HTMLElement {
    const node = h("div", { class: "pnb-grip", role: "separator", tabindex: 0, "aria-orientation": "vertical", "aria-label": `Width of ${this.names[i]}`, "aria-valuemin": LEAST, title: "Drag for another width" });
    this.handles[i] = node;
    node.setAttribute("aria-valuenow", String(this.widths[i]));
    node.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      node.setPointerCapture?.(event.pointerId);
      const from = event.clientX;
      const width = node.parentElement?.getBoundingClientRect().width || this.widths[i]!;
      const move = (to: PointerEvent): void => this.set(i, width + to.clientX - from);
      const end = (): void => {
        node.removeEventListener("pointermove", move);
        node.removeEventListener("pointerup", end);
        node.removeEventListener("pointercancel", end);
      };
      node.addEventListener("pointermove", move);
      node.addEventListener("pointerup", end);
      node.addEventListener("pointercancel", end);
    });
    node.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -STEP, ArrowRight: STEP }[event.key];
      if (by === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      this.set(i, (node.parentElement?.getBoundingClientRect().width || this.widths[i]!) + by);
    });
    return node;
  }

  private set(i: number, width: number): void {
    this.dragged.add(i);
    this.widths[i] = Math.max(LEAST, Math.round(width));
    this.apply();
  }

  private headWidth(name: string): number {
    return clamp(this.measure(name, true) + PADDING + 14); // with the arrow of a sorted column
  }

  private cellWidth([, label, , , texts, confidences]: Row, i: number): number {
    const text = i === 0 ? label : texts[i - 1];
    if (text === undefined) return LEAST; // a row without values has one cell for all
    return clamp(this.measure(text, false) + PADDING + (i > 0 && confidences[i - 1] ? CONFIDENCE : 0));
  }

  /** A dragged column has its width; the others share what is left by what they want. */
  private apply(): void {
    const tracks = this.widths.map((width, i) => (this.dragged.has(i) ? `${width}px` : `minmax(${width}px, ${width}fr)`));
    this.grid.style.setProperty("--pnb-columns", tracks.join(" "));
    this.handles.forEach((node, i) => node.setAttribute("aria-valuenow", String(this.widths[i])));
    this.grid.style.minWidth = `${this.widths.reduce((sum, width) => sum + width, 0)}px`;
  }
}

function clamp(width: number): number {
  return Math.min(MOST, Math.max(LEAST, Math.ceil(width)));
}

/** Measures as the page draws, in the fonts of `node`; before it is drawn, by the letter. */
function measureIn(node: HTMLElement): Measure {
  let canvas: CanvasRenderingContext2D | null | undefined;
  return (text, isHead) => {
    if (canvas === undefined) canvas = document.createElement("canvas").getContext?.("2d") ?? null;
    if (!canvas) return text.length * CHARACTER;
    const style = getComputedStyle(node);
    canvas.font = `${isHead ? "600 12px" : `500 ${style.fontSize || "13px"}`} ${style.fontFamily || "sans-serif"}`;
    return canvas.measureText(text).width;
  };
}
