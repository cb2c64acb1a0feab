/**
 * The format of values that are sent to another machine. A message is one byte of version and one value; a value is a tag and
 * what the tag says follows. Counts and lengths are varints (7 bits a byte, low first), numbers little-endian.
 *
 * Nothing in it is code. Classes appear by a name that the receiver looks up among those that it was given; or, between
 * machines that have the same modules, functions and classes appear as exports, which the receiver looks up by its own
 * rules. `decode.ts` is all that reads it.
 */

/** The first byte. Python's pickles begin with 0x80. */
export const version = 0xcf;

export const tags = {
  undefined: 0,
  null: 1,
  false: 2,
  true: 3,
  /** A varint, zigzag: integers of 32 bits. */
  integer: 4,
  /** Eight bytes. */
  number: 5,
  /** A sign byte, then the magnitude's bytes, big-endian, with their count. */
  bigint: 6,
  /** UTF-8 with its length in bytes. */
  text: 7,
  /** UTF-16 with its length in bytes, for text with lone surrogates. */
  text16: 8,
  /** A value that stood earlier in this message: its number. */
  repeated: 9,
  /** A count, and this many values; `hole` stands for an index without one. */
  array: 10,
  hole: 11,
  /** A count, and this many keys (text) and values. */
  object: 12,
  /** As `object`, without a prototype. */
  bareObject: 13,
  map: 14,
  set: 15,
  /** Eight bytes: milliseconds. */
  date: 16,
  /** Source and flags, both text. */
  regexp: 17,
  url: 18,
  query: 19,
  /** Bytes with their count. */
  buffer: 20,
  /** A kind (index into `views`), and the bytes of that part. */
  view: 21,
  /** Class name, name, message (text), then fields as `object` with a byte each: whether enumerable. */
  error: 22,
  /** Class name (text) and the value that its `[reduce]` gave. */
  instance: 23,
  /** A value that a hook of the receiver turns into an object: the proxy of a managed object. */
  proxy: 24,
  /** A function or class: its module (text), and a count and the steps (text) of the way to it. */
  export: 25,
  /** A class (an export), then as `error`. */
  errorOf: 26,
  /** A class (an export), and the value that the instance's `[reduce]` gave. */
  instanceOf: 27,
  /** A class (an export), a base (index into `bases`), the entries of a map or set, then fields as of an error. */
  fieldsOf: 28,
} as const;

/** The kinds of views, by their numbers. */
export const views = [
  "Buffer",
  "DataView",
  "Int8Array",
  "Uint8Array",
  "Uint8ClampedArray",
  "Int16Array",
  "Uint16Array",
  "Int32Array",
  "Uint32Array",
  "Float32Array",
  "Float64Array",
  "BigInt64Array",
  "BigUint64Array",
] as const;

/** What an instance of a class without `[reduce]` is made from, by numbers. */
export const bases = ["object", "array", "map", "set"] as const;
