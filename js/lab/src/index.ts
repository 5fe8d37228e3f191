// The plugins of the extension. Each works without the others, and all of parallel_nb without them.
import type { JupyterFrontEndPlugin } from "@jupyterlab/application";
import { IEditorExtensionRegistry } from "@jupyterlab/codemirror";
import { cellHighlighting } from "./cells/highlight";

const cells: JupyterFrontEndPlugin<void> = {
  id: "parallel-nb:cells",
  description: "Lets the cells of parallel_nb read as what they are.",
  autoStart: true,
  requires: [IEditorExtensionRegistry],
  activate: (_app, registry: IEditorExtensionRegistry) => registry.addExtension(cellHighlighting),
};

export default [cells];
