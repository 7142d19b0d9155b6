// Compiles a style sheet: node style.mjs <in.scss> <out.css> <browsers>
// Sass resolves the partials, Lightning CSS minifies and lowers what the named browsers lack:
// the same two programs, in the same order, as cargo-leptos.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { transform } from "lightningcss";
import { compile } from "sass";

const [input, output, browsers] = process.argv.slice(2);
if (!browsers) throw new Error("usage: node style.mjs <in.scss> <out.css> <browsers>");

/** "chrome 120, safari 17.2" as Lightning CSS wants it: one byte each for major, minor and patch. */
function targets(query) {
  return Object.fromEntries(
    query.split(",").map((item) => {
      const match = /^\s*([a-z_]+) (\d+)(?:\.(\d+))?\s*$/.exec(item);
      if (!match) throw new Error(`browserquery: "${item}" is not "<browser> <version>"`);
      const [, browser, major, minor = "0"] = match;
      return [browser, (Number(major) << 16) | (Number(minor) << 8)];
    }),
  );
}

const { css } = compile(input);
const { code, warnings } = transform({
  filename: input,
  code: Buffer.from(`${css}\n`),
  minify: true,
  targets: targets(browsers),
});
for (const warning of warnings) {
  console.error(`${input}: ${warning.message} (line ${warning.loc.line} of the compiled sheet)`);
}
mkdirSync(dirname(output), { recursive: true });
writeFileSync(output, code);
