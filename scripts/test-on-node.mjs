/**
 * `node scripts/test-on-node.mjs 24 [jest arguments]`: builds, and runs the tests with another major version of Node.
 * The versions are optional dependencies of packages/nodes; they exist for Linux on x64 only.
 */
import { dirname } from "node:path";
import { nodeOf } from "../packages/nodes/nodes.mjs";
import { jestOptions, runNode, tools } from "./run.mjs";

const [major, ...rest] = process.argv.slice(2);
if (!/^\d+$/.test(major ?? "")) {
  console.error("Usage: node scripts/test-on-node.mjs <major version of Node> [jest arguments]");
  process.exit(2);
}

const built = await runNode([tools.tsc, "-b"]);
if (built !== 0) process.exit(built);
const node = otherNode(major);
// Child processes that start "node" by name find this one too.
const env = { PATH: `${dirname(node)}:${process.env.PATH}` };
process.exitCode = await runNode([...jestOptions, tools.jest, ...rest], { node, env });

function otherNode(version) {
  const found = nodeOf(version);
  if (found !== undefined) return found;
  console.error(
    `Node ${version} is not installed: it is not among the optional dependencies of packages/nodes, or not for this system.`,
  );
  process.exit(2);
}
