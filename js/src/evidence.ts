// One value with what speaks for it.
import type { Answer } from "./ask";
import { type Child, h, hostOf, isSafeUrl, link } from "./dom";
import { confidenceWords } from "./words";

export interface Source {
  url: string;
  title: string;
  excerpts: [string, boolean][][];
}

export interface Evidence extends Answer {
  label: string;
  field: string;
  value: string;
  confidence: string;
  reasoning: string;
  sources: Source[];
  more: number;
  run_id: string;
  problem?: string;
}

/** A citation as one line of text, for a paper or a mail. */
export function citation(evidence: Evidence): string {
  const sources = evidence.sources.map((s) => [s.title, s.url].filter(Boolean).join(", "));
  const sure = evidence.confidence ? ` (${evidence.confidence} confidence)` : "";
  return `${evidence.label}, ${evidence.field}: ${evidence.value}${sure}. ${sources.join("; ") || "No source cited"}.`;
}

export function showEvidence(evidence: Evidence, copy: (text: string) => void, close: () => void): HTMLElement {
  const leave = h("button", { type: "button", class: "pnb-button pnb-right" }, "Close evidence");
  leave.addEventListener("click", close);
  if (evidence.problem !== undefined) {
    return h("div", { class: "pnb-ev pnb-ev-plain" }, h("div", null, h("b", null, evidence.label ?? ""), ` ${evidence.problem}`), leave);
  }
  const button = h("button", { type: "button", class: "pnb-button" }, "Copy citation");
  button.addEventListener("click", () => copy(citation(evidence)));
  const low = evidence.confidence.toLowerCase() === "low";
  const about = h(
    "div",
    null,
    h("div", { class: "pnb-quiet" }, `${evidence.label} · ${evidence.field}`),
    h("div", { class: "pnb-big" }, evidence.value),
    evidence.confidence &&
      h("div", { class: low ? "pnb-warn" : "pnb-quiet" }, `${confidenceWords(evidence.confidence)} confidence`),
    evidence.reasoning && h("p", { class: "pnb-reason" }, evidence.reasoning),
    h("div", { class: "pnb-row" }, button, leave),
  );
  const sources: Child[] = evidence.sources.map((source) =>
    h(
      "div",
      { class: "pnb-cite" },
      link(source.url, source.title),
      " ",
      h("span", { class: "pnb-quiet" }, isSafeUrl(source.url) ? hostOf(source.url) : ""),
      ...source.excerpts.map((pieces) =>
        h("div", { class: "pnb-excerpt" }, ...pieces.map(([text, hit]) => (hit ? h("mark", null, text) : text))),
      ),
    ),
  );
  if (evidence.more > 0) sources.push(h("div", { class: "pnb-quiet" }, `and ${evidence.more} more sources: job.basis`));
  if (sources.length === 0) sources.push(h("div", { class: "pnb-quiet" }, "No source is cited for this value."));
  return h("div", { class: "pnb-ev" }, about, h("div", null, ...sources));
}
