import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { ArgumentTypeError, ValueError } from "@concurrent-futures/core";
import { checkInteger, checkOptions, describeValue } from "@concurrent-futures/core/options";
import { FileExistsError, FileNotFoundError } from "../errors.ts";
import { defineTransfer } from "../transfer.ts";
import {
  adoptDirectory,
  type Block,
  type DirectoryMemory,
  longestName,
  memoryDirectory,
} from "./memory-directory.ts";

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
  readonly #entry: number;
  #buffer: Uint8Array | undefined;

  /**
   * @throws ValueError for a size that is not positive, or without a name unless `create`; FileExistsError and
   * FileNotFoundError.
   */
  constructor(name?: string | SharedMemoryOptions, options?: SharedMemoryOptions) {
    const { create = false, size = 0, ...rest } = optionsOf(name, options);
    if (typeof size !== "number" || size < 0)
      throw new ValueError(`'size' must be a positive integer, got ${describeValue(size)}.`);
    const block = create ? made(rest.name, size) : found(rest.name);
    this.name = block.name;
    this.size = block.size;
    this.#entry = block.entry;
    this.#buffer = new Uint8Array(memoryDirectory().memory.memory, block.offset, block.size);
  }

  static {
    defineTransfer<SharedMemory, { name: string; directory: DirectoryMemory }>(SharedMemory, {
      module: import.meta.url,
      name: "SharedMemory",
      pack: (block) => ({ name: block.name, directory: memoryDirectory().memory }),
      unpack: ({ name, directory }) => {
        adoptDirectory(directory);
        return new SharedMemory(name);
      },
      alternatives: "a manager's Array() or Value(), whose proxies go everywhere",
    });
  }

  /** The bytes themselves; `null` after `close()`. */
  get buf(): Uint8Array | null {
    return this.#buffer ?? null;
  }

  /** Gives this handle back. The block stays, for others. A second time does nothing. */
  close(): void {
    if (this.#buffer === undefined) return;
    this.#buffer = undefined;
    memoryDirectory().close(this.#entry);
  }

  /**
   * Takes the name away. The memory goes when the last handle is closed.
   *
   * @throws FileNotFoundError when that was done before.
   */
  unlink(): void {
    if (!memoryDirectory().unlink(this.name)) throw notFound(this.name);
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

type NamedBlock = Block & { readonly name: string };

function made(name: string | undefined, size: number): NamedBlock {
  if (size === 0) throw new ValueError("'size' must be a positive number different from zero");
  const bytes = checkInteger("size", size);
  if (name !== undefined) {
    const block = memoryDirectory().create(checkName(name), bytes);
    if (block === undefined)
      throw new FileExistsError(`There is a shared memory block named ${name} already.`);
    return { ...block, name };
  }
  for (;;) {
    const random = `psm_${randomBytes(4).toString("hex")}`;
    const block = memoryDirectory().create(random, bytes);
    if (block !== undefined) return { ...block, name: random };
  }
}

function found(name: string | undefined): NamedBlock {
  if (name === undefined) throw new ValueError("'name' can only be omitted if `create` is true");
  const block = memoryDirectory().open(checkName(name));
  if (block === undefined) throw notFound(name);
  return { ...block, name };
}

function checkName(name: unknown): string {
  if (typeof name !== "string")
    throw new ArgumentTypeError(`Expected \`name\` to be a string, got ${describeValue(name)}.`);
  if (name.includes("\u0000"))
    throw new ValueError(`Expected a name without null characters, got ${describeValue(name)}.`);
  if (Buffer.byteLength(name) > longestName)
    throw new ValueError(`Expected a name of at most ${longestName} bytes.`);
  return name;
}

function notFound(name: string): FileNotFoundError {
  return new FileNotFoundError(
    `There is no shared memory block named ${name} in this process. Create it, or pass the SharedMemory itself.`,
  );
}
