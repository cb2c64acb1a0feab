import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { task } from "@concurrent-futures/callable";
import { BrokenProcessPool, SerializationError } from "@concurrent-futures/core";
import { describe, expect, test } from "@jest/globals";
import { rejection, until } from "../../conformance/test/support/waiting.ts";
import { pool, work } from "./support/pools.ts";

const fixture = (name: string) => new URL(`./fixtures/${name}`, import.meta.url);

for (const mpContext of ["thread", "spawn"] as const) {
  describe(`a bad day in a ${mpContext} worker`, () => {
    const two = { maxWorkers: 2, mpContext };

    test("process.exit in a task fails that task with the worker's exit code", async () => {
      const executor = pool(two);
      const error = (await rejection(executor.submit(work("exit"), 3))) as BrokenProcessPool;
      expect(error).toBeInstanceOf(BrokenProcessPool);
      expect(error.code).toBe("ERR_BROKEN_PROCESS_POOL");
      expect(error.worker).toMatchObject({ exitCode: 3, task: "exit" });
      expect(await executor.submit(work("square"), 4)).toBe(16);
    });

    test("an error thrown from a timer fails the task that runs, and names the error", async () => {
      const executor = pool(two);
      const error = (await rejection(executor.submit(work("throwLater")))) as Error;
      expect(error).toBeInstanceOf(BrokenProcessPool);
      expect(await executor.submit(work("square"), 4)).toBe(16);
    });

    test("a task that exhausts its memory limit dies alone", async () => {
      const program = fileURLToPath(new URL("./fixtures/memory-limit.mjs", import.meta.url));
      const { stdout } = await promisify(execFile)(process.execPath, [program, mpContext]);
      const told = { error: "BrokenProcessPool", results: [0, 1, 4, 9, 16, 25], after: 25 };
      expect(JSON.parse(stdout.trim().split("\n").at(-1) as string)).toEqual(told);
    });

    test("a module that fails at import fails the tasks that want it, with its error", async () => {
      const executor = pool(two);
      const broken = task(fixture("fails-at-import.mjs"), "never") as unknown as () => unknown;
      const error = (await rejection(executor.submit(broken))) as Error;
      expect(error.message).toMatch(
        /^this module fails at import \(while loading file:\/\/.*\/fails-at-import\.mjs for `never`\)$/,
      );
      expect(error.stack).toContain("fails-at-import.mjs for `never`)\n    at ");
      // The loader keeps the error: it is told once.
      expect(
        ((await rejection(executor.submit(broken))) as Error).message.split("while loading").length,
      ).toBe(2);
      expect(await executor.submit(work("square"), 4)).toBe(16);
    });

    test("an initializer that ends its worker is named", async () => {
      const executor = pool({ ...two, initializer: work("exit"), initargs: [3] });
      const error = (await rejection(executor.submit(work("square"), 3))) as BrokenProcessPool;
      expect(error).toBeInstanceOf(BrokenProcessPool);
      expect(error.message).toMatch(
        /^4 workers died in a row without finishing a task; the last: worker \d terminated abruptly with exit code 3 while it ran the initializer `exit`$/,
      );
    });

    test("a module that exits at import costs the task that wants it", async () => {
      const executor = pool(two);
      const exits = task(fixture("exits-at-import.mjs"), "never") as unknown as () => unknown;
      const innocent = executor.submit(work("square"), 3);
      expect(await rejection(executor.submit(exits))).toBeInstanceOf(BrokenProcessPool);
      expect(await innocent).toBe(9);
    });

    test("an unknown module or export is a clear error", async () => {
      const executor = pool(two);
      const submitUnknown = async (url: URL, name: string) =>
        executor.submit(task(url, name) as unknown as () => unknown);
      const module = (await rejection(submitUnknown(fixture("no-such-file.mjs"), "x"))) as Error;
      expect(module.message).toContain("no-such-file.mjs");
      const name = (await rejection(submitUnknown(fixture("work.mjs"), "noSuchExport"))) as Error;
      expect(name.message).toContain("noSuchExport");
    });

    test("a failing initializer breaks the pool, with the initializer's error as the cause", async () => {
      const executor = pool({
        ...two,
        initializer: work("fail") as never,
        initargs: ["no licence"] as never,
      });
      const error = (await rejection(executor.submit(work("square"), 2))) as BrokenProcessPool;
      expect(error).toBeInstanceOf(BrokenProcessPool);
      expect((error.cause as Error).message).toBe("no licence");
      expect(() => executor.submit(work("square"), 2)).toThrow(BrokenProcessPool);
    });

    test("a result that does not clone fails its task, and its worker lives", async () => {
      const executor = pool({ maxWorkers: 1, mpContext });
      const before = await executor.submit(work("whoAmI"));
      expect(await rejection(executor.submit(work("uncloneable")))).toBeInstanceOf(SerializationError);
      expect(await executor.submit(work("whoAmI"))).toBe(before);
    });

    test("an argument that does not clone is refused at the call", () => {
      const executor = pool(two);
      expect(() => executor.submit(work("identity"), { deep: [process.stdout] })).toThrow(SerializationError);
      expect(() => executor.submit(work("identity"), new WeakMap())).toThrow(/argument/i);
    });

    test("an error with fields that do not clone still arrives as an error", async () => {
      const executor = pool(two);
      const error = (await rejection(executor.submit(work("throwOdd")))) as Error;
      expect(error.message).toBe("ab");
      expect(error.name).toBe("Error");
    });

    test.each([[undefined], [null], [0], [""], [false], ["text"], [12n]])(
      "throw %p rejects with that very value",
      async (value) => {
        const executor = pool({ maxWorkers: 1, mpContext });
        expect(await rejection(executor.submit(work("throwValue"), value))).toBe(value);
      },
    );

    test("a worker that cannot start breaks the pool and says why", async () => {
      const executor = pool({
        ...two,
        execArgv: ["--import", "data:text/javascript,throw new Error('cannot start')"],
      });
      expect(await rejection(executor.submit(work("square"), 1))).toBeInstanceOf(BrokenProcessPool);
      expect(() => executor.submit(work("square"), 1)).toThrow(BrokenProcessPool);
    });

    test('with onWorkerCrash "break" everything unfinished fails and later submits throw', async () => {
      const executor = pool({ ...two, onWorkerCrash: "break" });
      const pending = executor.submit(work("never"));
      await until(() => pending.running());
      const guilty = executor.submit(work("exit"), 1);
      const errors = [await rejection(guilty), await rejection(pending)];
      for (const error of errors) expect(error).toBeInstanceOf(BrokenProcessPool);
      expect(errors[0]).not.toBe(errors[1]);
      expect(() => executor.submit(work("square"), 1)).toThrow(BrokenProcessPool);
    });

    test("a forced cancel ends a task that cannot listen, and loses nothing else", async () => {
      const executor = pool({ maxWorkers: 1, mpContext });
      const stuck = executor.submit(work("forever"));
      const behind = Array.from({ length: 20 }, (_, at) => executor.submit(work("square"), at));
      await until(() => stuck.running());
      expect(stuck.cancel()).toBe(false);
      expect(stuck.cancel({ force: true })).toBe(true);
      expect(await rejection(stuck)).toMatchObject({ code: "ERR_CANCELLED" });
      expect(stuck.cancelled()).toBe(true);
      expect(await Promise.all(behind)).toEqual(behind.map((_, at) => at * at));
    });

    test("a time limit counts from the task's start and ends it with TimeoutError", async () => {
      const executor = pool({ maxWorkers: 1, mpContext });
      const first = executor.submit(work("spin"), 300);
      const limited = executor.withOptions({ timeout: 200 }).submit(work("square"), 3);
      const stuck = executor.withOptions({ timeout: 100 }).submit(work("forever"));
      expect(await Promise.all([first, limited])).toEqual([300, 9]);
      expect(await rejection(stuck)).toMatchObject({ code: "ERR_TIMEOUT" });
      expect(await executor.submit(work("square"), 5)).toBe(25);
    });
  });
}
