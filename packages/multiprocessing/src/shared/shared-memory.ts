import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { ValueError } from "@concurrent-futures/core";
import { checkInteger, checkOptions, checkString, describeValue } from "@concurrent-futures/core/options";
import { FileExistsError, FileNotFoundError } from "../errors.ts";
import { defineTransfer } from "../transfer.ts";
import { makeIn } from "./memory/backends.ts";
import { processBackend } from "./memory/process-backend.ts";
import { threadBackend } from "./memory/thread-backend.ts";
import { adoptDirectory, type DirectoryMemory, memoryDirectory } from "./memory-directory.ts";
import { type NamedBlocks, newNamedBlocks, type OpenBlock } from "./named-blocks.ts";

/** Options of `SharedMemory`. */
export interface SharedMemoryOptions {
  /** The name of the block. @default a new one, when `create` is true */
  readonly name?: string | undefined;
  /** Makes a new block instead of opening one that exists. @default false */
  readonly create?: boolean | undefined;
  /** Bytes of a new block. */
  readonly size?: number | undefined;
}

/**
 * A block of memory with a name, for all threads of this process (Python: `shared_memory.SharedMemory`, which reaches
 * other processes as well: JavaScript has no memory that does).
 *
 * @example
 * ```ts
 * const block = new SharedMemory({ create: true, size: 1024 });
 * // in another thread
 * const same = new SharedMemory(block.name);
 * ```
 */
export class SharedMemory implements Disposable {
  /** The name under which others find it. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly #blocks: NamedBlocks;
  #block: OpenBlock | undefined;

  /**
   * @throws ValueError for a size that is not positive, or without a name unless `create`; FileExistsError and
   * FileNotFoundError.
   */
  constructor(name?: string | SharedMemoryOptions, options?: SharedMemoryOptions) {
    const blocks = newNamedBlocks();
    const { create = false, size = 0, ...rest } = optionsOf(name, options);
    if (typeof size !== "number" || size < 0)
      throw new ValueError(`'size' must be a positive integer, got ${describeValue(size)}.`);
    const block = create ? made(blocks, rest.name, size) : found(blocks, rest.name);
    this.name = block.name;
    this.size = block.open.bytes.length;
    this.#blocks = blocks;
    this.#block = block.open;
  }

  static {
    defineTransfer<SharedMemory, { name: string; directory: DirectoryMemory | undefined }>(SharedMemory, {
      module: import.meta.url,
      name: "SharedMemory",
      pack: (block) => ({
        name: block.name,
        directory: block.#blocks.reach === "thread" ? memoryDirectory().memory : undefined,
      }),
      unpack: ({ name, directory }) => {
        if (directory !== undefined) adoptDirectory(directory);
        const backend = directory === undefined ? processBackend() : threadBackend();
        return makeIn(backend, () => new SharedMemory(name));
      },
      alternatives: "a manager's Array() or Value(), whose proxies can be sent anywhere",
    });
  }

  /** The bytes themselves; `null` after `close()`. */
  get buf(): Uint8Array | null {
    return this.#block?.bytes ?? null;
  }

  /** Gives this handle back. The block stays, for others. A second time does nothing. */
  close(): void {
    this.#block?.close();
    this.#block = undefined;
  }

  /**
   * Takes the name away. The memory goes when the last handle is closed.
   *
   * @throws FileNotFoundError when that was done before.
   */
  unlink(): void {
    if (!this.#blocks.unlink(this.name)) throw notFound(this.#blocks, this.name);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function optionsOf(name: unknown, options: SharedMemoryOptions | undefined): SharedMemoryOptions {
  if (typeof name === "string" || name === undefined) {
    checkOptions("options", options, ["name", "create", "size"]);
    return { ...options, ...(name !== undefined && { name }) };
  }
  checkOptions("options", name, ["name", "create", "size"]);
  return name as SharedMemoryOptions;
}

interface NamedBlock {
  readonly name: string;
  readonly open: OpenBlock;
}

function made(blocks: NamedBlocks, name: string | undefined, size: number): NamedBlock {
  if (size === 0) throw new ValueError("'size' must be a positive number different from zero");
  const bytes = checkInteger("size", size);
  if (name !== undefined) {
    const open = blocks.create(checkName(blocks, name), bytes);
    if (open === undefined)
      throw new FileExistsError(`There is a shared memory block named ${name} already.`);
    return { open, name };
  }
  for (;;) {
    const random = `psm_${randomBytes(4).toString("hex")}`;
    const open = blocks.create(random, bytes);
    if (open !== undefined) return { open, name: random };
  }
}

function found(blocks: NamedBlocks, name: string | undefined): NamedBlock {
  if (name === undefined) throw new ValueError("'name' can only be omitted if `create` is true");
  const open = blocks.open(checkName(blocks, name));
  if (open === undefined) throw notFound(blocks, name);
  return { open, name };
}

function checkName({ reach, longestName }: NamedBlocks, name: unknown): string {
  checkString("name", name);
  if (name.includes("\u0000"))
    throw new ValueError(`Expected a name without null characters, got ${describeValue(name)}.`);
  if (reach === "spawn" && /^\/*(\.{0,2}$|.*\/)/.test(name))
    throw new ValueError(`Expected a name without slashes, got ${describeValue(name)}.`);
  if (Buffer.byteLength(name) > longestName)
    throw new ValueError(`Expected a name of at most ${longestName} bytes.`);
  return name;
}

function notFound({ reach }: NamedBlocks, name: string): FileNotFoundError {
  const where = reach === "thread" ? "in this process" : "on this machine";
  return new FileNotFoundError(
    `There is no shared memory block named ${name} ${where}. Create it, or pass the SharedMemory itself.`,
  );
}
