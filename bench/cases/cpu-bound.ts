import { availableParallelism } from "node:os";
import type { Case } from "../harness/case.ts";
import { poolContestants, sequentialContestant, timed } from "../harness/contestants.ts";
import type { PeerPool } from "../peers/peer.ts";
import { burnIterations } from "../tasks/burn.ts";

/** Issue 4, row 7. */
export const cpuBound: Case = {
  name: "cpu-bound",
  description: "64 tasks of 20 ms of arithmetic each; cost of all together.",
  metrics: { cost: "ms" },
  notes: [
    "The arithmetic is measured off at the start, so the sequential line says what the cores really gave.",
  ],
  bars({ workers }) {
    const cores = Math.min(workers, availableParallelism());
    return [
      { text: `at least 0.95 of ${cores} cores`, against: { kind: "sequential" }, atLeast: 0.95 * cores },
      { text: "never slower than a Node pool (within 5 %)", against: { kind: "node pool" }, atLeast: 0.95 },
    ];
  },
  async run(scale) {
    const iterations = burnIterations(scale.quick ? 0.5 : 20);
    const count = scale.quick ? 8 : 64 * scale.times;
    const measure = async (pool: PeerPool) => ({
      cost: await timed(() =>
        Promise.all(Array.from({ length: count }, () => pool.call("burn", iterations))),
      ),
    });
    return [...(await poolContestants({ scale, aim: "latency", measure })), sequentialContestant(measure)];
  },
};
