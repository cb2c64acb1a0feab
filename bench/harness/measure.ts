import { type Case, type Contestant, type Sample, type Scale, type Session, Skipped } from "./case.ts";
import { checkBar } from "./check-bars.ts";
import { collectGarbage } from "./memory.ts";
import type { ContestantResult, Row } from "./rows.ts";
import { median, spread } from "./statistics.ts";

/** How a case is to be measured. */
export interface MeasureOptions {
  readonly scale: Scale;
  readonly rounds: number;
  /** Only these contestants, all when undefined. "ours ..." belongs to "ours". */
  readonly only: readonly string[] | undefined;
  readonly load: number;
  /** Milliseconds after which one measurement counts as hanging. */
  readonly patience: number;
  /** Milliseconds for all rounds of one contestant: who needs longer for one is measured in fewer rounds, at least once. */
  readonly budget: number;
  /** Who is left out, and why, by name. */
  readonly leftOut: Readonly<Record<string, string>>;
}

/**
 * Milliseconds for which everybody is warmed up. Shorter, and the just-in-time compiler is what is measured: a map over
 * 20,000 integers needs a tenth of its first time from about the eighth call on.
 */
const warmUp = 1_000;

/** Milliseconds that a turn lasts at least: work that is over sooner is done again, and the median counts as the round's. */
const shortRound = 200;

interface Runner {
  readonly contestant: Contestant;
  readonly session: Session | undefined;
  readonly samples: Sample[];
  /** Milliseconds that one measurement takes, by the warm-up. */
  readonly took: number;
  readonly rounds: number;
  result: ContestantResult | undefined;
}

/**
 * Measures one case: everybody is set up and warmed up first (a second each); then in each round all take their turn, beginning with
 * another one each time, so that whatever disturbs the machine meanwhile disturbs all alike.
 */
export async function measureCase(bench: Case, options: MeasureOptions): Promise<Row> {
  const all = await bench.run(options.scale);
  const wanted = all.filter((contestant) => isWanted(contestant.name, options.only));
  const runners: Runner[] = [];
  for (const contestant of wanted) runners.push(await start(contestant, options));
  for (let round = 0; round < options.rounds; round++) {
    for (let turn = 0; turn < runners.length; turn++) {
      await measureOnce(runners[(turn + round) % runners.length] as Runner, options);
    }
  }
  const contestants = checkSums(runners.map((runner) => runner.result ?? summarise(runner)));
  for (const { session } of runners)
    await within(options.patience, "close", session?.close()).catch(() => {});
  return {
    case: bench.name,
    description: bench.description,
    notes: bench.notes ?? [],
    metrics: bench.metrics,
    workers: options.scale.workers,
    times: options.scale.times,
    quick: options.scale.quick,
    rounds: options.rounds,
    date: new Date().toISOString(),
    load: options.load,
    contestants,
    bars: bench.bars(options.scale).map((bar) => checkBar(bar, contestants)),
  };
}

function isWanted(name: string, only: readonly string[] | undefined): boolean {
  if (only === undefined) return true;
  return only.some(
    (wanted) => name === wanted || name.startsWith(`${wanted} `) || name.startsWith(`${wanted},`),
  );
}

async function start(contestant: Contestant, options: MeasureOptions): Promise<Runner> {
  const runner: Runner = {
    contestant,
    session: undefined,
    samples: [],
    took: Number.NaN,
    rounds: 0,
    result: undefined,
  };
  const reason = options.leftOut[contestant.name];
  if (reason !== undefined) return { ...runner, result: without(contestant, "skipped", reason) };
  try {
    const session = await within(options.patience, "open", contestant.open());
    const begin = performance.now();
    await within(options.patience, "warm-up", session.measure());
    let took = performance.now() - begin;
    const isWarm = (): boolean => options.scale.quick || performance.now() - begin > warmUp;
    while (!isWarm()) {
      const start = performance.now();
      await within(options.patience, "warm-up", session.measure());
      took = performance.now() - start;
    }
    const rounds = Math.max(1, Math.min(options.rounds, Math.floor(options.budget / took)));
    return { ...runner, session, took, rounds };
  } catch (error) {
    return { ...runner, result: failure(contestant, error) };
  }
}

async function measureOnce(runner: Runner, options: MeasureOptions): Promise<void> {
  if (runner.session === undefined || runner.result !== undefined) return;
  if (runner.samples.length >= runner.rounds) return;
  collectGarbage();
  const begin = performance.now();
  const samples: Sample[] = [];
  try {
    do samples.push(await within(options.patience, "measure", runner.session.measure()));
    while (!options.scale.quick && performance.now() - begin < shortRound);
    // The first after a full collection pays for it: V8 has shrunk its young generation and grows it anew.
    runner.samples.push(middleOf(samples.length > 1 ? samples.slice(1) : samples));
  } catch (error) {
    runner.result = failure(runner.contestant, error);
  }
}

/** Of several samples the median of each metric. */
function middleOf(samples: readonly Sample[]): Sample {
  const metrics = Object.keys(samples[0] ?? {});
  const medians = metrics.map((metric) => [
    metric,
    median(samples.map((sample) => sample[metric] as number)),
  ]);
  return Object.fromEntries(medians) as Sample;
}

function failure(contestant: Contestant, error: unknown): ContestantResult {
  if (error instanceof Skipped) return without(contestant, "skipped", error.message);
  return without(
    contestant,
    "failed",
    error instanceof Error ? (error.stack ?? error.message) : String(error),
  );
}

function without(contestant: Contestant, state: "skipped" | "failed", reason: string): ContestantResult {
  const { name, kind, settings } = contestant;
  return { state, name, kind, settings, reason };
}

function summarise({ contestant, samples, took }: Runner): ContestantResult {
  const { name, kind, settings } = contestant;
  const byMetric: Record<string, number[]> = {};
  for (const sample of samples) {
    for (const [metric, value] of Object.entries(sample)) {
      byMetric[metric] ??= [];
      byMetric[metric].push(value);
    }
  }
  const costs = byMetric.cost ?? [];
  const figures = { median: median(costs), spread: spread(costs), took };
  return { state: "measured", name, kind, settings, samples: byMetric, ...figures };
}

/** Whoever computed something else than the first one did not do the same work, and its time says nothing. */
function checkSums(results: readonly ContestantResult[]): ContestantResult[] {
  const first = results.find((result) => result.state === "measured")?.samples.checksum?.[0];
  return results.map((result) => {
    if (result.state !== "measured" || first === undefined) return result;
    const wrong = result.samples.checksum?.find((sum) => Math.abs(sum - first) > 1e-6 * Math.abs(first));
    if (wrong === undefined) return result;
    const { name, kind, settings } = result;
    return { state: "failed", name, kind, settings, reason: `checksum ${wrong} instead of ${first}` };
  });
}

async function within<T>(milliseconds: number, what: string, promise: PromiseLike<T>): Promise<T>;
async function within(milliseconds: number, what: string, promise: undefined): Promise<undefined>;
async function within<T>(
  milliseconds: number,
  what: string,
  promise: PromiseLike<T> | undefined,
): Promise<T | undefined>;
async function within<T>(
  milliseconds: number,
  what: string,
  promise: PromiseLike<T> | undefined,
): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`${what} has not ended after ${milliseconds} ms`)),
      milliseconds,
    );
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
