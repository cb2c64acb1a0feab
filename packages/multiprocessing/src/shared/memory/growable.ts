/** What the language has (ES2024) and the type library of ES2023 does not know yet. */

type AsyncWait =
  | { readonly async: false; readonly value: "not-equal" | "timed-out" }
  | { readonly async: true; readonly value: Promise<"ok" | "timed-out"> };

/** `Atomics.waitAsync`: as `Atomics.wait`, without blocking. It does not keep the process alive. */
export const waitAsync: (view: Int32Array, index: number, value: number, timeout?: number) => AsyncWait = (
  Atomics as unknown as {
    waitAsync: (view: Int32Array, index: number, value: number, timeout?: number) => AsyncWait;
  }
).waitAsync;

interface Growable {
  readonly maxByteLength: number;
  grow(bytes: number): void;
}

/** Shared memory that can grow in place up to `maxBytes`, for all threads at once. Only address space is reserved. */
export function growableMemory(bytes: number, maxBytes: number): SharedArrayBuffer {
  const Memory = SharedArrayBuffer as unknown as new (
    bytes: number,
    options: { readonly maxByteLength: number },
  ) => SharedArrayBuffer;
  return new Memory(bytes, { maxByteLength: maxBytes });
}

/** Up to how many bytes {@link grow} can go. */
export function maxBytesOf(memory: SharedArrayBuffer): number {
  return (memory as unknown as Growable).maxByteLength;
}

/** Makes growable memory at least so large. */
export function grow(memory: SharedArrayBuffer, bytes: number): void {
  if (memory.byteLength < bytes) (memory as unknown as Growable).grow(bytes);
}
