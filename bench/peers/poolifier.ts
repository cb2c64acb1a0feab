import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { FixedThreadPool } from "poolifier";
import type { Aim, Peer } from "./peer.ts";

// Tried on 20,000 tiny tasks: ROUND_ROBIN without a queue and without events is best. For others its default, least
// used; its tasks queue with stealing was tried there too, and needed more than twice the time in `mixed`.
const best = (aim: Aim) =>
  aim === "throughput"
    ? ({ workerChoiceStrategy: "ROUND_ROBIN", enableEvents: false } as const)
    : ({ workerChoiceStrategy: "LEAST_USED", enableEvents: false } as const);

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
      // About every thirtieth destroy() of 5.3.2 never ends here: its workers are gone, an answer is missing.
      close: () => Promise.race([pool.destroy(), setTimeout(1_000)]),
    };
  },
};
