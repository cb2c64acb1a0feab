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
  /** An instance from that, in the other thread. */
  readonly unpack: (state: S) => T;
  /** What to use instead where there is no shared memory. */
  readonly alternatives: string;
}

/**
 * Lets instances of a class be sent to other threads, and nowhere else: another process or machine has no such memory.
 * Called in a static block of the class, where private fields can be read.
 */
export function defineTransfer<T extends object, S>(
  Class: Function & { readonly prototype: T },
  spec: TransferSpec<T, S>,
): void {
  const { module, name, pack, unpack, alternatives: instead } = spec;
  Object.defineProperty(Class, reference, { value: { module, path: [name] } });
  Object.defineProperty(Class, revive, { value: unpack });
  Object.defineProperty(Class.prototype, reduce, {
    value(this: T, medium: Medium): S {
      if (medium !== "thread") {
        throw new SerializationError(
          `This ${name} is shared memory between threads and cannot go to another ${medium === "spawn" ? "process" : "machine"}. ` +
            `Use ${instead}.`,
        );
      }
      return pack(this);
    },
  });
}

/** The usual advice for {@link TransferSpec.instead}. */
export function alternatives(name: string): string {
  return `getContext("spawn").${name}() or a manager's ${name}()`;
}

/** Shows instances of a class by their `toString()` in `console.log` and `util.inspect`. */
export function showsAsText(Class: Function): void {
  Object.defineProperty(Class.prototype, Symbol.for("nodejs.util.inspect.custom"), {
    value(this: object): string {
      return String(this);
    },
  });
}
