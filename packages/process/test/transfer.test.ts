import { open } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { MessageChannel } from "node:worker_threads";
import { move } from "@concurrent-futures/callable";
import { ArgumentTypeError, SerializationError, ValueError } from "@concurrent-futures/core";
import { describe, expect, test } from "@jest/globals";
import { pool, work } from "./support/pools.ts";

const here = fileURLToPath(import.meta.url);

/** What is moved, wrapped as an argument, and what the worker tells of it. */
const movables: Readonly<Record<string, () => Promise<{ moved: object; done?: () => unknown }>>> = {
  "an ArrayBuffer": async () => ({ moved: new ArrayBuffer(16) }),
  "a MessagePort": async () => {
    const { port1, port2 } = new MessageChannel();
    return { moved: port1, done: () => port2.close() };
  },
  "a ReadableStream": async () => ({ moved: new Blob(["text"]).stream() }),
  "a WritableStream": async () => ({ moved: new WritableStream() }),
  "a TransformStream": async () => ({ moved: new TransformStream() }),
  "a FileHandle": async () => ({ moved: await open(here) }),
};

describe.each(Object.keys(movables))("to a thread, %s", (name) => {
  const className = name.split(" ")[1];
  const ways = {
    "named in `transfer`": (moved: object) => [{ transfer: [moved] }, moved] as const,
    "nested and named in `transfer`": (moved: object) => [{ transfer: [moved] }, { deep: [moved] }] as const,
    "wrapped in move()": (moved: object) => [{}, move(moved)] as const,
    "in a structure that is wrapped in move()": (moved: object) => [{}, move({ deep: [moved] })] as const,
    "both named and wrapped": (moved: object) => [{ transfer: [moved] }, move(moved)] as const,
  };

  test.each(Object.entries(ways))("%s, moves", async (_, way) => {
    const { moved, done } = await (movables[name] as (typeof movables)[string])();
    const [options, argument] = way(moved);
    expect(await pool().withOptions(options).submit(work("takeOver"), argument)).toBe(className);
    done?.();
  });
});

test.each([
  [
    [5],
    ArgumentTypeError,
    "Expected `transfer[0]` to be a buffer, a port, a stream or a file handle, got 5 (number).",
  ],
  [[new ArrayBuffer(1), null], ArgumentTypeError, "Expected `transfer[1]`"],
  [[new Uint8Array(1)], ArgumentTypeError, "Name its `buffer`."],
] as const)("%p is refused", (transfer, type, text) => {
  const make = () => pool().withOptions({ transfer: transfer as unknown as ArrayBuffer[] });
  expect(make).toThrow(type);
  expect(make).toThrow(text);
});

test("what is named twice is refused at once", () => {
  const buffer = new ArrayBuffer(8);
  const make = () => pool().withOptions({ transfer: [buffer, new ArrayBuffer(8), buffer] });
  expect(make).toThrow(ValueError);
  expect(make).toThrow(
    "Expected each object once in `transfer`, got an object (ArrayBuffer) twice (at 0 and 2).",
  );
});

test("a port that is neither is refused, with both ways out", () => {
  const { port1, port2 } = new MessageChannel();
  const submit = () => pool().submit(work("takeOver"), port1);
  expect(submit).toThrow(SerializationError);
  expect(submit).toThrow("wrap it in move(), or name it in `transfer`");
  port2.close();
});
