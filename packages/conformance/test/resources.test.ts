import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { BrokenProcessPool, type ProcessPoolOptions, resource } from "concurrent-futures";
import { counter, useCounter } from "./fixtures/resources.mjs";
import { describeEach, executors, processPools } from "./support/subjects.ts";

let folder: string;
let files = 0;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "resources-"));
});

afterEach(() => {
  jest.restoreAllMocks();
});

afterAll(() => rmSync(folder, { recursive: true }));

/** A file in which workers leave lines, and what is in it. */
function notebook(): { readonly file: string; lines(): string[] } {
  const file = join(folder, `${++files}`);
  return {
    file,
    lines() {
      try {
        return readFileSync(file, "utf8").trim().split("\n").filter(Boolean);
      } catch {
        return [];
      }
    },
  };
}

/** A resource that writes down when it is made and disposed. */
function noted(file: string, name = "") {
  const write = async (word: string): Promise<void> => {
    const { appendFileSync } = await import("node:fs");
    appendFileSync(file, `${word}${name}\n`);
  };
  return resource(
    async () => {
      await write("made");
      return { id: Math.random() };
    },
    {
      dispose: async () => {
        // biome-ignore lint/style/noRestrictedGlobals: a disposal that takes its time.
        await new Promise((resolve) => setTimeout(resolve, 20));
        await write("disposed");
      },
    },
  );
}

describe.each(executors)("a resource on $name", ({ create, exceptions }) => {
  const testGiven = exceptions?.["a resource as an argument"] === undefined ? test : test.skip;

  test("is made once, by uses that overlap", async () => {
    const executor = create({ maxWorkers: 1 });
    const model = resource(async () => ({ id: Math.random() }));
    const ids = await executor
      .map(
        async (n: number) => {
          const both = await Promise.all([model(), model()]);
          return [n, ...both.map(({ id }) => id)] as const;
        },
        [1, 2, 3],
      )
      .toArray();
    expect(new Set(ids.flatMap(([, a, b]) => [a, b])).size).toBe(1);
  });

  test("is the same captured, and as the function that is called", async () => {
    const executor = create({ maxWorkers: 1 });
    const model = resource(() => ({ id: Math.random() }));
    const captured = await executor.submit(async () => (await model()).id);
    expect((await executor.submit(model)).id).toBe(captured);
  });

  testGiven("is the same as an argument", async () => {
    const executor = create({ maxWorkers: 1 });
    const model = resource(() => ({ id: Math.random() }));
    const captured = await executor.submit(async () => (await model()).id);
    expect(await executor.submit(async (get: typeof model) => (await get()).id, model)).toBe(captured);
  });

  test("that a module exports is the one that the module's own functions use", async () => {
    const executor = create({ maxWorkers: 1 });
    const { id } = await executor.submit(useCounter);
    const given = await executor.submit(async (get: typeof counter) => (await get()).id, counter);
    expect(given).toBe(id);
    expect(await executor.submit(async () => (await counter()).id)).toBe(id);
    expect((await executor.submit(counter)).id).toBe(id);
  });

  test("that cannot be made fails the call, and the next use tries again", async () => {
    const executor = create({ maxWorkers: 1 });
    const { file } = notebook();
    const model = resource(async () => {
      const { appendFileSync, readFileSync } = await import("node:fs");
      appendFileSync(file, "try\n");
      if (readFileSync(file, "utf8").length < 8) throw new RangeError("not yet");
      return "made";
    });
    const use = (): Promise<string> => model();
    await expect(executor.submit(use).result()).rejects.toThrow(new RangeError("not yet"));
    expect(await executor.submit(use)).toBe("made");
  });

  test("whose creation throws at once fails the call as well", async () => {
    const executor = create({ maxWorkers: 1 });
    const model = resource((): string => {
      throw new RangeError("never");
    });
    await expect(executor.submit(() => model()).result()).rejects.toThrow(new RangeError("never"));
  });
});

describeEach(processPools)("the resources of $name", ({ create }) => {
  test("are one for each worker, and disposed by shutdown, which waits", async () => {
    const executor = create({ maxWorkers: 2 });
    const { file, lines } = notebook();
    const model = noted(file);
    const meet = notebook();
    const ids = await executor
      .map(
        async (other: string, own: string) => {
          const { appendFileSync, existsSync } = await import("node:fs");
          const { id } = await model();
          // Each waits for the other, so that they cannot have the same worker.
          appendFileSync(own, "");
          // biome-ignore lint/style/noRestrictedGlobals: it runs in a worker, and looks for a file.
          while (!existsSync(other)) await new Promise((resolve) => setTimeout(resolve, 1));
          return id;
        },
        [`${meet.file}a`, `${meet.file}b`],
        [`${meet.file}b`, `${meet.file}a`],
        { chunksize: 1 },
      )
      .toArray();
    expect(new Set(ids).size).toBe(2);
    await executor.shutdown();
    expect(lines()).toEqual(["made", "made", "disposed", "disposed"]);
  });

  test.each<[string, ProcessPoolOptions]>([
    ["maxTasksPerChild", { maxTasksPerChild: 1 }],
    ["idleTimeout", { idleTimeout: 1 }],
  ])("are disposed when %s ends their worker", async (_name, options) => {
    const executor = create({ maxWorkers: 1, ...options });
    const { file, lines } = notebook();
    const model = noted(file);
    await executor.submit(async () => void (await model()));
    while (lines().length < 2) await new Promise((resolve) => setImmediate(resolve));
    expect(lines()).toEqual(["made", "disposed"]);
  });

  test("are disposed the last first; one that fails keeps neither the others nor shutdown back", async () => {
    const executor = create({ maxWorkers: 1 });
    const { file, lines } = notebook();
    const [first, last] = [noted(file, " first"), noted(file, " last")];
    const broken = resource(() => 1, {
      dispose: () => {
        throw new RangeError("cannot be disposed");
      },
    });
    await executor.submit(async () => {
      await first();
      await broken();
      await last();
    });
    const warned = jest.spyOn(process, "emitWarning").mockImplementation(() => {});
    await executor.shutdown();
    expect(lines()).toEqual(["made first", "made last", "disposed last", "disposed first"]);
    expect(warned.mock.calls).toEqual([
      [
        expect.stringContaining("cannot be disposed"),
        expect.objectContaining({ code: "CF_RESOURCE_NOT_DISPOSED" }),
      ],
    ]);
  });

  test("may take longer to be disposed than a worker may take to leave", async () => {
    const executor = create({ maxWorkers: 1 });
    const { file, lines } = notebook();
    const slow = resource(() => 1, {
      dispose: async () => {
        // biome-ignore lint/style/noRestrictedGlobals: longer than a worker may take to leave.
        await new Promise((resolve) => setTimeout(resolve, 1_200));
        (await import("node:fs")).appendFileSync(file, "disposed\n");
      },
    });
    await executor.submit(() => slow());
    await executor.shutdown();
    expect(lines()).toEqual(["disposed"]);
  });

  test("are lost with a worker that is killed, and made again by the next", async () => {
    const executor = create({ maxWorkers: 1 });
    const { file, lines } = notebook();
    const model = noted(file);
    const crash = executor.submit(async () => {
      await model();
      process.exit(3);
    });
    await expect(crash.result()).rejects.toBeInstanceOf(BrokenProcessPool);
    await executor.submit(async () => void (await model()));
    await executor.shutdown();
    expect(lines()).toEqual(["made", "made", "disposed"]);
  });
});

describeEach(processPools)("exitResults() of $name", ({ create }) => {
  test("has what the finalizer returned in each worker, replaced ones too", async () => {
    const executor = create({
      maxWorkers: 1,
      maxTasksPerChild: 1,
      finalizer: async () => new Map([["n", 1]]),
    });
    expect(await executor.map((n: number) => n, [1, 2, 3], { chunksize: 1 }).toArray()).toEqual([1, 2, 3]);
    const asked = executor.exitResults();
    await executor.shutdown();
    const one = new Map([["n", 1]]);
    expect(await asked).toEqual([one, one, one]);
    expect(await executor.exitResults()).toEqual([one, one, one]);
  });

  test("comes after the last call, and before resources are disposed", async () => {
    const model = resource(() => ({ open: true }), {
      dispose: (it) => {
        it.open = false;
      },
    });
    const executor = create({ maxWorkers: 1, finalizer: async () => (await model()).open });
    await executor.submit(async () => void (await model()));
    await executor.shutdown();
    expect(await executor.exitResults()).toEqual([true]);
  });

  test("is empty without a finalizer, and where no worker ran", async () => {
    const without = create({ maxWorkers: 1 });
    await without.submit(() => 1);
    const idle = create({ finalizer: () => 1 });
    await Promise.all([without.shutdown(), idle.shutdown()]);
    expect(await without.exitResults()).toEqual([]);
    expect(await idle.exitResults()).toEqual([]);
  });

  test("leaves out killed workers", async () => {
    const executor = create({ maxWorkers: 1, finalizer: () => 1 });
    await executor.submit(() => 1);
    executor.killWorkers();
    expect(await executor.exitResults()).toEqual([]);
  });

  test("leaves out a finalizer that throws, with a warning", async () => {
    const executor = create({
      maxWorkers: 1,
      finalizer: () => {
        throw new RangeError("no last words");
      },
    });
    await executor.submit(() => 1);
    const warned = jest.spyOn(process, "emitWarning").mockImplementation(() => {});
    await executor.shutdown();
    expect(await executor.exitResults()).toEqual([]);
    expect(warned.mock.calls).toEqual([
      [expect.stringContaining("no last words"), expect.objectContaining({ code: "CF_FINALIZER_FAILED" })],
    ]);
  });

  test("leaves out what cannot be sent, with a warning", async () => {
    const executor = create({ maxWorkers: 1, finalizer: () => Promise.resolve(new WeakMap()) });
    await executor.submit(() => 1);
    const warned = jest.spyOn(process, "emitWarning").mockImplementation(() => {});
    await executor.shutdown();
    expect(await executor.exitResults()).toEqual([]);
    expect(warned.mock.calls).toEqual([
      [expect.stringContaining("cannot be sent"), expect.objectContaining({ code: "CF_FINALIZER_FAILED" })],
    ]);
  });

  test("is there when the pool is broken", async () => {
    const executor = create({
      maxWorkers: 1,
      finalizer: () => 1,
      initializer: () => {
        throw new RangeError("no start");
      },
    });
    await expect(executor.submit(() => 1).result()).rejects.toBeInstanceOf(BrokenProcessPool);
    expect(await executor.exitResults()).toEqual([]);
  });
});
