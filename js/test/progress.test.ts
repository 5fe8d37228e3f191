import { beforeEach, describe, expect, test, vi } from "vitest";
import { type ProgressState, render } from "../src/progress";
import { FakeModel } from "./fake";

export const STATE: ProgressState = {
  number: 1, title: "1,000 companies", processor: "core", connection: "hosted", group_id: "tgrp_9c",
  state: "running", total: 1000, reused: 38, unsent: 266, queued: 200, running: 80, completed: 412,
  failed: 4, rate: 1.8, eta: [240, 300, 420], cost_so_far: 10.4, cost_total: 24.05, priced: true, prices_as_of: "2026",
  newest: [{ label: "Maersk", text: "Vincent Clerc · 1904", status: "completed" }],
  failures: [{ label: "ZIM", text: "the run timed out", status: "failed" }],
  more_failures: 3, message: "",
};

let el: HTMLElement;
beforeEach(() => {
  document.body.replaceChildren();
  el = document.createElement("div");
  document.body.append(el);
});

const words = (): string => (el.textContent ?? "").replace(/\s+/g, " ");
const button = (): HTMLButtonElement => el.querySelector("button")!;

describe("progress", () => {
  test("says every count, rate, time, cost, failure and id in words", () => {
    render({ model: new FakeModel({ state: STATE }), el } as never);
    for (const fact of ["1,000 companies", "core · hosted", "412 answered", "38 reused", "80 running",
      "200 waiting", "266 not sent", "4 failed", "1.8 rows/s", "about 5 min left (4 to 7)", "$10.40 of $24.05",
      "prices of 2026", "Maersk", "✕ failed: the run timed out", "and 3 more failed", "tgrp_9c"]) {
      expect(words()).toContain(fact);
    }
    expect(el.querySelector("[role=progressbar]")!.getAttribute("aria-valuenow")).toBe("454");
  });

  test("a price that is not known is no price of nothing", () => {
    render({ model: new FakeModel({ state: { ...STATE, processor: "newer", cost_so_far: 0, cost_total: 0, priced: false } }), el } as never);
    expect(words()).toContain("the price of newer is not known");
    expect(words()).not.toContain("$");
  });

  test("what costs nothing says so in a word", () => {
    render({ model: new FakeModel({ state: { ...STATE, cost_so_far: 0, cost_total: 0 } }), el } as never);
    expect(el.querySelector(".pnb-counts .pnb-right")!.textContent).toBe("$0.00");
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
    model.set("state", { ...STATE, number: 5, completed: 500 });
    model.message({ kind: "state", state: { ...STATE, number: 4, completed: 450 } });
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

  test("screen readers are told at quarters and changes of state alone", () => {
    const model = new FakeModel({ state: STATE });
    render({ model, el } as never);
    const live = el.querySelector("[aria-live=polite]")!;
    const said = new Set<string>();
    for (let done = 0; done <= 960; done += 1) {
      model.set("state", { ...STATE, number: 2 + done, completed: done, unsent: 958 - done });
      said.add(live.textContent!);
    }
    expect(said.size).toBeLessThanOrEqual(5);
  });

  test("hostile text stays text", () => {
    const evil = "<img src=x onerror=alert(1)>\u202e\u0000</div><script>alert(1)</script>";
    render({
      model: new FakeModel({
        state: { ...STATE, title: evil, connection: evil, processor: evil, group_id: evil, message: evil,
          state: evil, prices_as_of: evil, newest: [{ label: evil, text: evil, status: evil }],
          failures: [{ label: evil, text: evil, status: evil }] },
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
    model.set("state", { ...STATE, number: 9, completed: 999 });
    expect(words()).not.toContain("999 answered");
  });
});
