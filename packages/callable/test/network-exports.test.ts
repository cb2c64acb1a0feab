import { inspectedSource } from "@concurrent-futures/callable";
import { importModule, ownExport } from "@concurrent-futures/callable/load";
import { decodeFromNetwork, type ExportName, encodeForNetwork } from "@concurrent-futures/callable/network";
import { SerializationError } from "@concurrent-futures/core";
import { beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import * as shapes from "./fixtures/network-shapes.mjs";

const url = new URL("./fixtures/network-shapes.mjs", import.meta.url).href;

const send = (value: unknown): Uint8Array =>
  encodeForNetwork(value, {
    name: "the value",
    exports: {
      source: inspectedSource,
      nameOf: (address) => (address.url === url ? { module: "shapes", path: address.path } : undefined),
    },
  });

function resolve({ module, path }: ExportName): Function {
  if (module !== "shapes") throw new SerializationError(`no module ${module}`);
  return ownExport(url, path, module).value;
}

const receive = (bytes: Uint8Array): unknown => decodeFromNetwork(bytes, { resolve });
const round = <T>(value: T): T => receive(send(value)) as T;

beforeAll(async () => {
  await importModule({ specifier: url });
});

describe("exports on a network, between machines with the same modules", () => {
  test("functions and classes are those of the receiver", () => {
    expect(round(shapes.area)).toBe(shapes.area);
    expect(round([shapes.Point, shapes.Point])).toEqual([shapes.Point, shapes.Point]);
  });

  test("instances have their class, fields and identity, and no constructor runs", () => {
    const point = new shapes.Point(1, 2);
    const [a, b] = round([point, point]);
    expect(a).toBeInstanceOf(shapes.Point);
    expect(a).toEqual(point);
    expect(a).toBe(b);
    expect(shapes.Point.made).toBe(1);
  });

  test("instances may hold themselves, and descend from Map, Set and Array", () => {
    const registry = new shapes.Registry([["a", 1]]);
    registry.owner = registry;
    const back = round(registry);
    expect(back).toBeInstanceOf(shapes.Registry);
    expect(back.get("a")).toBe(1);
    expect(back.owner).toBe(back);
    const path = shapes.Path.of(1, 2, 3);
    expect(round(path)).toBeInstanceOf(shapes.Path);
    expect([...round(path)]).toEqual([1, 2, 3]);
  });

  test("errors have their class where the receiver has it, and the nearest known one elsewhere", () => {
    const error = new shapes.OutOfPaper("tray 2");
    expect(round(error)).toBeInstanceOf(shapes.OutOfPaper);
    const elsewhere = decodeFromNetwork(send(error), {
      resolve: () => {
        throw new SerializationError("not here");
      },
    });
    expect(elsewhere).not.toBeInstanceOf(shapes.OutOfPaper);
    expect(elsewhere).toMatchObject({ name: "OutOfPaper", message: "no paper in tray 2", tray: "tray 2" });
  });

  test("what has private fields is refused by name", () => {
    expect(() => send({ safe: new shapes.Safe() })).toThrow(
      /the value \.safe: the class Safe has private fields/,
    );
  });

  test("a receiver that takes no names refuses them", () => {
    expect(() => decodeFromNetwork(send(shapes.area))).toThrow(SerializationError);
  });

  test.each([
    [["area", "constructor"]],
    [["constructor"]],
    [["Point", "__proto__", "constructor"]],
    [["Point", "prototype", "constructor"]],
    [["Point", "prototype"]],
    [["text", "length"]],
    [["missing"]],
    [["area", "call"]],
    [[]],
  ])("the way %j leads to nothing", (path) => {
    expect(() => ownExport(url, path, "shapes")).toThrow(SerializationError);
  });

  test("whatever the bytes are, the receiver makes a value or refuses them", () => {
    const valid = send([
      new shapes.Point(1, 2),
      new shapes.OutOfPaper("x"),
      new shapes.Registry([["a", 1]]),
      shapes.area,
    ]);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        (changes) => {
          const bytes = Uint8Array.from(valid);
          for (const [at, byte] of changes) bytes[at] = byte;
          try {
            receive(bytes);
          } catch (error) {
            expect(error).toBeInstanceOf(SerializationError);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
