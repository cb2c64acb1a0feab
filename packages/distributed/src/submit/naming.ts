import { type CallableRef, describe, inspectedSource } from "@concurrent-futures/callable";
import type { ExportName } from "@concurrent-futures/callable/network";
import { type AnyFunction, PayloadTooLargeError, SerializationError } from "@concurrent-futures/core";
import { type CarriedValue, carriedValues } from "@concurrent-futures/core/carry";
import { withoutExecutors } from "@concurrent-futures/process/workers";
import type { CarriedByName } from "../wire/carried.ts";
import { encodeCode } from "../wire/code.ts";
import type { AuthKey } from "../wire/mac.ts";
import type { ModuleNames } from "../wire/module-names.ts";
import { type Message, ValueWriter } from "../wire/value-writer.ts";
import type { NamedFunction } from "./call.ts";

/** What may travel, and how large it may be. */
export interface NamingOptions {
  readonly names: ModuleNames;
  readonly allowCode: boolean;
  readonly authkey: AuthKey | undefined;
  readonly maxPayload: number;
}

/** Functions and arguments as they leave an executor. */
export class Naming {
  readonly #options: NamingOptions;
  readonly #writer: ValueWriter;
  // A function that is described alike has one name, and its calls can travel together.
  readonly #named: WeakMap<CallableRef, NamedFunction> = new WeakMap();
  #codes = 0;
  #values: readonly CarriedValue[] | undefined;
  #carried: readonly CarriedByName[] | undefined;

  constructor(options: NamingOptions) {
    this.#options = options;
    this.#writer = new ValueWriter({ ...options, source: inspectedSource });
  }

  /** @throws SerializationError for a function that no worker could run */
  named(fn: AnyFunction): NamedFunction {
    const ref = withoutExecutors(() => describe(fn, this.#options.allowCode ? "spawn" : "network"));
    const known = this.#named.get(ref);
    if (known !== undefined) return known;
    const named = this.#nameOf(ref);
    this.#named.set(ref, named);
    return named;
  }

  /**
   * What carriers say now, for a call to take along: the same list for calls in a row that take the same.
   *
   * @throws SerializationError for a carrier that no worker could restore; what a carrier throws
   */
  carried(): readonly CarriedByName[] | undefined {
    const values = carriedValues();
    if (values !== this.#values) {
      this.#carried = values?.map(({ restore, value }) => ({ restore: this.#restoring(restore), value }));
      this.#values = values;
    }
    return this.#carried;
  }

  #restoring(restore: CarriedValue["restore"]): ExportName {
    const { name, fn } = this.named(restore as AnyFunction);
    if (!(fn instanceof Uint8Array)) return fn;
    throw new SerializationError(
      `Cannot send what ${name} restores: expected an export of a module, got code.`,
    );
  }

  /** @throws SerializationError for what cannot be sent; PayloadTooLargeError */
  encode({ name }: NamedFunction, args: readonly unknown[]): Message {
    const { maxPayload } = this.#options;
    const message = this.#writer.write(args, "the arguments");
    if (message.bytes.byteLength <= maxPayload) return message;
    throw new PayloadTooLargeError(
      `The arguments of ${name} have ${message.bytes.byteLength} bytes; \`maxPayload\` is ${maxPayload}. ` +
        "Write large data to a store that both sides can reach, and send its location.",
    );
  }

  #nameOf(ref: CallableRef): NamedFunction {
    const { names, allowCode } = this.#options;
    const name = ref.name === "" ? "(anonymous)" : ref.name;
    if (ref.kind === "value") {
      if (allowCode) return { name, fn: encodeCode(ref, names), key: `\0${++this.#codes}` };
      throw new SerializationError(
        `Cannot send the function ${name}: it is not exported by a module that a worker could import. ` +
          "Move it to a module of its own and export it there; the program's entry file cannot be imported. " +
          "Or let executor and workers have `allowCode` and the same `authkey`.",
      );
    }
    const found = names.nameOf(ref);
    if (found !== undefined)
      return { name, fn: found, key: `${name}\0${found.module}\0${found.path.join("\0")}` };
    throw new SerializationError(
      ref.url.startsWith("node:")
        ? `Cannot send ${name}: it is Node's own, and workers only run functions of the program's modules. Call it from a function of yours.`
        : `Cannot send the function ${name}: ${ref.url} is not below the root ${names.root}, nor in one of \`packages\`. ` +
            "Give executor and workers as `root` the folder that both have, or name the package to both.",
    );
  }
}
