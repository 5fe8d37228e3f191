// What the palette, the menu, the launcher and the side panel do.
import type { JupyterFrontEnd } from "@jupyterlab/application";
import { Clipboard, Dialog, MainAreaWidget, showDialog } from "@jupyterlab/apputils";
import { PathExt } from "@jupyterlab/coreutils";
import type { INotebookTracker } from "@jupyterlab/notebook";
import type { Contents, KernelSpec } from "@jupyterlab/services";
import { Menu, Widget } from "@lumino/widgets";
import { h } from "../../src/dom";
import type { Evidence } from "../../src/evidence";
import type { JobEvidence, ValueEvidence } from "./evidence";
import { icon } from "./icon";
import { type Defaults, type Template, cellsOf, insertCells } from "./insert";
import type { Jobs } from "./jobs";
import { type Actions, JobsPanel, told } from "./panel";
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
/** The forms in which answers leave, as the server knows them. The first three are reports. */
const FORMS: [string, string][] = [
  ["xlsx", "Excel, with sources and method"],
  ["docx", "Word, with sources and method"],
  ["html", "Web page, with sources and method"],
  ["csv", "CSV"],
  ["json", "JSON"],
  ["parquet", "Parquet"],
];
const DOCUMENTATION = "https://docs.parallel.ai";

/** Add the side panel and all commands. */
export function addCommands(app: JupyterFrontEnd, tracker: INotebookTracker, jobs: Jobs, defaults: () => Defaults): JobsPanel {
  const { commands, shell } = app;
  const insert = (texts: string[], cwd?: string): Promise<void> =>
    insertCells(tracker, commands, texts, { cwd, kernelName: pythonKernel(app.serviceManager.kernelspecs.specs) });
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
  commands.addCommand("parallel-nb:export", {
    label: ({ label }) => String(label ?? "Export the answers of a job"),
    isVisible: ({ id }) => id !== undefined,
    execute: ({ id, title, form, isBasis }) => attempt(async () => {
      const name = String(title).replace(/[^\p{L}\p{N}]+/gu, "_").slice(0, 60) || "answers";
      save(await jobs.server.download(String(id), String(form), isBasis === true), `${name}${isBasis === true ? "_evidence" : ""}.${String(form)}`);
      return "";
    }),
  });
  followEvidence();
  return panel;

  function actions(): Actions {
    return {
      attach: ({ name, variable }) => void insert([`%parallel_attach ${name} --into ${variable}`]),
      evidence: (job) => void openEvidence(job),
      copy: (job) => {
        Clipboard.copyToSystem(job.name);
        panel.say(`${job.name} is copied.`);
      },
      export: ({ id, title }, anchor) => openMenu(anchor, [
        ...FORMS.map(([form, label]) => ({ command: "parallel-nb:export", args: { id, title, form, label } })),
        { type: "separator" },
        { command: "parallel-nb:export", args: { id, title, form: "csv", isBasis: true, label: "Evidence as CSV" } },
      ]),
      stop: (job) => job.is_find
        ? confirm(job, "Stop and cancel", "The find is cancelled at the service. What was found stays; checks at work may still be charged.", () => jobs.server.stop(job))
        : confirm(job, "Stop submitting", "No more rows are sent. What was sent goes on at the service, and is paid.", () => jobs.server.stop(job)),
      clear: (job) => confirm(job, "Clear", "The journal of this machine forgets it, its inputs and its answers. Asked again, they are paid again.", () => jobs.server.clear(job)),
      create: (anchor) => openMenu(anchor, CREATE.map((command) => ({ command }))),
    };
  }

  function openMenu(anchor: HTMLElement, items: Menu.IItemOptions[]): void {
    const menu = new Menu({ commands });
    for (const item of items) menu.addItem(item);
    menu.aboutToClose.connect(() => requestAnimationFrame(() => {
      if (document.activeElement === document.body) anchor.focus(); // nothing that was chosen has taken the keyboard
      menu.dispose();
    }));
    const { left, bottom } = anchor.getBoundingClientRect();
    menu.open(left, bottom);
  }

  /** Do something with the server, and say in the panel how it went. */
  function attempt(act: () => Promise<string>): void {
    act().then(
      (words) => panel.say(words),
      (error) => panel.say(wordsOf(error), true),
    );
  }

  function confirm(job: Job, label: string, body: string, act: () => Promise<void>): void {
    attempt(async () => {
      const { button } = await showDialog({
        title: `${label}: ${job.title}`,
        body,
        buttons: [Dialog.cancelButton(), Dialog.warnButton({ label })],
        defaultButton: 0, // what cannot be taken back is not done by Enter alone
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
      const folder = String(args["cwd"] ?? folderOf(contents, tracker.currentWidget?.context.path ?? ""));
      const there = new Set(((await contents.get(folder)).content as { name: string }[]).map(({ name }) => name));
      const lessons = await jobs.server.lessons();
      const place = (name: string): string => (folder && !folder.endsWith(":") ? `${folder}/${name}` : folder + name);
      for (const { name, content } of lessons) {
        // What a person has worked in is not written over.
        if (!there.has(name)) await contents.save(place(name), { type: "notebook", format: "json", content });
      }
      const first = lessons[0];
      if (first !== undefined) await commands.execute("docmanager:open", { path: place(first.name) });
    } catch (error) {
      await showDialog({
        title: "The lessons could not be copied",
        body: new Widget({ node: h("div", null, ...told(wordsOf(error))) }),
        buttons: [Dialog.okButton()],
      });
    }
  }
}

const wordsOf = (error: unknown): string => (error instanceof Problem ? error.words : String(error));

/** The folder of a path, which may begin with the name of a drive: `RTC:fleet/ships.ipynb`. */
function folderOf(contents: Contents.IManager, path: string): string {
  const drive = contents.driveName(path);
  const folder = PathExt.dirname(contents.localPath(path));
  return drive ? `${drive}:${folder}` : folder;
}

/** A kernel for our cells: the default one where it is Python's, else the first that is. */
function pythonKernel(specs: KernelSpec.ISpecModels | null): string | undefined {
  const isPython = (name: string): boolean => specs?.kernelspecs[name]?.language === "python";
  if (specs === null || isPython(specs.default)) return specs?.default;
  return Object.keys(specs.kernelspecs).find(isPython) ?? specs.default;
}

function save(data: Blob, name: string): void {
  const anchor = document.createElement("a");
  anchor.href = URL.createObjectURL(data);
  anchor.download = name;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(anchor.href), 60_000); // the browser reads it in its own time
}
