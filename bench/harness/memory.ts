import { memoryUsage } from "node:process";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

let collect: (() => void) | undefined;

/** Collects all garbage now, without a command-line flag. */
export function collectGarbage(): void {
  if (collect === undefined) {
    setFlagsFromString("--expose-gc");
    collect = globalThis.gc ?? (runInNewContext("gc") as () => void);
  }
  collect();
}

/** Bytes that this thread holds after its garbage is gone: heap, and buffers outside of it. */
export function liveBytes(): number {
  collectGarbage();
  const { heapUsed, external } = memoryUsage();
  return heapUsed + external;
}
