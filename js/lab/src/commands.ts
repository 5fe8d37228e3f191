// What the palette, the menu, the launcher and the side panel do.
import type { JupyterFrontEnd } from "@jupyterlab/application";
import { Clipboard, Dialog, MainAreaWidget, showDialog } from "@jupyterlab/apputils";
import type { INotebookTracker } from "@jupyterlab/notebook";
import { Menu } from "@lumino/widgets";
import type { Evidence } from "../../src/evidence";
import type { JobEvidence, ValueEvidence } from "./evidence";
import { icon } from "./icon";
import { type Defaults, type Template, attachCell, cellsOf, insertCells } from "./insert";
import type { Jobs } from "./jobs";
import { type Actions, JobsPanel } from "./panel";
import { type Job, Problem } from "./server";

/** The commands that make cells, with their words. */
const TEMPLATES: [Template, string, string][] = [
  ["connect", "Connect", "Load parallel_nb and say where questions go"],
  ["question", "New question", "One question, answered with its sources"],
  ["table", "New table of questions", "The same question of every row of a table"],
  ["find", "New find", "A list of things that meet conditions"],
];
export const CREATE: readonly string[] = TEMPLATES.map(([template]) => `parallel-nb:${template}`);
export const COMMANDS: readonly string[] = [...CREATE, "parallel-nb:jobs", "parallel-nb:lessons", "parallel-nb:documentation"];
const DOCUMENTATION = "https://docs.parallel.ai";

/** Add the side panel and all commands. */
export function addCommands(app: JupyterFrontEnd, tracker: INotebookTracker, jobs: Jobs, defaults: () => Defaults): JobsPanel {
  const { commands, shell } = app;
  const insert = (texts: string[], cwd?: string): Promise<void> =>
    insertCells(tracker, commands, texts, { cwd, kernelName: app.serviceManager.kernelspecs.specs?.default });
  const panel = new JobsPanel(jobs, actions());
  panel.id = "parallel-nb-jobs";
  panel.title.icon = icon;
  panel.title.caption = "Parallel: the jobs of this machine";
  shell.add(panel, "left", { rank: 600 });

  for (const [template, label, caption] of TEMPLATES) {
    commands.addCommand(`parallel-nb:${template}`, {
      label: (args) => (args["isPalette"] === true ? `Parallel: ${label}` : label),
      caption,
      icon: (args) => (args["cwd"] === undefined ? undefined : icon), // in the launcher
      execute: (args) => insert(cellsOf(template, defaults()), args["cwd"] as string | undefined),
    });
  }
  commands.addCommand("parallel-nb:jobs", {
    label: "Jobs",
    caption: "Show the jobs of this machine",
    execute: () => shell.activateById(panel.id),
  });
  commands.addCommand("parallel-nb:lessons", {
    label: "Lessons",
    caption: "Copy the lessons into the working folder, and open the first",
    execute: copyLessons,
  });
  commands.addCommand("parallel-nb:documentation", {
    label: "Documentation of the Parallel API",
    execute: () => void window.open(DOCUMENTATION, "_blank", "noopener"),
  });
  followEvidence();
  return panel;

  function actions(): Actions {
    return {
      attach: (job) => void insert([attachCell(job.name, job.title)]),
      evidence: (job) => void openEvidence(job),
      copy: (job) => {
        Clipboard.copyToSystem(job.name);
        panel.say(`${job.name} is copied.`);
      },
      download: (job) => attempt(async () => {
        save(await jobs.server.download(job), `${job.title.replace(/[^\p{L}\p{N}]+/gu, "_").slice(0, 60) || "answers"}.csv`);
        return "The answers are downloaded. Their evidence: %parallel_jobs export ID FILE --basis.";
      }),
      stop: (job) => confirm(job, "Stop submitting", "No more rows are sent. What was sent goes on at the service, and is paid.", () => jobs.server.stop(job)),
      clear: (job) => confirm(job, "Clear", "The journal forgets this job, its inputs and its answers. Asked again, they are paid again.", () => jobs.server.clear(job)),
      create: (anchor) => {
        const menu = new Menu({ commands });
        for (const command of CREATE) menu.addItem({ command });
        const { left, bottom } = anchor.getBoundingClientRect();
        menu.open(left, bottom);
      },
    };
  }

  /** Do something with the server, and say in the panel how it went. */
  function attempt(act: () => Promise<string>): void {
    act().then(
      (words) => panel.say(words),
      (error) => panel.say(error instanceof Problem ? error.words : String(error)),
    );
  }

  function confirm(job: Job, label: string, body: string, act: () => Promise<void>): void {
    attempt(async () => {
      const { button } = await showDialog({
        title: `${label}: ${job.title}`,
        body,
        buttons: [Dialog.cancelButton(), Dialog.warnButton({ label })],
      });
      if (!button.accept) return "";
      await act();
      await jobs.refresh();
      return "";
    });
  }

  async function openEvidence(job: Job): Promise<void> {
    const id = `parallel-nb-evidence-${job.id}`;
    // Notebook 7 has room for one document; what is beside it stands at the right.
    const area = app.name === "JupyterLab" ? "main" : "right";
    const open = [...shell.widgets(area)].find((widget) => widget.id === id);
    if (open !== undefined) {
      await (open as MainAreaWidget<JobEvidence>).content.load();
      shell.activateById(id);
      return;
    }
    // Loaded when it is first wanted: most days begin without.
    const { JobEvidence } = await import("./evidence");
    const widget = new MainAreaWidget({ content: new JobEvidence(jobs.server, job.id) });
    widget.id = id;
    widget.title.label = job.title;
    widget.title.caption = job.about;
    widget.title.icon = icon;
    shell.add(widget, area, { mode: tracker.currentWidget === null ? "tab-after" : "split-right" });
    shell.activateById(id);
  }

  /** Show the evidence of what is chosen in a panel of a notebook at its right, once one was asked to. */
  function followEvidence(): void {
    let beside: ValueEvidence | null = null;
    // The panels of notebooks offer it only where somebody listens.
    document.body.dataset["pnbBeside"] = "";
    document.addEventListener("parallel-nb:beside", (event) => {
      event.preventDefault();
      void import("./evidence").then(({ ValueEvidence }) => open(ValueEvidence, (event as CustomEvent<Evidence>).detail));
    });
    document.addEventListener("parallel-nb:evidence", (event) => {
      if (beside === null || beside.isDisposed || !beside.isVisible) return;
      beside.present((event as CustomEvent<Evidence>).detail);
      event.preventDefault();
    });

    function open(Kind: typeof ValueEvidence, evidence: Evidence): void {
      if (beside === null || beside.isDisposed) {
        beside = new Kind();
        beside.id = "parallel-nb-evidence";
        beside.title.label = "Evidence";
        beside.title.icon = icon;
        beside.title.caption = "Evidence of the chosen value";
        shell.add(beside, "right", { rank: 100 });
      }
      beside.present(evidence);
      shell.activateById(beside.id);
    }
  }

  async function copyLessons(args: Record<string, unknown>): Promise<void> {
    const { contents } = app.serviceManager;
    try {
      const browser = tracker.currentWidget?.context.path.split("/").slice(0, -1).join("/");
      const folder = String(args["cwd"] ?? browser ?? "");
      const there = new Set(((await contents.get(folder)).content as { name: string }[]).map(({ name }) => name));
      const lessons = await jobs.server.lessons();
      const place = (name: string): string => (folder ? `${folder}/${name}` : name);
      for (const { name, content } of lessons) {
        // What a person has worked in is not written over.
        if (!there.has(name)) await contents.save(place(name), { type: "notebook", format: "json", content });
      }
      const first = lessons[0];
      if (first !== undefined) await commands.execute("docmanager:open", { path: place(first.name) });
    } catch (error) {
      await showDialog({
        title: "The lessons could not be copied",
        body: error instanceof Problem ? error.words : String(error),
        buttons: [Dialog.okButton()],
      });
    }
  }
}

function save(data: Blob, name: string): void {
  const anchor = document.createElement("a");
  anchor.href = URL.createObjectURL(data);
  anchor.download = name;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(anchor.href), 60_000); // the browser reads it in its own time
}
