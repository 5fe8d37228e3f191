import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Asker } from "../src/ask";
import { citation, type Evidence } from "../src/evidence";
import { render } from "../src/panel";
import { FakeModel } from "./fake";

const HEAD = { title: "Lines", connection: "hosted", heading: "company", fields: ["ceo", "founded"], total: 3 };
type Row = [number, string, string, string, string[], string[]];
const ROWS: Row[] = [
  [0, "Maersk", "completed", "", ["Vincent Clerc", "1904"], ["high", "high"]],
  [1, "Hapag-Lloyd", "completed", "", ["not found", "1970"], ["", "low"]],
  [2, "ZIM", "failed", "the run timed out", [], []],
];
const EVIDENCE: Evidence = {
  kind: "evidence", label: "Hapag-Lloyd", field: "founded", value: "1970", confidence: "low", reasoning: "Two sources disagree.",
  sources: [{ url: "https://h.example/x", title: "History", excerpts: [[["in ", false], ["1970", true]]] }, { url: "javascript:1", title: "", excerpts: [] }],
  more: 2, run_id: "trun_1",
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
      ? { rows, count: rows.length, total: 3, answered: 2, low: 1, complete: true, code: "job.df" }
      : { ...evidence };
    if (kind !== "close") setTimeout(() => model.message({ ...answer, kind, id }), 0);
  };
  off = render({ model, el } as never);
  await vi.waitFor(() => expect(el.textContent).toContain(rows.length ? rows[0]![1] : "No row"));
  return model;
}

const cell = (row: number, column: number): HTMLElement => el.querySelector(`[data-row="${row}"][data-column="${column}"]`)!;
const press = (key: string, options: KeyboardEventInit = {}): void => {
  document.activeElement!.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, ...options }));
};

describe("results panel", () => {
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

describe("questions to the kernel", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test("each gets its own answer, in whatever order they come", async () => {
    const model = new FakeModel({});
    const asker = new Asker(model as never, () => undefined);
    const [first, second] = [asker.ask("rows", {}), asker.ask("rows", {})];
    asker.answer({ kind: "rows", id: 2, count: 2 });
    asker.answer({ kind: "rows", id: 1, count: 1 });
    expect([(await first)!["count"], (await second)!["count"]]).toEqual([1, 2]);
    expect(asker.answer({ kind: "rows", id: 1 })).toBe(false);
  });

  test("a busy kernel is said after two seconds; a silent one is given up after a minute", async () => {
    const said: boolean[] = [];
    const asker = new Asker(new FakeModel({}) as never, (busy) => said.push(busy));
    const asked = asker.ask("rows", {});
    vi.advanceTimersByTime(2_000);
    expect(said).toEqual([true]);
    vi.advanceTimersByTime(60_000);
    expect(await asked).toBeNull();
    expect(said.at(-1)).toBe(false);
  });
});
