import { ArgumentTypeError, ValueError } from "@concurrent-futures/core";
import { describeValue } from "@concurrent-futures/core/options";

/**
 * Python's one-letter types: `c` a byte as a character, `b B` 8-bit, `h H` 16-bit, `i I` 32-bit, `l L q Q` 64-bit
 * integers (`bigint`), `u` a Unicode character, `f d` floats. Upper case is unsigned. `l` and `L` are C's `long` on Linux and
 * macOS; on Windows that has 32 bits.
 */
export type Typecode = "c" | "b" | "B" | "u" | "h" | "H" | "i" | "I" | "l" | "L" | "q" | "Q" | "f" | "d";

/** What is read from a value of that type. */
export type ValueOf<C extends Typecode> = C extends "l" | "L" | "q" | "Q"
  ? bigint
  : C extends "c" | "u"
    ? string
    : number;

/** What may be written to it: 64-bit integers take numbers too. */
export type InputOf<C extends Typecode> = C extends "l" | "L" | "q" | "Q" ? bigint | number : ValueOf<C>;

/** The typed array over it. */
export type ViewOf<C extends Typecode> = C extends "l" | "q"
  ? BigInt64Array
  : C extends "L" | "Q"
    ? BigUint64Array
    : C extends "f"
      ? Float32Array
      : C extends "d"
        ? Float64Array
        : C extends "i"
          ? Int32Array
          : C extends "h"
            ? Int16Array
            : C extends "H"
              ? Uint16Array
              : C extends "b"
                ? Int8Array
                : C extends "c" | "B"
                  ? Uint8Array
                  : Uint32Array;

/** Any of the views, for code that does not know the type. */
export interface AnyView {
  [index: number]: number | bigint;
  readonly length: number;
  readonly byteLength: number;
}

/** How values of a type are stored. */
export interface TypeInfo {
  readonly bytes: number;
  view(memory: ArrayBufferLike): AnyView;
  /** What is stored for a value. Integers that are too large wrap around. Throws for other values. */
  encode(value: unknown): number | bigint;
  decode(stored: number | bigint): unknown;
}

type ViewClass = { new (memory: ArrayBufferLike): object; readonly BYTES_PER_ELEMENT: number };

function integers(View: ViewClass): TypeInfo {
  return {
    bytes: View.BYTES_PER_ELEMENT,
    view: (memory) => new View(memory) as AnyView,
    encode(value) {
      if (typeof value === "number" && Number.isInteger(value)) return value;
      throw new ArgumentTypeError(`Expected a whole number, got ${describeValue(value)}.`);
    },
    decode: (stored) => stored,
  };
}

function bigIntegers(View: ViewClass): TypeInfo {
  return {
    ...integers(View),
    encode(value) {
      if (typeof value === "bigint") return value;
      if (typeof value === "number" && Number.isInteger(value)) return BigInt(value);
      throw new ArgumentTypeError(`Expected a bigint or a whole number, got ${describeValue(value)}.`);
    },
  };
}

function floats(View: ViewClass): TypeInfo {
  return {
    ...integers(View),
    encode(value) {
      if (typeof value === "number") return value;
      throw new ArgumentTypeError(`Expected a number, got ${describeValue(value)}.`);
    },
  };
}

function characters(View: ViewClass, largest: number): TypeInfo {
  return {
    ...integers(View),
    encode(value) {
      // An empty value is the NUL character, as a new one is.
      const code =
        value === 0
          ? 0
          : typeof value === "string" && [...value].length === 1
            ? value.codePointAt(0)
            : undefined;
      if (code !== undefined && code <= largest) return code;
      throw new ArgumentTypeError(
        `Expected a string of one character${largest < 256 ? " up to U+00FF" : ""}, got ${describeValue(value)}.`,
      );
    },
    decode: (stored) => String.fromCodePoint(Number(stored)),
  };
}

const infos: { readonly [C in Typecode]: TypeInfo } = {
  c: characters(Uint8Array, 255),
  b: integers(Int8Array),
  B: integers(Uint8Array),
  u: characters(Uint32Array, 0x10ffff),
  h: integers(Int16Array),
  H: integers(Uint16Array),
  i: integers(Int32Array),
  I: integers(Uint32Array),
  l: bigIntegers(BigInt64Array),
  L: bigIntegers(BigUint64Array),
  q: bigIntegers(BigInt64Array),
  Q: bigIntegers(BigUint64Array),
  f: floats(Float32Array),
  d: floats(Float64Array),
};

/** How the values of a typecode are stored. @throws ValueError when there is no such typecode */
export function typeInfo(typecode: unknown): TypeInfo {
  if (typeof typecode === "string" && Object.hasOwn(infos, typecode)) return infos[typecode as Typecode];
  throw new ValueError(
    `Expected a typecode, one of ${Object.keys(infos).join(" ")}, got ${describeValue(typecode)}.`,
  );
}
