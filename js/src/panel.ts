// The results panel: a virtualised table whose values open to their evidence.
import { Asker, type Answer } from "./ask";
import { button, choice, copier, filterBox } from "./controls";
import { fill, h, setText } from "./dom";
import { type Evidence, showEvidence } from "./evidence";
import type { Cleanup, Model, RenderContext } from "./widget";
import { confidenceWords, count } from "./words";

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

type Row = [number, string, string, string, string[], string[]];

const ROW = 30; // pixels; the stylesheet has the same
const PAGE = 100; // rows asked for at once
const SPARE = 8; // rows drawn above and below what is seen

export function render({ model, el }: RenderContext<Traits>): Cleanup {
  const head = model.get("head");
  const columns = [head.heading, ...head.fields];
  const asker = new Asker(model as unknown as Model<never>, (busy) => {
    status.hidden = !busy;
  });

  let filter = { text: "", confidence: "", status: "", sort: null as number | null, descending: false };
  let rows = head.total; // rows that pass the filter
  let pages = new Map<number, Row[]>();
  let asked = new Set<number>();
  let epoch = 0; // answers to an older filter are dropped
  let at = { row: 0, column: 0 };
  let open: { row: number; column: number } | null = null;
  let code = "";
  let frame = 0;

  const status = h("span", { class: "pnb-quiet", role: "status" }, "the kernel is busy; this waits for it");
  status.hidden = true;
  const summary = h("span", { class: "pnb-quiet pnb-right pnb-num" });
  const text = filterBox("Filter rows", "Filter rows by text", (typed) => {
    filter = { ...filter, text: typed };
    restart();
  });
  const confidence = choice("Confidence", [["", "any confidence"], ["high", "● high"], ["medium", "◑ medium"], ["low", "◔ low"]]);
  const state = choice("Status", [["", "all rows"], ["answered", "answered"], ["missing", "with a value not found"], ["failed", "without an answer"]]);
  const shut = button("Close panel", () => model.send({ kind: "close" }), "Leave a static table in the notebook");
  shut.hidden = head.closable === false;
  const header = h("div", { class: "pnb-tr pnb-thead", role: "row", "aria-rowindex": 1 });
  const body = h("div", { class: "pnb-tbody", role: "rowgroup" });
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
    h("div", { class: "pnb-head" }, h("span", { class: "pnb-title" }, head.title), h("span", { class: "pnb-quiet" }, head.connection), summary),
    h("div", { class: "pnb-tools" }, text, confidence, state, status, h("span", { class: "pnb-right" }, shut)),
    scroller,
    detail,
    h("div", { class: "pnb-foot" }, copyCode, expression, told),
  );
  grid.style.setProperty("--pnb-columns", `minmax(130px, 1.1fr) repeat(${head.fields.length}, minmax(130px, 1fr))`);
  grid.style.minWidth = `${columns.length * 130}px`;
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
    epoch += 1;
    pages = new Map();
    asked = new Set();
    at = { row: 0, column: at.column };
    scroller.scrollTop = 0;
    draw();
  }

  function refresh(): void {
    // More rows were read: what is shown stays until the new answer is here.
    asked = new Set();
    draw();
  }

  async function load(page: number): Promise<void> {
    if (asked.has(page)) return;
    asked.add(page);
    const mine = epoch;
    const answer = await asker.ask("rows", { start: page * PAGE, stop: (page + 1) * PAGE, filter });
    if (mine !== epoch) return;
    if (answer === null) {
      asked.delete(page);
      return;
    }
    pages.set(page, (answer["rows"] as Row[]).slice(0, PAGE));
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
    draw();
  }

  function draw(): void {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(drawNow);
  }

  function drawNow(): void {
    const height = Math.max(scroller.clientHeight - ROW, ROW);
    const first = Math.max(0, Math.floor(scroller.scrollTop / ROW) - SPARE);
    const last = Math.min(Math.max(rows, 1), Math.ceil((scroller.scrollTop + height) / ROW) + SPARE);
    for (let page = Math.floor(first / PAGE); page <= Math.floor((last - 1) / PAGE); page++) void load(page);
    grid.setAttribute("aria-rowcount", String(rows + 1));
    body.style.height = `${rows * ROW}px`;
    const focused = body.contains(document.activeElement);
    const drawn: HTMLElement[] = [];
    if (rows === 0) drawn.push(h("div", { class: "pnb-none pnb-quiet" }, "No row passes the filter."));
    for (let n = first; n < Math.min(last, rows); n++) drawn.push(drawRow(n));
    fill(body, ...drawn);
    if (focused) focusCell();
  }

  function rowAt(n: number): Row | undefined {
    return pages.get(Math.floor(n / PAGE))?.[n % PAGE];
  }

  function drawRow(n: number): HTMLElement {
    const row = rowAt(n);
    const line = h("div", { class: "pnb-tr", role: "row", "aria-rowindex": n + 2 });
    line.style.top = `${n * ROW}px`;
    line.classList.toggle("pnb-opened", open !== null && row !== undefined && open.row === row[0]);
    if (!row) {
      line.append(h("div", { class: "pnb-td pnb-quiet", role: "gridcell" }, "…"));
      return line;
    }
    const [number, label, state, error, texts, confidences] = row;
    line.append(cell(n, 0, "rowheader", label));
    if (texts.length === 0) {
      const said = cell(n, 1, "gridcell", `✕ ${state}${error ? `: ${error}` : ""}`);
      said.classList.add("pnb-wide", "pnb-bad");
      line.append(said);
      return line;
    }
    texts.forEach((value, i) => {
      const made = cell(n, i + 1, "gridcell", value);
      if (value === "not found") made.classList.add("pnb-null");
      const sure = confidences[i];
      if (sure) made.append(h("span", { class: `pnb-conf pnb-conf-${sure === "low" ? "low" : "other"}` }, ` ${confidenceWords(sure)}`));
      if (open && open.row === number && open.column === i) made.setAttribute("aria-selected", "true");
      line.append(made);
    });
    return line;
  }

  function cell(row: number, column: number, role: string, value: string): HTMLElement {
    const made = h("div", { class: "pnb-td", role, tabindex: at.row === row && at.column === column ? 0 : -1, title: value }, h("span", { class: "pnb-value" }, value));
    made.dataset["row"] = String(row);
    made.dataset["column"] = String(column);
    return made;
  }

  function place(target: EventTarget | null): { row: number; column: number } | null {
    const found = (target as Element | null)?.closest?.<HTMLElement>(".pnb-td[data-row]");
    return found ? { row: Number(found.dataset["row"]), column: Number(found.dataset["column"]) } : null;
  }

  function focusCell(): void {
    const wanted = body.querySelector<HTMLElement>(`[data-row="${at.row}"][data-column="${at.column}"]`) ?? body.querySelector<HTMLElement>(`[data-row="${at.row}"]`);
    wanted?.setAttribute("tabindex", "0");
    wanted?.focus({ preventScroll: true });
  }

  function move(row: number, column: number): void {
    at = { row: Math.min(Math.max(row, 0), Math.max(rows - 1, 0)), column: Math.min(Math.max(column, 0), columns.length - 1) };
    const top = at.row * ROW;
    const view = scroller.clientHeight - ROW;
    if (top < scroller.scrollTop) scroller.scrollTop = top;
    else if (top + ROW > scroller.scrollTop + view) scroller.scrollTop = top + ROW - view;
    drawNow();
    focusCell();
  }

  async function openCell(): Promise<void> {
    const row = rowAt(at.row);
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
    const where = place(event.target);
    if (!where) return;
    at = where;
    drawNow();
    focusCell();
    void openCell();
  });
  body.addEventListener("keydown", (event) => {
    const page = Math.max(1, Math.floor(scroller.clientHeight / ROW) - 2);
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
  const sized = new ResizeObserver(draw);
  sized.observe(scroller);
  const onMessage = (content: Answer): void => {
    if (content?.kind === "grown") refresh();
    else asker.answer(content);
  };
  model.on("msg:custom", onMessage);
  drawNow();
  return () => {
    model.off("msg:custom", onMessage);
    sized.disconnect();
    cancelAnimationFrame(frame);
    asker.close();
  };
}
