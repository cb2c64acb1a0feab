/** `node scripts/pictures.mjs`: makes the pictures of the guide, in the browser that the tests use. Build first. */
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "./run.mjs";

const require = createRequire(join(root, "packages/insights/package.json"));
const { chromium } = require("playwright-core");
const { ProcessPoolExecutor } = await import(pathToFileURL(require.resolve("@concurrent-futures/process")));
const { Recorder } = await import(pathToFileURL(join(root, "packages/insights/dist/index.js")));

/** Works for about so many milliseconds; now and then a call fails. */
function render(milliseconds) {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
  if (milliseconds === 13) throw new RangeError("unlucky");
}

function encode(steps) {
  let sum = 0;
  for (let at = 0; at < steps; at++) sum += at;
  return sum;
}

const folder = await mkdtemp(join(tmpdir(), "pictures-"));
const report = join(folder, "report.html");
const pool = new ProcessPoolExecutor(4);
const recorder = new Recorder(pool, { report });
for await (const _ of pool
  .map(
    render,
    Array.from({ length: 120 }, (_, at) => 4 + ((at * 7) % 11)),
  )
  .settled());
await pool
  .map(
    encode,
    Array.from({ length: 40 }, (_, at) => 4e6 + at),
  )
  .toArray();
await pool.shutdown();
await recorder[Symbol.asyncDispose]();
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox"],
});
const page = await browser.newPage({ viewport: { width: 900, height: 760 } });
await page.goto(pathToFileURL(report).href);
await page.screenshot({ path: join(root, "docs/guide/report.png") });
await browser.close();
await rm(folder, { recursive: true });
