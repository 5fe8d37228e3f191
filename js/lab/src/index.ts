// The plugins of the extension. Each works without the others, and all of parallel_nb without them.
import type { JupyterFrontEndPlugin } from "@jupyterlab/application";
import { IEditorExtensionRegistry } from "@jupyterlab/codemirror";
import { INotebookTracker } from "@jupyterlab/notebook";
import { cellHighlighting } from "./cells/highlight";
import { watchNotebooks } from "./cells/markers";

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

export default [cells, checks];
