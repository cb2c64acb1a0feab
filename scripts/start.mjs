/** `npx -y pnpm@12 start [example ...]`: builds what the examples need, and runs them. */
import { bundlePackages } from "./bundle.mjs";
import { runNode, tools } from "./run.mjs";

const built = await runNode([tools.tsc, "-b", "docs/examples"]);
if (built === 0) await bundlePackages();
process.exitCode = built || (await runNode(["docs/examples/dist/main.js", ...process.argv.slice(2)]));
