// Requests to the kernel: each has an id and gets one reply, or is given up.
import type { Model } from "./widget";

export interface Reply {
  kind: string;
  id?: number;
  [name: string]: unknown;
}

// After so long a person is told that the kernel is busy; the reply may still come.
const BUSY_MS = 2_000;
const GIVE_UP_MS = 60_000;

export class Requests {
  private nextId = 1;
  private waiting = new Map<number, (reply: Reply | null) => void>();

  constructor(
    private model: Model<never>,
    private onBusy: (busy: boolean) => void,
  ) {}

  /** Ask the kernel; null when no reply came in time or the widget was closed. */
  send(kind: string, content: Record<string, unknown>): Promise<Reply | null> {
    const id = this.nextId++;
    return new Promise((resolve) => {
      const busy = setTimeout(() => this.onBusy(true), BUSY_MS);
      const end = setTimeout(() => this.settle(id, null), GIVE_UP_MS);
      this.waiting.set(id, (reply) => {
        clearTimeout(busy);
        clearTimeout(end);
        this.onBusy(false);
        resolve(reply);
      });
      this.model.send({ kind, id, ...content });
    });
  }

  /** Hand a reply to the request that waits for it; others are ignored. */
  receive(reply: Reply): void {
    if (typeof reply?.id === "number") this.settle(reply.id, reply);
  }

  close(): void {
    for (const id of [...this.waiting.keys()]) this.settle(id, null);
  }

  private settle(id: number, reply: Reply | null): void {
    const resolve = this.waiting.get(id);
    this.waiting.delete(id);
    resolve?.(reply);
  }
}
