// The plugins of the extension. Each works without the others, and all of parallel_nb without them.
import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from "@jupyterlab/application";
import { ICommandPalette } from "@jupyterlab/apputils";
import { IEditorExtensionRegistry } from "@jupyterlab/codemirror";
import { ILauncher } from "@jupyterlab/launcher";
import { INotebookTracker, NotebookActions } from "@jupyterlab/notebook";
import { ISettingRegistry } from "@jupyterlab/settingregistry";
import { IStatusBar } from "@jupyterlab/statusbar";
import { cellHighlighting } from "./cells/highlight";
import { watchNotebooks } from "./cells/markers";
import { COMMANDS, CREATE, addCommands } from "./commands";
import type { Defaults } from "./insert";
import { Jobs } from "./jobs";
import { Server } from "./server";
import { StatusItem } from "./status";
import { addStyle } from "./style";

const cells: JupyterFrontEndPlugin<void> = {
  id: "parallel-nb:cells",
  description: "Lets the cells of parallel_nb read as what they are.",
  autoStart: true,
  requires: [IEditorExtensionRegistry],
  activate: (_app, registry: IEditorExtensionRegistry) => registry.addExtension(cellHighlighting),
};

const checks: JupyterFrontEndPlugin<void> = {
  id: "parallel-nb:checks",
  description: "Marks what is wrong with the cells of parallel_nb, asked of the kernel.",
  autoStart: true,
  requires: [INotebookTracker],
  activate: (_app, tracker: INotebookTracker) => watchNotebooks(tracker),
};

const ID = "parallel-nb:commands";
const jobsAndCommands: JupyterFrontEndPlugin<void> = {
  id: ID,
  description: "The jobs of this machine, evidence beside the notebook, and commands that make cells.",
  autoStart: true,
  requires: [INotebookTracker],
  optional: [ICommandPalette, ILauncher, ILayoutRestorer, ISettingRegistry, IStatusBar],
  activate: (
    app: JupyterFrontEnd,
    tracker: INotebookTracker,
    palette: ICommandPalette | null,
    launcher: ILauncher | null,
    restorer: ILayoutRestorer | null,
    settings: ISettingRegistry | null,
    statusBar: IStatusBar | null,
  ) => {
    let defaults: Defaults = { processor: "base", maxCost: null, isStatic: false };
    const jobs = new Jobs(new Server(app.serviceManager.serverSettings));
    const panel = addCommands(app, tracker, jobs, () => defaults);
    restorer?.add(panel, panel.id);
    for (const command of COMMANDS) palette?.addItem({ command, category: "Parallel", args: { isPalette: true } });
    CREATE.forEach((command, rank) => launcher?.add({ command, category: "Parallel", rank }));
    if (statusBar !== null) {
      const item = new StatusItem(() => void app.commands.execute("parallel-nb:jobs"));
      statusBar.registerStatusItem("parallel-nb:status", { item, align: "left", rank: 50 });
      void app.restored.then(() => jobs.show(item));
    }
    NotebookActions.executed.connect(() => jobs.refreshIfShown());
    void settings?.load(ID).then((loaded) => {
      const read = (): void => {
        const { processor, maxCost, static: isStatic } = loaded.composite;
        defaults = {
          processor: String(processor),
          maxCost: typeof maxCost === "number" ? maxCost : null,
          isStatic: isStatic === true,
        };
      };
      loaded.changed.connect(read);
      read();
    });
  },
};

addStyle();

export default [cells, checks, jobsAndCommands];
