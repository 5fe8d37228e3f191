import { expect, test } from "vitest";
import { attachCell } from "../lab/src/templates";

test.each([
  ["Slow ships", "slow_ships"],
  ["Z\u00fcrich: fermi\u00e8res", "zurich_fermieres"],
  ["2026, the year", "the_year"],
  ["Import", "import_"],
  ["\ud55c\uad6d", "answers"],
  ["", "answers"],
  ["A title of many words that is cut _ here", "a_title_of_many_words_that_is"],
])("a job called %j is attached under the name %s, which Python takes", (title, name) => {
  expect(attachCell("tgrp_1", title)).toBe(`%parallel_attach tgrp_1 --into ${name}`);
});
