/**
 * What saturates first when many machines work for a DistributedExecutor: a model, to be run with figures of one's own.
 *
 *     node bench/dist/scale-model.js --workers 1000 --slots 4 --task 10
 *     node bench/dist/scale-model.js --measure
 *
 * Jobs go through stations that each serve one after the other: the submitter, Redis, the line between them, the slots of
 * the workers, and back. A cost is what `--measure` finds on this machine, in CPU time, so that a busy machine does not change it.
 */
import { parseArgs } from "node:util";
import { measureCosts } from "./harness/scale-costs.ts";
import { type Costs, defaultCosts, type Plan, simulate } from "./harness/scale-simulation.ts";

const { values: given } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== "--"),
  options: {
    workers: { type: "string", default: "1000" },
    slots: { type: "string", default: "4" },
    task: { type: "string", default: "10" },
    bytes: { type: "string", default: "200" },
    tasks: { type: "string", default: "1000000" },
    network: { type: "string", default: "1000" },
    measure: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  },
});

const help = `node bench/dist/scale-model.js [options]

  --workers N    machines                                        (1000)
  --slots N      calls at a time on each                         (4)
  --task MS      milliseconds that a call takes                  (10)
  --bytes N      bytes of a call's arguments and result together (200)
  --tasks N      calls in all                                    (1000000)
  --network MBIT the line of Redis and of each submitter         (1000)
  --measure      measures the costs here, with a Redis and a worker of its own, and uses them
`;

function positive(name: string, text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  console.error(`Expected --${name} to be a number above 0, got ${text}.`);
  process.exit(2);
}

/** A row for each size of a chunk and number of queues, each queue with a Redis and a submitter of its own. */
function table(costs: Costs, plan: Omit<Plan, "chunk" | "queues">): void {
  console.log(
    "queues  chunk     tasks/s   of the slots' time   busy: submitter  Redis  network   first to saturate",
  );
  for (const queues of [1, 4, 16]) {
    for (const chunk of [1, 10, 100, 1_000]) {
      const { perSecond, useful, busy, first } = simulate(costs, { ...plan, queues, chunk });
      const percent = (share: number): string => `${Math.round(share * 100)} %`;
      console.log(
        [
          String(queues).padStart(6),
          String(chunk).padStart(6),
          Math.round(perSecond).toLocaleString("en").padStart(11),
          percent(useful).padStart(20),
          percent(busy.submitter).padStart(18),
          percent(busy.redis).padStart(6),
          percent(busy.network).padStart(8),
          `   ${first}`,
        ].join(" "),
      );
    }
  }
}

async function main(): Promise<void> {
  if (given.help) {
    console.log(help);
    return;
  }
  const costs = given.measure ? await measureCosts() : defaultCosts;
  console.log("Costs in microseconds of CPU time:", JSON.stringify(costs));
  table(costs, {
    workers: positive("workers", given.workers),
    slots: positive("slots", given.slots),
    taskMicroseconds: positive("task", given.task) * 1_000,
    bytes: positive("bytes", given.bytes),
    tasks: positive("tasks", given.tasks),
    bytesPerSecond: (positive("network", given.network) * 1e6) / 8,
  });
}

await main();
