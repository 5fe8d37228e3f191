import { afterEach, beforeEach, expect, test } from "vitest";
import { replaceAtEnd } from "../src/replace";
import { FakeModel } from "./fake";

const WIDGET = "application/vnd.jupyter.widget-view+json";
const BUNDLE = { "text/html": "<div>the end</div>", "text/plain": "the end\n  <b>5 rows</b>" };
const ENDED = { kind: "ended", model: "m1", bundle: BUNDLE };

let el: HTMLElement;
let cleanUp: () => void;
beforeEach(() => {
  el = document.createElement("div");
});
afterEach(() => cleanUp());

/** A model that leads to a notebook, as the manager of JupyterLab does. */
function within(outputs: object[]): FakeModel {
  const list = { length: outputs.length, get: (at: number) => outputs[at], set: (at: number, output: object) => (outputs[at] = output) };
  const cells = [{}, { outputs: list }];
  const model = new FakeModel({});
  Object.assign(model, { widget_manager: { context: { model: { cells: { length: 2, get: (n: number) => cells[n] } } } } });
  return model;
}

test("a page says that it shows the widget, and hears nothing more when it has left", () => {
  const model = new FakeModel({});
  cleanUp = replaceAtEnd(model as never, el);
  expect(model.sent).toEqual([{ kind: "hello" }]);
  cleanUp();
  model.message(ENDED);
  expect(el.textContent).toBe("");
});

test("the end takes the widget's place in the notebook, and no other's", () => {
  const other = { data: { [WIDGET]: { model_id: "m2" } } };
  const outputs: object[] = [{ data: { "text/plain": "x" } }, {}, other, { data: { [WIDGET]: { model_id: "m1" } } }];
  const model = within(outputs);
  cleanUp = replaceAtEnd(model as never, el);
  model.message(ENDED);
  expect(outputs[3]).toEqual({ output_type: "display_data", data: BUNDLE, metadata: {} });
  expect(outputs[2]).toBe(other);
  expect(el.textContent).toBe("");
});

test("a kernel that is restarted or dies leaves the replacement that the page has", () => {
  for (const status of ["restarting", "autorestarting", "dead"]) {
    const outputs: object[] = [{ data: { [WIDGET]: { model_id: "m1" } } }];
    const model = within(outputs);
    let tell: (kernel: unknown, status: string) => void = () => undefined;
    const statusChanged = { connect: (slot: typeof tell) => (tell = slot), disconnect: () => (tell = () => undefined) };
    Object.assign((model as never as { widget_manager: object }).widget_manager, { kernel: { statusChanged } });
    cleanUp = replaceAtEnd(model as never, el);
    tell(null, status); // nothing is known yet
    expect(outputs[0]).not.toHaveProperty("output_type");
    model.message({ ...ENDED, kind: "replacement" });
    tell(null, "busy");
    expect(outputs[0]).not.toHaveProperty("output_type");
    tell(null, status);
    expect(outputs[0]).toHaveProperty("data", BUNDLE);
    cleanUp();
  }
});

test("where the notebook is not at hand the end stands as text", () => {
  const model = new FakeModel({});
  cleanUp = replaceAtEnd(model as never, el);
  model.message(ENDED);
  expect(el.textContent).toBe(BUNDLE["text/plain"]);
  expect(el.querySelector("b")).toBeNull();
});
