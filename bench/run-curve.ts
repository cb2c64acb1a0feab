import type { Contestant, Scale } from "./harness/case.ts";
import { contestant, poolContestants, sequentialContestant, timed } from "./harness/contestants.ts";
import type { Curve, CurvePoint } from "./harness/rows.ts";
import { median } from "./harness/statistics.ts";
import type { PeerPool } from "./peers/peer.ts";

/** What the parent sends. */
export interface CurveOrder {
  readonly scale: Scale;
  readonly rounds: number;
  readonly only: readonly string[] | undefined;
}

/** Milliseconds for which everybody is warmed up at each length. */
const warmUp = 500;

/** Lengths of the tasks, in microseconds. */
const lengths = [1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000, 100_000];

/** Enough tasks for about 200 ms of work, so that a point takes about as long for each length; never more than 5,000. */
const countFor = (length: number, { quick, workers }: Scale): number =>
  quick ? 2 * workers : Math.max(2 * workers, Math.min(5_000, Math.round(200_000 / length)));

async function contestantsAt(length: number, scale: Scale): Promise<Contestant[]> {
  const count = countFor(length, scale);
  const measure = async (pool: PeerPool) => ({
    cost:
      ((await timed(() =>
        Promise.all(Array.from({ length: count }, () => pool.call("spin", length / 1000))),
      )) *
        1000) /
      count,
  });
  // Prefetch is a peer's best setting while tasks are short, and in its way when they are long.
  const aim = length <= 100 ? "throughput" : "latency";
  const byMap = contestant("ours, map", "ours", "map", async () => {
    const { openOurs, taskNamed } = await import("./peers/ours.ts");
    const executor = openOurs(scale.workers);
    const spin = taskNamed("spin");
    const items = new Array<number>(count).fill(length / 1000);
    return {
      measure: async () => ({
        cost: ((await timed(() => executor.map(spin, items).toArray())) * 1000) / count,
      }),
      close: () => executor.shutdown(),
    };
  });
  const pools = await poolContestants({ scale, aim, measure });
  return [
    ...pools.map((one) => (one.name === "ours" ? { ...one, name: "ours, submit" } : one)),
    byMap,
    sequentialContestant(measure),
  ];
}

async function measureCurve({ scale, rounds, only }: CurveOrder): Promise<Curve> {
  const points: CurvePoint[] = [];
  for (const length of lengths) {
    const all = await contestantsAt(length, scale);
    const wanted = all.filter(({ name }) => only === undefined || only.some((one) => name.startsWith(one)));
    const running = await Promise.all(
      wanted.map(async (one) => ({ one, session: await one.open(), costs: [] as number[] })),
    );
    for (const { session } of running) {
      const start = performance.now();
      do await session.measure();
      while (!scale.quick && performance.now() - start < warmUp);
    }
    for (let round = 0; round < rounds; round++) {
      for (const { session, costs } of running) costs.push((await session.measure()).cost);
    }
    for (const { one, session, costs } of running) {
      points.push({ contestant: one.name, kind: one.kind, length, cost: median(costs) });
      await session.close();
    }
  }
  return { date: new Date().toISOString(), workers: scale.workers, rounds, points };
}

// Whoever asked has gone: nobody would end us.
process.once("disconnect", () => process.exit(1));

process.once("message", async (order: CurveOrder) => {
  process.send?.(await measureCurve(order), () => process.exit(0));
});
