/**
 * An `ArrayBuffer` over memory that is mapped. It cannot be transferred: the memory goes with this object, and what it was
 * transferred to would be left with none.
 */
export class MappedBuffer extends ArrayBuffer {
  /** A slice is a copy in ordinary memory. */
  static override get [Symbol.species](): ArrayBufferConstructor {
    return ArrayBuffer;
  }

  static {
    for (const name of ["transfer", "transferToFixedLength"]) {
      Object.defineProperty(MappedBuffer.prototype, name, {
        value(): never {
          throw Object.assign(
            new TypeError("Shared memory cannot be transferred: send it, and both sides have it."),
            { code: "ERR_INVALID_ARG_TYPE" },
          );
        },
      });
    }
  }
}

/** Makes an object of a class from the memory itself. */
export function dressed<C extends MappedBuffer>(memory: ArrayBuffer, Class: { readonly prototype: C }): C {
  return Object.setPrototypeOf(memory, Class.prototype) as C;
}
