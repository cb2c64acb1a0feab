import { Deadline } from "@concurrent-futures/core/deadline";
import type { Arena, SharedBuffer } from "@concurrent-futures/shared-memory/arena";
import { processMemory } from "./process-memory.ts";
import type { AsyncWait, MemoryHandle, Region, WaitBackend } from "./wait-backend.ts";

/** A block of an arena as a region, behind which it is noted who sleeps on which of its words. */
class ArenaRegion implements Region {
  readonly buffer: SharedBuffer;

  constructor(buffer: SharedBuffer) {
    this.buffer = buffer;
  }

  get handle(): MemoryHandle {
    return this.buffer;
  }

  get byteLength(): number {
    return regionBytes(this.buffer);
  }

  get maxByteLength(): number {
    return this.byteLength;
  }

  /** All of it is there; what was never touched takes no memory. */
  grow(): void {}
}

/** In larger regions lie items, and nobody sleeps on those. */
const sleptOnUpTo = 2 ** 22;
/** What one region may have of the arena: a thousandth. */
const largestShare = 1024;

function regionBytes({ byteLength }: SharedBuffer): number {
  return byteLength > 2 * sleptOnUpTo ? byteLength : byteLength / 2;
}

function sleepersIn(buffer: SharedBuffer): Int32Array {
  const bytes = regionBytes(buffer);
  return new Int32Array(
    buffer,
    bytes < buffer.byteLength ? bytes : 0,
    bytes < buffer.byteLength ? bytes >> 2 : 0,
  );
}

interface Sleepers {
  /** For each word: how many threads are blocked on it, or, negative, the one that awaits it. */
  readonly words: Int32Array;
  /** Where the region begins in the arena. */
  readonly offset: number;
}

/**
 * Memory that processes share: blocks of an arena, on which `Atomics` work, but not their waits. A blocked thread sleeps in
 * a futex; an event loop that awaits is woken by its bell. Waking costs a system call, so it is done only where somebody
 * has said to sleep: the sleeper says so before it looks at the word again, and who changes the word looks after that.
 */
class ProcessBackend implements WaitBackend {
  readonly reach = "spawn";
  readonly ownId: number;
  readonly handle: MemoryHandle;
  readonly #arena: Arena;
  readonly #Buffer: typeof SharedBuffer;
  readonly #sleepers = new WeakMap<ArrayBufferLike, Sleepers>();
  readonly #listeners = new Set<() => void>();
  #exitsTold = 0;

  constructor(arena: Arena, Buffer: typeof SharedBuffer) {
    this.#arena = arena;
    this.#Buffer = Buffer;
    this.ownId = arena.members.self;
    // Any block leads to the arena.
    this.handle = Buffer.allocate(8, arena);
  }

  allocate(bytes: number, maxBytes: number = bytes): Region {
    const most = Math.max(bytes, Math.min(maxBytes, this.#arena.file.bytes / largestShare));
    const whole = Math.ceil(most / 8) * 8;
    const room = whole > sleptOnUpTo ? whole : 2 * whole;
    return this.attach(this.#Buffer.allocate(room, this.#arena, maxBytes > bytes));
  }

  allocateBuffer(bytes: number): MemoryHandle {
    return bytes === 0 ? new ArrayBuffer(0) : this.#Buffer.allocate(bytes, this.#arena);
  }

  attach(handle: MemoryHandle): Region {
    const buffer = handle as SharedBuffer;
    if (!this.#sleepers.has(buffer)) {
      const { offset } = placeIn(this.#Buffer, buffer).block;
      this.#sleepers.set(buffer, { words: sleepersIn(buffer), offset });
    }
    return new ArenaRegion(buffer);
  }

  wait(words: Int32Array, index: number, value: number, timeout: number): "ok" | "not-equal" | "timed-out" {
    const sleepers = this.#sleepersOf(words);
    addBlocked(sleepers.words, index);
    try {
      if (Atomics.load(words, index) !== value) return "not-equal";
      this.#arena.sleep(sleepers.offset + 4 * index, value, timeout);
      return Atomics.load(words, index) === value ? "timed-out" : "ok";
    } finally {
      removeBlocked(sleepers.words, index);
    }
  }

  waitAsync(words: Int32Array, index: number, value: number, timeout: number): AsyncWait {
    const sleepers = this.#sleepersOf(words).words;
    Atomics.store(sleepers, index, -this.ownId);
    const hasChanged = (): boolean => {
      this.#tellExits();
      return Atomics.load(words, index) !== value;
    };
    if (hasChanged()) {
      Atomics.store(sleepers, index, 0);
      return { async: false, value: "not-equal" };
    }
    const waiting = this.#arena.bell.wait(hasChanged);
    const stopTimer = new Deadline(timeout).whenPassed(waiting.stop);
    return {
      async: true,
      value: waiting.ended.then(() => {
        stopTimer();
        Atomics.store(sleepers, index, 0);
        return Atomics.load(words, index) === value ? "timed-out" : "ok";
      }),
    };
  }

  notify(words: Int32Array, index: number, count: number): void {
    const sleepers = this.#sleepersOf(words);
    const sleeper = Atomics.load(sleepers.words, index);
    if (sleeper > 0) this.#arena.wake(sleepers.offset + 4 * index, count);
    else if (sleeper < 0) this.#arena.bell.ring(-sleeper);
  }

  nameOf(id: number): string {
    const { pid, thread } = this.#arena.members.describe(id);
    return pid === thread ? `process ${pid}` : `thread ${thread} of process ${pid}`;
  }

  hasExited(id: number): boolean {
    return this.#arena.members.hasExited(id);
  }

  exitCount(): number {
    return this.#arena.members.deaths;
  }

  pollExits(): void {
    this.#arena.pollExits();
  }

  onExit(listener: () => void): () => void {
    if (this.#listeners.size === 0) this.#exitsTold = this.exitCount();
    // The same function may wait several times.
    const entry = (): void => listener();
    this.#listeners.add(entry);
    return () => this.#listeners.delete(entry);
  }

  /** Called whenever this thread looks around, which it does while anything is awaited here. */
  #tellExits(): void {
    const exits = this.exitCount();
    if (exits === this.#exitsTold) return;
    this.#exitsTold = exits;
    for (const listener of [...this.#listeners]) listener();
  }

  #sleepersOf(words: Int32Array): Sleepers {
    return this.#sleepers.get(words.buffer) as Sleepers;
  }
}

/** The remains of a thread that died while it awaited are not a count. */
function addBlocked(sleepers: Int32Array, index: number): void {
  for (;;) {
    const now = Atomics.load(sleepers, index);
    if (Atomics.compareExchange(sleepers, index, now, Math.max(now, 0) + 1) === now) return;
  }
}

function removeBlocked(sleepers: Int32Array, index: number): void {
  for (;;) {
    const now = Atomics.load(sleepers, index);
    if (now <= 0 || Atomics.compareExchange(sleepers, index, now, now - 1) === now) return;
  }
}

const backends = new WeakMap<Arena, ProcessBackend>();

/** The backend of this program's own locks, or of those that came with a handle. @throws SerializationError */
export function processBackend(handle?: MemoryHandle): WaitBackend {
  const { Arena, SharedBuffer } = processMemory("A lock or queue", "a manager's");
  const arena = handle === undefined ? Arena.own() : placeIn(SharedBuffer, handle).arena;
  let backend = backends.get(arena);
  if (backend === undefined) {
    backend = new ProcessBackend(arena, SharedBuffer);
    backends.set(arena, backend);
  }
  return backend;
}

type Place = NonNullable<ReturnType<(typeof SharedBuffer)["placeOf"]>>;

function placeIn(Buffer: typeof SharedBuffer, handle: MemoryHandle): Place {
  const place = Buffer.placeOf(handle);
  if (place === undefined) throw new TypeError("This memory is not shared by processes.");
  return place;
}
