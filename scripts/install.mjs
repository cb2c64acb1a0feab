/** Installs what a script of this repository needs; by itself all of it. With everything in place it takes about a second. */
import { fileURLToPath } from "node:url";
import { runNode, runProgram } from "./run.mjs";

/** Runs `pnpm install` with these arguments, by the pnpm that runs the script; exits when it fails. */
export async function install(...args) {
  // The script was not started by pnpm: whoever did so has installed.
  const pnpm = process.env.npm_execpath;
  if (pnpm === undefined) return;
  const command = ["install", "--frozen-lockfile", "--prefer-offline", "--reporter=append-only", ...args];
  const code = /\.[cm]?js$/.test(pnpm) ? await runNode([pnpm, ...command]) : await runProgram(pnpm, command);
  if (code !== 0) process.exit(code);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await install();
