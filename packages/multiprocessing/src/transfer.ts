import { types } from "node:util";
import { type Medium, reduce, reference, revive } from "@concurrent-futures/callable/load";
import { SerializationError } from "@concurrent-futures/core";

/** How instances of a class over shared memory are sent to other threads. */
export interface TransferSpec<T, S> {
  /** `import.meta.url` of the module that exports the class. */
  readonly module: string;
  /** The name under which it is exported there. */
  readonly name: string;
  /** The state of an instance that is sent. */
  readonly pack: (instance: T) => S;
  /** As {@link pack}, without its effects: to see whether it can be sent. @default pack */
  readonly peek?: (instance: T) => S;
  /** An instance from that, in the other thread. */
  readonly unpack: (state: S) => T;
  /** What to use instead where there is no shared memory. @default what contexts and managers have by that name */
  readonly alternatives?: string;
}

/**
 * Lets instances of a class be sent where their memory reaches: to threads, and, if processes share it, to those. Called in a
 * static block of the class, where private fields can be read.
 */
export function defineTransfer<T extends object, S>(
  Class: Function & { readonly prototype: T },
  spec: TransferSpec<T, S>,
): void {
  const { module, name, pack, unpack } = spec;
  const primitive = name.replace("Shared", "");
  const instead = spec.alternatives ?? `getContext("spawn").${primitive}() or a manager's ${primitive}()`;
  if (Object.hasOwn(Class.prototype, "toString")) showsAsText(Class);
  Object.defineProperty(Class, reference, { value: { module, path: [name] } });
  Object.defineProperty(Class, revive, { value: unpack });
  Object.defineProperty(Class.prototype, reduce, {
    value(this: T, medium: Medium): S {
      if (medium === "network") {
        throw new SerializationError(
          `This ${name} is memory of this machine and cannot be sent to another machine. Use ${instead}.`,
        );
      }
      if (medium === "spawn" && hasThreadMemory((spec.peek ?? pack)(this))) {
        throw new SerializationError(
          `This ${name} is shared memory between threads and cannot be sent to another process. Use ${instead}.`,
        );
      }
      return pack(this);
    },
  });
}

/** Whether a state, as far as it is plain, has memory that only threads share; what is in it besides says so itself. */
function hasThreadMemory(state: unknown): boolean {
  if (typeof state !== "object" || state === null) return false;
  if (types.isSharedArrayBuffer(state)) return true;
  const isPlain = Object.getPrototypeOf(state) === Object.prototype;
  return isPlain && Object.values(state).some(hasThreadMemory);
}

/** Shows instances of a class by their `toString()` in `console.log` and `util.inspect`. */
export function showsAsText(Class: Function): void {
  Object.defineProperty(Class.prototype, Symbol.for("nodejs.util.inspect.custom"), {
    value(this: object): string {
      return String(this);
    },
  });
}
