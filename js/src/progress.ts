// The live progress of a job. Every message is a numbered snapshot of the whole state.
import { copier } from "./controls";
import { type Child, fill, fit, h, harmless, setText } from "./dom";
import { last } from "./lasting";
import type { Cleanup, RenderContext } from "./widget";
import { count, money, rateWords, timeLeft } from "./words";

export interface Note {
  label: string;
  text: string;
  status: string;
}

export interface ProgressState {
  number: number;
  title: string;
  processor: string;
  connection: string;
  group_id: string | null;
  state: string;
  total: number;
  reused: number;
  unsent: number;
  queued: number;
  running: number;
  completed: number;
  failed: number;
  rate: number | null;
  eta: [number, number, number] | null;
  cost_so_far: number;
  cost_total: number;
  priced: boolean; // false where the price table has no such processor
  prices_as_of: string;
  newest: Note[];
  failures: Note[];
  more_failures: number;
  message: string;
  stoppable?: boolean; // false where the kernel would hear of it too late
}

interface Traits {
  state: ProgressState;
}

// In the order in which they stand in the bar; the words are the static twin's.
const PARTS = [
  ["completed", "answered"],
  ["reused", "reused"],
  ["failed", "failed"],
  ["running", "running"],
  ["queued", "waiting"],
  ["unsent", "not sent"],
] as const;

const STATE_WORDS: Record<string, string> = {
  submitting: "sending rows",
  running: "running",
  stopping: "stopping: no more rows are sent",
  done: "done",
  stopped: "stopped before every row was sent",
  detached: "detached: rows already sent go on without this notebook",
  incomplete: "ended before every row was answered",
};

// Told to screen readers at these steps alone.
const STEP = 0.25;

export function render({ model, el }: RenderContext<Traits>): Cleanup {
  const title = h("span", { class: "pnb-title" });
  const about = h("span", { class: "pnb-quiet" });
  const pace = h("span", { class: "pnb-quiet pnb-right pnb-num" });
  const bar = h("div", { class: "pnb-bar", role: "progressbar", "aria-valuemin": 0 });
  const segments = PARTS.map(([name]) => h("span", { class: `pnb-seg pnb-seg-${name}` }));
  bar.append(...segments);
  const numbers = PARTS.map(([name, word]) => {
    const figure = h("b");
    const key = h("span", { class: `pnb-key pnb-seg-${name}`, "aria-hidden": "true" });
    return { figure, item: h("span", { class: `pnb-count pnb-count-${name}` }, key, figure, ` ${word}`) };
  });
  const cost = h("span", { class: "pnb-quiet pnb-right" });
  const message = h("div", { class: "pnb-message" });
  const news = h("div", { class: "pnb-news" });
  const button = h("button", { type: "button", class: "pnb-button" }, "Stop submitting");
  const promise = h("span", { class: "pnb-quiet" });
  const copied = h("span", { class: "pnb-quiet", role: "status" });
  const group = h("button", { type: "button", class: "pnb-quiet pnb-group" });
  const live = h("div", { class: "pnb-unseen", role: "status", "aria-live": "polite" });
  const box = h(
    "section",
    { class: "pnb pnb-progress mathjax_ignore tex2jax_ignore" },
    h("div", { class: "pnb-head" }, title, about, pace),
    bar,
    h("div", { class: "pnb-counts pnb-num" }, ...numbers.map(({ item }) => item), cost),
    message,
    news,
    h("div", { class: "pnb-foot" }, button, promise, h("span", { class: "pnb-right pnb-back" }, copied, group)),
    live,
  );
  el.append(box);

  let number = -1;
  let asked = false;
  let back = ""; // the line that comes back to the job
  let told = "";
  let shownNotes = "";

  function show(state: ProgressState): void {
    if (typeof state?.number !== "number" || state.number < number) return;
    number = state.number;
    const ended = state.completed + state.reused + state.failed;
    const total = Math.max(state.total, 1);
    box.setAttribute("aria-label", `Progress of ${state.title}`);
    setText(title, state.title);
    setText(about, `${state.processor} · ${state.connection} · ${STATE_WORDS[state.state] ?? state.state}`);
    const moves = ["submitting", "running", "stopping"].includes(state.state);
    setText(pace, moves ? [rateWords(state.rate), timeLeft(state.eta)].filter(Boolean).join(" · ") : "");
    PARTS.forEach(([name], i) => {
      const value = state[name];
      const segment = segments[i]!;
      segment.style.width = `${(100 * value) / total}%`;
      segment.classList.toggle("pnb-some", value > 0);
      const { figure, item } = numbers[i]!;
      setText(figure, count(value));
      item.hidden = value === 0 && name !== "completed";
    });
    bar.setAttribute("aria-valuemax", String(state.total));
    bar.setAttribute("aria-valuenow", String(ended));
    bar.setAttribute("aria-label", `${count(ended)} of ${count(state.total)} rows ended`);
    setText(cost, costWords(state));
    setText(message, state.message);
    message.hidden = !state.message;
    showNotes(state);
    showFoot(state);
    announce(state, ended / total);
  }

  function costWords(state: ProgressState): string {
    if (state.priced === false) return `the price of ${state.processor} is not known`;
    if (state.cost_total === 0) return money(0);
    return `${money(state.cost_so_far)} of ${money(state.cost_total)} · prices of ${state.prices_as_of}`;
  }

  function showNotes(state: ProgressState): void {
    // Rebuilt only when they differ, so that text that a person selects stays selected.
    const signature = JSON.stringify([state.newest, state.failures, state.more_failures]);
    if (signature === shownNotes) return;
    shownNotes = signature;
    const lines: Child[] = state.newest.map((note) =>
      h("div", null, h("span", { class: "pnb-quiet pnb-label" }, note.label), h("span", { class: "pnb-said" }, note.text)),
    );
    for (const note of state.failures) {
      lines.push(
        h(
          "div",
          { class: "pnb-bad" },
          h("span", { class: "pnb-label" }, note.label),
          h("span", { class: "pnb-said" }, `✕ failed: ${note.text}`),
        ),
      );
    }
    if (state.more_failures > 0) {
      lines.push(h("div", { class: "pnb-bad" }, h("span", { class: "pnb-all" }, `and ${count(state.more_failures)} more failed`)));
    }
    news.hidden = lines.length === 0;
    fill(news, ...lines);
  }

  function showFoot(state: ProgressState): void {
    const sending = state.state === "submitting" || state.state === "running";
    // Once every row is with the service there is nothing left to stop.
    const useful = sending && state.unsent > 0 && !asked;
    button.hidden = !sending || state.stoppable === false || (state.unsent === 0 && !asked);
    button.disabled = !useful;
    setText(button, asked && sending ? "Stopping…" : "Stop submitting");
    setText(
      promise,
      !sending
        ? "rows already sent go on; every finished row is kept"
        : state.unsent > 0 && state.stoppable === false
          ? "interrupt the cell to send no more; rows already sent go on and are billed"
          : state.unsent > 0
          ? "rows already sent go on and are billed; nothing is lost"
          : "every row has been sent; interrupt the cell to leave, nothing is lost",
    );
    setText(group, state.group_id ?? "");
    group.hidden = !state.group_id;
    // marimo, where there is no button to stop, has no magics either.
    const id = state.group_id ?? "";
    back = state.stoppable === false ? `pnb.attach(${JSON.stringify(id)})` : `%parallel_attach ${id}`;
    group.title = harmless(`Copy the line that comes back to this job: ${back}`);
  }

  function announce(state: ProgressState, share: number): void {
    const step = Math.floor(share / STEP) * STEP * 100;
    const failures = state.failed > 0 ? ", some failed" : "";
    const said = `${state.title}: ${STATE_WORDS[state.state] ?? state.state}, ${step} percent${failures}`;
    if (said === told) return;
    told = said;
    setText(live, said);
  }

  const onChange = (): void => show(model.get("state"));
  const onMessage = (content: { kind?: string; state?: ProgressState }): void => {
    if (content?.kind === "state" && content.state) show(content.state);
  };
  button.addEventListener("click", () => {
    asked = true;
    button.disabled = true;
    setText(button, "Stopping…");
    model.send({ kind: "stop" });
  });
  const copy = copier(copied);
  group.addEventListener("click", () => copy(back));
  model.on("change:state", onChange);
  model.on("msg:custom", onMessage);
  onChange();
  const leave = last(model, el);
  const unfit = fit(box);
  return () => {
    leave();
    unfit();
    model.off("change:state", onChange);
    model.off("msg:custom", onMessage);
  };
}
