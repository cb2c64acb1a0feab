import { type Medium, reduce, reference, revive } from "@concurrent-futures/callable";
import { SerializationError } from "@concurrent-futures/core";
import type { Remote } from "../managers/remote.ts";
import { defineRemote, handleOf } from "../managers/remote-of.ts";
import { showsAsText } from "../transfer.ts";

/** How instances of a class over a handle are sent to other threads and processes. */
export interface ServedSpec<T, S> {
  /** `import.meta.url` of the module that exports the class. */
  readonly module: string;
  /** The name under which it is exported there. */
  readonly name: string;
  /** The handle of an instance. @default what `defineRemote` of the class above says */
  readonly remote?: (instance: T) => Remote;
  /** What is sent beside the handle. */
  readonly pack?: (instance: T) => S;
  readonly unpack: (remote: Remote, state: S) => T;
  /** Methods that look at the object, which also have a name with `Sync`: those of managers' proxies, and older ones. */
  readonly looks?: readonly (string & keyof T)[];
}

/**
 * Lets instances of a class be sent to the threads and processes of this program, and nowhere else: their server is this
 * program's own. Called in a static block of the class, where private fields can be read.
 */
export function defineServed<T extends object, S = undefined>(
  Class: Function & { readonly prototype: T },
  { module, name, remote, pack, unpack, looks = [] }: ServedSpec<T, S>,
): void {
  interface State {
    readonly remote: Remote;
    readonly state: S;
  }
  if (remote !== undefined) defineRemote(Class, remote);
  Object.defineProperty(Class.prototype, "toString", {
    value(this: T): string {
      return String(handleOf(this));
    },
  });
  showsAsText(Class);
  for (const look of looks)
    Object.defineProperty(Class.prototype, `${look}Sync`, { value: Class.prototype[look] });
  Object.defineProperty(Class, reference, { value: { module, path: [name] } });
  Object.defineProperty(Class, revive, { value: (sent: State) => unpack(sent.remote, sent.state) });
  Object.defineProperty(Class.prototype, reduce, {
    value(this: T, medium: Medium): State {
      if (medium === "network") {
        const type = name.replace("Served", "");
        throw new SerializationError(
          `This ${type} is in a server of this program and cannot be sent to another machine. Use a manager's ${type}().`,
        );
      }
      return { remote: handleOf(this), state: pack?.(this) as S };
    },
  });
}
