import { newObjectsBackend } from "./memory/backends.ts";
import { processMemory } from "./memory/process-memory.ts";
import { memoryDirectory } from "./memory-directory.ts";

/** A block of memory that is open here. */
export interface OpenBlock {
  readonly bytes: Uint8Array;
  close(): void;
}

/** Where blocks have their names: in this process, or in the operating system. */
export interface NamedBlocks {
  readonly reach: "thread" | "spawn";
  /** The longest name, in bytes of UTF-8. */
  readonly longestName: number;
  /** Makes a zeroed block; `undefined` when the name is taken. */
  create(name: string, bytes: number): OpenBlock | undefined;
  /** Opens a block; `undefined` when there is none of that name. */
  open(name: string): OpenBlock | undefined;
  /** Takes a name away. `false`: there is none. */
  unlink(name: string): boolean;
}

/** Where new names are: see `makeIn`. */
export function newNamedBlocks(): NamedBlocks {
  return newObjectsBackend().reach === "spawn" ? systemBlocks : threadBlocks;
}

/** Names of this process. */
const threadBlocks: NamedBlocks = {
  reach: "thread",
  longestName: 224,
  create: (name, bytes) => inDirectory(memoryDirectory().create(name, bytes)),
  open: (name) => inDirectory(memoryDirectory().open(name)),
  unlink: (name) => memoryDirectory().unlink(name),
};

function inDirectory(block: ReturnType<ReturnType<typeof memoryDirectory>["open"]>): OpenBlock | undefined {
  return (
    block && {
      bytes: new Uint8Array(memoryDirectory().memory.memory as SharedArrayBuffer, block.offset, block.size),
      close: () => memoryDirectory().close(block.entry),
    }
  );
}

/** Names of the operating system: every program that may reads and writes them, Python's too. */
const systemBlocks: NamedBlocks = {
  reach: "spawn",
  longestName: 240,
  create: (name, bytes) => mapped(native().createNamed(name, bytes)),
  open: (name) => mapped(native().openNamed(name)),
  unlink: (name) => native().unlinkNamed(name),
};

function native(): ReturnType<typeof processMemory> {
  return processMemory("SharedMemory", "(await Manager()).Array(), a Pipe or a Queue");
}

function mapped(memory: ArrayBuffer | undefined): OpenBlock | undefined {
  // The system gives it back when nobody looks at it any more.
  return memory && { bytes: new Uint8Array(memory), close: () => {} };
}
