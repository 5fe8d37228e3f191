// A page of a document beside the evidence: its picture or its text, with the passage marked.
import { button } from "./controls";
import { type Child, fill, h, harmless, setText } from "./dom";
import type { Reply } from "./requests";

type Piece = [string, boolean];

interface Block {
  kind: "heading" | "paragraph" | "table";
  pieces: Piece[];
  level: number;
  rows: { cells: Piece[][]; number: number; is_head: boolean }[];
  columns: string[];
}

/** As `results_panel` in Python sends it (`api/pages.py`); with `problem` there is none. */
export interface Page extends Reply {
  path: string;
  number: number;
  total: number;
  unit: string;
  label: string;
  headings: string[];
  note: string;
  picture: string; // a PNG file in base64, or ""
  width: number;
  height: number;
  marks: [number, number, number, number][];
  blocks: Block[];
  problem?: string;
}

/** Asks the kernel for a page by its number; null for the cited one. */
export type AskPage = (number: number | null) => Promise<Reply | null>;

const ZOOMS = [50, 75, 100, 125, 150, 200, 300];
const READABLE = 480; // pixels: a narrower picture is enlarged at first, and scrolled to its mark
const MARGIN = 20; // pixels left of a mark
const SLOW_MS = 150; // a quicker answer needs no word that it is waited for

/** A view of the page that a source cites; `close` gives the keyboard back to where it came from. */
export function pageView(ask: AskPage, close: () => void): HTMLElement {
  let page: Page | null = null;
  let zoom = -1; // chosen by the width of the view when the first picture is drawn
  let asText = false;
  let asked = 0;

  const name = h("span", { class: "pnb-page-name" });
  const where = h("span", { class: "pnb-num", role: "status" });
  const scale = h("span", { class: "pnb-num" }, "100 %");
  const notes = h("div", { class: "pnb-page-notes" });
  const sheet = h("div", { class: "pnb-sheet", tabindex: 0, role: "region", "aria-label": "Page" });
  const back = sign("‹", "Previous page", () => turn(-1));
  const on = sign("›", "Next page", () => turn(1));
  const smaller = sign("−", "Smaller", () => setZoom(zoom - 1));
  const larger = sign("+", "Larger", () => setZoom(zoom + 1));
  const zooms = h("span", { class: "pnb-page-group" }, smaller, scale, larger);
  const asTextButton = button("As text", () => {
    asText = !asText;
    show();
  });
  const view = h(
    "div",
    { class: "pnb-page" },
    h("div", { class: "pnb-page-bar" }, name, h("span", { class: "pnb-page-group" }, back, where, on), zooms, asTextButton, sign("Close", "Close page", close)),
    notes,
    sheet,
  );
  for (const part of [back, on, zooms, asTextButton]) part.hidden = true;
  view.addEventListener("keydown", (event) => {
    const steps: Record<string, () => void> = {
      ArrowLeft: () => turn(-1),
      ArrowRight: () => turn(1),
      "+": () => setZoom(zoom + 1),
      "-": () => setZoom(zoom - 1),
      Escape: close,
    };
    // A page that is wider than its window is moved by the arrows.
    const isMoved = event.key.startsWith("Arrow") && sheet.scrollWidth > sheet.clientWidth;
    const step = event.ctrlKey || event.metaKey || event.altKey || isMoved ? undefined : steps[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    step();
  });
  void load(null);
  return view;

  function sign(words: string, label: string, onPress: () => void): HTMLButtonElement {
    return button(words, onPress, { title: label, "aria-label": label });
  }

  function turn(by: number): void {
    if (page === null) return;
    const number = page.number + by;
    if (number >= 1 && number <= page.total) void load(number);
  }

  async function load(number: number | null): Promise<void> {
    const own = ++asked;
    const wait = setTimeout(() => {
      sheet.setAttribute("aria-busy", "true");
      if (page === null) fill(sheet, h("div", { class: "pnb-quiet", role: "status" }, "The page is being drawn."));
    }, SLOW_MS);
    const reply = (await ask(number)) as Page | null;
    clearTimeout(wait);
    if (own !== asked) return;
    sheet.removeAttribute("aria-busy");
    const problem = reply === null ? "The kernel did not answer." : reply.problem;
    if (problem !== undefined) {
      fill(sheet, h("div", { role: "alert" }, problem), h("div", { class: "pnb-row" }, button("Try again", () => void load(number))));
      return;
    }
    page = reply as Page;
    show();
  }

  function show(): void {
    if (page === null) return;
    const shown = page;
    const isPicture = shown.picture !== "" && !asText;
    const count = shown.total > 1 ? `${shown.unit} ${shown.number.toLocaleString("en-US")} of ${shown.total.toLocaleString("en-US")}` : "";
    setText(name, shown.path);
    setText(where, count);
    for (const part of [back, on]) part.hidden = shown.total < 2;
    back.setAttribute("aria-disabled", String(shown.number <= 1));
    on.setAttribute("aria-disabled", String(shown.number >= shown.total));
    zooms.hidden = !isPicture;
    asTextButton.hidden = shown.picture === "";
    setText(asTextButton, asText ? "As picture" : "As text");
    const place = shown.label === `p. ${shown.number}` ? "" : shown.label;
    const about = [place, shown.headings.join(" › ")].filter(Boolean).join(" · ");
    fill(notes, about && h("div", { class: "pnb-quiet" }, about), shown.note && h("div", { class: "pnb-warn", role: "status" }, shown.note));
    sheet.setAttribute("aria-label", `${shown.path}${count && ", "}${count}`);
    if (isPicture) void draw(shown);
    else {
      fill(sheet, ...shown.blocks.map(blockNode));
      if (shown.blocks.length === 0) fill(sheet, h("div", { class: "pnb-quiet" }, "This page has no text."));
      toMark(sheet.querySelector("mark")?.offsetTop);
    }
  }

  async function draw(shown: Page): Promise<void> {
    const bytes = Uint8Array.from(atob(shown.picture), (character) => character.charCodeAt(0));
    let picture: ImageBitmap;
    try {
      picture = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    } catch {
      asText = true; // the browser has no memory for it: the text is there all the same
      if (page === shown) show();
      return;
    }
    if (page !== shown) return;
    // A canvas and no <img>: the policy of a hub may forbid addresses made here.
    const canvas = document.createElement("canvas");
    canvas.width = picture.width;
    canvas.height = picture.height;
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", pictureWords(shown));
    canvas.getContext("2d")?.drawImage(picture, 0, 0);
    picture.close();
    fill(sheet, canvas);
    if (zoom < 0) zoom = ZOOMS.findIndex((percent) => percent >= 100 && (percent / 100) * sheet.clientWidth >= READABLE);
    setZoom(zoom < 0 ? ZOOMS.length - 1 : zoom);
    const [first] = shown.marks;
    toMark(first && (first[1] / shown.height) * canvas.clientHeight);
    sheet.scrollLeft = first ? (first[0] / shown.width) * canvas.clientWidth - MARGIN : 0;
  }

  function setZoom(wanted: number): void {
    const canvas = sheet.querySelector("canvas");
    if (!canvas) return;
    zoom = Math.min(Math.max(wanted, 0), ZOOMS.length - 1);
    setText(scale, `${ZOOMS[zoom]} %`);
    canvas.style.width = `${ZOOMS[zoom]}%`;
  }

  /** Scroll so that what is marked stands in the upper third. */
  function toMark(top: number | undefined): void {
    sheet.scrollTop = top === undefined ? 0 : top - sheet.clientHeight / 3;
  }
}

function pictureWords(page: Page): string {
  const marked = page.marks.length ? markedWords(page.blocks) : "";
  const said = marked ? `Marked: ${marked}` : page.marks.length ? "A passage is marked." : "Nothing is marked.";
  return harmless(`Picture of ${page.unit} ${page.number}. ${said}`);
}

function markedWords(blocks: Block[]): string {
  const pieces = blocks.flatMap((block) => [...block.pieces, ...block.rows.flatMap((row) => row.cells.flat())]);
  return pieces.filter(([, marked]) => marked).map(([text]) => text).join(" ");
}

export function pieceNodes(pieces: Piece[]): Child[] {
  return pieces.map(([text, marked]) => (marked ? h("mark", null, text) : text));
}

function blockNode(block: Block): HTMLElement {
  if (block.kind === "table") return tableNode(block);
  if (block.kind === "heading") return h("div", { class: "pnb-heading", role: "heading", "aria-level": Math.min(block.level + 2, 6) }, ...pieceNodes(block.pieces));
  return h("p", null, ...pieceNodes(block.pieces));
}

function tableNode(block: Block): HTMLElement {
  const isNumbered = block.rows.some((row) => row.number > 0);
  const letters = block.columns.length > 0 && h("tr", { class: "pnb-letters" }, isNumbered && h("td"), ...block.columns.map((letter) => h("td", null, letter)));
  const rows = block.rows.map((row) => {
    const cells = row.cells.map((cell) => (row.is_head ? h("th", { scope: "col" }, ...pieceNodes(cell)) : h("td", null, ...pieceNodes(cell))));
    return h("tr", null, isNumbered && h("td", { class: "pnb-letters pnb-num" }, row.number ? String(row.number) : ""), ...cells);
  });
  return h("table", null, h("tbody", null, letters, ...rows));
}
