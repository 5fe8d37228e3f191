import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { citation, type Evidence } from "../src/evidence";
import { PAGE, Pages } from "../src/pages";
import { render } from "../src/panel";
import { Requests } from "../src/requests";
import { FakeModel } from "./fake";

const HEAD = { title: "Lines", connection: "hosted", heading: "company", fields: ["ceo", "founded"], numeric: [false, true], total: 3,
  confidences: { high: "● high", medium: "◑ medium", low: "◔ low" }, nulls: ["not found", "not asked"] };
type Row = [number, string, string, string, string[], string[]];
const ROWS: Row[] = [
  [0, "Maersk", "completed", "", ["Vincent Clerc", "1904"], ["high", "high"]],
  [1, "Hapag-Lloyd", "completed", "", ["not found", "1970"], ["", "low"]],
  [2, "ZIM", "failed", "the run timed out", [], []],
];
const EVIDENCE: Evidence = {
  kind: "evidence", label: "Hapag-Lloyd", field: "founded", value: "1970", confidence: "low", confidence_words: "◔ low", reasoning: "Two sources disagree.",
  sources: [{ url: "https://h.example/x", title: "History", host: "h.example", place: "", has_page: false, excerpts: [[["in ", false], ["1970", true]]] }, { url: "javascript:1", title: "javascript:1", host: "", place: "", has_page: false, excerpts: [] }],
  more: "and 2 more sources: job.basis",
};

let el: HTMLElement;
let off: () => void = () => undefined;
beforeEach(() => {
  document.body.replaceChildren();
  el = document.createElement("div");
  document.body.append(el);
});
afterEach(() => off());

/** A panel whose kernel answers; the filter is the kernel's work, so it is recorded alone. */
async function show(rows: Row[] = ROWS, evidence: Evidence = EVIDENCE): Promise<FakeModel> {
  const model = new FakeModel({ head: HEAD });
  const send = model.send.bind(model);
  model.send = (content) => {
    send(content);
    const { kind, id } = content as unknown as { kind: string; id: number };
    const answer = kind === "rows"
      ? { rows, count: rows.length, code: "job.df", summary: "2 of 3 answered · 1 with low confidence", announcement: "3 of 3 rows shown" }
      : { ...evidence };
    if (kind !== "close") setTimeout(() => model.message({ ...answer, kind, id }), 0);
  };
  off = render({ model, el } as never);
  await vi.waitFor(() => expect(el.textContent).toContain(rows.length ? rows[0]![1] : "No row"));
  return model;
}

const cell = (row: number, column: number): HTMLElement => el.querySelector(`[aria-rowindex="${row + 2}"] > :nth-child(${column + 1})`)!;
const press = (key: string, options: KeyboardEventInit = {}): void => {
  document.activeElement!.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, ...options }));
};

/** The widths of the columns, in pixels, and which of them share what is left. */
const tracks = (): string => el.querySelector<HTMLElement>(".pnb-grid")!.style.getPropertyValue("--pnb-columns");

describe("results panel", () => {
  test("columns are as wide as their contents want; numbers stand to the right", async () => {
    await show([[0, "Maersk", "completed", "", ["Vincent Bartholomew Clerc-Montgomery", "1904"], ["high", "high"]]]);
    const [label, ceo, founded] = [...tracks().matchAll(/minmax\((\d+)px, \1fr\)/g)].map((match) => Number(match[1]));
    expect(ceo).toBeGreaterThan(2 * label!);
    expect(founded).toBeLessThan(ceo!);
    expect(cell(0, 2).classList.contains("pnb-number")).toBe(true);
    expect(cell(0, 1).classList.contains("pnb-number")).toBe(false);
  });

  test("a column is dragged or moved by keys, and keeps its width when the rows change", async () => {
    await show();
    const grip = el.querySelectorAll<HTMLElement>(".pnb-grip")[1]!;
    const before = Number(grip.getAttribute("aria-valuenow"));
    grip.dispatchEvent(new PointerEvent("pointerdown", { clientX: 100 }));
    grip.dispatchEvent(new PointerEvent("pointermove", { clientX: 150 }));
    grip.dispatchEvent(new PointerEvent("pointerup", { clientX: 150 }));
    grip.dispatchEvent(new PointerEvent("pointermove", { clientX: 400 }));
    expect(tracks().split(" ").includes(`${before + 50}px`)).toBe(true);
    grip.focus();
    press("ArrowLeft");
    expect(Number(grip.getAttribute("aria-valuenow"))).toBe(before + 34);
    const widths = tracks();
    const filter = el.querySelector<HTMLSelectElement>("select")!;
    filter.value = "low";
    filter.dispatchEvent(new Event("change"));
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(tracks()).toBe(widths);
    grip.dispatchEvent(new PointerEvent("pointerdown", { clientX: 100 }));
    grip.dispatchEvent(new PointerEvent("pointermove", { clientX: -900 }));
    expect(grip.getAttribute("aria-valuenow")).toBe("64");
  });

  test("rows, confidences in words, failures with their reasons, and the counts", async () => {
    await show();
    expect(cell(1, 2).textContent!.replaceAll("\u00a0", " ")).toBe("1970 ◔ low");
    expect(cell(1, 1).classList.contains("pnb-null")).toBe(true);
    expect(cell(2, 1).textContent).toBe("✕ failed: the run timed out");
    expect(el.textContent).toContain("2 of 3 answered · 1 with low confidence");
  });

  test("a value opens to its evidence: the mark, the link, no link where it is not safe", async () => {
    const model = await show();
    cell(1, 2).click();
    await vi.waitFor(() => expect(el.textContent).toContain("Two sources disagree."));
    expect(model.sent.at(-1)).toMatchObject({ kind: "evidence", row: 1, field: 1 });
    expect(el.querySelector("mark")!.textContent).toBe("1970");
    expect([...el.querySelectorAll("a")].map((a) => a.getAttribute("href"))).toEqual(["https://h.example/x"]);
    expect(el.textContent).toContain("and 2 more sources: job.basis");
  });

  test("arrows move, Enter opens, Escape closes and leaves the focus where it was", async () => {
    await show();
    cell(0, 0).focus();
    press("ArrowDown");
    press("ArrowRight");
    press("ArrowRight");
    press("ArrowRight"); // at the edge: stays
    expect(document.activeElement).toBe(cell(1, 2));
    press("Enter");
    await vi.waitFor(() => expect(el.textContent).toContain("Two sources disagree."));
    press("Escape");
    expect(el.textContent).not.toContain("Two sources disagree.");
    expect(document.activeElement).toBe(cell(1, 2));
    press("End", { ctrlKey: true });
    press("Home");
    expect(document.activeElement).toBe(cell(2, 0));
  });

  test("filters and sorting are asked of the kernel, which answers with code", async () => {
    const model = await show();
    const status = el.querySelector<HTMLSelectElement>('select[aria-label="Status"]')!;
    status.value = "failed";
    status.dispatchEvent(new Event("change"));
    const sorter = [...el.querySelectorAll<HTMLElement>(".pnb-sort")][2]!;
    sorter.click();
    sorter.click();
    await vi.waitFor(() =>
      expect(model.sent.at(-1)!["filter"]).toMatchObject({ status: "failed", sort: 1, descending: true }),
    );
    expect(sorter.parentElement!.getAttribute("aria-sort")).toBe("descending");
    expect(el.querySelector(".pnb-code")!.textContent).toBe("job.df");
  });

  test("rows that are not here yet say which they are; the kernel is told once that rows are shown", async () => {
    off = render({ model: new FakeModel({ head: { ...HEAD, total: 1_200 } }), el } as never);
    expect(cell(4, 0).textContent).toBe("row 5 …");
    off();
    el.replaceChildren();
    const model = await show();
    const told = (): number => model.sent.filter((m) => m.kind === "seen").length;
    await vi.waitFor(() => expect(told()).toBe(1));
    model.message({ kind: "grown" });
    await vi.waitFor(() => expect(model.sent.filter((m) => m.kind === "rows").length).toBeGreaterThan(1));
    expect(told()).toBe(1);
    expect(cell(0, 0).textContent).toBe("Maersk");
  });

  test("what passes a filter is told aloud, and nothing while rows are read", async () => {
    const model = await show();
    const aloud = el.querySelector(".pnb-unseen[role=status]")!;
    model.message({ kind: "grown" });
    await vi.waitFor(() => expect(model.sent.filter((m) => m.kind === "rows").length).toBeGreaterThan(1));
    expect(aloud.textContent).toBe("");
    el.querySelectorAll<HTMLElement>(".pnb-sort")[2]!.click();
    await vi.waitFor(() => expect(aloud.textContent).toBe("3 of 3 rows shown"));
  });

  test("a citation and the code are copied, and that is said", async () => {
    const written = vi.fn(async () => undefined);
    vi.stubGlobal("navigator", { clipboard: { writeText: written } });
    await show();
    cell(1, 2).click();
    const named = (name: string): HTMLElement | undefined => [...el.querySelectorAll("button")].find((made) => made.textContent === name);
    await vi.waitFor(() => expect(named("Copy citation")).toBeDefined());
    named("Copy citation")!.click();
    named("Copy code")!.click();
    expect(written.mock.calls).toEqual([[citation(EVIDENCE)], ["job.df"]]);
    await vi.waitFor(() => expect(el.querySelector(".pnb-foot [role=status]")!.textContent).toBe("copied"));
    vi.unstubAllGlobals();
  });

  test("a row whose evidence is gone says why", async () => {
    await show(ROWS, { ...EVIDENCE, problem: "There is no such row." });
    cell(0, 1).click();
    await vi.waitFor(() => expect(el.textContent).toContain("There is no such row."));
  });

  test("no row is said", async () => {
    await show([]);
    expect(el.textContent).toContain("No row passes the filter.");
  });

  test("a citation is one line with value, confidence and sources", () => {
    expect(citation(EVIDENCE)).toBe("Hapag-Lloyd, founded: 1970 (low confidence). History, https://h.example/x; javascript:1.");
  });
});

describe("rows by the page", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  /** A kernel that answers when it is told to. */
  function slow(): { pages: Pages; asked: number[]; answer: () => Promise<void>; look: (at: number) => void } {
    const asked: number[] = [];
    let waiting: (() => void)[] = [];
    let at = 0;
    const look = (first: number): void => {
      at = first;
      pages.want(at, at + 20, 50_000);
    };
    const pages = new Pages(
      (start) => {
        asked.push(start / PAGE);
        const rows = Array.from({ length: PAGE }, (_, n) => [start + n, `row ${start + n}`, "completed", "", [], []] as Row);
        return new Promise((done) => waiting.push(() => done(rows)));
      },
      () => look(at),
    );
    const answer = async (): Promise<void> => {
      const all = waiting;
      waiting = [];
      all.forEach((done) => done());
      await vi.advanceTimersByTimeAsync(100);
    };
    return { pages, asked, answer, look };
  }

  test("who flies past many pages leaves no queue of requests; the last place is asked next", async () => {
    const { pages, asked, answer, look } = slow();
    for (let n = 0; n < 100; n++) {
      look(n * 300);
      await vi.advanceTimersByTimeAsync(16);
    }
    expect(asked.length).toBe(2);
    await answer();
    expect(asked[2]).toBe(Math.floor(29_700 / PAGE));
    await answer();
    expect(pages.row(29_700)![1]).toBe("row 29700");
  });

  test("the page after the one that is read is there before it is needed", async () => {
    const { pages, answer, look } = slow();
    look(0);
    await answer();
    expect(pages.row(PAGE + 5)![1]).toBe(`row ${PAGE + 5}`);
  });

  test("the pages on the way are asked for first, whichever way that is", async () => {
    const { asked, answer, look } = slow();
    look(20 * PAGE);
    for (let n = 0; n < 4; n++) await answer();
    expect(asked).toEqual([20, 21, 22, 19]);
    look(20 * PAGE - 40);
    for (let n = 0; n < 4; n++) await answer();
    expect(asked.slice(4)).toEqual([18, 17]);
  });

  test("rows stay while newer ones are asked for, and go with another filter", async () => {
    const { pages, asked, answer, look } = slow();
    look(0);
    await answer();
    await answer();
    const before = asked.length;
    pages.renew();
    look(0);
    expect(pages.row(0)).toBeDefined();
    expect(asked.length).toBeGreaterThan(before);
    pages.forget();
    await answer();
    expect(asked.length).toBeGreaterThan(before + 1);
    pages.close();
    expect(pages.row(0)).toBeUndefined();
  });
});

describe("requests to the kernel", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test("each gets its own reply, in whatever order they come; others are ignored", async () => {
    const requests = new Requests(new FakeModel({}) as never, () => undefined);
    const [first, second] = [requests.send("rows", {}), requests.send("rows", {})];
    requests.receive({ kind: "rows", id: 2, count: 2 });
    requests.receive({ kind: "rows", id: 1, count: 1 });
    expect([(await first)!["count"], (await second)!["count"]]).toEqual([1, 2]);
    requests.receive({ kind: "rows", id: 1 });
    requests.receive({ kind: "state" });
  });

  test("a busy kernel is said after two seconds; a silent one is given up after a minute", async () => {
    const states: boolean[] = [];
    const requests = new Requests(new FakeModel({}) as never, (busy) => states.push(busy));
    const reply = requests.send("rows", {});
    vi.advanceTimersByTime(2_000);
    expect(states).toEqual([true]);
    vi.advanceTimersByTime(60_000);
    expect(await reply).toBeNull();
    expect(states.at(-1)).toBe(false);
  });
});
