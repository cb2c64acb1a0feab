/**
 * `npx -y pnpm@12 test`: builds, checks types, lints, runs every test, and checks that generated pages are up to date.
 * The last line counts the tests; a step that failed counts as one failed test. Any failure makes the exit code 1.
 * With `--static`, as `pnpm check` calls it, no tests run, and the pages that are written from their results are left alone.
 */
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { install } from "./install.mjs";
import { jestOptions, root, runNode, tools } from "./run.mjs";

process.chdir(root);
await install();

const withTests = !process.argv.includes("--static");
const results = "node_modules/.cache/jest-results.json";
const times = [];
let failedSteps = 0;

// What an earlier run has counted is not this one's.
if (withTests) rmSync(results, { force: true });
const built = await step("build", [tools.tsc, "-b"]);
if (built) {
  for (const project of typeProjects()) await step(`types of ${project}`, [tools.tsc, "-b", project]);
  await step("lint", [tools.biome, "check", "--diagnostic-level=warn", "."]);
  await step("unused files, exports and dependencies", [tools.knip, "--no-config-hints"]);
  if (withTests)
    await step("tests", [...jestOptions, tools.jest, "--json", `--outputFile=${results}`], { counted: true });
  for (const script of generators()) await step(`${script} is up to date`, [`scripts/${script}`, "--check"]);
}

console.log(`\n${times.join("\n")}\n`);
const { passed, failed, skipped } = countTests();
const allFailed = failed + failedSteps;
if (allFailed > 0) process.exitCode = 1;
if (!withTests)
  console.log("No tests were run: name those of your change, as `npx -y pnpm@12 jest packages/core`.");
console.log(`${passed} passed, ${allFailed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);

/** Runs one step and notes its time. The failures of a counted one are in Jest's own results. */
async function step(name, args, { counted = false } = {}) {
  console.log(`\n> ${name}`);
  const start = performance.now();
  const code = await runNode(args, { limit: 25 * 60_000 });
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  times.push(`${seconds.padStart(7)} s  ${name}${code === 0 ? "" : "  FAILED"}`);
  if (code === 0) return true;
  process.exitCode = 1;
  if (!(counted && existsSync(results))) failedSteps++;
  return false;
}

/** The projects that nothing builds: examples, benchmarks, tests and type tests. */
function typeProjects() {
  const members = readdirSync("packages").map((name) => `packages/${name}/test-types`);
  return ["docs/examples", "bench", "tsconfig.tests.json", ...members].filter((path) =>
    existsSync(path.endsWith(".json") ? path : `${path}/tsconfig.json`),
  );
}

/** Scripts that generate a page and can say whether it is up to date. */
function generators() {
  const fromTests = withTests ? ["conformance.mjs", "faults.mjs"] : [];
  return ["api.mjs", "lifecycle.mjs", ...fromTests].filter((name) => existsSync(`scripts/${name}`));
}

/** What Jest counted. A test file that could not even be loaded counts as one failed test. */
function countTests() {
  if (!withTests || !existsSync(results)) return { passed: 0, failed: 0, skipped: 0 };
  const told = JSON.parse(readFileSync(results, "utf8"));
  return {
    passed: told.numPassedTests,
    failed: told.numFailedTests + told.numRuntimeErrorTestSuites,
    skipped: told.numPendingTests + told.numTodoTests,
  };
}
