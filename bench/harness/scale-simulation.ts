/** A small model of one executor's way through Redis to many workers: stations, and jobs that pass them. */

/** Microseconds of CPU time. */
export interface Costs {
  /** On the submitter: for each job, and for each call, there and back. */
  readonly submitterPerJob: number;
  readonly submitterPerCall: number;
  /** On Redis's one thread: for each job with all its commands, and for each byte of it. */
  readonly redisPerJob: number;
  readonly redisPerByte: number;
  /** In a slot of a worker, beside the calls themselves. */
  readonly workerPerJob: number;
  readonly workerPerCall: number;
}

/** As `--measure` found them on a machine of two cores that others used as well; the worker's are assumed. */
export const defaultCosts: Costs = {
  submitterPerJob: 360,
  submitterPerCall: 13,
  redisPerJob: 300,
  redisPerByte: 0.0022,
  workerPerJob: 400,
  workerPerCall: 5,
};

/** What is to be done, and by whom. */
export interface Plan {
  readonly workers: number;
  readonly slots: number;
  /** Calls in all, in one job, and microseconds of each. */
  readonly tasks: number;
  readonly chunk: number;
  readonly taskMicroseconds: number;
  /** Bytes of a call's arguments and result together. */
  readonly bytes: number;
  /** Queues, each with a Redis and a submitter of its own; they share the work and the workers evenly. */
  readonly queues: number;
  readonly bytesPerSecond: number;
}

/** What came of it. */
export interface Outcome {
  readonly perSecond: number;
  /** The part of the slots' time that was spent in the calls themselves. */
  readonly useful: number;
  readonly busy: { readonly submitter: number; readonly redis: number; readonly network: number };
  /** The station that was busiest. */
  readonly first: string;
}

/** Most jobs that are played through: then the rest goes on alike. */
const mostJobs = 20_000;

/** Plays one queue's jobs through. All costs are fixed, so each station serves in the order of arrival. */
export function simulate(costs: Costs, plan: Plan): Outcome {
  const { chunk, bytes, queues, taskMicroseconds, bytesPerSecond } = plan;
  const slotCount = Math.max(1, Math.floor((plan.workers * plan.slots) / queues));
  const all = Math.ceil(plan.tasks / queues / chunk);
  const jobs = Math.min(all, Math.max(mostJobs, 4 * slotCount));
  const jobBytes = 300 + chunk * bytes;
  const halfSubmitter = (costs.submitterPerJob + chunk * costs.submitterPerCall) / 2;
  const halfRedis = (costs.redisPerJob + jobBytes * costs.redisPerByte) / 2;
  const halfLine = (jobBytes / bytesPerSecond) * 1e6;
  const inSlot = costs.workerPerJob + chunk * (costs.workerPerCall + taskMicroseconds);

  const slots = new Heap(slotCount);
  const answers: number[] = [];
  let submitter = 0;
  let line = 0;
  let redis = 0;
  // There: sent, taken by Redis, run. Then back in the order in which the jobs end.
  for (let job = 0; job < jobs; job++) {
    submitter += halfSubmitter;
    line = Math.max(line, submitter) + halfLine;
    redis = Math.max(redis, line) + halfRedis;
    answers.push(slots.runNext(redis, inSlot));
  }
  answers.sort((a, b) => a - b);
  // The way back shares the stations with the way there: it gets what time that has left over.
  const shareOf = (time: number): number =>
    1 - Math.min(0.5, (jobs * time) / Math.max(answers.at(-1) as number, 1));
  let end = 0;
  let [back, home] = [0, 0];
  for (const ended of answers) {
    back = Math.max(back, ended) + halfRedis / shareOf(halfRedis);
    home = Math.max(home, back) + halfSubmitter / shareOf(halfSubmitter);
    end = Math.max(home, back);
  }
  const busy = {
    submitter: (jobs * 2 * halfSubmitter) / end,
    redis: (jobs * 2 * halfRedis) / end,
    network: (jobs * halfLine) / end,
  };
  const useful = (jobs * chunk * taskMicroseconds) / (slotCount * end);
  const stations = { ...busy, "the slots": (jobs * inSlot) / (slotCount * end) };
  const [first] = Object.entries(stations).sort(([, a], [, b]) => b - a)[0] as [string, number];
  return { perSecond: (queues * jobs * chunk * 1e6) / end, useful, busy, first };
}

/** When each slot is free, the soonest first. */
class Heap {
  readonly #times: Float64Array;

  constructor(count: number) {
    this.#times = new Float64Array(count);
  }

  /** Gives work to the slot that is free soonest. @returns when it is done */
  runNext(from: number, length: number): number {
    const times = this.#times;
    const done = Math.max(from, times[0] as number) + length;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= times.length) break;
      if (child + 1 < times.length && (times[child + 1] as number) < (times[child] as number)) child++;
      if ((times[child] as number) >= done) break;
      times[at] = times[child] as number;
      at = child;
    }
    times[at] = done;
    return done;
  }
}
