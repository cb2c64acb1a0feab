import { fileURLToPath } from "node:url";
import { FixedThreadPool } from "poolifier";
import type { Aim, Peer } from "./peer.ts";

// Tried on 20,000 tiny tasks: ROUND_ROBIN without a queue and without events is best; its default, least used, is the
// better one when tasks differ in length, with the tasks queue so that a worker takes one at a time and others may steal.
const best = (aim: Aim) =>
  aim === "throughput"
    ? ({ workerChoiceStrategy: "ROUND_ROBIN", enableEvents: false } as const)
    : ({ enableTasksQueue: true } as const);

export const poolifier: Peer = {
  name: "poolifier",
  kind: "node pool",
  settings: (workers, aim) =>
    `poolifier 5.3.2, FixedThreadPool(${workers}), ${JSON.stringify(best(aim)).replaceAll('"', "").replaceAll(":", ": ")}`,
  async open(workers, aim) {
    const script = fileURLToPath(new URL("../../workers/poolifier.mjs", import.meta.url));
    const pool = new FixedThreadPool(workers, script, best(aim));
    return {
      call: (name, argument) => pool.execute(argument, name),
      close: () => pool.destroy(),
    };
  },
};
