// A model as anywidget gives it, without a kernel.
type Callback = (...args: never[]) => void;

export class FakeModel {
  sent: { kind: string; [name: string]: unknown }[] = [];
  private callbacks = new Map<string, Set<Callback>>();

  constructor(private values: Record<string, unknown>) {}

  get(name: string): unknown {
    return this.values[name];
  }

  set(name: string, value: unknown): void {
    this.values[name] = value;
    this.emit(`change:${name}`);
  }

  on(event: string, callback: Callback): void {
    const known = this.callbacks.get(event) ?? new Set();
    this.callbacks.set(event, known.add(callback));
  }

  off(event: string, callback: Callback): void {
    this.callbacks.get(event)?.delete(callback);
  }

  send(content: { kind: string }): void {
    this.sent.push(content);
  }

  message(content: unknown): void {
    this.emit("msg:custom", content);
  }

  private emit(event: string, ...args: unknown[]): void {
    for (const callback of this.callbacks.get(event) ?? []) (callback as (...a: unknown[]) => void)(...args);
  }
}
