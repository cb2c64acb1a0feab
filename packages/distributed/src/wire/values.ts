import type { FunctionSource } from "@concurrent-futures/callable";
import { importModule, ownExport } from "@concurrent-futures/callable/load";
import { decodeFromNetwork, type ExportName, encodeForNetwork } from "@concurrent-futures/callable/network";
import { SerializationError } from "@concurrent-futures/core";
import type { ModuleNames } from "./module-names.ts";

/** A value on its way, and the modules of what it names. */
export interface Message {
  readonly bytes: Uint8Array;
  readonly modules: readonly string[];
}

/** Most values name no module. */
const none: readonly string[] = [];

/**
 * A value for another machine.
 *
 * @param source - finds exports: by the inspector in an executor, among what was loaded in a worker.
 * @throws SerializationError with the path to what cannot travel
 */
export function encodeValue(
  value: unknown,
  name: string,
  names: ModuleNames,
  source: FunctionSource,
): Message {
  let modules: Set<string> | undefined;
  const bytes = encodeForNetwork(value, {
    name,
    stacks: true,
    exports: {
      source,
      nameOf: (address) => {
        const found = names.nameOf(address);
        if (found !== undefined) {
          modules ??= new Set();
          modules.add(found.module);
        }
        return found;
      },
    },
  });
  return { bytes, modules: modules === undefined ? none : [...(modules as Set<string>)] };
}

/** The modules that messages of one sender name, as this side has them. */
export class NamedModules {
  readonly #names: ModuleNames;
  readonly #mayLoad: (url: string) => boolean;
  readonly #loaded: Map<string, string> = new Map();
  readonly #failed: Map<string, unknown> = new Map();

  /** @param mayLoad - whether a module may be imported because a message names it. */
  constructor(names: ModuleNames, mayLoad: (url: string) => boolean = () => true) {
    this.#names = names;
    this.#mayLoad = mayLoad;
  }

  /** Loads modules before what names them is decoded. One that cannot be had fails whatever needs it. */
  async load(modules: readonly string[]): Promise<void> {
    for (const name of modules) {
      if (this.#loaded.has(name)) continue;
      try {
        const url = this.#names.urlOf(name);
        if (!this.#mayLoad(url)) {
          throw new SerializationError(
            `The module ${JSON.stringify(name)} has not been loaded by this program.`,
          );
        }
        await importModule({ specifier: url });
        this.#loaded.set(name, url);
        this.#failed.delete(name);
      } catch (error) {
        this.#failed.set(name, error);
      }
    }
  }

  /** Loads modules. @throws why the first of them cannot be had, if one cannot */
  async demand(modules: readonly string[]): Promise<void> {
    await this.load(modules);
    const failed = modules.find((name) => this.#failed.has(name));
    if (failed !== undefined) throw this.#failed.get(failed);
  }

  /** Whether all of them are here. */
  has(modules: readonly string[]): boolean {
    return modules.every((name) => this.#loaded.has(name));
  }

  /** An export of a module that has been loaded. @throws SerializationError; what the module threw as it was loaded */
  find({ module, path }: ExportName): { readonly value: Function; readonly holder: unknown } {
    const url = this.#loaded.get(module);
    if (url !== undefined) return ownExport(url, path, module);
    throw (
      this.#failed.get(module) ??
      new SerializationError(
        `The message names the module ${JSON.stringify(module)} and did not announce it.`,
      )
    );
  }

  /** The inverse of {@link encodeValue}, when the modules have been loaded. */
  decode(bytes: Uint8Array): unknown {
    return decodeFromNetwork(bytes, { resolve: (name) => this.find(name).value });
  }
}
