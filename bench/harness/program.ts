import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { pythonVersion } from "../peers/python.ts";
import { type Contestant, type Kind, Skipped } from "./case.ts";
import { contestant } from "./contestants.ts";

const runProgram = promisify(execFile);

/** Runs a program from its start to its end; the number that it prints must be the same for all. */
export function program(
  name: string,
  kind: Kind,
  settings: string,
  command: string,
  args: readonly string[],
): Contestant {
  return contestant(name, kind, settings, async () => {
    if (kind === "python" && pythonVersion() === "not found") throw new Skipped("python3 was not found");
    return {
      async measure() {
        const start = performance.now();
        const { stdout } = await runProgram(command, args);
        return { cost: performance.now() - start, checksum: Number(stdout) };
      },
      close: async () => {},
    };
  });
}
