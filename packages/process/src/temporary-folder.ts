import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RuntimeError } from "@concurrent-futures/core";
import { requirePermission } from "./permissions.ts";

/** Where temporary files may be: the system's folder, or the memory that a container with a read-only disk still has. */
export function temporaryRoots(): string[] {
  return process.platform === "linux" ? [tmpdir(), "/dev/shm"] : [tmpdir()];
}

/**
 * Makes a folder that only this user can enter.
 *
 * @param what - what needs it, for the error
 * @param roots - where it may be, the best first
 * @throws RuntimeError when it cannot be made anywhere
 */
export function makeTemporaryFolder(
  prefix: string,
  what: string,
  roots: readonly string[] = temporaryRoots(),
): string {
  const causes: unknown[] = [];
  for (const root of roots) {
    try {
      return mkdtempSync(join(root, prefix));
    } catch (error) {
      causes.push(error);
    }
  }
  requirePermission("fs.write", `${what} cannot have a temporary file`, join(tmpdir(), "/"));
  throw new RuntimeError(
    `${what} needs a temporary file, and no folder can be made in ${temporaryRoots().join(" or ")} (${(causes[0] as Error).message}). ` +
      "Set TMPDIR to a folder that this user may write to.",
    { cause: causes[0] },
  );
}
