// Puts cells into the notebook, for the palette, the menu and the panel.
import type { CommandRegistry } from "@lumino/commands";
import { type INotebookTracker, NotebookActions, type NotebookPanel } from "@jupyterlab/notebook";

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
