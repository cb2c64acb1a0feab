import { createRequire } from "node:module";

/** From this number of bytes on: below it, a copy in the message costs less than a block of shared memory with its holders. */
const largeFrom = 2 ** 20;

type Allocate = (bytes: number) => ArrayBuffer;
let found: Allocate | "none" | undefined;

/** From the optional package `@concurrent-futures/shared-memory`; a bundle cannot have it, since it is native code. */
function find(): Allocate | "none" {
  if (process.env.CONCURRENT_FUTURES_SHARED_MEMORY === "off") return "none";
  if (!import.meta.url.startsWith("file:")) return "none";
  try {
    const { Arena, SharedBuffer } = createRequire(import.meta.url)(
      "@concurrent-futures/shared-memory/arena",
    ) as typeof import("@concurrent-futures/shared-memory/arena");
    // Only when it has made some is it known to work here.
    Arena.own();
    return (bytes) => SharedBuffer.allocate(bytes);
  } catch {
    return "none";
  }
}

/** Memory that processes share, for a large array of this number of bytes; undefined for a small one, or where there is none. */
export function memoryForLarge(bytes: number): ArrayBuffer | undefined {
  if (bytes < largeFrom) return undefined;
  found ??= find();
  if (found === "none") return undefined;
  try {
    return found(bytes);
  } catch {
    // There is no room for it: it goes as a copy.
    return undefined;
  }
}
