// The side panel: the jobs of this machine, also when no kernel runs.
import { Widget } from "@lumino/widgets";
import { button, filterBox } from "../../src/controls";
import { type Child, fill, h, setText } from "../../src/dom";
import type { Jobs } from "./jobs";
import type { Job, JobList, Problem } from "./server";

/** What a person can do with a job. */
export interface Actions {
  attach(job: Job): void;
  evidence(job: Job): void;
  copy(job: Job): void;
  export(job: Job, anchor: HTMLElement): void;
  stop(job: Job): void;
  clear(job: Job): void;
  create(anchor: HTMLElement): void;
}

/** A sentence whose commands stand in backticks. */
export function told(words: string): Child[] {
  return words.split("`").map((part, n) => (n % 2 === 1 ? h("code", null, part) : part));
}

export class JobsPanel extends Widget {
  private items = new Map<string, Item>();
  private open = ""; // the id of the job whose actions are shown
  private list: JobList | null = null;
  private noticed = "";
  private stopShowing: (() => void) | null = null;
  private readonly search: HTMLInputElement;
  private readonly notice = h("div", { class: "pnb-lab-notice", role: "status" });
  private readonly said = h("div", { class: "pnb-lab-notice", role: "status" });
  private readonly rows = h("ul", { class: "pnb-lab-jobs", "aria-label": "Jobs" });
  private readonly more = h("div", { class: "pnb-lab-quiet pnb-lab-pad" });

  constructor(
    private jobs: Jobs,
    private actions: Actions,
  ) {
    super();
    this.addClass("pnb-lab");
    const create = button("New", () => actions.create(create), { class: "pnb-lab-button" });
    create.setAttribute("aria-haspopup", "menu");
    this.search = filterBox("Search jobs", "Search jobs", (text) => {
      jobs.search = text.trim();
      void jobs.refresh();
    });
    this.search.className = "pnb-lab-search";
    this.node.append(
      h("div", { class: "pnb-lab-head" }, h("strong", null, "Parallel"), create),
      h("div", { class: "pnb-lab-pad" }, this.search),
      this.notice,
      this.said,
      this.rows,
      this.more,
    );
  }

  /** Say how an action went, until the next one. */
  say(words: string, isProblem = false): void {
    fill(this.said, ...told(words));
    this.said.classList.toggle("pnb-lab-problem", isProblem);
    // What had the keyboard may be gone with its job.
    if (document.activeElement === document.body) this.search.focus();
  }

  private renew(list: JobList | null, problem: Problem | null): void {
    this.list = list;
    const words = problem !== null ? problem.words : (list?.hint ?? "");
    // Words that stay are not written, and read aloud, again.
    if (words !== this.noticed) fill(this.notice, ...told(words));
    this.noticed = words;
    this.notice.classList.toggle("pnb-lab-problem", problem !== null);
    this.draw();
  }

  protected override onAfterShow(): void {
    this.stopShowing ??= this.jobs.show({ present: (list, problem) => this.renew(list, problem) });
    this.jobs.refreshIfShown();
  }

  protected override onAfterHide(): void {
    this.stopShowing?.();
    this.stopShowing = null;
  }

  private draw(): void {
    if (this.list === null) return;
    const found = this.list.jobs;
    const kept = new Set(found.map(({ id }) => id));
    for (const [id, item] of this.items) {
      if (kept.has(id)) continue;
      item.node.remove();
      this.items.delete(id);
    }
    found.forEach((job, place) => {
      const item = this.items.get(job.id) ?? this.add(job);
      item.draw(job, job.id === this.open);
      // Nodes are moved only where the order has changed, so that none loses the keyboard.
      if (this.rows.children[place] !== item.node) this.rows.insertBefore(item.node, this.rows.children[place] ?? null);
    });
    const none = this.jobs.search ? "No job has these words." : "No jobs yet. The button New begins one.";
    setText(this.more, found.length === 0 ? none : this.list.more);
  }

  private add(job: Job): Item {
    const item = new Item(job, this.actions, () => {
      this.open = this.open === job.id ? "" : job.id;
      this.draw();
    });
    this.items.set(job.id, item);
    return item;
  }
}

/** One job of the list; its nodes stay while its words change. */
class Item {
  readonly node: HTMLElement;
  private job: Job;
  private readonly title: HTMLButtonElement;
  private readonly when = h("span", { class: "pnb-lab-quiet pnb-lab-right" });
  private readonly bar = h("div", { class: "pnb-lab-bar", role: "img" });
  private readonly counts = h("span");
  private readonly cost = h("span", { class: "pnb-lab-right" });
  private readonly about = h("div", { class: "pnb-lab-quiet" });
  private readonly message = h("div", { class: "pnb-lab-quiet" });
  private readonly buttons = h("div", { class: "pnb-lab-actions" });
  private readonly stop: HTMLButtonElement;

  constructor(job: Job, actions: Actions, toggle: () => void) {
    this.job = job;
    this.title = button("", toggle, { class: "pnb-lab-title" });
    const action = (words: string, act: (job: Job) => void): HTMLButtonElement =>
      button(words, () => act(this.job), { class: "pnb-lab-button" });
    this.stop = action("", actions.stop);
    const exporter = button("Export…", () => actions.export(this.job, exporter), { class: "pnb-lab-button" });
    exporter.setAttribute("aria-haspopup", "menu");
    fill(
      this.buttons,
      action("Attach in a cell", actions.attach),
      action("Evidence", actions.evidence),
      action("Copy id", actions.copy),
      exporter,
      this.stop,
      action("Clear…", actions.clear),
    );
    this.bar.append(...["ok", "bad", "run"].map((kind) => h("span", { class: `pnb-lab-${kind}` })));
    this.node = h(
      "li",
      { class: "pnb-lab-job" },
      h("div", { class: "pnb-lab-row" }, this.title, this.when),
      this.bar,
      h("div", { class: "pnb-lab-row pnb-lab-quiet" }, this.counts, this.cost),
      this.about,
      this.message,
      this.buttons,
    );
  }

  draw(job: Job, isOpen: boolean): void {
    this.job = job;
    setText(this.title, job.title);
    this.title.setAttribute("aria-expanded", String(isOpen));
    setText(this.when, [job.state, job.when].filter(Boolean).join(", "));
    setText(this.counts, job.counts);
    setText(this.cost, job.cost);
    setText(this.about, job.about);
    setText(this.message, isOpen || job.needs_attention ? job.message : "");
    setText(this.stop, job.is_find ? "Stop and cancel…" : "Stop submitting…");
    this.bar.setAttribute("aria-label", job.counts);
    this.bar.hidden = !job.is_at_work;
    [job.shares.ok, job.shares.bad, job.shares.run].forEach((share, n) => {
      // What failed is seen, however little it is.
      (this.bar.children[n] as HTMLElement).style.width = share > 0 ? `max(3px, ${100 * share}%)` : "0";
    });
    this.buttons.hidden = !isOpen;
    this.stop.hidden = !job.is_at_work;
    this.node.classList.toggle("pnb-lab-open", isOpen);
  }
}
