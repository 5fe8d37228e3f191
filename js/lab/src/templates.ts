// The texts of the cells that the palette, the menu and the panel make, each with what to write there.

/** Words of Python that no variable can be called. */
const KEYWORDS = new Set(
  "and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield".split(" "),
);

/** What `%config ParallelNB` and the options of the magics are set to in new cells. */
export interface Defaults {
  processor: string;
  maxCost: number | null;
  isStatic: boolean;
}

export type Template = "connect" | "question" | "table" | "find";

/** The cells of a template. Words in capitals are for the person to replace. */
export function cellsOf(template: Template, defaults: Defaults): string[] {
  const cost = defaults.maxCost === null ? "" : ` --max-cost ${defaults.maxCost}`;
  const processor = ` --processor ${defaults.processor}`;
  switch (template) {
    case "connect":
      return [connectCell(defaults)];
    case "question":
      return [
        `%%parallel_task${processor}${cost} --into answer\nWrite the question here, in plain words.\n---\nvalue: str? - What the answer is, in a few words`,
      ];
    case "table":
      return [
        `# A table of things to ask about, a row each. A DataFrame of your own will do: name it behind --over.\nimport pandas as pd\n\nthings = pd.DataFrame({"name": ["FIRST THING", "SECOND THING"]})`,
        `%%parallel_task --over things${processor}${cost} --into answers --dry-run\nWrite the question here; {{name}} stands for the value of a row. Without --dry-run it is asked.\n---\nvalue: str? - What to find out of each row`,
      ];
    case "find":
      return [
        `%%parallel_find --limit 10${cost} --into found --dry-run\nWrite here what to find, in plain words. Without --dry-run it is looked for.\n---\ncondition: What is true of each that you want`,
      ];
  }
}

function connectCell(defaults: Defaults): string {
  const lines = ["%load_ext parallel_nb"];
  if (defaults.maxCost !== null) lines.push(`%config ParallelNB.max_cost = ${defaults.maxCost}`);
  if (defaults.isStatic) lines.push("%config ParallelNB.static = True");
  lines.push(
    "# The web, if an API key is found (PARALLEL_API_KEY); else the sample documents on this machine.",
    "# A folder of your own: %parallel_connect embedded --documents FOLDER",
    "%parallel_connect",
  );
  return lines.join("\n");
}

/** The cell that takes up a job, bound to a name made of its title. */
export function attachCell(id: string, title: string): string {
  const plain = title.toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "").replace(/[^a-z0-9_]+/g, "_");
  const name = plain.replace(/^[_\d]+/, "").slice(0, 30).replace(/_+$/, "") || "answers";
  return `%parallel_attach ${id} --into ${KEYWORDS.has(name) ? `${name}_` : name}`;
}
