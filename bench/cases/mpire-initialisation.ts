import type { Case, Contestant, Scale } from "../harness/case.ts";
import { contestant, pythonContestant, timed } from "../harness/contestants.ts";
import type { evaluate as Evaluate, initializeModel as InitializeModel } from "../tasks/model.ts";

interface Work {
  readonly runs: number;
  readonly calls: number;
  readonly rows: number;
  readonly init: number;
}

function oursContestant({ workers }: Scale, work: Work, initialize: boolean): Contestant {
  const name = initialize ? "ours" : "ours, no initializer";
  const settings = `ProcessPoolExecutor(${workers})${initialize ? ", initializer" : ""}, map per run`;
  return contestant(name, "ours", settings, async () => {
    const { ProcessPoolExecutor, task } = await import("concurrent-futures");
    const url = new URL("../tasks/model.js", import.meta.url);
    const evaluate = task(url, "evaluate") as unknown as typeof Evaluate;
    const initializer = task(url, "initializeModel") as unknown as typeof InitializeModel;
    return {
      async measure() {
        let checksum = 0;
        const cost = await timed(async () => {
          const executor = initialize
            ? new ProcessPoolExecutor({ maxWorkers: workers, initializer, initargs: [work.init] as never })
            : new ProcessPoolExecutor({ maxWorkers: workers });
          for (let run = 0; run < work.runs; run++) {
            const indexes = Array.from({ length: work.calls }, (_, at) => run * work.calls + at);
            const rows = indexes.map((index) => [index, work.rows, work.init] as [number, number, number]);
            for (const sum of await executor.starmap(evaluate, rows).toArray()) checksum += sum;
          }
          await executor.shutdown();
        });
        return { cost, checksum };
      },
      close: async () => {},
    };
  });
}

/** mpire's third workload (W3). */
export const mpireInitialisation: Case = {
  name: "mpire-initialisation",
  description:
    "mpire's costly initialisation: a 784-512-10 network whose loading takes 100 ms of processor time, evaluated in 5 runs of 10 calls on one pool. Pool start, work and end are timed.",
  metrics: { cost: "ms" },
  notes: [
    "mpire's published lines deny the standard pools their own initializer=, which alone closes most of the gap: both lines are here, and the better one counts.",
    "As published, two of mpire's scripts cannot run (ProcessPoolExecutor has no starmap; one tuple is passed to a function of two arguments): these are rewritten and run each time.",
    "One row per call, and no maths library on either side: with numpy the arithmetic of a call disappears, with pure Python many rows would compare languages. The numpy line is shown for that reason and not judged.",
    "Initialisation of 100 ms and 5 x 10 calls instead of Keras, MNIST and 50 x 10.",
  ],
  bars: () => [{ text: "ahead of Python's own pools", against: { kind: "python" }, atLeast: 1 }],
  async run(scale) {
    const { workers, quick, times } = scale;
    const work: Work = quick
      ? { runs: 1, calls: 4, rows: 1, init: 1 }
      : { runs: 5 * times, calls: 10, rows: 1, init: 100 };
    const python = (variant: string, settings: string, numpy = false): Contestant =>
      pythonContestant(`python ${variant}`, settings, "model", { variant, workers, numpy, ...work });
    const numpyLine = python(
      "ProcessPoolExecutor + initializer, numpy",
      `max_workers=${workers}, initializer, numpy's matrix product`,
      true,
    );
    return [
      oursContestant(scale, work, true),
      oursContestant(scale, work, false),
      python("Pool", `multiprocessing.Pool(${workers}), fork, model loaded per call, as published`),
      python("Pool + initializer", `multiprocessing.Pool(${workers}), fork, initializer, starmap`),
      python("ProcessPoolExecutor", `max_workers=${workers}, fork, model loaded per call, as published`),
      python("ProcessPoolExecutor + initializer", `max_workers=${workers}, fork, initializer, map`),
      { ...numpyLine, kind: "bare" },
    ];
  },
};
