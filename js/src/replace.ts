// How a widget gives its place to HTML and text where the kernel cannot replace the output by its
// display id: on a page that was loaded while the widget was live, and when the kernel is
// restarted or dies. The other half is `widgets/base.py`.
//
// The page knows the notebook: the widget's manager has it at hand in JupyterLab and Notebook 7.
// Where it has not, the plain text stands in the widget's place.
import { fill, h } from "./dom";
import type { Reply } from "./requests";
import type { Cleanup, Model } from "./widget";

const WIDGET = "application/vnd.jupyter.widget-view+json";

interface Output {
  data: Record<string, { model_id?: string } | string | undefined>;
}

interface Outputs {
  length: number;
  get(index: number): Output | undefined;
  set(index: number, output: unknown): void;
}

interface Notebook {
  cells: { length: number; get(index: number): { outputs?: Outputs } };
}

type StatusListener = (kernel: unknown, status: string) => void;

interface Manager {
  context?: { model?: Partial<Notebook> };
  kernel?: { statusChanged?: { connect(slot: StatusListener): void; disconnect(slot: StatusListener): void } } | null;
}

interface WithManager {
  widget_manager?: Manager;
}

// A replacement may have 300 kB: it is asked for when what a person waits for is on the page.
const REPLACEMENT_MS = 1_500;
const KERNEL_GONE = new Set(["restarting", "autorestarting", "terminating", "dead"]);

/** What the output of a widget's model is from now on. */
interface Ending extends Reply {
  model: string;
  bundle: Record<string, string>;
}

/** Tell the kernel that a page shows the widget, and put its end in its place when that comes. */
export function replaceAtEnd<T>(model: Model<T>, el: HTMLElement): Cleanup {
  const manager = (model as WithManager).widget_manager;
  const statusChanged = manager?.kernel?.statusChanged;
  let replacement: Ending | undefined; // what the output is when the kernel can say no more
  const onMessage = (content: Reply): void => {
    if (content?.kind === "replacement") replacement = content as Ending;
    if (content?.kind === "ended" && !replaceOutput(manager, content as Ending)) {
      fill(el, h("div", { class: "pnb pnb-text" }, (content as Ending).bundle["text/plain"] ?? ""));
    }
  };
  const onStatus: StatusListener = (_kernel, status) => {
    if (KERNEL_GONE.has(status) && replacement) replaceOutput(manager, replacement);
  };
  model.on("msg:custom", onMessage);
  statusChanged?.connect(onStatus);
  model.send({ kind: "hello" });
  const timer = manager && setTimeout(() => model.send({ kind: "replacement" }), REPLACEMENT_MS);
  return () => {
    model.off("msg:custom", onMessage);
    statusChanged?.disconnect(onStatus);
    clearTimeout(timer);
  };
}

/** Put a bundle in the place of the widget; false where the notebook is not at hand. */
function replaceOutput(manager: Manager | undefined, { model: id, bundle }: Ending): boolean {
  const cells = manager?.context?.model?.cells;
  let replaced = false;
  for (let n = 0; n < (cells?.length ?? 0); n++) {
    const outputs = cells!.get(n).outputs;
    for (let i = 0; i < (outputs?.length ?? 0); i++) {
      const view = outputs!.get(i)?.data?.[WIDGET];
      if (typeof view !== "object" || view.model_id !== id) continue;
      outputs!.set(i, { output_type: "display_data", data: bundle, metadata: {} });
      replaced = true;
    }
  }
  return replaced;
}
