import { readSync } from "node:fs";
import type { Socket } from "node:net";
import { RuntimeError } from "@concurrent-futures/core";

/** How often a blocked thread reads a socket, in milliseconds: a socket cannot wake a thread that sleeps in `Atomics`. */
const pollInterval = 0.2;

const neverNotified: Int32Array = new Int32Array(new SharedArrayBuffer(4));

/** A piece of what a socket has received; `"nothing"` yet, or its `"end"`. */
export type ReadOutcome = Buffer | "nothing" | "end";

/**
 * Reads from a socket without the event loop, and without waiting.
 *
 * @returns `undefined` where that is not possible: on Windows, or when the socket has no descriptor any more.
 */
export function readFrom(socket: Socket): ReadOutcome | undefined {
  // Node has no documented way to the descriptor.
  const descriptor = (socket as unknown as { _handle?: { fd?: number } })._handle?.fd ?? -1;
  if (descriptor < 0) return undefined;
  const buffer = Buffer.allocUnsafe(65_536);
  try {
    const count = readSync(descriptor, buffer);
    return count === 0 ? "end" : buffer.subarray(0, count);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EAGAIN" ? "nothing" : "end";
  }
}

/** Blocks this thread until it should look again. */
export function waitPollInterval(): void {
  Atomics.wait(neverNotified, 0, 0, pollInterval);
}

/** Says that `method` would have to block where blocking stops what it waits for. */
export function cannotBlock(method: string): RuntimeError {
  return new RuntimeError(
    `Nothing has arrived, and on this platform a socket can be read only by the event loop, which ${method}Sync() would block. ` +
      `Use \`await connection.${method}()\`, or a Pipe() between threads.`,
  );
}
