import { serialize } from "node:v8";
import fc from "fast-check";
import { temptingNames } from "./network-wire.ts";

/** Messages as they go between a program and its own workers: objects that V8 has serialized, values in them packed. */

const packedKey = "\0concurrent-futures.packed";
const words = fc.constantFrom(...temptingNames, "Array", "isArray", "ran");
const index = fc.oneof(fc.nat(6), fc.constantFrom(-1, 0.5, 2 ** 31, 2 ** 32, Number.NaN), words);
const few = fc.oneof(fc.nat(3), words, fc.constantFrom<unknown>(null, undefined, [], {}));
const list = fc.array(few, { maxLength: 4 });

/** Steps that make something of a packed value; those that name code among them. */
const step: fc.Arbitrary<unknown> = fc.oneof(
  fc.record({ op: fc.constant("symbol"), to: index, known: fc.boolean(), key: words }),
  fc.record({ op: fc.constant("put"), into: fc.oneof(list, few), key: index, from: index }),
  fc.record({
    op: fc.constant("instance"),
    to: index,
    of: index,
    base: fc.constantFrom("object", "array", "map", "set", "date", "regexp", "typed", "constructor"),
    from: few,
  }),
  fc.record(
    { op: fc.constant("fields"), of: index, fields: fc.dictionary(words, few), symbols: list },
    { requiredKeys: ["op", "of"] },
  ),
  fc.record({ op: fc.constant("entries"), of: index, entries: list }),
  fc.record({
    op: fc.constant("revive"),
    to: index,
    of: index,
    state: fc.constant(["globalThis.ran = true"]),
  }),
  fc.record({ op: fc.constant("builtin"), to: index, path: fc.array(words, { maxLength: 3 }) }),
  fc.record({ op: fc.constant("error"), to: index, of: index, name: words, message: words, stack: words }),
  fc.record({
    op: fc.constant("define"),
    to: index,
    shape: fc.record({
      text: fc.constantFrom(
        "globalThis.ran = true",
        "(globalThis.ran = true, () => 1)",
        "class { static x = (globalThis.ran = true) }",
      ),
      kind: fc.constantFrom("function", "class"),
      name: words,
      definitionTime: fc.constant([]),
      callTime: fc.constant([]),
      file: fc.constant("file:///x.mjs"),
      line: fc.constant(0),
      column: fc.constant(0),
      strict: fc.boolean(),
    }),
    definitionTime: fc.constant([]),
  }),
  fc.record({
    op: fc.constant("buffer"),
    to: index,
    bytes: fc.constantFrom<unknown>({ buffer: { length: 2 ** 32 } }, new Uint8Array(3)),
  }),
);

/** A value in its travelling form, right or wrong. */
const value: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(0, "text", null, [1, { a: 2 }]),
  fc.anything({ maxDepth: 1, maxKeys: 3 }),
  fc.record(
    {
      [packedKey]: fc.constant(1),
      root: fc.oneof(list, few),
      steps: fc.oneof(
        { weight: 6, arbitrary: fc.array(fc.oneof(step, few), { maxLength: 6 }) },
        { weight: 1, arbitrary: few },
      ),
    },
    { requiredKeys: [packedKey] },
  ),
);
const error = fc.oneof(
  fc.record({ kind: fc.constant("error"), value }),
  fc.constantFrom<unknown>(null, { kind: "error" }, 7),
);
const number = fc.oneof({ weight: 4, arbitrary: fc.constant<unknown>(0) }, few, index);

const fromWorkerTemplate: fc.Arbitrary<Record<string, unknown>> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record(
      {
        kind: fc.constant("results"),
        id: number,
        from: number,
        values: fc.oneof<fc.Arbitrary<unknown>[]>(
          fc.array(value, { maxLength: 2 }),
          fc.constant(new Float64Array(2)),
          few,
        ),
        failures: fc.oneof<fc.Arbitrary<unknown>[]>(
          fc.array(fc.oneof(fc.tuple(number, error), few), { maxLength: 2 }),
          few,
        ),
        microseconds: number,
        at: number,
        end: fc.boolean(),
      },
      { requiredKeys: ["kind", "id", "from", "values", "microseconds", "end"] },
    ) as fc.Arbitrary<Record<string, unknown>>,
  },
  fc.record({ kind: fc.constantFrom("dying", "init-failed"), error }) as fc.Arbitrary<
    Record<string, unknown>
  >,
  fc.record({ kind: fc.constant("began"), id: number, index: number }) as fc.Arbitrary<
    Record<string, unknown>
  >,
  fc.record({
    kind: fc.constant("left"),
    result: fc.oneof(list, few),
    failures: fc.oneof(list, few),
  }) as fc.Arbitrary<Record<string, unknown>>,
  fc.record({ kind: fc.constantFrom("up", "initialized", "launch", ...temptingNames) }) as fc.Arbitrary<
    Record<string, unknown>
  >,
);

/** What a worker of a pool may say, and what it may not, as a body of a frame. */
export const workerMessage: fc.Arbitrary<Uint8Array> = bodies(fromWorkerTemplate);

// A program that asks its own worker for four thousand million calls is given them: counts are small here.
const amount = fc.oneof({ weight: 4, arbitrary: fc.constant<unknown>(0) }, few);

const toWorkerTemplate = fc.oneof<fc.Arbitrary<unknown>[]>(
  fc.record(
    {
      kind: fc.constantFrom("run", "init", "share", "unshare", "stop", "end", ...temptingNames),
      id: number,
      base: amount,
      count: amount,
      fn: number,
      arity: amount,
      args: fc.oneof(list, few),
      index: number,
      value,
      reason: value,
      ref: value,
    },
    { requiredKeys: ["kind"] },
  ),
  few,
);

/** What a pool may tell a worker, and what it may not. */
export const messageToWorker: fc.Arbitrary<Uint8Array> = bodies(toWorkerTemplate);

const requestTemplate = fc.oneof<fc.Arbitrary<unknown>[]>(
  fc.record(
    {
      op: fc.constantFrom(
        "hello",
        "create",
        "call",
        "incref",
        "decref",
        "lease",
        "received",
        "info",
        "toString",
      ),
      id: fc.oneof(fc.nat(1000), few),
      client: few,
      type: fc.oneof(fc.constantFrom("list", "dict", "Lock", "Queue"), words),
      args: value,
      object: few,
      method: words,
      owner: few,
      reply: number,
    },
    { requiredKeys: ["op"] },
  ),
  few,
);

/** What one of this program's workers may ask a server of `Manager()`, and what it may not. */
export const workerRequest: fc.Arbitrary<Uint8Array> = bodies(requestTemplate);

function bodies(messages: fc.Arbitrary<unknown>): fc.Arbitrary<Uint8Array> {
  return messages.map((message) => {
    try {
      return new Uint8Array(serialize(message));
    } catch {
      // What cannot be serialized (a function that fast-check has made up) cannot be sent either.
      return new Uint8Array(serialize("not sent"));
    }
  });
}
