// The results panel: a virtualised table whose values open to their evidence.
import { Columns } from "./columns";
import { busySign, button, choice, copier, filterBox, titled } from "./controls";
import { fill, h, observeWidth, setText } from "./dom";
import { type Evidence, evidenceNode, offerBeside } from "./evidence";
import { Pages, type Row } from "./pages";
import { replaceAtEnd } from "./replace";
import { type Reply, Requests } from "./requests";
import { type CellPlace, DrawnRows, ROW_HEIGHT, type ValueWords } from "./rows";
import type { Cleanup, Model, RenderContext } from "./widget";

interface Head extends ValueWords {
  title: string;
  connection: string;
  heading: string;
  fields: string[];
  numeric: boolean[]; // of each field: numbers stand to the right
  total: number;
  closable?: boolean; // false where there is no output to replace
}

interface Traits {
  head: Head;
}

const SPARE_ROWS = 8; // drawn above and below what is seen

export function render({ model, el }: RenderContext<Traits>): Cleanup {
  const head = model.get("head");
  const columns = [head.heading, ...head.fields];
  const busy = busySign();
  const requests = new Requests(model as unknown as Model<never>, (isBusy) => {
    busy.hidden = !isBusy;
  });

  let filter = { text: "", confidence: "", status: "", sort: null as number | null, descending: false };
  let rows = head.total; // rows that pass the filter
  let at: CellPlace = { row: 0, column: 0 }; // the cell that takes the keyboard
  let open: CellPlace | null = null; // the value whose evidence is shown
  let code = "";
  let frame = 0; // the animation frame in which the table is drawn next
  let seen = false; // the first rows have been drawn
  let viewHeight = 0; // pixels of the table that are seen; asked of the page only when it changes

  // Read aloud after a change of the filter alone, not while rows are read.
  const announcement = h("span", { class: "pnb-unseen", role: "status" });
  let announcedFilter = filter;
  const summary = h("span", { class: "pnb-quiet pnb-right pnb-num" });
  const text = filterBox("Filter rows", "Filter rows by text", (typed) => {
    filter = { ...filter, text: typed };
    applyFilter();
  });
  const confidence = choice("Confidence", [["", "any confidence"], ...Object.entries(head.confidences)]);
  const state = choice("Status", [["", "all rows"], ["answered", "answered"], ["missing", "a value not found"], ["failed", "no answer"]]);
  const close = button("Close panel", () => model.send({ kind: "close" }), { title: "Leave a static table in the notebook" });
  close.hidden = head.closable === false;
  const header = h("div", { class: "pnb-tr pnb-thead", role: "row", "aria-rowindex": 1 });
  const body = h("div", { class: "pnb-tbody", role: "rowgroup" });
  const none = h("div", { class: "pnb-none pnb-quiet" }, "No row passes the filter.");
  const drawnRows = new DrawnRows(body, [false, ...head.numeric], head);
  const pages = new Pages(load, draw);
  const scroller = h("div", { class: "pnb-scroll" });
  const grid = h("div", { class: "pnb-grid", role: "grid", "aria-label": `Answers: ${head.title}`, "aria-colcount": columns.length }, h("div", { role: "rowgroup", class: "pnb-headgroup" }, header), body);
  scroller.append(grid);
  const detail = h("div", { class: "pnb-detail", "aria-live": "polite" });
  detail.hidden = true;
  const expression = h("code", { class: "pnb-code" });
  const copyCode = button("Copy code", () => copy(code));
  const notice = h("span", { class: "pnb-quiet", role: "status" }, "open a value to see where it came from");
  const copy = copier(notice);
  const box = h(
    "section",
    { class: "pnb pnb-panel mathjax_ignore tex2jax_ignore", "aria-label": `Results of ${head.title}` },
    titled([h("span", { class: "pnb-title" }, head.title), h("span", { class: "pnb-quiet" }, head.connection)], close),
    h("div", { class: "pnb-tools" }, text, confidence, state, busy, summary),
    scroller,
    detail,
    announcement,
    h("div", { class: "pnb-foot" }, copyCode, expression, notice),
  );
  const widths = new Columns(grid, columns);
  header.append(...columns.map((name, i) => headerCell(name, i)));
  el.append(box);

  function headerCell(name: string, i: number): HTMLElement {
    const sorter = h("button", { type: "button", class: "pnb-sort" }, name);
    sorter.addEventListener("click", () => {
      const sort = i - 1;
      if (filter.sort !== sort) filter = { ...filter, sort, descending: false };
      else if (!filter.descending) filter = { ...filter, descending: true };
      else filter = { ...filter, sort: null, descending: false };
      [...header.children].forEach((cell, column) => {
        const sorted = filter.sort === column - 1;
        cell.setAttribute("aria-sort", sorted ? (filter.descending ? "descending" : "ascending") : "none");
      });
      applyFilter();
    });
    sorter.title = `Sort by ${name}`;
    const side = head.numeric[i - 1] ? "pnb-th pnb-number" : "pnb-th";
    return h("div", { class: side, role: "columnheader", "aria-sort": "none" }, sorter, widths.handle(i));
  }

  function applyFilter(): void {
    pages.forget();
    at = { row: 0, column: at.column };
    scroller.scrollTop = 0;
    draw();
  }

  async function load(start: number): Promise<Row[] | null> {
    const wanted = filter;
    const reply = await requests.send("rows", { start, filter });
    if (reply === null || wanted !== filter) return null;
    rows = reply["count"] as number;
    code = reply["code"] as string;
    setText(expression, code);
    copyCode.hidden = !code;
    setText(summary, reply["summary"] as string);
    if (announcedFilter !== filter) {
      announcedFilter = filter;
      setText(announcement, reply["announcement"] as string);
    }
    widths.fit(reply["rows"] as Row[]);
    return reply["rows"] as Row[];
  }

  function draw(): void {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(drawNow);
  }

  function drawNow(): void {
    const top = scroller.scrollTop;
    const firstSeen = Math.floor(top / ROW_HEIGHT);
    const first = Math.max(0, Math.min(firstSeen, rows) - SPARE_ROWS);
    const last = Math.min(rows, Math.ceil((top + Math.max(viewHeight - ROW_HEIGHT, ROW_HEIGHT)) / ROW_HEIGHT) + SPARE_ROWS);
    pages.want(first, last, rows);
    const hasFocus = body.contains(focused());
    grid.setAttribute("aria-rowcount", String(rows + 1));
    set(body, "height", `${rows * ROW_HEIGHT}px`);
    set(body, "paddingTop", `${first * ROW_HEIGHT}px`);
    drawnRows.draw(first, last, (n) => pages.row(n), { at, open });
    if (rows > 0) none.remove();
    else if (!none.isConnected) body.append(none);
    // Out of sight the cell that has the keyboard is not drawn; the table keeps it meanwhile.
    const cell = drawnRows.cell(at);
    body.tabIndex = cell || rows === 0 ? -1 : 0;
    if (hasFocus) focusCell();
    if (!seen && pages.row(0)) {
      seen = true;
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
    const cell = drawnRows.cell(at) ?? body;
    if (cell !== focused()) cell.focus({ preventScroll: true });
  }

  function move(row: number, column: number): void {
    at = { row: Math.min(Math.max(row, 0), Math.max(rows - 1, 0)), column: Math.min(Math.max(column, 0), columns.length - 1) };
    const top = at.row * ROW_HEIGHT;
    const height = viewHeight - ROW_HEIGHT;
    if (top < scroller.scrollTop) scroller.scrollTop = top;
    else if (top + ROW_HEIGHT > scroller.scrollTop + height) scroller.scrollTop = top + ROW_HEIGHT - height;
    drawNow();
    focusCell();
  }

  async function openCell(): Promise<void> {
    const row = pages.row(at.row);
    if (!row) return;
    const column = Math.max(0, at.column - 1);
    open = { row: row[0], column };
    const wanted = open;
    draw();
    const reply = (await requests.send("evidence", { row: row[0], field: column })) as Evidence | null;
    if (open !== wanted) return;
    if (reply) reply.ask = (source, number) => requests.send("page", { row: wanted.row, field: wanted.column, source, number });
    detail.hidden = reply !== null && offerBeside(box, "evidence", reply);
    if (detail.hidden) return;
    if (reply === null) fill(detail, h("div", { class: "pnb-ev pnb-ev-plain" }, "The kernel did not answer. Open the cell again when it is free."));
    else fill(detail, evidenceNode(reply, copy, closeCell, besideOf(reply)));
  }

  /** Moves the evidence beside the notebook; undefined where nothing is there that shows it. */
  function besideOf(evidence: Evidence): (() => void) | undefined {
    if (document.body.dataset["pnbBeside"] === undefined || evidence.problem !== undefined) return undefined;
    return () => {
      if (offerBeside(box, "beside", evidence)) detail.hidden = true;
    };
  }

  function closeCell(): void {
    open = null;
    detail.hidden = true;
    fill(detail);
    drawNow();
    focusCell();
  }

  body.addEventListener("click", (event) => {
    const place = drawnRows.place(event.target);
    if (!place) return;
    at = place;
    drawNow();
    focusCell();
    void openCell();
  });
  body.addEventListener("keydown", (event) => {
    const page = Math.max(1, Math.floor(viewHeight / ROW_HEIGHT) - 2);
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
    applyFilter();
  });
  state.addEventListener("change", () => {
    filter = { ...filter, status: state.value };
    applyFilter();
  });
  scroller.addEventListener("scroll", draw, { passive: true });
  const sizeObserver = new ResizeObserver(() => {
    viewHeight = scroller.clientHeight;
    draw();
  });
  sizeObserver.observe(scroller);
  const onMessage = (content: Reply): void => {
    if (content?.kind === "grown") {
      pages.renew();
      draw();
    } else requests.receive(content);
  };
  model.on("msg:custom", onMessage);
  viewHeight = scroller.clientHeight;
  drawNow();
  const stopReplacing = replaceAtEnd(model, el);
  const stopObserving = observeWidth(box);
  return () => {
    stopReplacing();
    stopObserving();
    model.off("msg:custom", onMessage);
    sizeObserver.disconnect();
    cancelAnimationFrame(frame);
    pages.close();
    requests.close();
  };
}
