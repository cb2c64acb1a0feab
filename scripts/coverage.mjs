/**
 * `npx -y pnpm@12 coverage`: which lines the tests of a package run in the process of the tests, and an exit code of 1 below the
 * figures of `least`. Code that runs in workers, in their processes and in commands is not seen: Jest measures its own process.
 * Names of packages as arguments measure these alone.
 */
import { readFileSync } from "node:fs";
import { install } from "./install.mjs";
import { jestOptions, root, runNode, tools } from "./run.mjs";

/** Percent, by package. Raise a figure when the measured one has risen; never lower it. */
const least = {
  core: { lines: 90, branches: 90 },
  thread: { lines: 90, branches: 90 },
  testing: { lines: 90, branches: 90 },
  callable: { lines: 88, branches: 85 },
  insights: { lines: 95, branches: 92 },
};
/** Runs outside of the process of the tests. */
const elsewhere = /\/src\/(worker|command|run)\//;

const names = process.argv.slice(2);
const packages = names.length > 0 ? names : Object.keys(least);
const unknown = packages.filter((name) => least[name] === undefined);
if (unknown.length > 0) {
  console.error(`Not measured: ${unknown.join(", ")}. There are: ${Object.keys(least).join(", ")}.`);
  process.exit(2);
}

await install();
const built = await runNode([tools.tsc, "-b"]);
const tests = packages.map((name) => `packages/${name}/test/`);
const coverage = [
  "--coverage",
  "--coverageProvider=v8",
  "--coverageDirectory=coverage",
  "--coverageReporters=json-summary",
  `--collectCoverageFrom=packages/{${packages},}/dist/bundle/**/*.js`,
  // It is not bundled.
  "--collectCoverageFrom=packages/testing/dist/*.js",
];
const failed = built || (await runNode([...jestOptions, tools.jest, ...tests, ...coverage, "--forceExit"]));
process.exitCode = failed || (packages.filter(isBelow).length > 0 ? 1 : 0);

/** Whether it is a source of this package, or what was built of one: source maps lead from one to the other. */
function isOwn(name, path) {
  const [, rest = ""] = path.split(`/packages/${name}/`);
  return /^(src|dist)\//.test(rest) && !/^dist\/(in-)?bundle\//.test(rest) && !elsewhere.test(path);
}

/** Prints what was measured of a package, and says whether it is too little. */
function isBelow(name) {
  const files = Object.entries(JSON.parse(readFileSync(`${root}coverage/coverage-summary.json`, "utf8")));
  const own = files.filter(([path]) => isOwn(name, path));
  const measured = Object.keys(least[name]).map((of) => {
    const sum = (which) => own.reduce((total, [, counts]) => total + counts[of][which], 0);
    return [of, (100 * sum("covered")) / Math.max(sum("total"), 1)];
  });
  const below = measured.filter(([of, percent]) => percent < least[name][of]);
  const texts = measured.map(
    ([of, percent]) => `${percent.toFixed(1)} % of ${of} (at least ${least[name][of]})`,
  );
  console.log(`${below.length > 0 ? "TOO LITTLE " : ""}${name}: ${texts.join(", ")}`);
  return below.length > 0;
}
