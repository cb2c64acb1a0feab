import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { ProcessPoolExecutor } from "@concurrent-futures/process";
import { afterEach, describe, expect, jest, test } from "@jest/globals";
import {
  diesWithoutNewline,
  printsBytes,
  printsInPieces,
  printsLines,
  printsMuch,
  printsNatively,
  square,
} from "./fixtures/printing.mjs";

type Heard = [line: string, workerId: number, task: string | undefined, stream: string];

const program = fileURLToPath(new URL("./fixtures/printing-program.mjs", import.meta.url));
afterEach(() => {
  jest.restoreAllMocks();
});

describe.each(["thread", "spawn"] as const)("output of %s workers", (mpContext) => {
  const listening = (heard: Heard[], maxWorkers = 1): ProcessPoolExecutor =>
    new ProcessPoolExecutor({
      ...{ maxWorkers, mpContext },
      output: (line, { workerId, task, stream }) => heard.push([line, workerId, task, stream]),
    });

  test("goes to a function, each line before the result of the call that printed it", async () => {
    const heard: Heard[] = [];
    await using pool = listening(heard);
    expect(await pool.submit(printsLines, "a")).toBe("a");
    const lines: Heard[] = [
      ["out a", 1, "printsLines", "stdout"],
      ["err a", 1, "printsLines", "stderr"],
    ];
    expect(heard).toEqual(lines);
    heard.length = 0;
    await pool.withOptions({ name: "named" }).submit(printsLines, "b");
    expect(heard.map(([, , task]) => task)).toEqual(["named", "named"]);
  });

  test("is whole lines, whatever the pieces, and what has no end comes with the worker's", async () => {
    const heard: Heard[] = [];
    const pool = listening(heard);
    await pool.submit(printsInPieces);
    await pool.submit(printsBytes);
    expect(heard.map(([line]) => line)).toEqual(["one two", "", "three", "€uro"]);
    await pool.shutdown();
    expect(heard.slice(4)).toEqual([["no end", 1, undefined, "stdout"]]);
  });

  test("comes from each worker by itself, also when its loop is blocked and this thread waits", async () => {
    const heard: Heard[] = [];
    await using pool = listening(heard, 2);
    const futures = [pool.submit(printsMuch, 20_000), pool.submit(printsMuch, 20_000)];
    for (const future of futures) expect(future.resultSync(20_000)).toBe(20_000);
    for (const worker of new Set(heard.map(([, workerId]) => workerId))) {
      const lines = heard.filter(([, workerId]) => workerId === worker).map(([line]) => line);
      expect(new Set(lines.map((line) => line.length))).toEqual(new Set([50]));
    }
    expect(heard).toHaveLength(40_000);
  });

  test("what a worker that dies has printed is heard", async () => {
    const heard: Heard[] = [];
    await using pool = listening(heard);
    await pool.submit(diesWithoutNewline).exception();
    expect(heard.map(([line]) => line)).toEqual(["last words", "and no end"]);
    expect(await pool.submit(square, 3)).toBe(9);
  });

  test("a function that throws is reported, and costs no call", async () => {
    const warned = jest.spyOn(process, "emitWarning").mockImplementation(() => {});
    await using pool = new ProcessPoolExecutor({
      ...{ maxWorkers: 1, mpContext },
      output: () => {
        throw new Error("no listener");
      },
    });
    expect(await pool.submit(printsLines, "c")).toBe("c");
    expect(warned).toHaveBeenCalledTimes(2);
  });

  test.each(["inherit", "pipe", undefined])("as %s comes out of this program, line by line", (output) => {
    const args = [program, mpContext, ...(output === undefined ? [] : [output])];
    const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: "utf8" });
    const lines = (text: string): string[] => text.trim().split("\n").sort();
    expect([status, lines(stdout), lines(stderr)]).toEqual([
      0,
      ["Pool", "out 1", "out 2", "out 3", "over"].sort(),
      ["err 1", "err 2", "err 3"],
    ]);
  });
});

test("what native code and Node itself write in a process is heard, too", async () => {
  const heard: Heard[] = [];
  const pool = new ProcessPoolExecutor({
    ...{ maxWorkers: 1, mpContext: "spawn" },
    output: (line, { workerId, task, stream }) => heard.push([line, workerId, task, stream]),
  });
  await pool.submit(printsNatively);
  await pool.shutdown();
  expect(heard).toEqual([["native", 1, undefined, "stdout"]]);
});

test("other words are refused at the call", () => {
  for (const output of ["ignore", 5, null, {}])
    expect(() => new ProcessPoolExecutor({ output: output as never })).toThrow("`output`");
});
