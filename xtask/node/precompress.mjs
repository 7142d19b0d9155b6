// Writes a .br and a .gz beside every file of a site: node precompress.mjs <site>
// Highest quality: it is done once per build and saves on every first visit.
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const [site] = process.argv.slice(2);
if (!site) throw new Error("usage: node precompress.mjs <site>");

function brotli(content) {
  return brotliCompressSync(content, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
    },
  });
}

for (const name of readdirSync(site, { recursive: true })) {
  const file = join(site, name);
  if (!statSync(file).isFile() || /\.(br|gz)$/.test(name)) continue;
  const content = readFileSync(file);
  writeFileSync(`${file}.br`, brotli(content));
  writeFileSync(`${file}.gz`, gzipSync(content, { level: 9 }));
}
