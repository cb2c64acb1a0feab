import type { FunctionSource } from "@concurrent-futures/callable";
import { encodeForNetwork, type NetworkEncoding } from "@concurrent-futures/callable/network";
import { SerializationError } from "@concurrent-futures/core";
import { proxiesMark, stateOfProxy } from "./managers-proxies.ts";
import type { ModuleNames } from "./module-names.ts";

/** A value in flight. */
export interface Message {
  readonly bytes: Uint8Array;
  /** The modules of what it names. */
  readonly modules: readonly string[];
  /** Managers' proxies in it: as long as they are here, their objects are there. */
  readonly proxies?: readonly object[];
}

/** How values leave a machine. */
export interface ValueWriterOptions {
  readonly names: ModuleNames;
  /** Finds exports: by the inspector in an executor, among what was loaded in a worker. */
  readonly source: FunctionSource;
  /** Whether the receiver has a key by which it can connect to managers. */
  readonly authkey: unknown;
}

/** Most values name no module. */
const none: readonly string[] = [];

/** Writes values for other machines, which have the same modules. */
export class ValueWriter {
  readonly #encodings: Map<string, NetworkEncoding> = new Map();
  readonly #options: ValueWriterOptions;
  // Of the value that is being written.
  #modules: Set<string> | undefined;
  #proxies: object[] | undefined;

  constructor(options: ValueWriterOptions) {
    this.#options = options;
  }

  /**
   * @param name - what the value is called in messages: one of a few.
   * @throws SerializationError with the path to what cannot be sent
   */
  write(value: unknown, name: string): Message {
    this.#modules = undefined;
    this.#proxies = undefined;
    const bytes = encodeForNetwork(value, this.#encodingOf(name));
    const modules = this.#modules === undefined ? none : [...(this.#modules as Set<string>)];
    return this.#proxies === undefined ? { bytes, modules } : { bytes, modules, proxies: this.#proxies };
  }

  #encodingOf(name: string): NetworkEncoding {
    let encoding = this.#encodings.get(name);
    if (encoding === undefined) {
      const { names, source } = this.#options;
      encoding = {
        name,
        stacks: true,
        proxyState: (item) => this.#proxyState(item),
        exports: {
          source,
          nameOf: (address) => {
            const found = names.nameOf(address);
            if (found !== undefined) this.#needs(found.module);
            return found;
          },
        },
      };
      this.#encodings.set(name, encoding);
    }
    return encoding;
  }

  #needs(module: string): void {
    this.#modules ??= new Set();
    this.#modules.add(module);
  }

  #proxyState(item: object): object | undefined {
    const state = stateOfProxy(item);
    if (state === undefined) return undefined;
    if (this.#options.authkey === undefined) {
      throw new SerializationError(
        "A manager's proxy travels only between executors and workers with an `authkey`, by which they connect to its server. " +
          "Give all of them, and the manager, the same.",
      );
    }
    this.#needs(proxiesMark);
    this.#proxies ??= [];
    this.#proxies.push(item);
    return state;
  }
}
