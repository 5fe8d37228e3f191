// Evidence beside the notebook: the whole table of a job, read from the journal by the server; and
// the evidence of the value that is chosen in a panel of a notebook, which follows the choice.
import { Widget } from "@lumino/widgets";
import { copier } from "../../src/controls";
import { fill, h } from "../../src/dom";
import { type Evidence, evidenceNode } from "../../src/evidence";
import type { Cleanup, Model } from "../../src/widget";
import { told } from "./panel";
import { Problem, type Server } from "./server";

/** The panel of a job in the main area; the server answers what its kernel does in a notebook. */
export class JobEvidence extends Widget {
  private cleanup: Cleanup | null = null;

  constructor(
    private server: Server,
    private job: string,
  ) {
    super();
    this.addClass("pnb-lab-evidence");
    void this.load();
  }

  async load(): Promise<void> {
    this.clear();
    fill(this.node, h("div", { class: "pnb-lab-quiet pnb-lab-pad", role: "status" }, "The journal is being read."));
    try {
      const head = await this.server.panel(this.job, { kind: "head" });
      const { render } = await this.server.panelWidget();
      if (this.isDisposed) return;
      this.clear();
      this.cleanup = render({ model: this.model(head) as never, el: this.node });
    } catch (error) {
      const words = error instanceof Problem ? error.words : String(error);
      fill(this.node, h("div", { class: "pnb-lab-notice pnb-lab-problem", role: "alert" }, ...told(words)));
    }
  }

  override dispose(): void {
    this.clear();
    super.dispose();
  }

  private clear(): void {
    this.cleanup?.();
    this.cleanup = null;
    fill(this.node);
  }

  /** What a widget of a notebook has of its kernel. */
  private model(head: object): Model<{ head: object }> {
    const listeners = new Set<(content: object) => void>();
    return {
      get: () => head as never,
      on: (_event: string, callback: (content: never) => void) => void listeners.add(callback as (content: object) => void),
      off: (_event: string, callback: (content: never) => void) => void listeners.delete(callback as (content: object) => void),
      send: (message: unknown) => {
        const { kind, id } = message as { kind: string; id?: number };
        this.server.panel(this.job, message as object).then(
          (reply) => listeners.forEach((tell) => tell({ kind, id, ...reply })),
          (error) => listeners.forEach((tell) => tell({ kind, id, problem: error instanceof Problem ? error.words : String(error), rows: [], count: 0, code: "", summary: "", announcement: "" })),
        );
      },
    };
  }
}

/** The evidence of one value, at the right of the notebook. */
export class ValueEvidence extends Widget {
  constructor() {
    super();
    this.addClass("pnb-lab-evidence");
    this.node.tabIndex = -1;
  }

  present(evidence: Evidence): void {
    const notice = h("span", { class: "pnb-quiet", role: "status" });
    const about = evidenceNode(evidence, copier(notice), () => this.close());
    this.node.replaceChildren(h("section", { class: "pnb pnb-narrow", "aria-label": "Evidence", "aria-live": "polite" }, about, notice));
  }
}
