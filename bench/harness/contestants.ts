import { pools } from "../peers/index.ts";
import type { Aim, PeerPool } from "../peers/peer.ts";
import { openPython, type PythonScript } from "../peers/python.ts";
import { sequential } from "../peers/sequential.ts";
import type { Contestant, Kind, Sample, Scale } from "./case.ts";

/** Milliseconds that `work` took. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** Which of the pools, how they are set up, and what each has to do. */
export interface PoolWork {
  readonly scale: Scale;
  readonly aim: Aim;
  /** @default all of them */
  readonly names?: readonly string[];
  measure(pool: PeerPool): Promise<Sample>;
}

/** The pools for Node as contestants, ours first. One that cannot be loaded fails by itself, not the case. */
export async function poolContestants({ scale, aim, names, measure }: PoolWork): Promise<Contestant[]> {
  const wanted = pools.filter((pool) => names === undefined || names.includes(pool.name));
  const contestants: Contestant[] = [];
  for (const { name, load } of wanted) {
    try {
      const peer = await load();
      contestants.push(
        contestant(peer.name, peer.kind, peer.settings(scale.workers, aim), async () => {
          const pool = await peer.open(scale.workers, aim);
          return { measure: () => measure(pool), close: () => pool.close() };
        }),
      );
    } catch (error) {
      const kind = name === "ours" ? "ours" : "node pool";
      contestants.push(contestant(name, kind, "could not be loaded", () => Promise.reject(error)));
    }
  }
  return contestants;
}

/** Our pool on processes, and with functions that nobody exports, for rows that submit `square`. */
export async function otherContestants({ scale, aim, measure }: PoolWork): Promise<Contestant[]> {
  const { oursOtherwise } = await import("../peers/ours.ts");
  return oursOtherwise.map((peer) =>
    contestant(peer.name, peer.kind, peer.settings(scale.workers, aim), async () => {
      const pool = await peer.open(scale.workers, aim);
      return { measure: () => measure(pool), close: () => pool.close() };
    }),
  );
}

/** Plain sequential code doing the same. */
export function sequentialContestant(measure: (pool: PeerPool) => Promise<Sample>): Contestant {
  return contestant("sequential", "sequential", sequential.settings(1, "throughput"), async () => {
    const pool = await sequential.open(1, "throughput");
    return { measure: () => measure(pool), close: () => pool.close() };
  });
}

/** A Python script as contestant. */
export function pythonContestant(
  name: string,
  settings: string,
  script: PythonScript,
  question: Readonly<Record<string, unknown>>,
): Contestant {
  return contestant(name, "python", settings, () => openPython(script, question));
}

/** A contestant from its parts. */
export function contestant(name: string, kind: Kind, settings: string, open: Contestant["open"]): Contestant {
  return { name, kind, settings, open };
}
