// Questions to the kernel: each has an id and gets one answer, or is given up.
import type { Model } from "./widget";

export interface Answer {
  kind: string;
  id?: number;
  [name: string]: unknown;
}

// After so long a person is told that the kernel is busy; the answer may still come.
const BUSY_MS = 2_000;
const GIVE_UP_MS = 60_000;

export class Asker {
  private next = 1;
  private waiting = new Map<number, (answer: Answer | null) => void>();

  constructor(
    private model: Model<never>,
    private onBusy: (busy: boolean) => void,
  ) {}

  /** Ask; null when no answer came in time or the widget was closed. */
  ask(kind: string, content: Record<string, unknown>): Promise<Answer | null> {
    const id = this.next++;
    return new Promise((resolve) => {
      const busy = setTimeout(() => this.onBusy(true), BUSY_MS);
      const end = setTimeout(() => this.answer({ kind, id }, true), GIVE_UP_MS);
      this.waiting.set(id, (answer) => {
        clearTimeout(busy);
        clearTimeout(end);
        this.onBusy(false);
        resolve(answer);
      });
      this.model.send({ kind, id, ...content });
    });
  }

  /** Hand an answer to whoever asked; false when nobody waits for it. */
  answer(answer: Answer, lost = false): boolean {
    const resolve = typeof answer.id === "number" ? this.waiting.get(answer.id) : undefined;
    if (!resolve) return false;
    this.waiting.delete(answer.id as number);
    resolve(lost ? null : answer);
    return true;
  }

  close(): void {
    for (const id of [...this.waiting.keys()]) this.answer({ kind: "", id }, true);
  }
}
