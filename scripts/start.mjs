/**
 * `npx -y pnpm@12 start [example ...]`: installs and builds what the examples need, and runs them. It fetches nothing else:
 * no test runner, no other Node, no browser.
 */
import { existsSync } from "node:fs";
import { install } from "./install.mjs";
import { root, runNode, tools } from "./run.mjs";

console.log(
  "This builds the library and runs its examples: pools, processes, managers, and a program like Python's for each.",
);
// A part would take the rest away from who has all of it: jest, the linter, and the tools of the site.
const hasAll = existsSync(`${root}${tools.jest}`);
await install(...(hasAll ? [] : ["--prod", "--filter", ".", "--filter", "@concurrent-futures/docs..."]));
const built = await runNode([tools.tsc, "-b", "docs/examples"]);
if (built === 0) await (await import("./bundle.mjs")).bundlePackages();
process.exitCode = built || (await runNode(["docs/examples/dist/main.js", ...process.argv.slice(2)]));
if (process.exitCode === 0) {
  console.log(
    "Where to go on: README.md, the guide in docs/guide, and `npx -y pnpm@12 site --open` to read both with a search.",
  );
}
