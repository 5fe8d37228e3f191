// The part of anywidget's interface that we use.

export interface Model<T> {
  get<K extends keyof T & string>(key: K): T[K];
  on(event: string, callback: (...args: never[]) => void): void;
  off(event: string, callback: (...args: never[]) => void): void;
  send(content: unknown): void;
}

export interface RenderContext<T> {
  model: Model<T>;
  el: HTMLElement;
}

export type Cleanup = () => void;
