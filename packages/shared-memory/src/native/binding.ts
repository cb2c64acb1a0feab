import { createRequire } from "node:module";
import { markAsUntransferable } from "node:worker_threads";
import { unavailable } from "../errors.ts";

/** Argument and result types, by the names that both libraries know. */
type Type = "int32" | "uint32" | "int64" | "uint64" | "string" | "buffer";

type Name =
  | "memfd_create"
  | "ftruncate"
  | "fallocate"
  | "open"
  | "pipe2"
  | "mmap"
  | "munmap"
  | "fcntl"
  | "syscall";

/** The C functions that are called, as 64-bit Linux has them: result, then arguments. */
const signatures: Readonly<Record<Name, readonly [Type, ...Type[]]>> = {
  memfd_create: ["int32", "string", "uint32"],
  ftruncate: ["int32", "int32", "int64"],
  fallocate: ["int32", "int32", "int32", "int64", "int64"],
  open: ["int32", "string", "int32", "int32"],
  pipe2: ["int32", "buffer", "int32"],
  mmap: ["uint64", "uint64", "uint64", "int32", "int32", "int32", "int64"],
  munmap: ["int32", "uint64", "uint64"],
  fcntl: ["int32", "int32", "int32", "buffer"],
  syscall: ["int64", "int64", "uint64", "int64", "int64", "buffer"],
};

type Argument = number | bigint | string | Uint8Array;

/** The C functions, unchecked: only `libc.ts` calls them. */
export type Functions = Readonly<Record<Name, (...args: Argument[]) => number | bigint>>;

/** A library that calls C functions. */
export interface Binding {
  readonly functions: Functions;
  /** An ArrayBuffer over memory, which nobody frees. */
  view(address: bigint, bytes: number): ArrayBuffer;
}

/**
 * Loads the library: koffi, or with `CONCURRENT_FUTURES_FFI=node` in the environment Node's own `node:ffi`, which exists
 * from Node 26.10 on and prints a warning.
 *
 * @throws SharedMemoryError where it cannot be had
 */
export function loadBinding(): Binding {
  if (process.platform !== "linux" || process.arch !== "x64") {
    throw unavailable(
      `it has been tested on Linux on x64 only, and this is ${process.platform} on ${process.arch}. ` +
        'Use threads (getContext("thread")), or a manager, whose objects reach every process.',
    );
  }
  const ofNode = process.env.CONCURRENT_FUTURES_FFI === "node";
  try {
    return ofNode
      ? nodeBinding(createRequire(import.meta.url)("node:ffi") as NodeFfi)
      : koffiBinding(createRequire(import.meta.url)("koffi") as Koffi);
  } catch (error) {
    const library = ofNode ? "node:ffi" : "koffi";
    throw unavailable(
      `${library} could not be loaded (${(error as Error).message}). ${advice(error, library)}`,
      error,
    );
  }
}

function advice(error: unknown, library: string): string {
  const { code } = error as { readonly code?: string };
  if (code === "ERR_DLOPEN_DISABLED") return "Node was started with --permission: allow --allow-addons.";
  if (code === "ERR_ACCESS_DENIED") return "Node was started with --permission: allow --allow-ffi.";
  if (library === "node:ffi")
    return "It exists from Node 26.10 on: unset CONCURRENT_FUTURES_FFI to use koffi.";
  return "Reinstall @concurrent-futures/shared-memory on this machine, so that koffi installs the binary for it.";
}

interface Koffi {
  load(path: null): {
    func(name: string, result: string, args: readonly string[]): Functions[Name];
  };
  view(address: bigint, bytes: number): ArrayBuffer;
}

const koffiNames: Readonly<Record<Type, string>> = {
  int32: "int32_t",
  uint32: "uint32_t",
  int64: "int64_t",
  uint64: "uint64_t",
  string: "str",
  buffer: "void *",
};

function koffiBinding(koffi: Koffi): Binding {
  // libc's functions are found in the node binary, whatever the file of libc is called.
  const library = koffi.load(null);
  const entries = Object.entries(signatures).map(([name, [result, ...args]]) => [
    name,
    library.func(
      name,
      koffiNames[result],
      args.map((type) => koffiNames[type]),
    ),
  ]);
  return {
    functions: Object.fromEntries(entries) as Functions,
    view: (address, bytes) => koffi.view(address, bytes),
  };
}

interface NodeFfi {
  dlopen(
    path: null,
    definitions: Record<string, { readonly return: Type; readonly arguments: readonly Type[] }>,
  ): { readonly functions: Functions };
  toArrayBuffer(address: bigint, bytes: number, copy: false): ArrayBuffer;
}

function nodeBinding(ffi: NodeFfi): Binding {
  const definitions = Object.fromEntries(
    Object.entries(signatures).map(([name, [result, ...args]]) => [
      name,
      { return: result, arguments: args },
    ]),
  );
  const { functions } = ffi.dlopen(null, definitions);
  const wide = Object.fromEntries(
    Object.entries(signatures).map(([name, [, ...types]]) => [
      name,
      // It takes 64-bit numbers as bigint only.
      (...args: Argument[]) =>
        functions[name as Name](
          ...args.map((arg, at) =>
            typeof arg === "number" && types[at]?.endsWith("64") ? BigInt(arg) : arg,
          ),
        ),
    ]),
  );
  return {
    functions: wide as unknown as Functions,
    view(address, bytes) {
      const memory = ffi.toArrayBuffer(address, bytes, false);
      // A transfer would take it from those who look at it, as koffi's refuses by itself.
      markAsUntransferable(memory);
      return memory;
    },
  };
}
