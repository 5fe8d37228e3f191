import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Evidence, evidenceNode } from "../src/evidence";
import type { Page } from "../src/page";
import type { Reply } from "../src/requests";

const PAGE: Page = {
  kind: "page", path: "leases/tilburg.pdf", number: 3, total: 18, unit: "page", label: "p. iii", headings: ["Lease", "Rent"], note: "", picture: "", width: 0, height: 0, marks: [],
  blocks: [
    { kind: "heading", pieces: [["Rent", false]], level: 2, rows: [], columns: [] },
    { kind: "paragraph", pieces: [["The ", false], ["rent is <b>5</b>", true]], level: 0, rows: [], columns: [] },
    { kind: "table", pieces: [], level: 0, columns: ["B", "C"], rows: [
      { cells: [[["Item", false]], [["2024", false]]], number: 3, is_head: true },
      { cells: [[["Sales", false]], [["7", true]]], number: 4, is_head: false },
    ] },
  ],
};
const PICTURE: Page = { ...PAGE, picture: btoa("PNG"), width: 100, height: 200, marks: [[10, 100, 60, 120]] };
const SOURCE = { url: "file:room/leases/tilburg.pdf#page=3", title: "Lease", host: "", place: "room/leases/tilburg.pdf, p. iii", has_page: true, excerpts: [] };
const EVIDENCE: Evidence = {
  kind: "evidence", label: "Meridian", field: "rent", value: "5", confidence: "high", confidence_words: "● high", reasoning: "", more: "",
  sources: [SOURCE, { ...SOURCE, url: "https://a.example/", host: "a.example", place: "", has_page: false }],
};

let el: HTMLElement;
let asked: [number, number | null][];
let answer: (number: number | null) => Reply | null | Promise<Reply | null>;
beforeEach(() => {
  asked = [];
  answer = (number) => ({ ...PAGE, number: number ?? 3 });
  vi.stubGlobal("createImageBitmap", async () => ({ width: 100, height: 200, close: () => undefined }));
  show({ ...EVIDENCE });
});
afterEach(() => vi.unstubAllGlobals());

function show(evidence: Evidence): void {
  evidence.ask = async (source, number) => {
    asked.push([source, number]);
    return answer(number);
  };
  el = evidenceNode(evidence, () => undefined, () => undefined);
  document.body.replaceChildren(el);
}

const buttonOf = (words: string): HTMLButtonElement =>
  [...el.querySelectorAll("button")].find((button) => (button.getAttribute("aria-label") ?? button.textContent) === words)!;
const press = (key: string): void => void document.activeElement!.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
const sheet = (): HTMLElement => el.querySelector(".pnb-sheet")!;
async function open(words = "page 3 of 18"): Promise<void> {
  buttonOf("Show the page").click();
  await vi.waitFor(() => expect(el.textContent).toContain(words));
}

describe("the page of a source", () => {
  test("a source of the web has none", () => {
    expect([...el.querySelectorAll("button")].filter((button) => button.textContent === "Show the page")).toHaveLength(1);
    show({ ...EVIDENCE, sources: [EVIDENCE.sources[1]!] });
    expect(buttonOf("Show the page")).toBeUndefined();
  });

  test("text is shown as text, with its place, its headings, the passage and the cell marked", async () => {
    await open();
    expect(asked).toEqual([[0, null]]);
    expect(el.textContent).toContain("p. iii · Lease › Rent");
    expect([...sheet().querySelectorAll("mark")].map((mark) => mark.textContent)).toEqual(["rent is <b>5</b>", "7"]);
    expect(sheet().querySelector("b")).toBeNull();
    expect([...sheet().querySelectorAll("tr")].map((row) => [...row.children].map((cell) => cell.textContent))).toEqual([["", "B", "C"], ["3", "Item", "2024"], ["4", "Sales", "7"]]);
    expect(sheet().querySelectorAll("th")).toHaveLength(2);
    expect(buttonOf("As text").hidden).toBe(true);
  });

  test("pages are turned by buttons and keys, within the document", async () => {
    await open();
    expect(document.activeElement).toBe(sheet());
    press("ArrowRight");
    await vi.waitFor(() => expect(el.textContent).toContain("page 4 of 18"));
    press("ArrowLeft");
    await vi.waitFor(() => expect(el.textContent).toContain("page 3 of 18"));
    answer = () => ({ ...PAGE, number: 18 });
    buttonOf("Next page").click();
    await vi.waitFor(() => expect(buttonOf("Next page").getAttribute("aria-disabled")).toBe("true"));
    const before = asked.length;
    buttonOf("Next page").click();
    expect(asked).toHaveLength(before);
  });

  test("of answers that overtake each other the one that was wanted last is shown", async () => {
    await open();
    const replies: ((reply: Reply) => void)[] = [];
    answer = () => new Promise((resolve) => replies.push(resolve));
    press("ArrowRight");
    press("ArrowLeft");
    await vi.waitFor(() => expect(replies).toHaveLength(2));
    replies[1]!({ ...PAGE, number: 2 });
    await vi.waitFor(() => expect(el.textContent).toContain("page 2 of 18"));
    replies[0]!({ ...PAGE, number: 4 });
    await new Promise((resolve) => setTimeout(resolve));
    expect(el.textContent).toContain("page 2 of 18");
  });

  test("a picture is named for who cannot see it, is zoomed, and is there as text", async () => {
    answer = () => PICTURE;
    await open();
    await vi.waitFor(() => expect(sheet().querySelector("canvas")).not.toBeNull());
    const canvas = sheet().querySelector("canvas")!;
    expect(canvas.getAttribute("role")).toBe("img");
    expect(canvas.getAttribute("aria-label")).toBe("Picture of page 3. Marked: rent is <b>5</b> 7");
    Object.defineProperty(sheet(), "clientWidth", { value: 0 });
    press("+");
    expect(canvas.style.width).toBe("300%");
    for (let n = 0; n < 12; n++) buttonOf("Smaller").click();
    expect(canvas.style.width).toBe("50%");
    buttonOf("As text").click();
    expect(sheet().querySelector("canvas")).toBeNull();
    expect(sheet().querySelector("mark")?.textContent).toBe("rent is <b>5</b>");
    buttonOf("As picture").click();
    await vi.waitFor(() => expect(sheet().querySelector("canvas")).not.toBeNull());
  });

  test("a picture that the browser cannot read is shown as text", async () => {
    vi.stubGlobal("createImageBitmap", () => Promise.reject(new Error("no memory")));
    answer = () => PICTURE;
    await open();
    await vi.waitFor(() => expect(sheet().querySelector("mark")).not.toBeNull());
  });

  test("what cannot be shown says why, and is asked for again", async () => {
    answer = () => ({ kind: "page", problem: "The documents are not connected." });
    await open("The documents are not connected.");
    expect(sheet().querySelector('[role="alert"]')).not.toBeNull();
    answer = () => null;
    buttonOf("Try again").click();
    await vi.waitFor(() => expect(el.textContent).toContain("The kernel did not answer."));
    answer = () => ({ ...PAGE, note: "The passage cannot be placed." });
    buttonOf("Try again").click();
    await vi.waitFor(() => expect(el.querySelector(".pnb-warn")?.textContent).toBe("The passage cannot be placed."));
  });

  test("Escape closes it, and the keyboard is where it was", async () => {
    await open();
    press("Escape");
    expect(el.querySelector(".pnb-page")).toBeNull();
    expect(document.activeElement).toBe(buttonOf("Show the page"));
  });
});
