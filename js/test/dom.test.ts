import { expect, test } from "vitest";
import { h, harmless, isSafeUrl, link } from "../src/dom";
import { count } from "../src/count";

test("only http and https addresses with a host are safe", () => {
  expect(isSafeUrl("https://example.org/a?b=c#d")).toBe(true);
  for (const bad of ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "//example.org",
    "http://", "https:///x", "file:///etc/passwd", "https://a.org/\u202e", "https://a.org/ b",
    'https://a.org/"x', " https://a.org", "https:\\\\a.org", "vbscript:x", ""]) {
    expect(isSafeUrl(bad), bad).toBe(false);
  }
});

test("an address that does not lead where it seems to is not safe", () => {
  for (const bad of ["https://apple.com@evil.org/", "https://u:p@a.org/", "https://@a.org/",
    "https://\u0430pple.com/", "https://\u03bfpenai.com/", "https://\u0261oogle.com/",
    "https://micros\u0131ft.com/", "https://a.org%40b.org/", "https://a.org/\u200e"]) {
    expect(isSafeUrl(bad), bad).toBe(false);
  }
  for (const good of ["https://m\u00fcnchen.org/", "https://stra\u00dfe.org/", "http://[::1]:8000/",
    "https://a_b.org:8080/x?y=a@b.org", "https://a.org?x", "https://xn--pple-43d.com/"]) {
    expect(isSafeUrl(good), good).toBe(true);
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
