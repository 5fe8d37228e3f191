// How an output ends on a page that was loaded while its widget was live.
//
// Such a page does not know by which id the kernel replaces the output. It knows the notebook,
// though: the widget's manager has it at hand in JupyterLab and Notebook 7. Where it has not,
// the plain text stands in the widget's place.
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

interface WithNotebook {
  widget_manager?: { context?: { model?: Partial<Notebook> } };
}

interface Ended extends Answer {
  model: string;
  bundle: Record<string, string>;
}

/** Tell the kernel that a page shows the widget, and put its end in its place when that comes. */
export function last<T>(model: Model<T>, el: HTMLElement): Cleanup {
  const onMessage = (content: Answer): void => {
    if (content?.kind === "ended") end(model as WithNotebook, el, content as Ended);
  };
  model.on("msg:custom", onMessage);
  model.send({ kind: "hello" });
  return () => model.off("msg:custom", onMessage);
}

function end(model: WithNotebook, el: HTMLElement, { model: id, bundle }: Ended): void {
  const cells = model.widget_manager?.context?.model?.cells;
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
  if (!found) fill(el, h("div", { class: "pnb pnb-text" }, bundle["text/plain"] ?? ""));
}
