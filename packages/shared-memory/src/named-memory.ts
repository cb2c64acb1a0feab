import { closeSync, constants, fstatSync, ftruncateSync, openSync, unlinkSync } from "node:fs";
import { Arena } from "./arena/arena.ts";
import { namesFolder } from "./arena/names.ts";
import { checkWhole, unavailable } from "./errors.ts";
import { dressed, MappedBuffer } from "./mapped-buffer.ts";
import { largestView, loadLibc, mapFile, unmap, viewMemory } from "./native/libc.ts";

/**
 * Blocks with a name, which every program of the machine can open: files in the system's folder for shared memory, where
 * Python's are as well. Unlike an arena, such a file can be shrunk by any process that has it open, which then ends those that read
 * beyond its end.
 */

/** Unmaps what nobody looks at any more. */
const collected = new FinalizationRegistry<bigint>(unmap);

/** Makes a block; `undefined` when the name is taken. @throws SharedMemoryError, TypeError, RangeError */
export function createNamed(name: string, bytes: number): ArrayBuffer | undefined {
  const size = checkWhole("bytes", bytes, 1, largestView);
  loadLibc();
  const descriptor = open(name, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL);
  if (descriptor === undefined) return undefined;
  try {
    ftruncateSync(descriptor, size);
    Arena.own().names.add(bareName(name));
    return mapped(descriptor, size);
  } finally {
    closeSync(descriptor);
  }
}

/** The memory of a block; `undefined` when there is none of that name. */
export function openNamed(name: string): ArrayBuffer | undefined {
  loadLibc();
  const descriptor = open(name, constants.O_RDWR);
  if (descriptor === undefined) return undefined;
  try {
    return mapped(descriptor, checkWhole("size", fstatSync(descriptor).size, 1, largestView));
  } finally {
    closeSync(descriptor);
  }
}

/** Takes a name away; the memory stays for those who have it open. `false`: there is none. */
export function unlinkNamed(name: string): boolean {
  try {
    unlinkSync(pathOf(name));
    Arena.forgetName(bareName(name));
    return true;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return false;
    throw error;
  }
}

function mapped(descriptor: number, bytes: number): ArrayBuffer {
  const address = mapFile(descriptor, bytes);
  if (address === 0n)
    throw unavailable(`there is no room for ${bytes} bytes of addresses: raise the limit (ulimit -v).`);
  const memory = dressed(viewMemory(address, bytes), MappedBuffer);
  collected.register(memory, address);
  return memory;
}

function open(name: string, flags: number): number | undefined {
  try {
    return openSync(pathOf(name), flags | constants.O_NOFOLLOW, 0o600);
  } catch (error) {
    const code = codeOf(error);
    if (code === (flags & constants.O_CREAT ? "EEXIST" : "ENOENT")) return undefined;
    throw error;
  }
}

/** As for Python, a leading slash says nothing. */
function bareName(name: string): string {
  return name.replace(/^\/+/, "");
}

function pathOf(name: string): string {
  const bare = bareName(name);
  if (bare === "" || bare === "." || bare === ".." || /[/\0]/.test(bare)) {
    throw Object.assign(
      new TypeError(`Expected a name without slashes and null characters, got ${JSON.stringify(name)}.`),
      {
        code: "ERR_INVALID_ARG_VALUE",
      },
    );
  }
  return namesFolder + bare;
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
