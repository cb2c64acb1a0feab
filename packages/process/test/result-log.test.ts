import { closeSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { packed } from "@concurrent-futures/core/keys";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { ClaimReader, ClaimWriter, openClaimFile } from "../dist/claim-file.js";
import { halfLength } from "../dist/results/log-layout.js";
import { RecordReader } from "../dist/results/record-reader.js";
import { RecordWriter } from "../dist/results/record-writer.js";
import { FileResultWriter, type ResultWriter, SharedResultWriter } from "../dist/results/result-writer.js";
import { makeLogMemory, sharedLog, WrittenResults } from "../dist/results/written-results.js";
import { isWritten, makeSlots, RETURNED_BESIDE, RETURNED_LOGGED, slotMask } from "../dist/slots.js";

const runs = process.env.STRESS === "1" ? 20_000 : 300;

const key = fc
  .oneof(fc.constantFrom("id", "name", "0", "toString", "constructor", "ключ"), fc.string())
  .filter((name) => name !== "__proto__" && name !== packed);
const leaf = fc.oneof(
  fc.constantFrom(undefined, null, true, false, 0, -0, 127, 128, -1, 2 ** 31, Number.NaN, -Infinity, ""),
  fc.integer(),
  fc.double(),
  fc.string({ unit: "binary", maxLength: 80 }),
  fc.string({ minLength: 30, maxLength: 300 }),
  fc.date({ noInvalidDate: false }),
);
/** What is written down: small plain data. */
const { value } = fc.letrec((tie) => ({
  value: fc.oneof({ depthSize: "small", withCrossShrink: true }, leaf, tie("array"), tie("object")),
  array: fc.array(tie("value"), { maxLength: 6 }),
  object: fc
    .uniqueArray(fc.tuple(key, tie("value")), { maxLength: 5, selector: ([name]) => name })
    .map((pairs) => Object.fromEntries(pairs)),
})) as { value: fc.Arbitrary<unknown> };

/** By what they are: Jest asks for a `constructor`, which may be a key. */
function expectSame(found: unknown, wanted: unknown): void {
  if (!isDeepStrictEqual(found, wanted)) expect([found]).toBe([wanted]);
}

const buffer = Buffer.alloc(64 * 1024);

describe("a result that is written down", () => {
  test("is read as structured clone would bring it, beside others with the same keys, whatever did not fit between", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(value, fc.nat({ max: 400 })), { maxLength: 12 }),
        fc.boolean(),
        (results, mayRunCode) => {
          const writer = new RecordWriter(buffer, mayRunCode);
          const reader = new RecordReader();
          writer.begin();
          let at = 7;
          for (const [result, room] of results) {
            const end = writer.write(result, at, at + room);
            if (end < 0) continue;
            expect(end).toBeLessThanOrEqual(at + room);
            // Whatever the worker writes next is none of this result's business.
            expectSame(reader.read(buffer, at, end), result);
            at = end;
          }
          expect(writer.write({ id: 1, list: [] }, at, buffer.length)).toBeGreaterThan(0);
        },
      ),
      { numRuns: runs },
    );
  });

  const twice = {};
  const cyclic: Record<string, unknown> = {};
  cyclic["self"] = cyclic;
  const holed = [1, 2, 3];
  delete holed[1];
  const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)]);
  class Point {
    x = 1;
  }
  const special: readonly (readonly [string, unknown])[] = [
    ["an object that is in it twice", [twice, twice]],
    ["a cycle", cyclic],
    ["an array with a hole", holed],
    ["an array with a field of its own", Object.assign([1], { input: "x" })],
    [
      "arguments",
      (function (this: unknown, ..._: number[]) {
        // biome-ignore lint/complexity/noArguments: they are what is tried.
        return arguments;
      })(1, 2),
    ],
    ["an instance", new Point()],
    ["an object without a prototype", Object.create(null)],
    ["a proxy", new Proxy({ x: 1 }, {})],
    ["a map", { map: new Map() }],
    ["an error", [new Error("x")]],
    ["bytes", new Uint8Array(4)],
    ["a function", { run: () => 1 }],
    ["a symbol", [Symbol.iterator]],
    ["a large integer", 5n],
    ["a key that would reach the prototype", JSON.parse('{"__proto__":{"polluted":1}}')],
    ["a key of packed values", { [packed]: 1 }],
    ["many levels", deep(40)],
    ["many keys", Object.fromEntries(Array.from({ length: 200 }, (_, at) => [`key${at}`, at]))],
    ["a long array", new Array(300).fill(1)],
    ["many objects", Array.from({ length: 100 }, () => [])],
    [
      "a getter that throws",
      {
        get x() {
          throw new Error("no");
        },
      },
    ],
  ];

  test.each(special)("is not taken, and nothing after it is wrong: %s", (_what, result) => {
    const writer = new RecordWriter(buffer, true);
    const reader = new RecordReader();
    expect(writer.write([{ new: 1 }, result, { x: 1 }], 0, buffer.length)).toBe(-1);
    const end = writer.write([{ x: 2 }, { new: 3 }], 0, buffer.length);
    expect(reader.read(buffer, 0, end)).toStrictEqual([{ x: 2 }, { new: 3 }]);
  });

  test("is not taken where a getter could run before it is seen that the call has ended", () => {
    let ran = 0;
    const watched = {
      get x() {
        return ++ran;
      },
    };
    expect(new RecordWriter(buffer, false).write(watched, 0, 100)).toBe(-1);
    expect(ran).toBe(0);
    expect(new RecordWriter(buffer, true).write(watched, 0, 100)).toBeGreaterThan(0);
  });

  test("sets no accessor of a prototype where it is read", () => {
    const end = new RecordWriter(buffer, true).write({ trap: 1 }, 0, 100);
    Object.defineProperty(Object.prototype, "trap", {
      configurable: true,
      set: () => {
        throw new Error("reached");
      },
    });
    try {
      expect(Object.entries(new RecordReader().read(buffer, 0, end) as object)).toEqual([["trap", 1]]);
    } finally {
      delete (Object.prototype as { trap?: unknown }).trap;
    }
  });
});

describe("bytes that no worker of this library writes", () => {
  const known = [
    ...Object.getOwnPropertyNames(Object.prototype),
    ...Object.getOwnPropertyNames(Array.prototype),
  ];
  const isPlain = (found: unknown): boolean =>
    typeof found !== "object" ||
    found === null ||
    ([Object.prototype, Array.prototype, Date.prototype].includes(Object.getPrototypeOf(found)) &&
      Object.values(found).every(isPlain));
  const check = (bytes: Buffer): void => {
    const reader = new RecordReader();
    let read: unknown;
    try {
      read = reader.read(bytes, 0, bytes.length);
    } catch (error) {
      expect(String(error)).toContain("The worker has written down");
    }
    expect(isPlain(read)).toBe(true);
    expect([
      ...Object.getOwnPropertyNames(Object.prototype),
      ...Object.getOwnPropertyNames(Array.prototype),
    ]).toEqual(known);
  };

  test("are refused, or are plain data", () => {
    const tag = fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 0, max: 14 }) }, fc.nat({ max: 255 }));
    fc.assert(
      fc.property(fc.array(tag, { maxLength: 60 }), (bytes) => check(Buffer.from(bytes))),
      { numRuns: 4 * runs },
    );
  });

  test("are refused, or are plain data, where a result was changed or cut", () => {
    fc.assert(
      fc.property(value, fc.nat(), fc.nat({ max: 255 }), fc.boolean(), (result, place, byte, cut) => {
        const end = new RecordWriter(buffer, true).write(result, 0, 4_000);
        if (end <= 0) return;
        const bytes = Buffer.from(buffer.subarray(0, cut ? place % end : end));
        if (!cut) bytes[place % end] = byte;
        check(bytes);
      }),
      { numRuns: 2 * runs },
    );
  });

  test.each([
    ["nothing", []],
    ["what was never written", [0, 0, 0, 0]],
    ["an array of more than there is", [10, 255, 255, 128]],
    ["a text of more than there is", [8, 255, 255, 255, 127, 65]],
    ["a text of less than nothing", [8, 255, 255, 255, 255, 65]],
    ["an object of unknown keys", [12, 0, 128]],
    ["a key that is no text", [11, 1, 128, 128]],
    ["a key that reaches the prototype", [11, 1, 7, 9, ...Buffer.from("__proto__"), 128]],
    ["a key of packed values", [11, 1, 8, packed.length, 0, 0, 0, ...Buffer.from(packed), 129]],
    ["many levels", new Array(3_000).fill([10, 1, 0]).flat()],
    ["more than one result", [128, 128]],
  ])("are refused: %s", (_what, bytes) => {
    expect(() => new RecordReader().read(Buffer.from(bytes), 0, bytes.length)).toThrow("written down");
  });
});

/** A worker and its pool, on both kinds of memory, without either. */
interface Line {
  readonly writer: ResultWriter;
  readonly slots: ReturnType<typeof makeSlots>;
  claim(base: number, index: number): void;
  results(batch: number): WrittenResults;
  /** What the pool knows of the state of a call, whose worker may be dead. */
  stateOf(
    base: number,
    index: number,
    count: number,
    alive: boolean,
  ): readonly [state: number, number: number];
  lend(base: number, count: number): void;
  close(): void;
}

function threadLine(): Line {
  const slots = makeSlots();
  const memory = makeLogMemory();
  return {
    writer: new SharedResultWriter(memory, slots),
    slots,
    claim: () => {},
    results: (batch) => new WrittenResults(sharedLog(memory), batch),
    stateOf: (base, index) => {
      const slot = (base + index) & slotMask;
      return [slots.states[slot] as number, slots.numbers[slot] as number];
    },
    lend: () => {},
    close: () => {},
  };
}

function processLine(): Line {
  const file = openClaimFile();
  const own = makeSlots();
  const known = makeSlots();
  const claims = new ClaimWriter(file, own);
  const reader = new ClaimReader(file, known);
  return {
    writer: new FileResultWriter(claims, own),
    slots: own,
    claim: (base, index) => expect(claims.claim(base, index)).toBe(true),
    results: (batch) => new WrittenResults(reader, batch),
    stateOf: (base, index, count, alive) => {
      reader.refresh({ base, from: index, to: count }, alive);
      const slot = (base + index) & slotMask;
      return [known.states[slot] as number, known.numbers[slot] as number];
    },
    lend: (base, count) => {
      for (let index = 0; index < count; index++) known.states[(base + index) & slotMask] = 1;
      reader.lend(base, count);
    },
    close: () => closeSync(file),
  };
}

describe.each([
  ["threads", threadLine],
  ["processes", processLine],
] as const)("results of %s", (_kind, makeLine) => {
  const written = fc.oneof(
    value,
    fc.string({ minLength: 400, maxLength: 3_000 }),
    fc.constantFrom("x".repeat(9_000), "x".repeat(20_000), new Map()),
  );

  test("are there in the pool when the call after them has begun, batch after batch around the ring, in whatever steps they are read", () => {
    const line = makeLine();
    let batch = 0;
    let base = slotMask - 20;
    try {
      fc.assert(
        fc.property(fc.array(fc.tuple(written, fc.boolean()), { minLength: 1, maxLength: 40 }), (calls) => {
          const results = line.results(batch);
          line.lend(base, calls.length + 1);
          let read = 0;
          const taken = calls.map(([result, look], index) => {
            line.claim(base, index);
            const slot = (base + index) & slotMask;
            const state = line.writer.write(batch, slot, result);
            if (state !== undefined) line.slots.states[slot] = state;
            if (look) for (; read < index && readNext(true); read++);
            return state;
          });
          function readNext(alive: boolean): boolean {
            if (!isTaken(read)) return true;
            const [state, number] = line.stateOf(base, read, calls.length + 1, alive);
            if (!isWritten(state)) return false;
            const slot = (base + read) & slotMask;
            expectSame(results.read(slot, state, number), (calls[read] as [unknown, boolean])[0]);
            return true;
          }
          function isTaken(index: number): boolean {
            return isWritten(line.slots.states[(base + index) & slotMask] as number);
          }
          // The worker is killed in the call after them: nothing else is written.
          line.claim(base, calls.length);
          for (; read < calls.length; read++) expect(readNext(false)).toBe(true);
          for (const [index, state] of taken.entries())
            if (state === undefined) expect(typeof calls[index]?.[0]).toMatch(/string|object/);
          base = (base + calls.length + 1) & slotMask;
          line.slots.states.fill(0);
          batch++;
        }),
        { numRuns: Math.min(runs, 2_000) },
      );
    } finally {
      line.close();
    }
  });

  test("that do not fit a batch's half are not taken, and the next batch finds it empty", () => {
    const line = makeLine();
    const text = "x".repeat(10_000);
    const fits = (batch: number): number => {
      let count = 0;
      while (line.writer.write(batch, count, text) !== undefined) count++;
      return count;
    };
    try {
      const count = Math.floor(halfLength / 10_005);
      expect([fits(0), fits(1), fits(2)]).toEqual([count, count, count]);
    } finally {
      line.close();
    }
  });

  test("are refused when their slot says what cannot be", () => {
    const line = makeLine();
    try {
      expect(line.writer.write(0, 0, "x".repeat(100))).toBe(RETURNED_LOGGED);
      const end = line.slots.numbers[0] as number;
      for (const number of [0, -1, 0.5, Number.NaN, Infinity, 2 ** 40, halfLength + 1, end + 1, end - 1])
        expect(() => line.results(0).read(0, RETURNED_LOGGED, number)).toThrow("The worker has written down");
      for (const number of [0, -1, 0.5, Number.NaN, 65, 1e9])
        expect(() => line.results(0).read(0, RETURNED_BESIDE, number)).toThrow("The worker has written down");
      expect(line.results(0).read(0, RETURNED_LOGGED, end)).toBe("x".repeat(100));
    } finally {
      line.close();
    }
  });
});
