// One value with its evidence.
import { button } from "./controls";
import { append, type Child, h, link } from "./dom";
import { pageView } from "./page";
import type { Reply } from "./requests";

export interface Source {
  url: string;
  title: string;
  host: string; // "" where the address is not of the web
  place: string; // the file and where in it, or ""
  has_page: boolean; // the page can be shown
  excerpts: Excerpt[];
}

/** The pieces of an excerpt, each with whether it is to be marked. */
export type Excerpt = [string, boolean][];

/** As `results_panel` in Python sends it; with `problem` there is no value. */
export interface Evidence extends Reply {
  label: string;
  field: string;
  value: string;
  confidence: string;
  confidence_words: string;
  reasoning: string;
  sources: Source[];
  more: string; // "and 3 more sources", or ""
  problem?: string;
  /** Asks the kernel for a page of a source; set by the panel, whoever shows the evidence. */
  ask?: (source: number, page: number | null) => Promise<Reply | null>;
}

/** A citation as one line of text, for a paper or a mail. */
export function citation(evidence: Evidence): string {
  const sources = evidence.sources.map(({ title, url }) => (title === url ? url : `${title}, ${url}`));
  const confidence = evidence.confidence ? ` (${evidence.confidence} confidence)` : "";
  return `${evidence.label}, ${evidence.field}: ${evidence.value}${confidence}. ${sources.join("; ") || "No source cited"}.`;
}

export function excerptNode(excerpt: Excerpt): HTMLElement {
  return h("div", { class: "pnb-excerpt" }, ...excerpt.map(([text, marked]) => (marked ? h("mark", null, text) : text)));
}

/** `openBeside` shows it beside the notebook, where something is there that can. */
export function evidenceNode(evidence: Evidence, copy: (text: string) => void, close: () => void, openBeside?: () => void): HTMLElement {
  const closeButton = button("Close evidence", close, { class: "pnb-button pnb-right" });
  if (evidence.problem !== undefined) {
    return h("div", { class: "pnb-ev pnb-ev-plain" }, h("div", null, h("b", null, evidence.label ?? ""), ` ${evidence.problem}`), closeButton);
  }
  const low = evidence.confidence.toLowerCase() === "low";
  const about = h(
    "div",
    null,
    h("div", { class: "pnb-quiet" }, `${evidence.label} · ${evidence.field}`),
    h("div", { class: "pnb-big" }, evidence.value),
    evidence.confidence_words &&
      h("div", { class: low ? "pnb-warn" : "pnb-quiet" }, `${evidence.confidence_words} confidence`),
    evidence.reasoning && h("p", { class: "pnb-reason" }, evidence.reasoning),
    h("div", { class: "pnb-row" }, button("Copy citation", () => copy(citation(evidence))), openBeside && button("Open beside", openBeside), closeButton),
  );
  const node = h("div", { class: "pnb-ev" });
  const beside = h("div", { class: "pnb-beside" });
  beside.hidden = true;
  const sources: Child[] = evidence.sources.map((source, rank) =>
    h("div", { class: "pnb-cite" }, link(source.url, source.title), " ", h("span", { class: "pnb-quiet" }, source.host || source.place), ...source.excerpts.map(excerptNode), pageButton(source, rank)),
  );
  if (evidence.more) sources.push(h("div", { class: "pnb-quiet" }, evidence.more));
  if (sources.length === 0) sources.push(h("div", { class: "pnb-quiet" }, "No source is cited for this value."));
  append(node, [h("div", { class: "pnb-why" }, about, h("div", null, ...sources)), beside]);
  return node;

  function pageButton(source: Source, rank: number): Child {
    const { ask } = evidence;
    if (!source.has_page || ask === undefined) return null;
    const show = button("Show the page", () => {
      const closePage = (): void => {
        beside.hidden = true;
        beside.replaceChildren();
        node.classList.remove("pnb-paged");
        show.focus();
      };
      const view = pageView((number) => ask(rank, number), closePage);
      beside.replaceChildren(view);
      beside.hidden = false;
      node.classList.add("pnb-paged");
      view.querySelector<HTMLElement>(".pnb-sheet")?.focus({ preventScroll: true });
      view.scrollIntoView({ block: "nearest" });
    });
    return h("div", { class: "pnb-row" }, show);
  }
}

/** Let JupyterLab's extension know of a chosen value; true when it shows the evidence itself. */
export function offerBeside(from: Element, name: "evidence" | "beside", evidence: Evidence): boolean {
  return !from.dispatchEvent(new CustomEvent(`parallel-nb:${name}`, { detail: evidence, bubbles: true, composed: true, cancelable: true }));
}
