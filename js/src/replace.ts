// How an output ends where the kernel cannot replace it by its display id: on a page that was
// loaded while the widget was live, and when the kernel is restarted or dies.
//
// The page knows the notebook: the widget's manager has it at hand in JupyterLab and Notebook 7.
// Where it has not, the plain text stands in the widget's place.
import { fill, h } from "./dom";
import type { Answer } from "./ask";
import type { Cleanup, Model } from "./widget";

const WIDGET = "application/vnd.jupyter.widget-view+json";

interface Output {
  data: Record<string, { model_id?: string } | string | undefined>;
}

interface Outputs {
  length: number;
  get(at: number): Output | undefined;
  set(at: number, output: unknown): void;
}

interface Notebook {
  cells: { length: number; get(at: number): { outputs?: Outputs } };
}

type Heard = (kernel: unknown, status: string) => void;

interface Manager {
  context?: { model?: Partial<Notebook> };
  kernel?: { statusChanged?: { connect(slot: Heard): void; disconnect(slot: Heard): void } } | null;
}

interface WithManager {
  widget_manager?: Manager;
}

// The twin may be 300 kB: it is asked for when what a person waits for is on the page.
const TWIN_MS = 1_500;
const ENDS = new Set(["restarting", "autorestarting", "terminating", "dead"]);

interface Ended extends Answer {
  model: string;
  bundle: Record<string, string>;
}

/** Tell the kernel that a page shows the widget, and put its end in its place when that comes. */
export function last<T>(model: Model<T>, el: HTMLElement): Cleanup {
  const manager = (model as WithManager).widget_manager;
  const status = manager?.kernel?.statusChanged;
  let twin: Ended | undefined; // what the output shall be if the kernel can say no more
  const onMessage = (content: Answer): void => {
    if (content?.kind === "twin") twin = content as Ended;
    if (content?.kind === "ended" && !put(manager, content as Ended)) {
      fill(el, h("div", { class: "pnb pnb-text" }, (content as Ended).bundle["text/plain"] ?? ""));
    }
  };
  const onStatus: Heard = (_kernel, now) => {
    if (ENDS.has(now) && twin) put(manager, twin);
  };
  model.on("msg:custom", onMessage);
  status?.connect(onStatus);
  model.send({ kind: "hello" });
  const later = manager && setTimeout(() => model.send({ kind: "twin" }), TWIN_MS);
  return () => {
    model.off("msg:custom", onMessage);
    status?.disconnect(onStatus);
    clearTimeout(later);
  };
}

/** Put a bundle in the place of the widget; false where the notebook is not at hand. */
function put(manager: Manager | undefined, { model: id, bundle }: Ended): boolean {
  const cells = manager?.context?.model?.cells;
  let found = false;
  for (let n = 0; n < (cells?.length ?? 0); n++) {
    const outputs = cells!.get(n).outputs;
    for (let at = 0; at < (outputs?.length ?? 0); at++) {
      const view = outputs!.get(at)?.data?.[WIDGET];
      if (typeof view !== "object" || view.model_id !== id) continue;
      outputs!.set(at, { output_type: "display_data", data: bundle, metadata: {} });
      found = true;
    }
  }
  return found;
}
