import { randomUUID } from "node:crypto";
import { pack } from "@concurrent-futures/callable";
import { SerializationError } from "@concurrent-futures/core";
import { byteSize } from "./byte-size.ts";
import { inProcessMemory, inSharedMemory } from "./shared-arrays.ts";

type Medium = "thread" | "spawn";

/** A pool that has sent a shared value to its workers. */
export interface SharedHolder {
  /** It will not be used by new calls. */
  disposed(content: SharedContent): void;
}

/** A value that is sent once to each worker: what the handle stands for, and what calls that use it hold on to. */
export class SharedContent {
  readonly id: string = randomUUID();
  /** About how much memory it takes. */
  readonly bytes: number;
  readonly holders: Set<SharedHolder> = new Set();
  disposed = false;
  // Plain data is a copy; instances are read when they are first packed.
  readonly #value: unknown;
  readonly #packed: Map<Medium, unknown> = new Map();
  // The memory of its large arrays, which workers that start later are to find.
  #forProcesses: unknown;

  constructor(value: unknown) {
    try {
      this.#value = inSharedMemory(value);
    } catch (error) {
      // The stack was too short for it: so it is for packing, which says where in the value.
      pack(value, undefined, "thread", "the shared value");
      throw error;
    }
    this.bytes = byteSize(value);
  }

  /**
   * The value in its travelling form.
   *
   * @throws SerializationError when it cannot be sent
   */
  packed(medium: Medium): unknown {
    if (!this.#packed.has(medium)) {
      if (medium === "spawn") this.#forProcesses = inProcessMemory(this.#value);
      const value = medium === "thread" ? this.#value : this.#forProcesses;
      this.#packed.set(medium, pack(value, undefined, medium, "the shared value"));
    }
    return this.#packed.get(medium);
  }

  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    for (const holder of [...this.holders]) holder.disposed(this);
  }
}

/** The shared values that are met while something is packed; undefined while nobody asks. */
let met: SharedContent[] | undefined;
const none: SharedContent[] = [];

/** Begins to note shared values; {@link endNoting} takes what this returns. */
export function beginNoting(): SharedContent[] | undefined {
  const before = met;
  met = none;
  return before;
}

/** The shared values that were met since. */
export function endNoting(before: SharedContent[] | undefined): readonly SharedContent[] | undefined {
  const found = met;
  met = before;
  return found === none ? undefined : found;
}

/** A shared value is sent with a call. @throws SerializationError where that is not a call of a pool */
export function noteShared(content: SharedContent, medium: Medium): void {
  if (met === undefined) {
    throw new SerializationError(
      "Cannot send a shared value here: only calls of pools can carry it to their workers. Send the value, or use shared memory.",
    );
  }
  content.packed(medium);
  if (met === none) met = [];
  met.push(content);
}
