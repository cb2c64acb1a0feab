import fc from "fast-check";

/**
 * Messages as they go between machines, written by hand: what `callable/src/network/format.ts` describes, honest or not. The tags
 * stand here once more, so that a change of the format shows in these tests.
 */

const version = 0xcf;
const tag = {
  integer: 4,
  number: 5,
  bigint: 6,
  text: 7,
  text16: 8,
  repeated: 9,
  array: 10,
  hole: 11,
  object: 12,
  bareObject: 13,
  map: 14,
  set: 15,
  date: 16,
  regexp: 17,
  url: 18,
  query: 19,
  buffer: 20,
  view: 21,
  error: 22,
  instance: 23,
  proxy: 24,
  export: 25,
  errorOf: 26,
  instanceOf: 27,
  fieldsOf: 28,
} as const;

type Bytes = readonly number[];

/** Names at which a careless receiver would reach something of its own. */
export const temptingNames: readonly string[] = [
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "valueOf",
  "then",
  "toJSON",
  "length",
  "Function",
  "Object",
  "Future",
  "TypeError",
  "Promise",
  "globalThis.ran = true",
  "concurrent-futures.revive",
  "node:child_process",
  "\0concurrent-futures.packed",
  "\0concurrent-futures.proxy",
];

export function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return [...bytes, rest];
}

const utf8 = (text: string): number[] => [...Buffer.from(text)];
const bytesOf = (...parts: readonly (number | Bytes)[]): number[] => parts.flat();
const text = (value: string): number[] => bytesOf(tag.text, varint(Buffer.byteLength(value)), utf8(value));

/** A count, nearly always the true one. */
const count = (honest: number): fc.Arbitrary<number[]> =>
  fc.oneof(
    { weight: 30, arbitrary: fc.constant(varint(honest)) },
    { weight: 1, arbitrary: fc.nat(300).map(varint) },
    { weight: 1, arbitrary: fc.constantFrom(2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 48, 2 ** 53).map(varint) },
    { weight: 1, arbitrary: fc.constant(new Array<number>(11).fill(255)) },
  );

const name = fc.oneof(fc.constantFrom(...temptingNames), fc.string({ maxLength: 8 }));
const eight = fc.uint8Array({ minLength: 8, maxLength: 8 }).map((bytes) => [...bytes]);
const some = fc.uint8Array({ maxLength: 24 }).map((bytes) => [...bytes]);

const leaf: fc.Arbitrary<number[]> = fc.oneof(
  fc.constantFrom(0, 1, 2, 3, tag.hole).map((value) => [value]),
  fc.nat(2 ** 32).map((value) => bytesOf(tag.integer, varint(value))),
  eight.map((bytes) => bytesOf(tag.number, bytes)),
  eight.map((bytes) => bytesOf(tag.date, bytes)),
  name.map(text),
  fc.tuple(fc.nat(1), some).map(([sign, bytes]) => bytesOf(tag.bigint, sign, varint(bytes.length), bytes)),
  some.chain((bytes) => count(bytes.length).map((length) => bytesOf(tag.text16, length, bytes))),
  some.chain((bytes) => count(bytes.length).map((length) => bytesOf(tag.buffer, length, bytes))),
  fc.tuple(fc.nat(14), some).map(([kind, bytes]) => bytesOf(tag.view, kind, varint(bytes.length), bytes)),
  fc.nat(12).map((number) => bytesOf(tag.repeated, varint(number))),
  fc
    .tuple(
      fc.constantFrom("a", "(a+)+$", "(", "[", ...temptingNames),
      fc.constantFrom("", "g", "gg", "y", "\0"),
    )
    .map(([source, flags]) => bytesOf(tag.regexp, text(source), text(flags))),
  fc
    .constantFrom("a:b", "https://x.example/", "http://", "")
    .map((url) => bytesOf(tag.url, text(url).slice(1))),
  name.map((query) => bytesOf(tag.query, text(query).slice(1))),
  fc.tuple(name, name).map(([module, step]) => bytesOf(tag.export, text(module), 1, text(step))),
);

const { value } = fc.letrec<{ value: number[]; fields: number[]; entries: number[] }>((tie) => {
  const many = (item: fc.Arbitrary<number[]>, before: number): fc.Arbitrary<number[]> =>
    fc
      .array(item, { maxLength: 4 })
      .chain((items) => count(items.length).map((length) => bytesOf(before, length, items.flat())));
  const field = fc.tuple(name, tie("value")).map(([key, item]) => bytesOf(text(key), item));
  const flagged = fc.tuple(field, fc.nat(2)).map(([item, flag]) => bytesOf(item, flag));
  const pair = fc.tuple(tie("value"), tie("value")).map((items) => items.flat());
  return {
    value: fc.oneof(
      { maxDepth: 4, depthSize: "small" },
      leaf,
      many(tie("value"), tag.array),
      many(field, tag.object),
      many(field, tag.bareObject),
      many(pair, tag.map),
      many(tie("value"), tag.set),
      fc
        .tuple(name, name, name, tie("fields"))
        .map(([Class, shown, message, own]) =>
          bytesOf(tag.error, text(Class), text(shown), text(message), own),
        ),
      fc.tuple(name, tie("value")).map(([Class, state]) => bytesOf(tag.instance, text(Class), state)),
      tie("value").map((state) => bytesOf(tag.proxy, state)),
      fc
        .tuple(fc.constantFrom(tag.errorOf, tag.instanceOf, tag.fieldsOf), tie("value"), tie("value"))
        .map(([kind, Class, state]) => bytesOf(kind, Class, state)),
    ),
    fields: fc
      .array(flagged, { maxLength: 3 })
      .chain((items) => count(items.length).map((length) => bytesOf(length, items.flat()))),
    entries: many(pair, tag.map),
  };
});

/** A message of the network's format, well-formed in most of its parts. */
export const networkMessage: fc.Arbitrary<Uint8Array> = value.map((bytes) =>
  Uint8Array.from([version, ...bytes]),
);

/** What a message becomes on a bad way: bytes changed, cut off, put in, doubled. */
export function mutated(messages: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  const change = fc.record({
    kind: fc.constantFrom("set", "cut", "insert", "double"),
    at: fc.nat(),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 6 }),
  });
  return fc.tuple(messages, fc.array(change, { minLength: 1, maxLength: 4 })).map(([message, changes]) => {
    let bytes = Buffer.from(message);
    for (const { kind, at, bytes: other } of changes) {
      const place = at % (bytes.length + 1);
      const [head, tail] = [bytes.subarray(0, place), bytes.subarray(place)];
      if (kind === "set") bytes = Buffer.concat([head, other, tail.subarray(other.length)]);
      else if (kind === "cut") bytes = Buffer.from(head);
      else if (kind === "insert") bytes = Buffer.concat([head, other, tail]);
      else bytes = Buffer.concat([head, tail, tail.subarray(0, 64)]);
    }
    return Uint8Array.from(bytes);
  });
}

/** A frame: its length, which is the true one unless `length` says another, and the body. */
export function framed(body: Uint8Array, length: number = body.length): Uint8Array {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(length);
  return Buffer.concat([head, body]);
}
