import { SerializationError } from "./errors.ts";
import { reduce } from "./keys.ts";

/**
 * Refuses to send instances of a class to workers or other machines, in words of its own.
 *
 * @param instead - what to send instead, as a sentence.
 */
export function staysHere(Class: Function & { readonly prototype: object }, instead: string): void {
  Object.defineProperty(Class.prototype, reduce, {
    value(this: object): never {
      const { name } = this.constructor;
      throw new SerializationError(
        `${/^[AEIO]/.test(name) ? "An" : "A"} ${name} belongs to the thread that made it and cannot be sent. ${instead}`,
      );
    },
  });
}
