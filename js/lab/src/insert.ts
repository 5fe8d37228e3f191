// Cells that the palette, the menu and the panel put into the notebook, each with what to write there.
import type { CommandRegistry } from "@lumino/commands";
import { type INotebookTracker, NotebookActions, type NotebookPanel } from "@jupyterlab/notebook";

/** What `%config ParallelNB` and the options of the magics are set to in new cells. */
export interface Defaults {
  processor: string;
  maxCost: number | null;
  isStatic: boolean;
}

export type Template = "connect" | "question" | "table" | "find";

/** The cells of a template. Words in capitals are for the person to replace. */
export function cellsOf(template: Template, defaults: Defaults): string[] {
  const cost = defaults.maxCost === null ? "" : ` --max-cost ${defaults.maxCost}`;
  const processor = ` --processor ${defaults.processor}`;
  switch (template) {
    case "connect":
      return [connectCell(defaults)];
    case "question":
      return [
        `%%parallel_task${processor}${cost} --into answer\nWrite the question here, in plain words.\n---\nvalue: str? - What the answer is, in a few words`,
      ];
    case "table":
      return [
        `# A table of things to ask about, a row each. A DataFrame of your own will do: name it behind --over.\nimport pandas as pd\n\nthings = pd.DataFrame({"name": ["FIRST THING", "SECOND THING"]})`,
        `%%parallel_task --over things${processor}${cost} --into answers --dry-run\nWrite the question here; {{name}} stands for the value of a row. Without --dry-run it is asked.\n---\nvalue: str? - What to find out of each row`,
      ];
    case "find":
      return [
        `%%parallel_find --limit 10${cost} --into found --dry-run\nWrite here what to find, in plain words. Without --dry-run it is looked for.\n---\ncondition: What is true of each that you want`,
      ];
  }
}

function connectCell(defaults: Defaults): string {
  const lines = ["%load_ext parallel_nb"];
  if (defaults.maxCost !== null) lines.push(`%config ParallelNB.max_cost = ${defaults.maxCost}`);
  if (defaults.isStatic) lines.push("%config ParallelNB.static = True");
  lines.push(
    "# The web, if an API key is found (PARALLEL_API_KEY); else the sample documents on this machine.",
    "# A folder of your own: %parallel_connect embedded --documents FOLDER",
    "%parallel_connect",
  );
  return lines.join("\n");
}

/** Insert cells below the active one; where no notebook of Python is open, or a folder is named, into a new one. */
export async function insertCells(tracker: INotebookTracker, commands: CommandRegistry, texts: string[], fresh: { cwd: string | undefined; kernelName: string | undefined }): Promise<void> {
  let panel = fresh.cwd === undefined ? tracker.currentWidget : null;
  if (panel === null || !isPython(panel)) {
    panel = (await commands.execute("notebook:create-new", { ...fresh })) as NotebookPanel;
    await panel.context.ready;
  }
  const { content } = panel;
  const isLoaded = content.widgets.some((cell) => cell.model.sharedModel.getSource().includes("%load_ext parallel_nb"));
  const isLoading = texts.some((text) => text.includes("%load_ext parallel_nb"));
  for (const text of isLoaded || isLoading ? texts : ["%load_ext parallel_nb", ...texts]) {
    const active = content.activeCell;
    const isEmpty = active?.model.type === "code" && active.model.sharedModel.getSource() === "";
    if (!isEmpty) NotebookActions.insertBelow(content);
    if (content.activeCell === null) return;
    content.activeCell.model.sharedModel.setSource(text);
  }
  content.mode = "edit";
  panel.activate();
}

/** False where the cells of a notebook are of another language. */
function isPython({ content }: NotebookPanel): boolean {
  const { language_info: info, kernelspec } = content.model?.metadata ?? {};
  return ((info as { name?: string } | undefined)?.name ?? (kernelspec as { language?: string } | undefined)?.language ?? "python") === "python";
}
