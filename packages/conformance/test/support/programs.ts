import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** What a program did. */
export interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly output: string;
  readonly errors: string;
}

/** Runs a program of fixtures/programs by itself, to see that it ends and what it prints. */
export function runProgram(name: string, ...args: readonly string[]): Promise<Ended> {
  const path = fileURLToPath(new URL(`../fixtures/programs/${name}.mjs`, import.meta.url));
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [path, ...args], { stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    let errors = "";
    child.stdout.on("data", (data: Buffer) => {
      output += data;
    });
    child.stderr.on("data", (data: Buffer) => {
      errors += data;
    });
    // biome-ignore lint/style/noRestrictedGlobals: a limit for a program that hangs.
    const deadline = setTimeout(() => child.kill("SIGKILL"), 12_000);
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearTimeout(deadline);
      resolve({ code, signal, output, errors });
    });
  });
}
