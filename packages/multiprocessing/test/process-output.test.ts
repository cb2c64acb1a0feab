import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Process, type ProcessOutput } from "@concurrent-futures/multiprocessing";
import { afterEach, describe, expect, jest, test } from "@jest/globals";
import {
  printsInPieces,
  printsLines,
  printsMuch,
  printsNatively,
  throws,
} from "./fixtures/printing-targets.mjs";

const program = fileURLToPath(new URL("./fixtures/printing-program.mjs", import.meta.url));
afterEach(() => {
  jest.restoreAllMocks();
});

describe.each(["thread", "spawn"] as const)("what a Process prints, on %s", (context) => {
  /** Runs a target to its end, and gives each line that was heard until then. */
  async function linesOf(target: (...args: never[]) => unknown, ...args: unknown[]): Promise<string[]> {
    const heard: string[] = [];
    const one = new Process({
      ...{ context, target: target as (...args: unknown[]) => unknown, args, name: "printer" },
      output: (line, { name, stream }) => heard.push(`${name} ${stream}: ${line}`),
    });
    one.start();
    await one.join();
    return heard;
  }

  test("goes to a function, all of it before join() resolves", async () => {
    expect((await linesOf(printsLines, "a")).sort()).toEqual([
      "printer stderr: err a",
      "printer stdout: out a",
    ]);
    const much = await linesOf(printsMuch, 20_000);
    expect(much).toHaveLength(20_000);
    expect(new Set(much)).toEqual(new Set([`printer stdout: ${"x".repeat(50)}`]));
  });

  test("is whole lines, whatever the pieces", async () => {
    expect(await linesOf(printsInPieces)).toEqual([
      "printer stdout: one two",
      "printer stdout: ",
      "printer stdout: €uro",
      "printer stdout: no end",
    ]);
  });

  test("has the error that ends it", async () => {
    const heard = await linesOf(throws);
    expect(heard.filter((line) => line.includes("stdout"))).toEqual(["printer stdout: first"]);
    const said = heard.filter((line) => line.includes("stderr"));
    expect(said.slice(0, 2)).toEqual([
      "printer stderr: Process printer:",
      "printer stderr: RangeError: on purpose",
    ]);
  });

  test("a function that throws is reported, and costs the process nothing", async () => {
    const warned = jest.spyOn(process, "emitWarning").mockImplementation(() => {});
    const output: ProcessOutput = () => {
      throw new Error("no listener");
    };
    const one = new Process({ context, target: printsLines, args: ["b"], output });
    one.start();
    await one.join();
    expect([one.exitcode, warned.mock.calls.length]).toEqual([0, 2]);
  });

  test.each(["inherit", "pipe", undefined])("as %s comes out of this program, in lines", (output) => {
    const args = [program, context, ...(output === undefined ? [] : [output])];
    const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: "utf8" });
    expect([status, stdout.trim().split("\n").sort(), stderr]).toEqual([
      0,
      ["out of the child", "over"],
      "err of the child\n",
    ]);
  });
});

test("what native code writes in a process is heard, too", async () => {
  const heard: string[] = [];
  const one = new Process({ context: "spawn", target: printsNatively, output: (line) => heard.push(line) });
  one.start();
  await one.join();
  expect(heard).toEqual(["native"]);
});

test("other words are refused at the call", () => {
  for (const output of ["ignore", 5, null, {}])
    expect(() => new Process({ output: output as never })).toThrow("`output`");
});
