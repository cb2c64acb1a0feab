import { ArgumentTypeError, ValueError } from "@concurrent-futures/core";
import { describeValue } from "@concurrent-futures/core/options";

/** Where a listener or manager is: `[host, port]` for TCP; a path for a Unix socket or, on Windows, a named pipe. */
export type Address = readonly [host: string, port: number] | string;

/** Refuses what is not an address, or none of this platform. @throws ArgumentTypeError, ValueError */
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

/** An address as the key of a map, and in messages. */
export function addressText(address: Address): string {
  return typeof address === "string" ? address : `${address[0]}:${address[1]}`;
}

/** Whether a host stands for all of a machine's own: to listen at, not to connect to. */
export function isEveryInterface(host: string): boolean {
  return host === "" || host === "0.0.0.0" || host === "::";
}
