import { expect, test } from "vitest";
import { cut, h, harmless, hostOf, isSafeUrl, link } from "../src/dom";
import { confidenceWords, duration, money, rateWords, timeLeft } from "../src/words";

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

test("a host is shown in its wire form", () => {
  expect(hostOf("https://www.example.org/x")).toBe("example.org");
  expect(hostOf("https://ex\u0430mple.org/x")).toMatch(/^xn--/);
  expect(hostOf("nonsense")).toBe("");
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

test("numbers read as in the static twins", () => {
  expect(money(1234.5)).toBe("$1,234.50");
  expect(money(0.005)).toBe("$0.005");
  expect([duration(0.2), duration(45), duration(300), duration(5400)]).toEqual(["1 s", "45 s", "5 min", "1.5 h"]);
  expect(timeLeft([240, 300, 420])).toBe("about 5 min left (4 to 7)");
  expect(timeLeft(null)).toBe("");
  expect([rateWords(1.8), rateWords(120.4), rateWords(0.05), rateWords(0)]).toEqual(["1.8 rows/s", "120 rows/s", "3.0 rows/min", ""]);
  expect([confidenceWords("low"), confidenceWords("odd"), confidenceWords(null)]).toEqual(["◔ low", "odd", ""]);
  expect(cut("abcdef", 4)).toBe("abc…");
});
