import { ArgumentTypeError, Future, ValueError } from "@concurrent-futures/core";
import { type ProgressMode, progress } from "@concurrent-futures/insights/progress";
import { ThreadPoolExecutor } from "@concurrent-futures/thread";
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import fc from "fast-check";
import { Terminal } from "./support/terminal.ts";
import { ManualWork } from "./support/work.ts";

const before = { ...process.env };
beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ["setImmediate", "nextTick", "queueMicrotask"] });
  for (const name of ["CI", "TERM", "NO_COLOR", "CONCURRENT_FUTURES_PROGRESS"]) delete process.env[name];
  process.env["LC_ALL"] = "en_US.UTF-8";
});
afterEach(() => {
  jest.useRealTimers();
  process.env = { ...before };
});

/** A stream that is no terminal. */
class Pipe {
  written = "";
  write(chunk: string | Uint8Array): boolean {
    this.written += String(chunk);
    return true;
  }
}

describe("a bar", () => {
  test("shows label, share, failures, rate and time left, and the end", () => {
    const stream = new Terminal();
    const work = new ManualWork(10);
    progress(work, { stream, label: "render" });
    expect(stream.screen).toEqual([`render ${"░".repeat(30)} 0/10 0 %`]);
    work.done = 4;
    work.failed = 1;
    jest.advanceTimersByTime(100);
    expect(stream.screen).toEqual([
      `render ${"█".repeat(15)}${"░".repeat(15)} 5/10 50 % 1 failed 50/s 0:00 left`,
    ]);
    work.done = 9;
    work.end("done");
    expect(stream.screen).toEqual([`render ${"█".repeat(30)} 10/10 100 % 1 failed in 0:00`]);
    expect(stream.cursorAtLineStart).toBe(true);
    const { written } = stream;
    jest.advanceTimersByTime(10_000);
    expect(stream.written).toBe(written);
  });

  test.each([
    ["failed", "stopped by an error"],
    ["left", "left early"],
  ] as const)("that ends as %s says so", (end, reason) => {
    const stream = new Terminal();
    const work = new ManualWork(10);
    work.done = 3;
    progress(work, { stream });
    work.end(end);
    expect(stream.screen[0]).toMatch(new RegExp(`3/10 30 % in 0:00 ${reason}$`));
  });

  test("without a total counts up; a total that is given fills in", () => {
    const stream = new Terminal();
    const [unknown, given] = [new ManualWork(), new ManualWork()];
    unknown.done = 7;
    progress(unknown, { stream, label: "unknown" });
    given.done = 5;
    progress(given, { stream, label: "given", total: 20 });
    expect(stream.screen[0]).toBe("unknown 7");
    expect(stream.screen[1]).toContain("5/20 25 %");
  });

  test("moves text that others write above, in whole lines, and gives write back", () => {
    const stream = new Terminal();
    const { write } = stream;
    const work = new ManualWork(2);
    progress(work, { stream });
    stream.write("one\ntw");
    expect(stream.screen[0]).toBe("one");
    expect(stream.screen).toHaveLength(2);
    stream.write(Buffer.from("o\n€").subarray(0, 3));
    stream.write(Buffer.from("o\n€").subarray(3));
    expect(stream.screen.slice(0, 2)).toEqual(["one", "two"]);
    work.end("left");
    expect(stream.screen).toHaveLength(4);
    expect(stream.screen[3]).toBe("€");
    expect(stream.write).toBe(write);
  });

  test("bars stand in one block; a finished inner one keeps its place, or goes with keep: false", () => {
    const stream = new Terminal();
    const outer = new ManualWork(2);
    progress(outer, { stream, label: "outer" });
    const [first, second] = [new ManualWork(1), new ManualWork(1)];
    progress(first, { stream, label: "first" });
    progress(second, { stream, label: "second", keep: false });
    expect(stream.screen.map((line) => line.split(" ")[0])).toEqual(["outer", "first", "second"]);
    first.done = 1;
    first.end("done");
    second.end("done");
    stream.write("printed\n");
    expect(stream.screen.map((line) => line.split(" ")[0])).toEqual(["printed", "outer", "first"]);
    outer.end("done");
    expect(stream.screen).toHaveLength(3);
  });

  test("more bars than rows: what is over moves up, and nothing is drawn twice", () => {
    const stream = new Terminal(80, 5);
    const outer = new ManualWork(20);
    progress(outer, { stream, label: "outer" });
    for (let at = 0; at < 20; at++) {
      const inner = new ManualWork(1);
      progress(inner, { stream, label: `inner${at}` });
      inner.done = 1;
      inner.end("done");
      outer.done++;
    }
    outer.end("done");
    const labels = stream.screen.map((line) => line.split(" ")[0]);
    expect([...labels].sort()).toEqual(
      ["outer", ...Array.from({ length: 20 }, (_, at) => `inner${at}`)].sort(),
    );
  });

  test("fits into a narrow terminal, wide characters included, and follows a change of size", () => {
    const stream = new Terminal(40);
    const work = new ManualWork(1_000);
    progress(work, { stream, label: "進捗進捗進捗進捗進捗進捗" });
    for (const columns of [40, 12, 100, 3]) {
      stream.columns = columns;
      jest.advanceTimersByTime(100);
    }
    const twice = new Terminal(10);
    progress(new ManualWork(5), { stream: twice, label: "漢字漢字漢字" });
    // Nine columns hold four characters of two.
    expect(twice.screen).toEqual(["漢字漢字"]);
  });

  test("is ASCII where the locale is not UTF-8, and without colours with NO_COLOR", () => {
    process.env["LC_ALL"] = "C";
    process.env["NO_COLOR"] = "1";
    const stream = new Terminal();
    const work = new ManualWork(2);
    work.done = 1;
    progress(work, { stream });
    expect(stream.screen[0]).toBe(`[${"#".repeat(15)}${"-".repeat(15)}] 1/2 50 %`);
    expect(stream.written).not.toContain("\u001B[3");
  });

  test("takes a line of one's own; one that throws is reported once and replaced", () => {
    const stream = new Terminal();
    const emit = jest.spyOn(process, "emitWarning").mockImplementation(() => {});
    const work = new ManualWork(4);
    work.done = 1;
    progress(work, {
      stream,
      format: ({ done, total, elapsed }) => `${done} of ${total}\nafter ${elapsed >= 0}`,
    });
    expect(stream.screen).toEqual(["1 of 4 after true"]);
    const bad = new Terminal();
    progress(work, {
      stream: bad,
      format: () => {
        throw new Error("bad format");
      },
    });
    jest.advanceTimersByTime(500);
    expect(bad.screen[0]).toContain("1/4 25 %");
    expect(emit).toHaveBeenCalledTimes(1);
    emit.mockRestore();
  });

  test("the last frame tells the truth, whatever came before", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(3), fc.nat(1), fc.boolean(), fc.integer({ min: 3, max: 120 })), {
          maxLength: 30,
        }),
        fc.constantFrom("done", "failed", "left"),
        fc.boolean(),
        (steps, end, known) => {
          const stream = new Terminal(100);
          const total = steps.reduce((sum, [done, failed]) => sum + done + failed, 0);
          const work = new ManualWork(known ? total : undefined);
          progress(work, { stream, label: "work" });
          let printed = 0;
          for (const [done, failed, print] of steps) {
            work.done += done;
            work.failed += failed;
            if (print) stream.write(`line ${printed++}\n`);
            jest.advanceTimersByTime(100);
          }
          work.end(end as "done");
          expect(stream.screen.slice(0, printed)).toEqual(
            Array.from({ length: printed }, (_, at) => `line ${at}`),
          );
          expect(stream.screen).toHaveLength(printed + 1);
          const last = stream.screen.at(-1) as string;
          expect(last).toContain(known ? `${total}/${total}` : `work ${total}`);
          if (work.failed > 0) expect(last).toContain(`${work.failed} failed`);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe("the mode", () => {
  const shown = (stream: Terminal | Pipe, mode?: ProgressMode): string => {
    const work = new ManualWork(1);
    progress(work, { stream, ...(mode && { mode }) });
    work.done = 1;
    work.end("done");
    return stream.written;
  };

  test("auto writes nothing without a terminal, in a dumb one, and for CI", () => {
    expect(shown(new Pipe())).toBe("");
    process.env["TERM"] = "dumb";
    expect(shown(new Terminal())).toBe("");
    process.env["TERM"] = "xterm";
    expect(shown(new Terminal())).not.toBe("");
    process.env["CI"] = "1";
    expect(shown(new Terminal())).toBe("");
  });

  test("CONCURRENT_FUTURES_PROGRESS overrides it, and is checked", () => {
    process.env["CONCURRENT_FUTURES_PROGRESS"] = "log";
    expect(shown(new Pipe(), "off")).toBe("1/1 100 % in 0:00\n");
    process.env["CONCURRENT_FUTURES_PROGRESS"] = "off";
    expect(shown(new Terminal(), "bar")).toBe("");
    process.env["CONCURRENT_FUTURES_PROGRESS"] = "loud";
    expect(() => shown(new Terminal())).toThrow(ValueError);
  });

  test("log writes a line per tenth, or every 30 seconds without a total, and one at the end", () => {
    const stream = new Pipe();
    const work = new ManualWork(100);
    progress(work, { stream, mode: "log", label: "work" });
    for (work.done = 1; work.done < 100; work.done++) jest.advanceTimersByTime(100);
    work.end("done");
    const lines = stream.written.trimEnd().split("\n");
    expect(lines.map((line) => /^work (\d+)\/100/.exec(line)?.[1])).toEqual([
      ...["10", "20", "30", "40", "50", "60", "70", "80", "90", "100"],
    ]);
    const endless = new Pipe();
    progress(new ManualWork(), { stream: endless, mode: "log" });
    jest.advanceTimersByTime(95_000);
    expect(endless.written.trimEnd().split("\n")).toHaveLength(3);
  });

  test("wrong arguments are refused at the call", () => {
    const work = new ManualWork(1);
    const call = (options: object) => () => progress(work, options);
    expect(call({ mode: "loud" })).toThrow(ValueError);
    expect(call({ total: -1 })).toThrow(ValueError);
    expect(call({ total: 1.5 })).toThrow(ValueError);
    expect(call({ interval: 0 })).toThrow(ValueError);
    expect(call({ label: 5 })).toThrow(ArgumentTypeError);
    expect(call({ keep: "yes" })).toThrow(ArgumentTypeError);
    expect(call({ format: "%d" })).toThrow(ArgumentTypeError);
    expect(call({ stream: {} })).toThrow(ArgumentTypeError);
    expect(call({ colour: true })).toThrow(ValueError);
    for (const wrong of [5, null, "text", {}, [1, 2]])
      expect(() => progress(wrong as never)).toThrow(ArgumentTypeError);
  });
});

describe("what progress takes", () => {
  test("gives a map back, and draws its last frame before the loop's caller goes on", async () => {
    jest.useRealTimers();
    await using executor = new ThreadPoolExecutor(2);
    const stream = new Terminal();
    const map = executor.map(async (x: number) => x, [1, 2, 3]);
    const same = progress(map, { stream });
    expect(same).toBe(map);
    expect(await same.toArray()).toEqual([1, 2, 3]);
    expect(stream.screen[0]).toContain("3/3 100 % in");
  });

  test("over futures resolves when all have ended, however", async () => {
    jest.useRealTimers();
    const stream = new Terminal();
    const futures = [new Future<number>(), new Future<number>(), new Future<number>()];
    const all = progress(futures, { stream });
    let over = false;
    void all.then(() => {
      over = true;
    });
    futures[0]?.setResult(1);
    futures[1]?.setException(new Error("no"));
    await new Promise((resolve) => setImmediate(resolve));
    expect(over).toBe(false);
    futures[2]?.cancel();
    await all;
    expect(stream.screen[0]).toMatch(/3\/3 100 % 2 failed in/);
  });
});
