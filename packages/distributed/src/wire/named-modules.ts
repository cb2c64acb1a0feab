import { importModule, ownExport } from "@concurrent-futures/callable/load";
import {
  decodeFromNetwork,
  type ExportName,
  type NetworkDecoding,
} from "@concurrent-futures/callable/network";
import { SerializationError } from "@concurrent-futures/core";
import type { AuthKey } from "./mac.ts";
import { loadProxyMaker, type ProxyMaker, proxiesMark } from "./managers-proxies.ts";
import type { ModuleNames } from "./module-names.ts";

/** The modules that messages of one sender name, as this side has them. */
export class NamedModules {
  readonly #names: ModuleNames;
  readonly #mayLoad: (url: string) => boolean;
  readonly #loaded: Map<string, string> = new Map();
  readonly #failed: Map<string, unknown> = new Map();

  readonly #authkey: AuthKey | undefined;
  readonly #decoding: NetworkDecoding;
  #makeProxy: ProxyMaker | undefined;

  /**
   * @param authkey - connects to the servers of managers' proxies; without it none is taken.
   * @param mayLoad - whether a module may be imported because a message names it.
   */
  constructor(
    names: ModuleNames,
    authkey: AuthKey | undefined,
    mayLoad: (url: string) => boolean = () => true,
  ) {
    this.#names = names;
    this.#authkey = authkey;
    this.#mayLoad = mayLoad;
    const resolve: NetworkDecoding["resolve"] = (name) => this.find(name).value;
    const proxy: ProxyMaker = (state, charge) => this.#proxy(state, charge);
    this.#decoding = authkey === undefined ? { resolve } : { resolve, proxy };
  }

  /** Loads modules before what names them is decoded. One that cannot be had fails whatever needs it. */
  async load(modules: readonly string[]): Promise<void> {
    for (const name of modules) {
      if (this.#loaded.has(name)) continue;
      try {
        this.#loaded.set(name, await this.#load(name));
        this.#failed.delete(name);
      } catch (error) {
        this.#failed.set(name, error);
      }
    }
  }

  async #load(name: string): Promise<string> {
    if (name === proxiesMark && this.#authkey !== undefined) {
      this.#makeProxy = await loadProxyMaker(this.#authkey);
      return name;
    }
    const url = this.#names.urlOf(name);
    if (!this.#mayLoad(url)) {
      throw new SerializationError(`The module ${JSON.stringify(name)} has not been loaded by this program.`);
    }
    await importModule({ specifier: url });
    return url;
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
    throw this.#missing(module);
  }

  #missing(name: string): unknown {
    return (
      this.#failed.get(name) ??
      new SerializationError(`The message names the module ${JSON.stringify(name)} and did not announce it.`)
    );
  }

  #proxy(state: unknown, charge: (bytes: number) => void): object {
    if (this.#makeProxy === undefined) throw this.#missing(proxiesMark);
    return this.#makeProxy(state, charge);
  }

  /** What a `ValueWriter` of the other side has written, when the modules have been loaded. */
  decode(bytes: Uint8Array): unknown {
    return decodeFromNetwork(bytes, this.#decoding);
  }
}
