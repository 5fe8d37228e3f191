// The item of the status bar: what is at work, and what was spent today.
import { Widget } from "@lumino/widgets";
import { button } from "../../src/controls";
import { fill, h } from "../../src/dom";
import type { View } from "./jobs";
import type { JobList } from "./server";

export class StatusItem extends Widget implements View {
  private words = "";
  private readonly button: HTMLButtonElement;

  constructor(onPress: () => void) {
    super();
    this.button = button("", onPress, { class: "pnb-lab-status", title: "Show the jobs of this machine" });
    this.node.append(this.button);
    this.hide();
  }

  present(list: JobList | null): void {
    // Nothing to say: nothing is there.
    const words = list !== null && (list.at_work > 0 || list.spent) ? [list.status, list.spent] : [];
    if (words.join() === this.words) return;
    this.words = words.join();
    fill(this.button, ...words.map((word) => word && h("span", null, word)));
    this.setHidden(words.length === 0);
  }
}
