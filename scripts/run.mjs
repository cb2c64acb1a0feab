/** What the scripts share: running a tool of this repository, seen by whoever runs the script. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The repository's root folder. */
export const root = fileURLToPath(new URL("..", import.meta.url));

/** The tools, by their own files: no shell, and nothing that must be on the PATH. */
export const tools = {
  tsc: "node_modules/typescript/bin/tsc",
  biome: "node_modules/@biomejs/biome/bin/biome",
  jest: "node_modules/jest/bin/jest.js",
  c8: "node_modules/c8/bin/c8.js",
  knip: "node_modules/knip/bin/knip.js",
};

/** Node's options for Jest with ES modules. */
export const jestOptions = ["--experimental-vm-modules", "--disable-warning=ExperimentalWarning"];

/**
 * Runs a Node program in the root folder, with its output shown. Resolves with its exit code; a signal counts as 1.
 * A program that has not ended after `limit` milliseconds is killed: a test that blocks its thread stops the clock of
 * its own runner, and nothing else would end it.
 */
export function runNode(args, { node = process.execPath, ...options } = {}) {
  return runProgram(node, args, options);
}

/** Runs any program, as `runNode` does. */
export function runProgram(program, args, { env = {}, limit } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: root, stdio: "inherit", env: { ...process.env, ...env } });
    const timer = limit === undefined ? undefined : setTimeout(() => kill(child, limit), limit);
    child.on("error", reject);
    child.on("exit", (code) => {
      clearTimeout(timer);
      resolve(code ?? 1);
    });
  });
}

function kill(child, limit) {
  console.error(`Not done after ${limit / 60_000} minutes: killed.`);
  child.kill("SIGKILL");
}
