import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import * as core from "@concurrent-futures/core";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";

const own: Pick<Errors, ErrorName> = { ...core };

type Errors = typeof import("@concurrent-futures/core/errors");
type ErrorName = {
  [K in keyof Errors]: Errors[K] extends new (
    message: string,
    options?: core.ErrorOptions,
  ) => Error
    ? K
    : never;
}[keyof Errors];

/** Every error: its code and its parents. A new one must be entered here. */
const table: readonly (readonly [ErrorName, string, readonly ErrorName[]])[] = [
  ["FuturesError", "ERR_FUTURES", []],
  ["CancelledError", "ERR_CANCELLED", ["FuturesError"]],
  ["TimeoutError", "ERR_TIMEOUT", ["FuturesError"]],
  ["InvalidStateError", "ERR_INVALID_STATE", ["FuturesError"]],
  ["RuntimeError", "ERR_RUNTIME", ["FuturesError"]],
  ["BrokenExecutor", "ERR_BROKEN_EXECUTOR", ["RuntimeError", "FuturesError"]],
  ["BrokenThreadPool", "ERR_BROKEN_THREAD_POOL", ["BrokenExecutor", "RuntimeError", "FuturesError"]],
  ["BrokenProcessPool", "ERR_BROKEN_PROCESS_POOL", ["BrokenExecutor", "RuntimeError", "FuturesError"]],
  ["WorkerLostError", "ERR_WORKER_LOST", ["BrokenExecutor", "RuntimeError", "FuturesError"]],
  ["JobLostError", "ERR_JOB_LOST", ["BrokenExecutor", "RuntimeError", "FuturesError"]],
  ["NoWorkersError", "ERR_NO_WORKERS", ["BrokenExecutor", "RuntimeError", "FuturesError"]],
  ["SerializationError", "ERR_SERIALIZATION", ["FuturesError"]],
  ["PayloadTooLargeError", "ERR_PAYLOAD_TOO_LARGE", ["SerializationError", "FuturesError"]],
  ["ValueError", "ERR_INVALID_ARG_VALUE", ["FuturesError"]],
  ["ArgumentTypeError", "ERR_INVALID_ARG_TYPE", []],
];

const folder = mkdtempSync(join(tmpdir(), "core-copy-"));
let copy: Errors;

beforeAll(async () => {
  const dist = fileURLToPath(new URL("../dist", import.meta.url));
  cpSync(dist, folder, { recursive: true });
  copy = (await import(pathToFileURL(join(folder, "errors.js")).href)) as Errors;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(table)("%s", (name, code, parents) => {
  const make = (
    from: Pick<Errors, ErrorName> = own,
    options?: core.ErrorOptions,
  ): Error & { code?: string } => new from[name]("the message", options) as Error & { code?: string };

  test("has its name, code, message and cause", () => {
    const cause = new Error("the cause");
    const error = make(own, { cause });
    expect([error.name, error.code, error.message, error.cause]).toEqual([name, code, "the message", cause]);
    expect(String(error)).toBe(`${name}: the message`);
    expect("cause" in make()).toBe(false);
  });

  test("is an Error, and what its parents are", () => {
    expect(make()).toBeInstanceOf(Error);
    for (const parent of parents) expect(make()).toBeInstanceOf(own[parent]);
    const others = table
      .map(([other]) => other)
      .filter((other) => other !== name && !parents.includes(other));
    for (const other of others) expect(make() instanceof own[other]).toBe(false);
  });

  test("instanceof holds across two loaded copies of the package", () => {
    expect(copy[name]).not.toBe(own[name]);
    expect(make(copy)).toBeInstanceOf(own[name]);
    expect(make(own)).toBeInstanceOf(copy[name]);
    for (const parent of parents) expect(make(copy)).toBeInstanceOf(own[parent]);
  });

  test("a class that extends it is told apart from it", () => {
    const Base = own[name] as new (message: string) => Error;
    class Own extends Base {}
    expect(new Own("x")).toBeInstanceOf(Own);
    expect(new Own("x")).toBeInstanceOf(Base);
    expect(new Base("x") instanceof Own).toBe(false);
  });
});

describe("the errors", () => {
  test("are all in the table, each with a code of its own", () => {
    const exported = Object.entries(core)
      .filter(([, value]) => typeof value === "function" && value.prototype instanceof Error)
      .map(([name]) => name);
    expect(exported.sort()).toEqual(table.map(([name]) => name).sort());
    expect(new Set(table.map(([, code]) => code)).size).toBe(table.length);
  });

  test("instanceof of what is no error is false, not an error", () => {
    for (const value of [undefined, null, 1, "x", {}, Object.create(null)])
      expect(value instanceof core.FuturesError).toBe(false);
  });

  test("ArgumentTypeError is a TypeError", () => {
    expect(new core.ArgumentTypeError("x")).toBeInstanceOf(TypeError);
  });

  test("BrokenProcessPool says which worker died", () => {
    const worker = { workerId: 2, exitCode: 1, signal: null, task: "resize" };
    expect(new core.BrokenProcessPool("x", { worker }).worker).toEqual(worker);
    expect(new core.BrokenProcessPool("x").worker).toBeUndefined();
  });
});
