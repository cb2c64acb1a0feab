import { randomBytes } from "node:crypto";
import { readdirSync, readlinkSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { isMainThread } from "node:worker_threads";
import { makeTemporaryFolder, temporaryRoots } from "@concurrent-futures/process/workers";
import type { Address } from "./address.ts";

/** The folders of this process: `cf-<process id>-<what its id is valid in>-<random>`. */
const prefix = `cf-${process.pid}-${pidNamespace()}-`;

/** Those that this thread has made. */
const own = new Set<string>();
let prepared = false;

/** A new address that only this user can reach: a Unix socket in a folder of its own (0700), or a named pipe. */
export function temporaryAddress(): string {
  if (process.platform === "win32")
    return `\\\\.\\pipe\\concurrent-futures-${randomBytes(16).toString("hex")}`;
  prepare();
  const folder = makeTemporaryFolder(prefix, "The server of a manager");
  own.add(folder);
  return join(folder, "s");
}

/** Removes what {@link temporaryAddress} made. */
export function removeTemporary(address: Address): void {
  if (typeof address !== "string" || process.platform === "win32") return;
  own.delete(dirname(address));
  remove(dirname(address));
}

/** What is left goes when this thread ends, or its process, or else when the next program starts here. */
function prepare(): void {
  if (prepared) return;
  prepared = true;
  process.once("exit", () => {
    for (const folder of isMainThread ? folders((name) => name.startsWith(prefix)) : own) remove(folder);
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
