import { Piscina } from "piscina";
import type { Aim, Peer } from "./peer.ts";

// Tried on 20,000 tiny tasks: atomics sync, async, disabled with 1, 4, 16 and 64 tasks per worker. 4 to 16 tasks per
// worker need a third of the time of 1, and there "async" is a little ahead of the default "sync".
const best = (aim: Aim): { atomics: "async" | "sync"; concurrentTasksPerWorker: number } =>
  aim === "throughput"
    ? { atomics: "async", concurrentTasksPerWorker: 8 }
    : { atomics: "sync", concurrentTasksPerWorker: 1 };

export const piscina: Peer = {
  name: "piscina",
  kind: "node pool",
  settings(workers, aim) {
    const { atomics, concurrentTasksPerWorker } = best(aim);
    return `piscina 5.3.2, minThreads = maxThreads = ${workers}, atomics: ${atomics}, concurrentTasksPerWorker: ${concurrentTasksPerWorker}, recordTiming: false`;
  },
  async open(workers, aim) {
    const pool = new Piscina({
      filename: new URL("../tasks/index.js", import.meta.url).href,
      minThreads: workers,
      maxThreads: workers,
      recordTiming: false,
      ...best(aim),
    });
    return {
      call: (name, argument) => pool.run(argument, { name }),
      close: () => pool.destroy(),
    };
  },
};

/** A piscina of one whose task moves its array back, as piscina's manual does it. */
export async function openPiscinaMover(): Promise<{
  bounce(values: Float64Array): Promise<Float64Array>;
  close(): Promise<void>;
}> {
  const filename = new URL("../../workers/piscina-move.mjs", import.meta.url).href;
  const pool = new Piscina({
    filename,
    name: "echoMoved",
    minThreads: 1,
    maxThreads: 1,
    recordTiming: false,
  });
  return {
    bounce: (values) => pool.run(values, { transferList: [values.buffer as ArrayBuffer] }),
    close: () => pool.destroy(),
  };
}
