// The search panel: ranked pages that can be filtered, sorted, opened and cited.
import { Asker, type Answer } from "./ask";
import { button, choice, copier, filterBox, titled } from "./controls";
import { cut, fill, fit, h, isSafeUrl, setText } from "./dom";
import { last } from "./lasting";
import type { Cleanup, Model, RenderContext } from "./widget";
import { count } from "./words";

interface Head {
  title: string;
  processor: string;
  connection: string;
  total: number;
  price: string; // "" where nothing was paid
  closable?: boolean; // false where there is no output to swap
  warnings: string[];
}

export interface Found {
  rank: number;
  title: string;
  url: string;
  host: string;
  date: string;
  day: string; // the date as YYYY-MM-DD, or "" where it cannot be sorted by
  excerpts: [string, boolean][][];
  more: string;
}

interface Item {
  page: Found;
  words: string; // what the filter looks in
  node: HTMLElement;
  opener: HTMLButtonElement;
  open: (wanted: boolean) => void;
}

/** A page as one line of text, for a paper or a mail. */
export function citation(page: Found): string {
  const about = [page.host, page.date].filter(Boolean).join(", ");
  const title = page.title === page.url ? "" : `${page.title}. `;
  return `${title}${about ? `${about}. ` : ""}${page.url}`;
}

export function render({ model, el }: RenderContext<{ head: Head }>): Cleanup {
  const head = model.get("head");
  const asker = new Asker(model as unknown as Model<never>, (busy) => {
    waits.hidden = !busy;
  });
  const items: Item[] = [];
  let text = "";

  const waits = h("span", { class: "pnb-quiet", role: "status" }, "the kernel is busy; this waits for it");
  waits.hidden = true;
  const filter = filterBox("Filter pages", "Filter pages by text", (typed) => {
    text = typed.trim().toLowerCase();
    arrange();
  });
  const host = choice("Site", [["", "all sites"]]);
  const order = choice("Order", [["rank", "best first"], ["new", "newest first"], ["old", "oldest first"]]);
  const all = button("Open all", () => {
    const wanted = items.some(({ node, opener }) => !node.hidden && opener.getAttribute("aria-expanded") === "false");
    for (const item of items) if (!item.node.hidden) item.open(wanted);
    sayAll();
  });
  const shut = button("Close panel", () => model.send({ kind: "close" }), "Leave the static results in the notebook");
  shut.hidden = head.closable === false;
  const list = h("ol", { class: "pnb-hits" });
  const none = h("div", { class: "pnb-none pnb-quiet" });
  none.hidden = true;
  const told = h("span", { class: "pnb-quiet", role: "status" }, head.total > 0 ? "open a page to read what was found in it" : "");
  const shown = h("span", { class: "pnb-quiet pnb-right pnb-num", role: "status" });
  const copy = copier(told);
  const box = h(
    "section",
    { class: "pnb pnb-search mathjax_ignore tex2jax_ignore", "aria-label": `Pages found for ${head.title}` },
    titled([h("span", { class: "pnb-title" }, head.title), h("span", { class: "pnb-quiet" }, `${head.processor} · ${head.connection}`)], shut),
    ...head.warnings.map((words) => h("div", { class: "pnb-remark" }, `Warning: ${words}`)),
    h("div", { class: "pnb-tools" }, filter, host, order, all, waits, shown),
    h("div", { class: "pnb-list" }, list, none),
    h("div", { class: "pnb-foot" }, told, head.price && h("span", { class: "pnb-quiet pnb-right pnb-num" }, head.price)),
  );
  el.append(box);

  function item(page: Found): Item {
    const body = h("div", { class: "pnb-hit-body" });
    body.hidden = true;
    const opener = h(
      "button",
      { type: "button", class: "pnb-opener", "aria-expanded": "false" },
      h("span", { class: "pnb-rank pnb-num" }, `${page.rank}.`),
      h("span", { class: "pnb-hit-title" }, page.title),
    );
    const about = [page.host || (page.title === page.url ? "" : cut(page.url, 60)), page.date].filter(Boolean).join(" · ");
    const node = h("li", { class: "pnb-hit" }, h("div", { class: "pnb-hit-head" }, opener, h("span", { class: "pnb-quiet" }, about)), body);
    const open = (wanted: boolean): void => {
      if (wanted && !body.hasChildNodes()) fill(body, ...evidence(page));
      body.hidden = !wanted;
      opener.setAttribute("aria-expanded", String(wanted));
    };
    opener.addEventListener("click", () => {
      open(body.hidden);
      sayAll();
    });
    const words = [page.title, page.url, page.date, ...page.excerpts.map((pieces) => pieces.map(([piece]) => piece).join(""))];
    return { page, words: words.join("\n").toLowerCase(), node, opener, open };
  }

  function evidence(page: Found): HTMLElement[] {
    const source = isSafeUrl(page.url)
      ? h("a", { class: "pnb-open", href: page.url, target: "_blank", rel: "noopener noreferrer", "aria-label": `Open source: ${page.title}` }, "Open source")
      : h("span", { class: "pnb-quiet pnb-address" }, page.url);
    return [
      ...page.excerpts.map((pieces) => h("div", { class: "pnb-excerpt" }, ...pieces.map(([piece, hit]) => (hit ? h("mark", null, piece) : piece)))),
      page.excerpts.length === 0 && h("div", { class: "pnb-quiet" }, "no excerpt"),
      page.more && h("div", { class: "pnb-quiet" }, `and ${page.more}: results.df`),
      h("div", { class: "pnb-row" }, button("Copy citation", () => copy(citation(page))), source),
    ].filter((made): made is HTMLDivElement => made instanceof HTMLElement);
  }

  function sayAll(): void {
    const closed = items.some(({ node, opener }) => !node.hidden && opener.getAttribute("aria-expanded") === "false");
    setText(all, closed ? "Open all" : "Close all");
  }

  /** Show what passes the filter, in the wanted order. */
  function arrange(): void {
    const way = order.value === "old" ? 1 : -1;
    const sorted = [...items].sort((a, b) => {
      const [left, right] = [a.page.day, b.page.day];
      if (order.value === "rank" || left === right) return a.page.rank - b.page.rank;
      if (!left || !right) return left ? -1 : 1; // pages without a date come last
      return left < right ? -way : way;
    });
    // Moving a node takes its focus away: only what is out of place is moved.
    sorted.forEach(({ node }, at) => {
      if (list.children[at] !== node) list.insertBefore(node, list.children[at] ?? null);
    });
    let passed = 0;
    for (const { page, words, node } of items) {
      node.hidden = !words.includes(text) || (host.value !== "" && page.host !== host.value);
      if (!node.hidden) passed += 1;
    }
    const noun = head.total === 1 ? "page" : "pages";
    setText(shown, passed === head.total ? `${count(passed)} ${noun}` : `${count(passed)} of ${count(head.total)} ${noun}`);
    none.hidden = passed > 0;
    setText(none, head.total === 0 ? "No page was found." : items.length < head.total ? "…" : "No page passes the filter.");
    all.hidden = passed === 0;
    sayAll();
  }

  /** Fill the choice of sites, the most frequent first. */
  function listHosts(): void {
    const numbers = new Map<string, number>();
    for (const { page } of items) if (page.host) numbers.set(page.host, (numbers.get(page.host) ?? 0) + 1);
    const sorted = [...numbers].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
    const before = host.value;
    fill(host, h("option", { value: "" }, "all sites"), ...sorted.map(([name, n]) => h("option", { value: name }, `${name} (${count(n)})`)));
    host.value = before;
    host.hidden = numbers.size < 2;
    order.hidden = items.length < 2;
    filter.hidden = items.length < 2;
  }

  async function load(): Promise<void> {
    while (items.length < head.total) {
      const answer = await asker.ask("pages", { start: items.length });
      if (answer === null) {
        if (!ended) setText(told, "The kernel did not answer. Run the cell again when it is free.");
        return;
      }
      const pages = answer["pages"] as Found[];
      if (pages.length === 0) return;
      items.push(...pages.map(item));
      if (items.length === pages.length) items[0]?.open(true);
      listHosts();
      arrange();
    }
  }

  list.addEventListener("keydown", (event) => {
    const seen = items.filter(({ node }) => !node.hidden).sort((a, b) => (a.node.compareDocumentPosition(b.node) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1));
    const at = seen.findIndex(({ node }) => node.contains(event.target as Node));
    const here = seen[at];
    if (!here) return;
    const to: Record<string, Item | undefined> = { ArrowDown: seen[at + 1], ArrowUp: seen[at - 1], Home: seen[0], End: seen[seen.length - 1] };
    if (event.key === "Escape") {
      here.open(false);
      here.opener.focus();
      sayAll();
    } else if (event.key in to) to[event.key]?.opener.focus();
    else return;
    event.preventDefault();
  });
  host.addEventListener("change", arrange);
  order.addEventListener("change", arrange);
  // Typing must not reach the notebook's own single-key commands.
  box.addEventListener("keydown", (event) => event.stopPropagation());
  let ended = false;
  const onMessage = (content: Answer): void => {
    asker.answer(content);
  };
  model.on("msg:custom", onMessage);
  listHosts();
  arrange();
  void load();
  const leave = last(model, el);
  const unfit = fit(box);
  return () => {
    leave();
    unfit();
    ended = true;
    model.off("msg:custom", onMessage);
    asker.close();
  };
}
