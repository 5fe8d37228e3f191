// Controls that the panels share.
import { type Child, h, setText } from "./dom";

/** The head of a panel: what it is, and at the right the button that closes it. */
export function titled(words: Child[], shut: HTMLElement): HTMLElement {
  return h("div", { class: "pnb-head pnb-titled" }, h("div", { class: "pnb-words" }, ...words), shut);
}

/** A choice from a list; `name` is what a screen reader calls it. */
export function choice(name: string, options: [string, string][]): HTMLSelectElement {
  return h("select", { class: "pnb-input", "aria-label": name }, ...options.map(([value, word]) => h("option", { value }, word)));
}

export function button(words: string, press: () => void, title?: string): HTMLButtonElement {
  const made = h("button", { type: "button", class: "pnb-button", title });
  made.textContent = words;
  made.addEventListener("click", press);
  return made;
}

/** Copies a text and says in `told` how that went. */
export function copier(told: Element): (words: string) => void {
  return (words) => {
    const failed = (): void => setText(told, "the browser did not allow copying; select the text instead");
    if (navigator.clipboard) navigator.clipboard.writeText(words).then(() => setText(told, "copied"), failed);
    else failed();
  };
}

const TYPING_MS = 150;

/** A field to filter by; `typed` is called when the person pauses. */
export function filterBox(words: string, label: string, typed: (text: string) => void): HTMLInputElement {
  const made = h("input", { type: "search", class: "pnb-input", placeholder: words, "aria-label": label });
  let timer: ReturnType<typeof setTimeout> | undefined;
  made.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => typed(made.value), TYPING_MS);
  });
  return made;
}
