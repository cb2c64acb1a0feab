import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ArgumentTypeError, ValueError } from "@concurrent-futures/core";
import { describeValue } from "@concurrent-futures/core/options";

/** Where a listener or manager is: `[host, port]` for TCP; a path for a Unix socket or, on Windows, a named pipe. */
export type Address = readonly [host: string, port: number] | string;

/** Refuses what is no address, or none of this platform. @throws ArgumentTypeError, ValueError */
export function checkAddress(address: unknown): Address {
  if (typeof address === "string" && address !== "") {
    const isPipe = address.startsWith("\\\\");
    if (isPipe !== (process.platform === "win32")) {
      throw new ValueError(
        `Family ${isPipe ? "AF_PIPE" : "AF_UNIX"} is not recognized on this platform: ${describeValue(address)}.`,
      );
    }
    return address;
  }
  if (Array.isArray(address) && address.length === 2 && typeof address[0] === "string") {
    const port: unknown = address[1];
    if (typeof port === "number" && Number.isInteger(port) && port >= 0 && port < 65536) {
      return [address[0], port];
    }
    throw new ValueError(`Expected a port from 0 to 65535 in the address, got ${describeValue(port)}.`);
  }
  throw new ArgumentTypeError(`Expected an address, [host, port] or a path, got ${describeValue(address)}.`);
}

/** A new address that only this user can reach: a Unix socket in a folder of its own (0700), or a named pipe. */
export function temporaryAddress(): string {
  if (process.platform === "win32")
    return `\\\\.\\pipe\\concurrent-futures-${randomBytes(16).toString("hex")}`;
  return join(mkdtempSync(join(tmpdir(), "cf-")), "s");
}

/** Removes what {@link temporaryAddress} made. */
export function removeTemporary(address: Address): void {
  if (typeof address === "string" && process.platform !== "win32") {
    rmSync(dirname(address), { recursive: true, force: true });
  }
}

/** An address as the key of a map, and in messages. */
export function addressText(address: Address): string {
  return typeof address === "string" ? address : `${address[0]}:${address[1]}`;
}
