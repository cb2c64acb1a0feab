import { unpack } from "@concurrent-futures/callable/load";
import { sharedValues } from "../shared-registry.ts";
import type { ShareMessage } from "../wire.ts";

/** Puts shared values together as they arrive. Calls wait while one needs a module that is being imported. */
export class SharedArrivals {
  readonly #values: ReturnType<typeof sharedValues> = sharedValues();
  readonly #changed: () => void;
  #unfinished = 0;

  /** @param changed - called when the last unfinished one is there. */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  get unfinished(): boolean {
    return this.#unfinished > 0;
  }

  add({ id, value }: ShareMessage): void {
    let made: unknown;
    try {
      made = unpack(value);
    } catch (error) {
      this.#values.set(id, { error });
      return;
    }
    if (!(made instanceof Promise)) {
      this.#values.set(id, { value: made });
      return;
    }
    this.#unfinished++;
    const arrived = (entry: { readonly value: unknown } | { readonly error: unknown }): void => {
      this.#values.set(id, entry);
      if (--this.#unfinished === 0) this.#changed();
    };
    made.then(
      (it: unknown) => arrived({ value: it }),
      (error: unknown) => arrived({ error }),
    );
  }

  delete(id: string): void {
    this.#values.delete(id);
  }
}
