import { closeSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker, type WorkerOptions } from "node:worker_threads";
import { requireOwnFiles } from "@concurrent-futures/callable";
import { workerProgram } from "@concurrent-futures/core/keys";
import { keepTemporaryFolder, removeTemporaryFolder } from "../kept-folder.ts";
import { requirePermission } from "../permissions.ts";
import { requireNode } from "../supported-runtime.ts";

/**
 * How workers are started from a file of ours; or without one, from text, where a bundler has put the library into a
 * program: its URLs lead to no files then (`scripts/bundle.mjs`).
 */

/** The program that runs what the module at this URL does. */
function textOf(entry: URL): string {
  const program = (globalThis as { [workerProgram]?: () => string })[workerProgram];
  return `(${program?.()})(${JSON.stringify(entry.href)});`;
}

/**
 * The URL of a module of ours, which cannot even be made in some bundles.
 *
 * @throws RuntimeError in a bundle that was made without what workers start with.
 */
export function ownEntry(make: () => URL): URL {
  requireNode("A worker");
  requireOwnFiles();
  return make();
}

/** Whether a module of ours is in the program itself, and has no file. */
export function isInBundle(entry: URL): boolean {
  return entry.protocol !== "file:";
}

/** A thread that runs a module of ours. */
export function startOwnThread(entry: URL, options: WorkerOptions): Worker {
  requirePermission("worker", "A worker thread may not be started");
  return isInBundle(entry)
    ? new Worker(textOf(entry), { ...options, eval: true })
    : new Worker(entry, options);
}

/**
 * Starts a process that runs a module of ours.
 *
 * @param start - is given the arguments that name the module, and the process's standard input
 */
export function startOwnProcess<T>(entry: URL, start: (args: string[], stdin: "ignore" | number) => T): T {
  requirePermission("child", "A worker process may not be started");
  // It inherits the permissions, and has a thread that looks after this process.
  requirePermission("worker", "A worker process may not be started");
  if (!isInBundle(entry)) return start([fileURLToPath(entry)], "ignore");
  const text = openText(textOf(entry));
  try {
    // Node reads the program from its standard input, all of it, before it runs it.
    return start(["-"], text);
  } finally {
    closeSync(text);
  }
}

/** A file that goes with its last descriptor. Not a pipe: this thread may block before it could write all of it. */
function openText(text: string): number {
  const folder = keepTemporaryFolder("A worker process");
  try {
    const file = join(folder, "program");
    writeFileSync(file, text);
    return openSync(file, "r");
  } finally {
    removeTemporaryFolder(folder);
  }
}
