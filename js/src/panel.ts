// The results panel: a virtualised table whose values open to their evidence.
import { Asker, type Answer } from "./ask";
import { button, choice, copier, filterBox, titled } from "./controls";
import { fill, fit, h, setText } from "./dom";
import { type Evidence, showEvidence } from "./evidence";
import { last } from "./lasting";
import { Lines, type Place, ROW } from "./lines";
import { Pages, type Row } from "./pages";
import type { Cleanup, Model, RenderContext } from "./widget";
import { count } from "./words";

interface Head {
  title: string;
  connection: string;
  heading: string;
  fields: string[];
  total: number;
  closable?: boolean; // false where there is no output to swap
}

interface Traits {
  head: Head;
}

const SPARE = 8; // rows drawn above and below what is seen
const COLUMN = 156; // pixels at least: room for a short value and its confidence in words

export function render({ model, el }: RenderContext<Traits>): Cleanup {
  const head = model.get("head");
  const columns = [head.heading, ...head.fields];
  const asker = new Asker(model as unknown as Model<never>, (busy) => {
    status.hidden = !busy;
  });

  let filter = { text: "", confidence: "", status: "", sort: null as number | null, descending: false };
  let rows = head.total; // rows that pass the filter
  let at: Place = { row: 0, column: 0 };
  let open: Place | null = null;
  let code = "";
  let frame = 0;
  let shown = false; // the first rows have been drawn
  let view = 0; // pixels of the table that are seen; asked of the page when it changes alone

  const status = h("span", { class: "pnb-quiet", role: "status" }, "the kernel is busy; this waits for it");
  status.hidden = true;
  // Told aloud after a change of the filter alone, not while rows are read.
  const said = h("span", { class: "pnb-unseen", role: "status" });
  let saidFor = filter;
  const summary = h("span", { class: "pnb-quiet pnb-right pnb-num" });
  const text = filterBox("Filter rows", "Filter rows by text", (typed) => {
    filter = { ...filter, text: typed };
    restart();
  });
  const confidence = choice("Confidence", [["", "any confidence"], ["high", "● high"], ["medium", "◑ medium"], ["low", "◔ low"]]);
  const state = choice("Status", [["", "all rows"], ["answered", "answered"], ["missing", "a value not found"], ["failed", "no answer"]]);
  const shut = button("Close panel", () => model.send({ kind: "close" }), "Leave a static table in the notebook");
  shut.hidden = head.closable === false;
  const header = h("div", { class: "pnb-tr pnb-thead", role: "row", "aria-rowindex": 1 });
  const body = h("div", { class: "pnb-tbody", role: "rowgroup" });
  const none = h("div", { class: "pnb-none pnb-quiet" }, "No row passes the filter.");
  const lines = new Lines(body, columns.length);
  const pages = new Pages(load, draw);
  const scroller = h("div", { class: "pnb-scroll" });
  const grid = h("div", { class: "pnb-grid", role: "grid", "aria-label": `Answers: ${head.title}`, "aria-colcount": columns.length }, h("div", { role: "rowgroup", class: "pnb-headgroup" }, header), body);
  scroller.append(grid);
  const detail = h("div", { class: "pnb-detail", "aria-live": "polite" });
  detail.hidden = true;
  const expression = h("code", { class: "pnb-code" });
  const copyCode = button("Copy code", () => copy(code));
  const told = h("span", { class: "pnb-quiet", role: "status" }, "open a value to see where it came from");
  const copy = copier(told);
  const box = h(
    "section",
    { class: "pnb pnb-panel mathjax_ignore tex2jax_ignore", "aria-label": `Results of ${head.title}` },
    titled([h("span", { class: "pnb-title" }, head.title), h("span", { class: "pnb-quiet" }, head.connection)], shut),
    h("div", { class: "pnb-tools" }, text, confidence, state, status, summary),
    scroller,
    detail,
    said,
    h("div", { class: "pnb-foot" }, copyCode, expression, told),
  );
  grid.style.setProperty("--pnb-columns", `minmax(${COLUMN}px, 1.1fr) repeat(${head.fields.length}, minmax(${COLUMN}px, 1fr))`);
  grid.style.minWidth = `${columns.length * COLUMN}px`;
  header.append(...columns.map((name, i) => headerCell(name, i)));
  el.append(box);

  function headerCell(name: string, i: number): HTMLElement {
    const sorter = h("button", { type: "button", class: "pnb-sort" }, name);
    sorter.addEventListener("click", () => {
      const sort = i - 1;
      if (filter.sort !== sort) filter = { ...filter, sort, descending: false };
      else if (!filter.descending) filter = { ...filter, descending: true };
      else filter = { ...filter, sort: null, descending: false };
      [...header.children].forEach((cell, at) => {
        const on = filter.sort === at - 1;
        cell.setAttribute("aria-sort", on ? (filter.descending ? "descending" : "ascending") : "none");
      });
      restart();
    });
    return h("div", { class: "pnb-th", role: "columnheader", "aria-sort": "none", title: `Sort by ${name}` }, sorter);
  }

  function restart(): void {
    pages.forget();
    at = { row: 0, column: at.column };
    scroller.scrollTop = 0;
    draw();
  }

  async function load(start: number, stop: number): Promise<Row[] | null> {
    const mine = filter;
    const answer = await asker.ask("rows", { start, stop, filter });
    if (answer === null || mine !== filter) return null;
    rows = answer["count"] as number;
    code = answer["code"] as string;
    setText(expression, code);
    copyCode.hidden = !code;
    const filtered = rows === answer["total"] ? "" : `${count(rows)} shown · `;
    const reading = answer["complete"] ? "" : " · still reading";
    setText(
      summary,
      `${filtered}${count(answer["answered"] as number)} of ${count(answer["total"] as number)} answered · ${count(answer["low"] as number)} with low confidence${reading}`,
    );
    if (saidFor !== filter) {
      saidFor = filter;
      setText(said, `${count(rows)} of ${count(answer["total"] as number)} rows shown${sortWords()}`);
    }
    return answer["rows"] as Row[];
  }

  function sortWords(): string {
    if (filter.sort === null) return "";
    return `, sorted by ${columns[filter.sort + 1]}, ${filter.descending ? "descending" : "ascending"}`;
  }

  function draw(): void {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(drawNow);
  }

  function drawNow(): void {
    const top = scroller.scrollTop;
    const seen = Math.floor(top / ROW);
    const first = Math.max(0, Math.min(seen, rows) - SPARE);
    const last = Math.min(rows, Math.ceil((top + Math.max(view - ROW, ROW)) / ROW) + SPARE);
    pages.want(first, last, rows);
    const held = body.contains(focused());
    grid.setAttribute("aria-rowcount", String(rows + 1));
    set(body, "height", `${rows * ROW}px`);
    set(body, "paddingTop", `${first * ROW}px`);
    lines.draw(first, last, (n) => pages.row(n), { at, open });
    if (rows > 0) none.remove();
    else if (!none.isConnected) body.append(none);
    // Out of sight the cell that has the keyboard is not drawn; the table keeps it meanwhile.
    const cell = lines.cell(at);
    body.tabIndex = cell || rows === 0 ? -1 : 0;
    if (held) focusCell();
    if (!shown && pages.row(0)) {
      shown = true;
      // The frame after next: by then they are on the screen, and the kernel may read on.
      requestAnimationFrame(() => requestAnimationFrame(() => model.send({ kind: "seen" })));
    }
  }

  function focused(): Element | null {
    return (el.getRootNode() as Document | ShadowRoot).activeElement;
  }

  function set(node: HTMLElement, name: "height" | "paddingTop", value: string): void {
    if (node.style[name] !== value) node.style[name] = value;
  }

  function focusCell(): void {
    const cell = lines.cell(at) ?? body;
    if (cell !== focused()) cell.focus({ preventScroll: true });
  }

  function move(row: number, column: number): void {
    at = { row: Math.min(Math.max(row, 0), Math.max(rows - 1, 0)), column: Math.min(Math.max(column, 0), columns.length - 1) };
    const top = at.row * ROW;
    const height = view - ROW;
    if (top < scroller.scrollTop) scroller.scrollTop = top;
    else if (top + ROW > scroller.scrollTop + height) scroller.scrollTop = top + ROW - height;
    drawNow();
    focusCell();
  }

  async function openCell(): Promise<void> {
    const row = pages.row(at.row);
    if (!row) return;
    const column = Math.max(0, at.column - 1);
    open = { row: row[0], column };
    const mine = open;
    draw();
    const answer = (await asker.ask("evidence", { row: row[0], field: column })) as Evidence | null;
    if (open !== mine) return;
    detail.hidden = false;
    if (answer === null) fill(detail, h("div", { class: "pnb-ev pnb-ev-plain" }, "The kernel did not answer. Open the cell again when it is free."));
    else fill(detail, showEvidence(answer, copy, closeCell));
  }

  function closeCell(): void {
    open = null;
    detail.hidden = true;
    fill(detail);
    drawNow();
    focusCell();
  }

  body.addEventListener("click", (event) => {
    const where = lines.place(event.target);
    if (!where) return;
    at = where;
    drawNow();
    focusCell();
    void openCell();
  });
  body.addEventListener("keydown", (event) => {
    const page = Math.max(1, Math.floor(view / ROW) - 2);
    const steps: Record<string, () => void> = {
      ArrowDown: () => move(at.row + 1, at.column),
      ArrowUp: () => move(at.row - 1, at.column),
      ArrowRight: () => move(at.row, at.column + 1),
      ArrowLeft: () => move(at.row, at.column - 1),
      PageDown: () => move(at.row + page, at.column),
      PageUp: () => move(at.row - page, at.column),
      Home: () => move(event.ctrlKey ? 0 : at.row, 0),
      End: () => move(event.ctrlKey ? rows - 1 : at.row, columns.length - 1),
      Enter: () => void openCell(),
      " ": () => void openCell(),
      Escape: closeCell,
    };
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation(); // the notebook has commands on these keys
    step();
  });
  // Typing must not reach the notebook's own single-key commands.
  box.addEventListener("keydown", (event) => event.stopPropagation());
  confidence.addEventListener("change", () => {
    filter = { ...filter, confidence: confidence.value };
    restart();
  });
  state.addEventListener("change", () => {
    filter = { ...filter, status: state.value };
    restart();
  });
  scroller.addEventListener("scroll", draw, { passive: true });
  const sized = new ResizeObserver(() => {
    view = scroller.clientHeight;
    draw();
  });
  sized.observe(scroller);
  const onMessage = (content: Answer): void => {
    if (content?.kind === "grown") {
      pages.renew();
      draw();
    } else asker.answer(content);
  };
  model.on("msg:custom", onMessage);
  view = scroller.clientHeight;
  drawNow();
  const leave = last(model, el);
  const unfit = fit(box);
  return () => {
    leave();
    unfit();
    model.off("msg:custom", onMessage);
    sized.disconnect();
    cancelAnimationFrame(frame);
    pages.close();
    asker.close();
  };
}
