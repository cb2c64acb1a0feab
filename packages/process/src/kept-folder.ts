import { readdirSync, readlinkSync, rmSync } from "node:fs";
import { join } from "node:path";
import { isMainThread } from "node:worker_threads";
import { makeTemporaryFolder, temporaryRoots } from "./temporary-folder.ts";

/** The folders of this process: `cf-<process id>-<what its id is valid in>-<random>`. */
const prefix = (): string => `cf-${process.pid}-${pidNamespace()}-`;

/** Those of this thread. */
const own = new Set<string>();
let prepared = false;

/**
 * Makes a folder that only this user can enter, for as long as it is not removed and this thread lives.
 *
 * @param what - what needs it, for the error
 * @param roots - where it may be, the best first
 * @throws RuntimeError when it cannot be made anywhere
 */
export function keepTemporaryFolder(what: string, roots?: readonly string[]): string {
  prepare();
  const folder = makeTemporaryFolder(prefix(), what, roots);
  own.add(folder);
  return folder;
}

/** Removes a folder that {@link keepTemporaryFolder} made. */
export function removeTemporaryFolder(folder: string): void {
  own.delete(folder);
  remove(folder);
}

/** What is left goes when this thread ends, or its process, or else when the next program starts here. */
function prepare(): void {
  if (prepared) return;
  prepared = true;
  const mine = prefix();
  process.once("exit", () => {
    for (const folder of isMainThread ? folders((name) => name.startsWith(mine)) : own) remove(folder);
  });
  for (const folder of folders(isLeftBehind)) remove(folder);
}

function folders(isWanted: (name: string) => boolean): string[] {
  return temporaryRoots().flatMap((root) => {
    try {
      return readdirSync(root)
        .filter(isWanted)
        .map((name) => join(root, name));
    } catch {
      return [];
    }
  });
}

/** Whether the process that made a folder is gone: told only of processes that would be seen from here. */
function isLeftBehind(name: string): boolean {
  const [, pid, namespace] = /^cf-(\d+)-(\d+)-\w+$/.exec(name) ?? [];
  if (pid === undefined || namespace !== pidNamespace()) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

/** Containers can share a folder for temporary files, and have process ids of their own. */
function pidNamespace(): string {
  try {
    return /\d+/.exec(readlinkSync("/proc/self/ns/pid"))?.[0] ?? "0";
  } catch {
    return "0";
  }
}

function remove(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    // Another user's, or removed at the same time.
  }
}
