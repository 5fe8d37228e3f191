import { beforeEach, describe, expect, test } from "vitest";
import { citation, type FoundPage, render } from "../src/search";
import { FakeModel } from "./fake";

const PAGES: FoundPage[] = [
  { rank: 1, title: "Rust", url: "https://rust-lang.org/learn", host: "rust-lang.org", where: "rust-lang.org", date: "2025-02-20", day: "2025-02-20", excerpts: [[["Rust is ", false], ["typed", true], [".", false]]], more: "and 2 more excerpts: results.df" },
  { rank: 2, title: "Elm", url: "notes/elm.md", host: "", where: "notes/elm.md", date: "", day: "", excerpts: [], more: "" },
  { rank: 3, title: "Java", url: "https://java.example/", host: "java.example", where: "java.example", date: "2026-01-02", day: "2026-01-02", excerpts: [[["Java.", false]]], more: "" },
];
const HEAD = { title: "Which are typed?", about: "base · hosted", total: 3, cost: "$0.005 at prices of 2026", warnings: ["long queries"] };

let el: HTMLElement;
beforeEach(() => {
  document.body.replaceChildren();
  el = document.createElement("div");
  document.body.append(el);
});

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

/** A panel whose kernel answers with these pages, so many a message. */
async function show(pages: FoundPage[] = PAGES, most = 2): Promise<FakeModel> {
  const model = new FakeModel({ head: { ...HEAD, total: pages.length } });
  const send = model.send.bind(model);
  model.send = (content) => {
    send(content);
    const { kind, id, start } = content as unknown as { kind: string; id: number; start: number };
    if (kind === "pages") setTimeout(() => model.message({ kind, id, pages: pages.slice(start, start + most) }), 0);
  };
  render({ model, el } as never);
  for (let n = 0; n < 6; n++) await settle();
  return model;
}

const titles = (): string[] =>
  [...el.querySelectorAll<HTMLElement>(".pnb-hit")].filter((node) => !node.hidden).map((node) => node.querySelector(".pnb-hit-title")!.textContent!);
const choose = (name: string, value: string): void => {
  const select = el.querySelector<HTMLSelectElement>(`select[aria-label="${name}"]`)!;
  select.value = value;
  select.dispatchEvent(new Event("change"));
};

describe("search panel", () => {
  test("pages come in bounded messages until all are there", async () => {
    const model = await show();
    expect(model.sent.filter((m) => m.kind === "pages").map((m) => m["start"])).toEqual([0, 2]);
    expect(titles()).toEqual(["Rust", "Elm", "Java"]);
    for (const fact of ["Which are typed?", "base · hosted", "3 pages", "$0.005 at prices of 2026", "Warning: long queries", "rust-lang.org · 2025-02-20"])
      expect(el.textContent).toContain(fact);
  });

  test("the first page is open, its marks are marked, what is left out is counted", async () => {
    await show();
    const [first, second] = el.querySelectorAll<HTMLElement>(".pnb-opener");
    expect([first!.getAttribute("aria-expanded"), second!.getAttribute("aria-expanded")]).toEqual(["true", "false"]);
    expect([...el.querySelectorAll("mark")].map((m) => m.textContent)).toEqual(["typed"]);
    expect(el.textContent).toContain("and 2 more excerpts: results.df");
    second!.click();
    expect(el.textContent).toContain("no excerpt");
  });

  test("only a page of the web can be opened in the browser", async () => {
    await show();
    for (const opener of el.querySelectorAll<HTMLElement>(".pnb-opener[aria-expanded=false]")) opener.click();
    expect([...el.querySelectorAll("a")].map((a) => a.getAttribute("href"))).toEqual(["https://rust-lang.org/learn", "https://java.example/"]);
  });

  test("order by date, pages without one last; and back to rank", async () => {
    await show();
    choose("Order", "new");
    expect(titles()).toEqual(["Java", "Rust", "Elm"]);
    choose("Order", "old");
    expect(titles()).toEqual(["Rust", "Java", "Elm"]);
    choose("Order", "rank");
    expect(titles()).toEqual(["Rust", "Elm", "Java"]);
  });

  test("a site and a text select pages, and the count says so", async () => {
    await show();
    choose("Site", "java.example");
    expect(titles()).toEqual(["Java"]);
    expect(el.textContent).toContain("1 of 3 pages");
    choose("Site", "");
    const input = el.querySelector("input")!;
    input.value = "TYPED";
    input.dispatchEvent(new Event("input"));
    await new Promise((resolve) => setTimeout(resolve, 170));
    expect(titles()).toEqual(["Rust"]);
  });

  test("a citation holds title, site, date and address", () => {
    expect(citation(PAGES[0]!)).toBe("Rust. rust-lang.org, 2025-02-20. https://rust-lang.org/learn");
    expect(citation(PAGES[1]!)).toBe("Elm. notes/elm.md");
    expect(citation({ ...PAGES[2]!, title: PAGES[2]!.url })).toBe("java.example, 2026-01-02. https://java.example/");
  });

  test("closing tells the kernel", async () => {
    const model = await show();
    [...el.querySelectorAll("button")].find((b) => b.textContent === "Close panel")!.click();
    expect(model.sent.at(-1)).toEqual({ kind: "close" });
  });

  test("no page at all is said", async () => {
    await show([]);
    expect(el.textContent).toContain("No page was found.");
  });
});
