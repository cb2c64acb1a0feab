import { Buffer } from "node:buffer";
import { types } from "node:util";
import { getEnvironmentData, setEnvironmentData } from "node:worker_threads";
import { memoryDirectory as environmentKey } from "@concurrent-futures/core/keys";
import { OSError } from "../errors.ts";
import { growableMemory, SharedRegion } from "./memory/growable.ts";
import { threadBackend } from "./memory/thread-backend.ts";
import { WaitQueue, type WaitQueueMemory } from "./memory/wait-queue.ts";

/**
 * The named blocks of this process: one growable piece of shared memory, in which a block is a range, and a directory
 * at its beginning. Threads get it by Node's environment data when they start, or with the first block that is sent
 * to them; so a name is found at once, without asking anybody.
 *
 * An entry of the directory: eight words (state, offset, size, open handles, length of the name), then the name.
 */
export interface DirectoryMemory {
  readonly gate: WaitQueueMemory;
  readonly memory: SharedArrayBuffer;
}

/** Where a block is. */
export interface Block {
  readonly entry: number;
  readonly offset: number;
  readonly size: number;
}

const entries = 1024;
const entryBytes = 256;
const nameFrom = 32;
/** Bytes of a name, in UTF-8. */
const longestName = entryBytes - nameFrom;
const blocksFrom = entries * entryBytes;
const largest = 2 ** 32;
const page = 4096;

// States of an entry.
const unused = 0;
const named = 1;
/** Its name is gone; its memory is free when nobody has it open any more. */
const unlinked = 2;

// Words of an entry.
const state = 0;
const offset = 1;
const size = 2;
const handles = 3;
const nameLength = 4;

let directory: MemoryDirectory | undefined;

/** The directory of this process. */
export function memoryDirectory(): MemoryDirectory {
  if (directory === undefined) {
    const inherited = getEnvironmentData(environmentKey) as Partial<DirectoryMemory> | undefined;
    const isOne = types.isSharedArrayBuffer(inherited?.memory);
    adoptDirectory(isOne ? (inherited as DirectoryMemory) : newMemory());
  }
  return directory!;
}

/** Takes the directory that came with a block, if this thread has none. */
export function adoptDirectory(memory: DirectoryMemory): MemoryDirectory {
  if (directory === undefined) {
    directory = new MemoryDirectory(memory);
    setEnvironmentData(environmentKey, memory as never);
  }
  return directory;
}

function newMemory(): DirectoryMemory {
  const gate = WaitQueue.create(0, 0, threadBackend()).memory;
  for (let most = largest; ; most /= 4) {
    try {
      return { gate, memory: growableMemory(blocksFrom, most) };
    } catch (error) {
      // Where address space is limited, less will do.
      if (most < 2 ** 24) throw error;
    }
  }
}

/** See the head of the file. */
export class MemoryDirectory {
  readonly memory: DirectoryMemory;
  readonly #gate: WaitQueue;
  readonly #words: Uint32Array;
  readonly #names: Buffer;

  constructor(memory: DirectoryMemory) {
    this.memory = memory;
    this.#gate = WaitQueue.attach(memory.gate);
    this.#words = new Uint32Array(memory.memory, 0, blocksFrom / 4);
    this.#names = Buffer.from(memory.memory as unknown as ArrayBuffer, 0, blocksFrom);
  }

  /** Opens the block of a name; `undefined` when there is none. */
  open(name: string): Block | undefined {
    return this.#gate.withGate(() => {
      const entry = this.#find(name);
      return entry < 0 ? undefined : this.#opened(entry);
    });
  }

  /** Makes a zeroed block; `undefined` when the name is taken. */
  create(name: string, bytes: number): Block | undefined {
    return this.#gate.withGate(() => {
      if (this.#find(name) >= 0) return undefined;
      const room = Math.ceil(bytes / page) * page;
      const entry = this.#unusedEntry();
      const at = this.#place(room);
      new Uint8Array(this.memory.memory, at, room).fill(0);
      this.#set(entry, offset, at);
      this.#set(entry, size, bytes);
      this.#set(entry, handles, 0);
      this.#set(entry, nameLength, this.#names.write(name, entry * entryBytes + nameFrom, longestName));
      this.#set(entry, state, named);
      return this.#opened(entry);
    });
  }

  /** One handle less; the memory of an unlinked block without handles is free. */
  close(entry: number): void {
    this.#gate.withGate(() => {
      const left = this.#get(entry, handles) - 1;
      this.#set(entry, handles, Math.max(0, left));
      if (left <= 0 && this.#get(entry, state) === unlinked) this.#set(entry, state, unused);
    });
  }

  /** Takes the name away. `false`: there is no block of that name. */
  unlink(name: string): boolean {
    return this.#gate.withGate(() => {
      const entry = this.#find(name);
      if (entry < 0) return false;
      this.#set(entry, state, this.#get(entry, handles) === 0 ? unused : unlinked);
      return true;
    });
  }

  #opened(entry: number): Block {
    this.#set(entry, handles, this.#get(entry, handles) + 1);
    return { entry, offset: this.#get(entry, offset), size: this.#get(entry, size) };
  }

  #find(name: string): number {
    for (let entry = 0; entry < entries; entry++) {
      if (this.#get(entry, state) !== named) continue;
      const from = entry * entryBytes + nameFrom;
      if (this.#names.toString("utf8", from, from + this.#get(entry, nameLength)) === name) return entry;
    }
    return -1;
  }

  #unusedEntry(): number {
    for (let entry = 0; entry < entries; entry++) if (this.#get(entry, state) === unused) return entry;
    throw new OSError(
      `There are ${entries} shared memory blocks already: unlink() and close() those that are not needed.`,
    );
  }

  /** The first gap between the blocks, or behind them. */
  #place(room: number): number {
    const taken = [];
    for (let entry = 0; entry < entries; entry++) {
      if (this.#get(entry, state) === unused) continue;
      const from = this.#get(entry, offset);
      taken.push({ from, to: from + Math.ceil(this.#get(entry, size) / page) * page });
    }
    let at = blocksFrom;
    for (const { from, to } of taken.sort((a, b) => a.from - b.from)) {
      if (from - at >= room) return at;
      at = Math.max(at, to);
    }
    const region = new SharedRegion(this.memory.memory);
    if (at + room > region.maxByteLength) {
      throw new OSError(
        `No room for ${room} bytes: shared memory by name has ${region.maxByteLength} bytes in all.`,
      );
    }
    region.grow(at + room);
    return at;
  }

  #get(entry: number, field: number): number {
    return this.#words[(entry * entryBytes) / 4 + field] as number;
  }

  #set(entry: number, field: number, value: number): void {
    this.#words[(entry * entryBytes) / 4 + field] = value;
  }
}
