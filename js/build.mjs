// Builds the assets: one ES module and one stylesheet a widget, into the Python package; with
// --watch again after each change of a source.
import { readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, context } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "..", "parallel_nb", "display", "static");
const LIMIT = 30_000; // bytes: every instance of a widget carries its assets to the page

const names = readdirSync(join(here, "src"))
  .filter((name) => name.endsWith(".entry.ts"))
  .map((name) => name.slice(0, -".entry.ts".length));

const options = {
  entryPoints: names.flatMap((name) => [
    { in: join(here, "src", `${name}.entry.ts`), out: name },
    { in: join(here, "src", `${name}.css`), out: name },
  ]),
  outdir: out,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  charset: "ascii", // reads the same whatever a front end takes the file for
  logLevel: "warning",
};

if (process.argv.includes("--watch")) {
  await (await context({ ...options, logLevel: "info" })).watch();
} else {
  await build(options);
  checkSizes();
}

function checkSizes() {
  for (const name of names) {
    for (const kind of ["js", "css"]) {
      const size = statSync(join(out, `${name}.${kind}`)).size;
      console.log(`${name}.${kind} ${size} bytes`);
      if (size > LIMIT) throw new Error(`${name}.${kind} is over ${LIMIT} bytes`);
    }
  }
}
