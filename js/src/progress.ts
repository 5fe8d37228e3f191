// The live progress of a job. Every message is a numbered snapshot of the whole state, in ready words.
import { button, copier } from "./controls";
import { type Child, fill, h, harmless, observeWidth, setText } from "./dom";
import { replaceAtEnd } from "./replace";
import type { Cleanup, RenderContext } from "./widget";

/** Label and text of a row. */
export type Note = [string, string];

/** A status of rows: its name in the stylesheet, how many rows, the same as a figure, its word. */
export type Count = [string, number, string, string];

/** As `state_of` in `widgets/progress.py` makes it. */
export interface ProgressState {
  number: number;
  title: string;
  about: string;
  pace: string;
  group_id: string;
  sending: boolean; // whether more rows may be sent
  unsent: number;
  total: number;
  ended: number;
  ended_words: string;
  counts: Count[]; // in the order in which they stand in the bar
  cost: string;
  newest: Note[];
  failures: Note[];
  more_failures: string;
  message: string;
  announcement: string; // changes when a screen reader is to speak
  stoppable?: boolean; // false where the kernel would get the message too late
  stop_label?: string; // of the button, and what it promises; those of a job where they are missing
  promise?: string;
}

const STOP_JOB = "Stop submitting";

interface Traits {
  state: ProgressState;
}

export function render({ model, el }: RenderContext<Traits>): Cleanup {
  const title = h("span", { class: "pnb-title" });
  const about = h("span", { class: "pnb-quiet" });
  const pace = h("span", { class: "pnb-quiet pnb-right pnb-num" });
  const bar = h("div", { class: "pnb-bar", role: "progressbar", "aria-valuemin": 0 });
  const cost = h("span", { class: "pnb-quiet pnb-right" });
  const counts = h("div", { class: "pnb-counts pnb-num" }, cost);
  const message = h("div", { class: "pnb-message" });
  const news = h("div", { class: "pnb-news" });
  const stop = button(STOP_JOB, () => {
    stopping = true;
    stop.disabled = true;
    setText(stop, "Stopping…");
    model.send({ kind: "stop" });
  });
  const promise = h("span", { class: "pnb-quiet" });
  const notice = h("span", { class: "pnb-quiet", role: "status" });
  const copy = copier(notice);
  const group = button("", () => copy(commandBack), { class: "pnb-quiet pnb-group" });
  const live = h("div", { class: "pnb-unseen", role: "status", "aria-live": "polite" });
  const box = h(
    "section",
    { class: "pnb pnb-progress mathjax_ignore tex2jax_ignore" },
    h("div", { class: "pnb-head" }, title, about, pace),
    bar,
    counts,
    message,
    news,
    h("div", { class: "pnb-foot" }, stop, promise, h("span", { class: "pnb-right pnb-back" }, notice, group)),
    live,
  );
  el.append(box);

  const parts = new Map<string, { segment: HTMLElement; figure: HTMLElement; item: HTMLElement }>();
  let number = -1;
  let stopping = false; // the person has pressed the button
  let commandBack = ""; // the line that comes back to the job
  let shownNotes = "";

  function show(state: ProgressState): void {
    if (typeof state?.number !== "number" || state.number < number) return;
    number = state.number;
    box.setAttribute("aria-label", `Progress of ${state.title}`);
    setText(title, state.title);
    setText(about, state.about);
    setText(pace, state.pace);
    for (const count of state.counts) showCount(count, Math.max(state.total, 1));
    bar.setAttribute("aria-valuemax", String(state.total));
    bar.setAttribute("aria-valuenow", String(state.ended));
    bar.setAttribute("aria-label", state.ended_words);
    setText(cost, state.cost);
    setText(message, state.message);
    message.hidden = !state.message;
    showNotes(state);
    showFoot(state);
    setText(live, state.announcement);
  }

  function showCount([name, rows, figure, word]: Count, total: number): void {
    const part = parts.get(name) ?? addPart(name, word);
    part.segment.style.width = `${(100 * rows) / total}%`;
    part.segment.classList.toggle("pnb-some", rows > 0);
    setText(part.figure, figure);
    part.item.hidden = rows === 0 && name !== "completed";
  }

  function addPart(name: string, word: string): { segment: HTMLElement; figure: HTMLElement; item: HTMLElement } {
    const segment = h("span", { class: `pnb-seg pnb-seg-${name}` });
    const figure = h("b");
    const key = h("span", { class: `pnb-key pnb-seg-${name}`, "aria-hidden": "true" });
    const item = h("span", { class: `pnb-count pnb-count-${name}` }, key, figure, ` ${word}`);
    bar.append(segment);
    counts.insertBefore(item, cost);
    const part = { segment, figure, item };
    parts.set(name, part);
    return part;
  }

  function showNotes(state: ProgressState): void {
    // Rebuilt only when they differ, so that text that a person selects stays selected.
    const notes = JSON.stringify([state.newest, state.failures, state.more_failures]);
    if (notes === shownNotes) return;
    shownNotes = notes;
    const lines: Child[] = state.newest.map(([label, text]) =>
      h("div", null, h("span", { class: "pnb-quiet pnb-label" }, label), h("span", { class: "pnb-said" }, text)),
    );
    for (const [label, text] of state.failures) {
      lines.push(h("div", { class: "pnb-bad" }, h("span", { class: "pnb-label" }, label), h("span", { class: "pnb-said" }, `✕ ${text}`)));
    }
    if (state.more_failures) lines.push(h("div", { class: "pnb-bad" }, h("span", { class: "pnb-all" }, state.more_failures)));
    news.hidden = lines.length === 0;
    fill(news, ...lines);
  }

  function showFoot(state: ProgressState): void {
    const { sending, unsent, group_id: id } = state;
    const stoppable = state.stoppable !== false;
    // Once every row is with the service there is nothing left to stop.
    stop.hidden = !sending || !stoppable || (unsent === 0 && !stopping);
    stop.disabled = stopping || unsent === 0;
    setText(stop, stopping && sending ? "Stopping…" : (state.stop_label ?? STOP_JOB));
    setText(promise, state.promise ?? promiseWords(sending, unsent, stoppable));
    setText(group, id);
    group.hidden = !id;
    // marimo, where there is no button to stop, has no magics either.
    commandBack = stoppable ? `%parallel_attach ${id}` : `pnb.attach(${JSON.stringify(id)})`;
    group.title = harmless(`Copy the line that comes back to it: ${commandBack}`);
  }

  const onChange = (): void => show(model.get("state"));
  const onMessage = (content: { kind?: string; state?: ProgressState }): void => {
    if (content?.kind === "state" && content.state) show(content.state);
  };
  model.on("change:state", onChange);
  model.on("msg:custom", onMessage);
  onChange();
  const stopReplacing = replaceAtEnd(model, el);
  const stopObserving = observeWidth(box);
  return () => {
    stopReplacing();
    stopObserving();
    model.off("change:state", onChange);
    model.off("msg:custom", onMessage);
  };
}

/** What happens to the rows if the person leaves or stops now. */
function promiseWords(sending: boolean, unsent: number, stoppable: boolean): string {
  if (!sending) return "rows already sent go on; every finished row is kept";
  if (unsent === 0) return "every row has been sent; interrupt the cell to leave, nothing is lost";
  if (!stoppable) return "interrupt the cell to send no more; rows already sent go on and are billed when they complete";
  return "rows already sent go on and are billed when they complete; nothing is lost";
}
