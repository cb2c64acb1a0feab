import { expect } from "@jest/globals";
import { ArgumentTypeError, type Executor, TimeoutError, ValueError } from "concurrent-futures";
import {
  capture,
  divmod,
  identity,
  mul,
  newObject,
  passGate,
  pow,
  throwTimeout,
  throwValue,
  toText,
} from "./fixtures/tasks.mjs";
import { Gate } from "./support/gates.ts";
import { describeExecutor, executors } from "./support/subjects.ts";
import { collected, rejection, thrown } from "./support/waiting.ts";

function* countFrom(start: number, pulled = { count: 0 }): Generator<number> {
  for (let value = start; ; value++) {
    pulled.count++;
    yield value;
  }
}

describeExecutor("ExecutorTest", executors, ({ create }, row) => {
  row("test_submit", async () => {
    expect(await create().submit(pow, 2, 8)).toBe(256);
  });

  row("test_submit_keyword", async () => {
    const executor = create();
    const given = { self: 1, fn: 2, arg: 3 };
    expect(await executor.submit(capture, 0, given)).toEqual([0, given]);
    const submit = executor.submit.bind(executor) as unknown as (...args: unknown[]) => unknown;
    expect(() => submit()).toThrow(ArgumentTypeError);
    expect(() => submit({ fn: capture, arg: 1 })).toThrow(ArgumentTypeError);
  });

  row("test_map", async () => {
    const executor = create();
    const numbers = Array.from({ length: 10 }, (_, at) => at);
    const expected = numbers.map((x) => x ** x);
    expect(await executor.map(pow, numbers, numbers).toArray()).toEqual(expected);
    expect(await executor.map(pow, numbers, numbers, { chunksize: 3 }).toArray()).toEqual(expected);
  });

  row("test_map_exception", async () => {
    const results = create().map(divmod, [1, 1, 1, 1], [2, 3, 0, 5]);
    expect((await results.next()).value).toEqual([0, 1]);
    expect((await results.next()).value).toEqual([0, 1]);
    expect(await rejection(results.next())).toMatchObject({
      name: "RangeError",
      message: "division by zero",
    });
    expect(await results.next()).toEqual({ done: true, value: undefined });
  });

  row("test_map_timeout", async () => {
    const executor = create();
    await executor.submit(identity, "the workers are up");
    const gate = new Gate();
    const results: unknown[] = [];
    const error = await rejection(
      (async () => {
        const late = executor.map(passGate, ["", "", gate.path], [0, 1, 2], { timeout: 1_000 });
        for await (const result of late) results.push(result);
      })(),
    );
    expect(error).toBeInstanceOf(TimeoutError);
    expect(results).toEqual([0, 1]);
  });

  row("test_shutdown_race_issue12456", async () => {
    const executor = create();
    const results = executor.map(toText, [2, 2, 2, 2, 2, 2]);
    await executor.shutdown();
    expect(await results.toArray()).toEqual(["2", "2", "2", "2", "2", "2"]);
  });

  row("test_no_stale_references", async () => {
    const executor = create();
    const submitted = async (): Promise<WeakRef<object>> => {
      const argument = { large: "object" };
      await executor.submit(toText, argument);
      return new WeakRef(argument);
    };
    expect(await collected(await submitted())).toBe(true);
  });

  row("test_max_workers_negative", () => {
    for (const maxWorkers of [0, -1]) {
      const error = thrown(() => create({ maxWorkers }));
      expect(error).toBeInstanceOf(ValueError);
      expect((error as Error).message).toContain("maxWorkers must be greater than 0");
      expect((error as Error).message).toContain(String(maxWorkers));
    }
  });

  row("test_free_reference", async () => {
    const results = create().map(newObject, [0, 1, 2]);
    for (let at = 0; at < 3; at++) {
      const taken = async () => new WeakRef((await results.next()).value as object);
      expect(await collected(await taken())).toBe(true);
    }
  });

  row("test_map_timeout_from_callable", async () => {
    const results = create().map(throwTimeout as () => Promise<never>, [0, 1], { timeout: 10_000 });
    const error = (await rejection(results.next())) as TimeoutError;
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error.message).toBe("the callable's own");
  });

  row("test_map_close", async () => {
    for (const options of [{}, { chunksize: 2 }]) {
      const results = create().map(identity, [0, 1, 2, 3], options);
      expect((await results.next()).value).toBe(0);
      await results.return();
      expect(await results.next()).toEqual({ done: true, value: undefined });
    }
  });

  row("test_map_buffersize_type_validation", () => {
    const executor = create();
    for (const buffersize of ["foo", 2.5, null]) {
      const error = thrown(() => executor.map(identity, [1], { buffersize: buffersize as number }));
      expect(error).toBeInstanceOf(ArgumentTypeError);
      expect((error as Error).message).toContain("buffersize must be an integer or undefined");
    }
  });

  row("test_map_buffersize_value_validation", () => {
    const executor = create();
    for (const buffersize of [0, -1]) {
      const error = thrown(() => executor.map(identity, [1], { buffersize }));
      expect(error).toBeInstanceOf(ValueError);
      expect((error as Error).message).toContain("buffersize must be undefined or > 0");
    }
  });

  row("test_map_buffersize", async () => {
    const executor = create();
    const numbers = [0, 1, 2, 3];
    for (const buffersize of [1, numbers.length, numbers.length + 1, numbers.length * 2]) {
      expect(await executor.map(toText, numbers, { buffersize }).toArray()).toEqual(numbers.map(String));
    }
  });

  row("test_map_buffersize_on_multiple_iterables", async () => {
    const executor = create();
    const numbers = [0, 1, 2, 3];
    for (const buffersize of [1, numbers.length, numbers.length + 1, numbers.length * 2]) {
      expect(await executor.map(mul, numbers, numbers, { buffersize }).toArray()).toEqual([0, 1, 4, 9]);
    }
  });

  const takeThree = async (executor: Executor, inputs: Iterable<number>[]): Promise<unknown[]> => {
    const results: unknown[] = [];
    const fn = inputs.length === 1 ? toText : mul;
    const map = executor.map as unknown as (...args: unknown[]) => AsyncIterableIterator<unknown>;
    for await (const result of map.call(executor, fn, ...inputs, { buffersize: 1 })) {
      if (results.push(result) === 3) break;
    }
    return results;
  };

  row("test_map_buffersize_on_infinite_iterable", async () => {
    expect(await takeThree(create(), [countFrom(0)])).toEqual(["0", "1", "2"]);
  });

  row("test_map_buffersize_on_multiple_infinite_iterables", async () => {
    expect(await takeThree(create(), [countFrom(0), countFrom(1)])).toEqual([0, 2, 6]);
  });

  row("test_map_buffersize_on_empty_iterable", async () => {
    expect(await create().map(toText, [], { buffersize: 1 }).toArray()).toEqual([]);
  });

  row("test_map_buffersize_without_iterable", async () => {
    const none = create().map(() => 1, ...([] as never[]), { buffersize: 1 });
    expect(await none.toArray()).toEqual([]);
  });

  row("test_map_buffersize_when_buffer_is_full", async () => {
    const pulled = { count: 0 };
    const results = create().map(toText, countFrom(0, pulled), { buffersize: 4 });
    await new Promise((resolve) => setImmediate(resolve));
    expect(pulled.count).toBe(4);
    await results.return();
  });

  row("test_swallows_falsey_exceptions", async () => {
    const executor = create();
    for (const value of [undefined, null, 0, "", false]) {
      const future = executor.submit(throwValue, value);
      expect(await rejection(future)).toBe(value);
      expect(future.failed()).toBe(true);
      expect(await rejection(executor.map(throwValue, [value]).next())).toBe(value);
    }
  });
});
