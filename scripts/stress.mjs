/** `npx -y pnpm@12 stress [pattern]`: the tests named *stress*, in their long form. */
import { jestOptions, runNode, tools } from "./run.mjs";

const [pattern = "stress"] = process.argv.slice(2);
const built = await runNode([tools.tsc, "-b"]);
process.exitCode =
  built ||
  (await runNode(
    [...jestOptions, tools.jest, "--runInBand", "--testTimeout=600000", "--testPathPatterns", pattern],
    { env: { STRESS: "1" } },
  ));
