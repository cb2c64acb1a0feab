import { encodeForNetwork } from "@concurrent-futures/callable/network";
import fc from "fast-check";
import { networkMessage, temptingNames } from "./network-wire.ts";

/** What clients of a manager and its server say to each other over a network: all fields that the protocol has, right or wrong. */

const bytes = (value: unknown): Uint8Array => encodeForNetwork(value, { name: "a message" });
const word = fc.constantFrom<unknown>(
  ...temptingNames,
  "list",
  "dict",
  "append",
  "get",
  "0",
  0,
  -1,
  0.5,
  null,
  [],
  {},
  2 ** 31,
);
const args = fc.oneof<fc.Arbitrary<unknown>[]>(
  networkMessage,
  fc.array(fc.constantFrom<unknown>(0, 1, -1, "x", null, 2 ** 31, 2 ** 53), { maxLength: 3 }).map(bytes),
  word,
);

/** `object` is the id of an object that there is. */
export const request = (object: string): fc.Arbitrary<Uint8Array> =>
  fc
    .record(
      {
        op: fc.oneof(
          {
            weight: 8,
            arbitrary: fc.constantFrom("call", "create", "incref", "decref", "lease", "received", "info"),
          },
          { weight: 1, arbitrary: word },
        ),
        id: fc.oneof({ weight: 8, arbitrary: fc.nat(1e6) }, { weight: 1, arbitrary: word }),
        object: fc.oneof({ weight: 3, arbitrary: fc.constant(object) }, { weight: 1, arbitrary: word }),
        method: fc.oneof(
          fc.constantFrom<unknown>(
            "append",
            "pop",
            "get",
            "extend",
            "slice",
            "length",
            "insert",
            "sort",
            "toArray",
          ),
          word,
        ),
        type: fc.oneof(
          fc.constantFrom(
            "list",
            "dict",
            "set",
            "Namespace",
            "Value",
            "Array",
            "Lock",
            "Condition",
            "Queue",
            "Barrier",
            "PipeEnd",
            "Pool",
          ),
          word,
        ),
        args,
        owner: fc.oneof(fc.constant<unknown>("0"), word),
        client: word,
        reply: fc.oneof(fc.nat(100), word),
      },
      { requiredKeys: ["op", "id"] },
    )
    .map(bytes);

const state = fc.record({
  address: fc.constantFrom<unknown>(["127.0.0.1", 1], "/nowhere", 5, ["x"]),
  id: word,
  type: word,
  exposed: fc.oneof(fc.array(word, { maxLength: 4 }), word),
  builtin: word,
  own: word,
});

/** An answer to request `id`, or to one that nobody made. */
export const reply = (id: number): fc.Arbitrary<Uint8Array> =>
  fc
    .record(
      {
        id: fc.oneof({ weight: 6, arbitrary: fc.constant<unknown>(id) }, { weight: 1, arbitrary: word }),
        ok: fc.oneof(fc.boolean(), word),
        value: fc.oneof(args, state.map(bytes)),
        error: fc.oneof(
          fc.record({
            name: word,
            message: word,
            stack: word,
            packed: fc.oneof<fc.Arbitrary<unknown>[]>(networkMessage, word),
          }),
          word,
        ),
        ackRequested: word,
      },
      { requiredKeys: ["id"] },
    )
    .map(bytes);
