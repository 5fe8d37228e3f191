import { beforeEach, describe, expect, test, vi } from "vitest";
import { type ProgressState, render } from "../src/progress";
import { FakeModel } from "./fake";

export const STATE: ProgressState = {
  number: 1, title: "1,000 companies", about: "core · hosted · running", pace: "1.8 rows/s · about 5 min left (4 to 7)",
  group_id: "tgrp_9c", sending: true, unsent: 266, total: 1000, ended: 454, ended_words: "454 of 1,000 rows ended",
  counts: [["completed", 412, "412", "answered"], ["reused", 38, "38", "reused"], ["failed", 4, "4", "failed"],
    ["running", 80, "80", "running"], ["queued", 200, "200", "waiting"], ["unsent", 0, "0", "not sent"]],
  cost: "$10.40 of $24.05 at prices of 2026", newest: [["Maersk", "Vincent Clerc · 1904"]], failures: [["ZIM", "failed: the run timed out"]],
  more_failures: "and 3 more failed", message: "", announcement: "1,000 companies: running, 25 percent, some failed",
};

let el: HTMLElement;
beforeEach(() => {
  document.body.replaceChildren();
  el = document.createElement("div");
  document.body.append(el);
});

/** The state with another number of answered rows. */
const answered = (number: number, rows: number): ProgressState => ({ ...STATE, number, counts: [["completed", rows, String(rows), "answered"], ...STATE.counts.slice(1)] });
const words = (): string => (el.textContent ?? "").replace(/\s+/g, " ");
const button = (): HTMLButtonElement => el.querySelector("button")!;

describe("progress", () => {
  test("shows every count, rate, time, cost, failure and id", () => {
    render({ model: new FakeModel({ state: STATE }), el } as never);
    for (const fact of ["1,000 companies", "core · hosted", "412 answered", "38 reused", "80 running",
      "200 waiting", "4 failed", "1.8 rows/s", "about 5 min left (4 to 7)", "$10.40 of $24.05",
      "prices of 2026", "Maersk", "✕ failed: the run timed out", "and 3 more failed", "tgrp_9c"]) {
      expect(words()).toContain(fact);
    }
    const bar = el.querySelector("[role=progressbar]")!;
    expect([bar.getAttribute("aria-valuenow"), bar.getAttribute("aria-label")]).toEqual(["454", "454 of 1,000 rows ended"]);
    expect(bar.querySelector<HTMLElement>(".pnb-seg-completed")!.style.width).toBe("41.2%");
    expect(el.querySelector<HTMLElement>(".pnb-count-unsent")!.hidden).toBe(true); // a status without rows
  });

  test("a find has a button and a promise of its own", () => {
    const model = new FakeModel({ state: { ...STATE, unsent: 1, stop_label: "Stop and cancel", promise: "what was found is kept" } });
    render({ model, el } as never);
    expect(button().textContent).toBe("Stop and cancel");
    expect(words()).toContain("what was found is kept");
    button().click();
    expect(model.sent).toContainEqual({ kind: "stop" });
    expect(button().textContent).toBe("Stopping…");
  });

  test("the group's id gives the line that comes back to the job", async () => {
    const written = vi.fn(async () => undefined);
    vi.stubGlobal("navigator", { clipboard: { writeText: written } });
    render({ model: new FakeModel({ state: STATE }), el } as never);
    el.querySelector<HTMLElement>(".pnb-group")!.click();
    expect(written).toHaveBeenLastCalledWith("%parallel_attach tgrp_9c");
    await vi.waitFor(() => expect(el.querySelector(".pnb-back")!.textContent).toContain("copied"));
    el.replaceChildren();
    render({ model: new FakeModel({ state: { ...STATE, stoppable: false } }), el } as never); // no magics there
    el.querySelector<HTMLElement>(".pnb-group")!.click();
    expect(written).toHaveBeenLastCalledWith('pnb.attach("tgrp_9c")');
    vi.unstubAllGlobals();
  });

  test("asks for a snapshot when rendered, and ignores an older one", () => {
    const model = new FakeModel({ state: STATE });
    render({ model, el } as never);
    expect(model.sent).toEqual([{ kind: "hello" }]);
    model.set("state", answered(5, 500));
    model.message({ kind: "state", state: answered(4, 450) });
    expect(words()).toContain("500 answered");
  });

  test("the button sends stop once and says so", () => {
    const model = new FakeModel({ state: STATE });
    render({ model, el } as never);
    button().click();
    button().click();
    expect(model.sent.filter((m) => m.kind === "stop")).toHaveLength(1);
    expect(button().disabled).toBe(true);
    expect(button().textContent).toBe("Stopping…");
  });

  test("there is no button where nothing is left to stop", () => {
    render({ model: new FakeModel({ state: { ...STATE, unsent: 0 } }), el } as never);
    expect(button().hidden).toBe(true);
    expect(words()).toContain("every row has been sent");
  });

  test("there is no button where it would be heard too late, and another way is told", () => {
    render({ model: new FakeModel({ state: { ...STATE, stoppable: false } }), el } as never);
    expect(button().hidden).toBe(true);
    expect(words()).toContain("interrupt the cell to send no more");
  });

  test("screen readers are told of changes of the announcement alone", async () => {
    const model = new FakeModel({ state: STATE });
    render({ model, el } as never);
    const live = el.querySelector("[aria-live=polite]")!;
    expect(live.textContent).toBe(STATE.announcement);
    const changes = vi.fn();
    new MutationObserver(changes).observe(live, { childList: true, characterData: true, subtree: true });
    for (let rows = 413; rows <= 500; rows++) model.set("state", answered(rows, rows));
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(changes).not.toHaveBeenCalled();
    model.set("state", { ...STATE, number: 600, announcement: "1,000 companies: running, 50 percent" });
    expect(live.textContent).toBe("1,000 companies: running, 50 percent");
  });

  test("hostile text stays text", () => {
    const evil = "<img src=x onerror=alert(1)>\u202e\u0000</div><script>alert(1)</script>";
    render({
      model: new FakeModel({
        state: { ...STATE, title: evil, about: evil, pace: evil, group_id: evil, message: evil, cost: evil,
          ended_words: evil, counts: [[evil, 1, evil, evil]], newest: [[evil, evil]], failures: [[evil, evil]],
          more_failures: evil, announcement: evil },
      }),
      el,
    } as never);
    expect(el.querySelectorAll("img, script, [onerror]")).toHaveLength(0);
    expect(words()).toContain("<img src=x onerror=alert(1)>\ufffd\ufffd</div>");
  });

  test("nothing is heard after clean-up", () => {
    const model = new FakeModel({ state: STATE });
    const off = render({ model, el } as never);
    off();
    model.set("state", answered(9, 999));
    expect(words()).not.toContain("999 answered");
  });
});
