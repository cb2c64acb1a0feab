import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Runs a program of the fixtures, and gives what it printed last, as JSON. */
export async function runFixture<T>(
  name: string,
  args: readonly string[] = [],
  options: {
    readonly node?: string;
    readonly flags?: readonly string[];
    readonly env?: Record<string, string>;
  } = {},
): Promise<T> {
  const file = fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
  const { stdout } = await run(options.node ?? process.execPath, [...(options.flags ?? []), file, ...args], {
    env: { ...process.env, ...options.env },
    timeout: 60_000,
    killSignal: "SIGKILL",
  });
  return JSON.parse(stdout.trim().split("\n").at(-1) as string) as T;
}
