import { expect, test } from "vitest";
import { h, harmless, isSafeUrl, link } from "../src/dom";
import { count } from "../src/words";

test("only http and https addresses with a host are safe", () => {
  expect(isSafeUrl("https://example.org/a?b=c#d")).toBe(true);
  for (const bad of ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "//example.org",
    "http://", "https:///x", "file:///etc/passwd", "https://a.org/\u202e", "https://a.org/ b",
    'https://a.org/"x', " https://a.org", "https:\\\\a.org", "vbscript:x", ""]) {
    expect(isSafeUrl(bad), bad).toBe(false);
  }
});

test("an unsafe address becomes text, not a link", () => {
  expect(link("javascript:alert(1)", "click").tagName).toBe("SPAN");
  expect(link("https://a.org/x", "").textContent).toBe("https://a.org/x");
});

test("controls, overrides and lone surrogates are shown as replacement characters", () => {
  expect(harmless("a\u0000b\u202ec\ud800d\u2066e")).toBe("a\ufffdb\ufffdc\ufffdd\ufffde");
  expect(harmless("é 漢 👍🏽 עברית")).toBe("é 漢 👍🏽 עברית");
});

test("elements take no handler, no style, no foreign tag", () => {
  expect(() => h("div", { onclick: "x" })).toThrow();
  expect(() => h("div", { style: "x" })).toThrow();
  expect(() => h("script" as never)).toThrow();
  expect(h("a", { href: "javascript:1" }, "x").hasAttribute("href")).toBe(false);
});

test("counts that only the page knows read as in the static outputs", () => {
  expect([count(0), count(412), count(1_234_567)]).toEqual(["0", "412", "1,234,567"]);
});
