import { serialize } from "node:v8";
import fc from "fast-check";
import { temptingNames } from "./network-wire.ts";

/** Messages as they go between a program and its own workers: objects that V8 has serialized, values in them packed. */

const packedKey = "\0concurrent-futures.packed";
const words = fc.constantFrom(...temptingNames, "Array", "isArray", "ran");
const index = fc.oneof(fc.nat(6), fc.constantFrom(-1, 0.5, 2 ** 31, 2 ** 32, Number.NaN), words);
const few = fc.oneof(fc.nat(3), words, fc.constantFrom<unknown>(null, undefined, [], {}));
const list = fc.oneof(
  { weight: 9, arbitrary: fc.array(few, { maxLength: 4 }) },
  // As long as a list can be, in twenty bytes.
  { weight: 1, arbitrary: fc.constantFrom(2 ** 32 - 1, 2 ** 31).map((length) => new Array<unknown>(length)) },
);

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
  fc.record(
    { op: fc.constant("fields"), of: index, fields: fc.dictionary(words, few), hidden: list },
    { requiredKeys: ["op", "of", "fields"] },
  ),
  fc.record({ op: fc.constant("entries"), of: index, entries: list }),
  fc.record({
    op: fc.constant("revive"),
    to: index,
    of: index,
    state: fc.constant(["globalThis.ran = true"]),
  }),
  fc.record({
    op: fc.constant("builtin"),
    to: index,
    path: fc.oneof(fc.array(words, { maxLength: 3 }), list),
  }),
  fc.record({
    op: fc.constant("reference"),
    to: index,
    address: fc.record({
      url: fc.constantFrom(
        "file:///nowhere.mjs",
        "data:text/javascript,globalThis.ran=true",
        "node:child_process",
      ),
      path: fc.oneof(fc.array(words, { maxLength: 2 }), list),
    }),
  }),
  fc.record({ op: fc.constant("view"), to: index, of: index, name: words, offset: index, length: index }),
  fc.record({ op: fc.constant("url"), to: index, text: words, query: fc.boolean() }),
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
const callable = fc.oneof<fc.Arbitrary<unknown>[]>(
  fc.record({
    kind: fc.constant("reference"),
    name: words,
    url: fc.constantFrom("file:///nowhere.mjs", "data:text/javascript,globalThis.ran=true"),
    path: fc.oneof(fc.array(words, { maxLength: 2 }), list),
  }),
  fc.record({ kind: fc.constant("value"), name: words, packed: value }),
  few,
);
const number = fc.oneof({ weight: 4, arbitrary: fc.constant<unknown>(0) }, few, index);

const nestedCall = fc.record(
  {
    call: number,
    pool: fc.oneof(words, fc.constant("no such pool")),
    by: fc.oneof(fc.tuple(number, number), list, few),
    fn: number,
    args: list,
    options: fc.oneof(
      fc.record({ timeout: index, priority: index, name: words, attempt: index, randomFrom: list }),
      few,
    ),
  },
  { requiredKeys: ["call", "pool", "fn"] },
);

/** Results of a batch: a list, whose last item most batches do not need. */
const results = fc
  .tuple(
    number,
    number,
    fc.oneof<fc.Arbitrary<unknown>[]>(
      fc.array(value, { maxLength: 2 }),
      fc.constant(new Float64Array(2)),
      list,
      few,
    ),
    number,
    fc.oneof<fc.Arbitrary<unknown>[]>(fc.boolean(), few),
    number,
    fc.oneof<fc.Arbitrary<unknown>[]>(
      fc.array(fc.oneof(fc.tuple(number, error), few), { maxLength: 2 }),
      list,
      few,
    ),
  )
  .chain((all) => fc.constantFrom<unknown>(all, all.slice(0, 6), all.slice(0, 5), all.slice(0, 2)));

const fromWorkerTemplate: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: results },
  fc.record({ kind: fc.constant("detached"), id: number, index: number }),
  fc.record(
    { kind: fc.constant("ended"), id: number, index: number, value, failure: error, microseconds: number },
    { requiredKeys: ["kind", "id", "index"] },
  ),
  fc.record({ kind: fc.constant("progress"), id: number, index: number, share: number }),
  fc.record({
    kind: fc.constant("nested-submit"),
    define: fc.oneof(fc.array(fc.oneof(fc.tuple(number, callable), few), { maxLength: 2 }), list),
    calls: fc.oneof(fc.array(fc.oneof(nestedCall, few), { maxLength: 2 }), list),
  }),
  fc.record({ kind: fc.constant("nested-cancel"), call: number, force: few }),
  fc.record({ kind: fc.constantFrom("dying", "init-failed"), error }),
  fc.record({ kind: fc.constant("began"), id: number, index: number }),
  fc.record({
    kind: fc.constant("left"),
    result: fc.oneof(list, few),
    failures: fc.oneof(list, few),
  }),
  fc.record({
    kind: fc.constantFrom("up", "initialized", "leaving", "launch", ...temptingNames),
  }),
);

/** What a worker of a pool may say, and what it may not, as a body of a frame. */
export const workerMessage: fc.Arbitrary<Uint8Array> = bodies(fromWorkerTemplate);

/** A batch, which is a list too. */
const run = fc
  .tuple(number, number, number, fc.oneof(number, list), number, fc.oneof(list, few), fc.oneof(extras(), few))
  .chain((all) => fc.constantFrom<unknown>(all, all.slice(0, 6), all.slice(0, 3)));

function extras(): fc.Arbitrary<unknown> {
  return fc.record(
    {
      define: fc.oneof(fc.array(fc.oneof(fc.tuple(number, callable), few), { maxLength: 2 }), list),
      forget: list,
      reportStart: fc.boolean(),
      eager: fc.boolean(),
      task: few,
      carried: list,
      carriedEach: list,
    },
    { requiredKeys: ["define", "forget"] },
  );
}

const toWorkerTemplate = fc.oneof<fc.Arbitrary<unknown>[]>(
  run,
  fc.record(
    {
      kind: fc.constantFrom(
        "init",
        "places",
        "share",
        "unshare",
        "stop",
        "abandon",
        "nested-outcomes",
        "end",
        ...temptingNames,
      ),
      id: number,
      count: number,
      args: fc.oneof(list, few),
      index: number,
      value,
      reason: value,
      ref: value,
      outcomes: list,
    },
    { requiredKeys: ["kind"] },
  ),
  few,
);

/** What a pool may tell a worker, and what it may not. */
export const messageToWorker: fc.Arbitrary<Uint8Array> = bodies(
  // A worker believes its program: one that has it go through four thousand million holes, or take no call, gets that.
  toWorkerTemplate.filter((message) => !hasHoles(message) && !takesNoCall(message)),
);

function takesNoCall(message: unknown): boolean {
  const { kind, count } = Object(message) as { readonly kind?: unknown; readonly count?: unknown };
  return kind === "places" && !(Number(count) >= 1);
}

function hasHoles(value: unknown): boolean {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return false;
  if (Array.isArray(value) && value.length > 1_000_000) return true;
  return Object.values(value).some(hasHoles);
}

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
export const workerRequest: fc.Arbitrary<Uint8Array> = bodies(
  // As arguments they are refused. Within an argument they are what its worker wants: a list of so many items.
  requestTemplate.filter((message) => !hasHoles(message)),
);

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
