import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { StartMethod } from "concurrent-futures/multiprocessing";
import type { Case, Contestant } from "../../harness/case.ts";
import { contestant, pythonContestant, timed } from "../../harness/contestants.ts";
import { latency, latencyNote } from "../../harness/latency.ts";
import { nothing } from "../../tasks/sharing.ts";

/** What a manager's server costs. */
export const managedDict: Case = {
  name: "manager",
  description: "One entry of a manager's dict set; the median call, one after the other.",
  metrics: { cost: "us" },
  notes: [
    latencyNote,
    "Two of the four wake-ups of a call, 22 and 31 us of its 65, are those of the link thread, which has a thread's one connection for promises and for blocking calls alike: so each sees what the other has done. Python's client blocks in read(2) on a socket of its own: two wake-ups, and none of an event loop. Calls that are sent together share them: 60,000 a second.",
  ],
  bars: () => [{ text: "no slower than Python's", against: { kind: "python" }, atLeast: 1 }],
  async run(scale) {
    const count = scale.quick ? 5 : 100 * scale.times;
    return [
      contestant("ours", "ours", "await Manager(), await dict.set(key, value)", async () => {
        const { Manager } = await import("concurrent-futures/multiprocessing");
        const manager = await Manager();
        const shared = await manager.dict<number, number>();
        return {
          measure: () => latency(count, (at) => shared.set(at % 100, at)),
          close: () => manager.shutdown(),
        };
      }),
      pythonContestant("python Manager", "multiprocessing.Manager(), fork", "sharing", {
        work: "manager",
        count,
      }),
    ];
  },
};

/** What a process costs that does nothing. */
export const processStart: Case = {
  name: "process",
  description: "A process that does nothing, started and joined.",
  metrics: { cost: "ms" },
  bars: () => [],
  async run() {
    return [
      started("ours", "thread"),
      started("ours, spawn", "spawn"),
      contestant("bare Worker", "bare", "new Worker of an empty file, its exit awaited", async () => ({
        measure: async () => ({
          cost: await timed(() => once(new Worker(" ", { eval: true }), "exit")),
        }),
        close: async () => {},
      })),
      pythonContestant("python spawn", "multiprocessing.Process, spawn", "sharing", {
        work: "process",
        method: "spawn",
      }),
      pythonContestant("python fork", "multiprocessing.Process, fork: starts nothing anew", "sharing", {
        work: "process",
        method: "fork",
      }),
    ];
  },
};

function started(name: string, method: StartMethod): Contestant {
  return contestant(name, "ours", `getContext("${method}").Process`, async () => {
    const { getContext } = await import("concurrent-futures/multiprocessing");
    const { Process } = getContext(method);
    return {
      measure: async () => ({
        cost: await timed(async () => {
          const one = new Process({ target: nothing });
          one.start();
          await one.join();
        }),
      }),
      close: async () => {},
    };
  });
}
