// The one maker of elements: data becomes text nodes and checked attributes, never markup.

export type Child = Node | string | null | undefined | false;

type Attributes = Record<string, string | number | boolean | null | undefined>;

const TAGS =
  "a b button code div em input label mark ol option p progress section select small span strong table tbody td th thead tr ul li";
const ALLOWED = new Set(TAGS.split(" "));

export type Tag =
  | "a" | "b" | "button" | "code" | "div" | "em" | "input" | "label" | "mark" | "ol" | "option" | "p"
  | "progress" | "section" | "select" | "small" | "span" | "strong" | "table" | "tbody" | "td"
  | "th" | "thead" | "tr" | "ul" | "li";

/** Make an element. `href` is dropped unless it is a safe http(s) address. */
export function h<T extends Tag>(
  tag: T,
  attributes: Attributes | null = null,
  ...children: Child[]
): HTMLElementTagNameMap[T] {
  if (!ALLOWED.has(tag)) throw new Error(`tag ${tag} is not in the fixed set`);
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (/^on|^srcdoc$|^style$|^src$/i.test(name)) throw new Error(`attribute ${name} is not allowed`);
    if (name === "href" && !isSafeUrl(String(value))) continue;
    node.setAttribute(name, value === true ? "" : String(value));
  }
  append(node, children);
  return node;
}

export function append(parent: Node, children: Child[]): void {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    parent.appendChild(typeof child === "string" ? document.createTextNode(harmless(child)) : child);
  }
}

/** Replace what stands in `parent`. */
export function fill(parent: Element, ...children: Child[]): void {
  parent.replaceChildren();
  append(parent, children);
}

/** Set text only where it differs: screen readers are told of changes alone, and nothing is drawn anew. */
export function setText(node: Node, text: string): void {
  const shown = harmless(text);
  if (node.textContent !== shown) node.textContent = shown;
}

// Controls, marks and overrides of the direction of writing, invisible tag characters, lone surrogates.
const UNSAFE =
  /[\u0000-\u0008\u000b\u000e-\u001f\u007f-\u0084\u0086-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f\ufff9-\ufffc\ufffe\uffff\u{e0000}-\u{e007f}\p{Cs}]/gu;

/** Text in which nothing hides, turns the line around or breaks it. */
export function harmless(text: string): string {
  return text.replace(UNSAFE, "\ufffd");
}

// Letters of a host: ASCII, and Latin ones that look like none of it (as in links.py).
const PLAIN_HOST = /^(?:[A-Za-z0-9._-]|[A-Za-z][\u0300-\u036f]+|[\u00df\u00e6\u00f8\u0153\u0111\u0142\u00fe\u00f0])+(?::[0-9]*)?$/;
const IPV6_HOST = /^\[[0-9a-f:.]{2,45}\](?::[0-9]{1,5})?$/i;

/** True for an http(s) address that leads where it seems to: no user's name, no look-alike host. */
export function isSafeUrl(url: string): boolean {
  if (url.length > 2000 || /[\u0000-\u0020\u007f-\u00a0\\<>"'`{}|^\u2028\u2029]/.test(url)) return false;
  if (!/^https?:\/\/[^/]/i.test(url) || harmless(url) !== url) return false;
  const place = url.replace(/^https?:\/\//i, "").split(/[/?#]/, 1)[0] ?? "";
  if (!PLAIN_HOST.test(place.normalize("NFD")) && !IPV6_HOST.test(place)) return false;
  try {
    return new URL(url).hostname !== "";
  } catch {
    return false;
  }
}

const NARROW = 640; // pixels: side remarks stand below, at the left; evidence in one column
const SLIM = 500; // pixels: each control has its own line

/** Let the stylesheet know how wide the widget is; the window says nothing of a split pane. */
export function observeWidth(box: HTMLElement): () => void {
  const observer = new ResizeObserver(() => {
    const wide = box.clientWidth;
    box.classList.toggle("pnb-narrow", wide > 0 && wide < NARROW);
    box.classList.toggle("pnb-slim", wide > 0 && wide < SLIM);
  });
  observer.observe(box);
  return () => observer.disconnect();
}

/** A link that opens in a tab of its own; plain text when the address is not safe. */
export function link(url: string, text: string): HTMLElement {
  const shown = text || url;
  if (!isSafeUrl(url)) return h("span", { title: harmless(url) }, shown);
  return h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, shown);
}
