import type { Case, Contestant } from "../harness/case.ts";
import { contestant, pythonContestant, timed } from "../harness/contestants.ts";

/** A pool that has run one call, and then gets work: what a program that runs once sees. */
function coldCase(work: "map" | "submit"): Case {
  const what =
    work === "map"
      ? "the first `map` of 20,000 squares into an array"
      : "the first 20,000 squares, one submit each, awaited in a loop";
  return {
    name: `cold-${work}`,
    description: `A new pool that has run one call: ${what}. The pool's start and end are not counted.`,
    metrics: { cost: "ms" },
    notes: [
      "In the first milliseconds the second worker is still starting, and what runs was never compiled: a third map costs a tenth.",
      "Python's first map runs its bytecode as fast as its third. Here the code that sends, takes and delivers is interpreted at first, in three threads that each compile for themselves.",
    ],
    bars: () => [{ text: "no slower than Python's fork", against: { names: ["python, fork"] }, atLeast: 1 }],
    async run({ workers, quick, times }) {
      const count = quick ? 200 : 20_000 * times;
      const cold = { work: `cold ${work}`, workers, count };
      return [
        ours("ours", "thread", work, workers, count),
        ours("ours, spawn", "spawn", work, workers, count),
        pythonContestant("python, fork", `Pool(${workers})`, "pool", { ...cold, method: "fork" }),
        pythonContestant("python, spawn", `Pool(${workers})`, "pool", { ...cold, method: "spawn" }),
      ];
    },
  };
}

function ours(
  name: string,
  mpContext: "thread" | "spawn",
  work: "map" | "submit",
  maxWorkers: number,
  count: number,
): Contestant {
  return contestant(
    name,
    "ours",
    `new ProcessPoolExecutor({ maxWorkers: ${maxWorkers}, mpContext: "${mpContext}" })`,
    async () => {
      const { ProcessPoolExecutor } = await import("concurrent-futures");
      const { taskNamed } = await import("../peers/ours.ts");
      const square = taskNamed("square");
      const values = Array.from({ length: count }, (_, at) => at);
      return {
        async measure() {
          const executor = new ProcessPoolExecutor({ maxWorkers, mpContext });
          await executor.submit(square, 1);
          const cost = await timed(async () => {
            if (work === "map") await executor.map(square, values).toArray();
            else for (const future of values.map((value) => executor.submit(square, value))) await future;
          });
          await executor.shutdown();
          return { cost };
        },
        close: async () => {},
      };
    },
  );
}

export const coldMap: Case = coldCase("map");
export const coldSubmit: Case = coldCase("submit");
