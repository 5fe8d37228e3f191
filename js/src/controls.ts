// Controls that the panels share.
import { type Child, h, setText } from "./dom";

/** The head of a panel: what it is, and at the right the button that closes it. */
export function titled(words: Child[], close: HTMLElement): HTMLElement {
  return h("div", { class: "pnb-head pnb-titled" }, h("div", { class: "pnb-words" }, ...words), close);
}

/** A choice from a list; `name` is what a screen reader calls it. */
export function choice(name: string, options: [string, string][]): HTMLSelectElement {
  return h("select", { class: "pnb-input", "aria-label": name }, ...options.map(([value, word]) => h("option", { value }, word)));
}

export function button(words: string, onPress: () => void, attributes: { title?: string; class?: string; "aria-label"?: string } = {}): HTMLButtonElement {
  const node = h("button", { type: "button", class: "pnb-button", ...attributes }, words);
  node.addEventListener("click", onPress);
  return node;
}

/** The sign that the kernel does not answer yet; hidden until it is needed. */
export function busySign(): HTMLElement {
  const node = h("span", { class: "pnb-quiet", role: "status" }, "the kernel is busy; this waits for it");
  node.hidden = true;
  return node;
}

/** Copies a text and says in `notice` how that went. */
export function copier(notice: Element): (text: string) => void {
  return (text) => {
    const fail = (): void => setText(notice, "the browser did not allow copying; select the text instead");
    if (navigator.clipboard) navigator.clipboard.writeText(text).then(() => setText(notice, "copied"), fail);
    else fail();
  };
}

const TYPING_MS = 150;

/** A field to filter by; `onTyped` is called when the person pauses. */
export function filterBox(words: string, label: string, onTyped: (text: string) => void): HTMLInputElement {
  const node = h("input", { type: "search", class: "pnb-input", placeholder: words, "aria-label": label });
  let timer: ReturnType<typeof setTimeout> | undefined;
  node.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => onTyped(node.value), TYPING_MS);
  });
  return node;
}
