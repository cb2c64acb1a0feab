import { randomBytes } from "node:crypto";
import { dirname, join } from "node:path";
import { keepTemporaryFolder, removeTemporaryFolder } from "@concurrent-futures/process/workers";
import type { Address } from "./address.ts";

/** A new address that only this user can reach: a Unix socket in a folder of its own (0700), or a named pipe. */
export function temporaryAddress(): string {
  if (process.platform === "win32")
    return `\\\\.\\pipe\\concurrent-futures-${randomBytes(16).toString("hex")}`;
  return join(keepTemporaryFolder("The server of a manager"), "s");
}

/** Removes what {@link temporaryAddress} made. */
export function removeTemporary(address: Address): void {
  if (typeof address !== "string" || process.platform === "win32") return;
  removeTemporaryFolder(dirname(address));
}
