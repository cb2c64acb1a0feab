/**
 * `node scripts/test-on-node.mjs 24 [jest arguments]`: builds, and runs the tests with another major version of Node.
 * The versions are development dependencies of packages/callable; they exist for Linux on x64 only.
 */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { jestOptions, root, runNode, tools } from "./run.mjs";

const [major, ...rest] = process.argv.slice(2);
if (!/^\d+$/.test(major ?? "")) {
  console.error("Usage: node scripts/test-on-node.mjs <major version of Node> [jest arguments]");
  process.exit(2);
}

const built = await runNode([tools.tsc, "-b"]);
if (built !== 0) process.exit(built);
const node = major === process.versions.node.split(".")[0] ? process.execPath : otherNode(major);
// Child processes that start "node" by name find this one too.
const env = { PATH: `${dirname(node)}:${process.env.PATH}` };
process.exitCode = await runNode([...jestOptions, tools.jest, ...rest], { node, env });

function otherNode(version) {
  const require = createRequire(join(root, "packages/callable/package.json"));
  try {
    return join(dirname(require.resolve(`node${version}/package.json`)), "bin/node");
  } catch {
    console.error(`Node ${version} is not among the development dependencies of packages/callable.`);
    process.exit(2);
  }
}
