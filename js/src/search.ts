// The search panel: ranked pages that can be filtered, sorted, opened and cited.
import { busySign, button, choice, copier, filterBox, titled } from "./controls";
import { fill, h, isSafeUrl, observeWidth, setText } from "./dom";
import { type Excerpt, excerptNode } from "./evidence";
import { replaceAtEnd } from "./replace";
import { type Reply, Requests } from "./requests";
import type { Cleanup, Model, RenderContext } from "./widget";
import { count } from "./count";

interface Head {
  title: string;
  about: string;
  total: number;
  cost: string; // "" where nothing was paid
  closable?: boolean; // false where there is no output to replace
  warnings: string[];
}

/** As `search_panel` in Python sends it. */
export interface FoundPage {
  rank: number;
  title: string;
  url: string;
  host: string;
  where: string; // the host, or the start of an address without one
  date: string;
  day: string; // the date as YYYY-MM-DD, or "" where it cannot be sorted by
  excerpts: Excerpt[];
  more: string; // "and 2 more excerpts: results.df", or ""
}

interface Item {
  page: FoundPage;
  words: string; // what the filter looks in
  node: HTMLElement;
  opener: HTMLButtonElement;
  open: (wanted: boolean) => void;
}

/** A page as one line of text, for a paper or a mail. */
export function citation(page: FoundPage): string {
  const about = [page.host, page.date].filter(Boolean).join(", ");
  const title = page.title === page.url ? "" : `${page.title}. `;
  return `${title}${about ? `${about}. ` : ""}${page.url}`;
}

export function render({ model, el }: RenderContext<{ head: Head }>): Cleanup {
  const head = model.get("head");
  const busy = busySign();
  const requests = new Requests(model as unknown as Model<never>, (isBusy) => {
    busy.hidden = !isBusy;
  });
  const items: Item[] = [];
  let text = "";

  const filter = filterBox("Filter pages", "Filter pages by text", (typed) => {
    text = typed.trim().toLowerCase();
    arrange();
  });
  const host = choice("Site", [["", "all sites"]]);
  const order = choice("Order", [["rank", "best first"], ["new", "newest first"], ["old", "oldest first"]]);
  const openAll = button("Open all", () => {
    const wanted = items.some(({ node, opener }) => !node.hidden && opener.getAttribute("aria-expanded") === "false");
    for (const item of items) if (!item.node.hidden) item.open(wanted);
    updateOpenAll();
  });
  const close = button("Close panel", () => model.send({ kind: "close" }), { title: "Leave the static results in the notebook" });
  close.hidden = head.closable === false;
  const list = h("ol", { class: "pnb-hits" });
  const none = h("div", { class: "pnb-none pnb-quiet" });
  none.hidden = true;
  const notice = h("span", { class: "pnb-quiet", role: "status" }, head.total > 0 ? "open a page to read what was found in it" : "");
  const shown = h("span", { class: "pnb-quiet pnb-right pnb-num", role: "status" });
  const copy = copier(notice);
  const box = h(
    "section",
    { class: "pnb pnb-search mathjax_ignore tex2jax_ignore", "aria-label": `Pages found for ${head.title}` },
    titled([h("span", { class: "pnb-title" }, head.title), h("span", { class: "pnb-quiet" }, head.about)], close),
    ...head.warnings.map((words) => h("div", { class: "pnb-remark" }, `Warning: ${words}`)),
    h("div", { class: "pnb-tools" }, filter, host, order, openAll, busy, shown),
    h("div", { class: "pnb-list" }, list, none),
    h("div", { class: "pnb-foot" }, notice, head.cost && h("span", { class: "pnb-quiet pnb-right pnb-num" }, head.cost)),
  );
  el.append(box);

  function item(page: FoundPage): Item {
    const body = h("div", { class: "pnb-hit-body" });
    body.hidden = true;
    const opener = h(
      "button",
      { type: "button", class: "pnb-opener", "aria-expanded": "false" },
      h("span", { class: "pnb-rank pnb-num" }, `${page.rank}.`),
      h("span", { class: "pnb-hit-title" }, page.title),
    );
    const about = [page.where, page.date].filter(Boolean).join(" · ");
    const node = h("li", { class: "pnb-hit" }, h("div", { class: "pnb-hit-head" }, opener, h("span", { class: "pnb-quiet" }, about)), body);
    const open = (wanted: boolean): void => {
      if (wanted && !body.hasChildNodes()) fill(body, ...bodyNodes(page));
      body.hidden = !wanted;
      opener.setAttribute("aria-expanded", String(wanted));
    };
    opener.addEventListener("click", () => {
      open(body.hidden);
      updateOpenAll();
    });
    const words = [page.title, page.url, page.date, ...page.excerpts.map((pieces) => pieces.map(([piece]) => piece).join(""))];
    return { page, words: words.join("\n").toLowerCase(), node, opener, open };
  }

  function bodyNodes(page: FoundPage): HTMLElement[] {
    const source = isSafeUrl(page.url)
      ? h("a", { class: "pnb-open", href: page.url, target: "_blank", rel: "noopener noreferrer", "aria-label": `Open source: ${page.title}` }, "Open source")
      : h("span", { class: "pnb-quiet pnb-address" }, page.url);
    return [
      ...page.excerpts.map(excerptNode),
      page.excerpts.length === 0 && h("div", { class: "pnb-quiet" }, "no excerpt"),
      page.more && h("div", { class: "pnb-quiet" }, page.more),
      h("div", { class: "pnb-row" }, button("Copy citation", () => copy(citation(page))), source),
    ].filter((node): node is HTMLDivElement => node instanceof HTMLElement);
  }

  function updateOpenAll(): void {
    const closed = items.some(({ node, opener }) => !node.hidden && opener.getAttribute("aria-expanded") === "false");
    setText(openAll, closed ? "Open all" : "Close all");
  }

  /** Show what passes the filter, in the wanted order. */
  function arrange(): void {
    const direction = order.value === "old" ? 1 : -1;
    const sorted = [...items].sort((a, b) => {
      const [left, right] = [a.page.day, b.page.day];
      if (order.value === "rank" || left === right) return a.page.rank - b.page.rank;
      if (!left || !right) return left ? -1 : 1; // pages without a date come last
      return left < right ? -direction : direction;
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
    openAll.hidden = passed === 0;
    updateOpenAll();
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
      const reply = await requests.send("pages", { start: items.length });
      if (reply === null) {
        if (!ended) setText(notice, "The kernel did not answer. Run the cell again when it is free.");
        return;
      }
      const pages = reply["pages"] as FoundPage[];
      if (pages.length === 0) return;
      items.push(...pages.map(item));
      if (items.length === pages.length) items[0]?.open(true);
      listHosts();
      arrange();
    }
  }

  list.addEventListener("keydown", (event) => {
    const visible = items.filter(({ node }) => !node.hidden).sort((a, b) => (a.node.compareDocumentPosition(b.node) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1));
    const at = visible.findIndex(({ node }) => node.contains(event.target as Node));
    const here = visible[at];
    if (!here) return;
    const targets: Record<string, Item | undefined> = { ArrowDown: visible[at + 1], ArrowUp: visible[at - 1], Home: visible[0], End: visible[visible.length - 1] };
    if (event.key === "Escape") {
      here.open(false);
      here.opener.focus();
      updateOpenAll();
    } else if (event.key in targets) targets[event.key]?.opener.focus();
    else return;
    event.preventDefault();
  });
  host.addEventListener("change", arrange);
  order.addEventListener("change", arrange);
  // Typing must not reach the notebook's own single-key commands.
  box.addEventListener("keydown", (event) => event.stopPropagation());
  let ended = false;
  const onMessage = (content: Reply): void => requests.receive(content);
  model.on("msg:custom", onMessage);
  listHosts();
  arrange();
  void load();
  const stopReplacing = replaceAtEnd(model, el);
  const stopObserving = observeWidth(box);
  return () => {
    stopReplacing();
    stopObserving();
    ended = true;
    model.off("msg:custom", onMessage);
    requests.close();
  };
}
