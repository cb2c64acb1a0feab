/**
 * `npx -y pnpm@12 coverage`: which lines the tests of a package run, and an exit code of 1 below the figures of `least`. Node itself
 * counts, in the processes of the tests and in the workers, processes and commands that they start, and c8 puts the counts together.
 * What is killed cannot say what it ran. Names of packages as arguments measure these alone.
 */
import { readFileSync, rmSync } from "node:fs";
import { install } from "./install.mjs";
import { jestOptions, root, runNode, tools } from "./run.mjs";

/** Percent, by package. Raise a figure when the measured one has risen; never lower it. */
const least = {
  core: { lines: 90, branches: 90 },
  thread: { lines: 90, branches: 90 },
  testing: { lines: 90, branches: 90 },
  callable: { lines: 88, branches: 85 },
  process: { lines: 80, branches: 80 },
  multiprocessing: { lines: 80, branches: 80 },
  distributed: { lines: 80, branches: 80 },
  insights: { lines: 95, branches: 92 },
  opentelemetry: { lines: 95, branches: 85 },
};

const names = process.argv.slice(2);
const packages = names.length > 0 ? names : Object.keys(least);
const unknown = packages.filter((name) => least[name] === undefined);
if (unknown.length > 0) {
  console.error(`Not measured: ${unknown.join(", ")}. There are: ${Object.keys(least).join(", ")}.`);
  process.exit(2);
}

await install();
const folder = `${root}coverage`;
rmSync(folder, { recursive: true, force: true });
const built = (await runNode([tools.tsc, "-b"])) || (await runNode(["scripts/bundle.mjs"]));
const tests = packages.map((name) => `packages/${name}/test/`);
const env = { NODE_V8_COVERAGE: `${folder}/counts` };
const environment = "--testEnvironment=<rootDir>/scripts/coverage-environment.mjs";
const failed =
  built || (await runNode([...jestOptions, tools.jest, ...tests, environment, "--forceExit"], { env }));
const report = [
  "--temp-directory",
  env.NODE_V8_COVERAGE,
  "--reports-dir",
  folder,
  "--reporter",
  "json-summary",
];
// What Node runs is what was built; source maps lead from there to the sources.
for (const name of packages)
  report.push("--include", `packages/${name}/src/**`, "--include", `packages/${name}/dist/**/*.{js,cjs}`);
const unread = await runNode([tools.c8, "report", "--exclude", "packages/*/dist/in-bundle/**", ...report]);
const counted = unread ? {} : JSON.parse(readFileSync(`${folder}/coverage-summary.json`, "utf8"));
const below = packages.filter(isBelow);
process.exitCode = failed || unread || (below.length > 0 ? 1 : 0);

/** Prints what was measured of a package, and says whether it is too little. */
function isBelow(name) {
  const own = Object.keys(counted).filter((path) => path.startsWith(`${root}packages/${name}/src/`));
  const measured = Object.keys(least[name]).map((of) => {
    const sum = (which) => own.reduce((total, path) => total + counted[path][of][which], 0);
    return [of, (100 * sum("covered")) / Math.max(sum("total"), 1)];
  });
  const below = measured.filter(([of, percent]) => percent < least[name][of]);
  const texts = measured.map(
    ([of, percent]) => `${percent.toFixed(1)} % of ${of} (at least ${least[name][of]})`,
  );
  console.log(`${below.length > 0 ? "TOO LITTLE " : ""}${name}: ${texts.join(", ")}`);
  return below.length > 0;
}
