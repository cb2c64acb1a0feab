import type { Region } from "./wait-backend.ts";

/** What `SharedArrayBuffer` has (ES2024) and the type library of ES2023 does not know yet. */
interface Growable extends SharedArrayBuffer {
  readonly maxByteLength: number;
  grow(bytes: number): undefined;
}

/** Shared memory that can grow in place up to `maxBytes`, for all threads at once. Only address space is reserved. */
export function growableMemory(bytes: number, maxBytes: number): SharedArrayBuffer {
  const Memory = SharedArrayBuffer as unknown as new (
    bytes: number,
    options: { readonly maxByteLength: number },
  ) => SharedArrayBuffer;
  return new Memory(bytes, { maxByteLength: maxBytes });
}

/** A `SharedArrayBuffer` as a region. */
export class SharedRegion implements Region {
  readonly buffer: SharedArrayBuffer;

  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer;
  }

  get handle(): SharedArrayBuffer {
    return this.buffer;
  }

  get byteLength(): number {
    return this.buffer.byteLength;
  }

  get maxByteLength(): number {
    return (this.buffer as Growable).maxByteLength;
  }

  grow(bytes: number): void {
    if (this.byteLength < bytes) (this.buffer as Growable).grow(bytes);
  }
}
