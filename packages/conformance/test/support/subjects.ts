import { afterEach, describe, test } from "@jest/globals";
import {
  type Executor,
  ProcessPoolExecutor,
  type ProcessPoolOptions,
  ThreadPoolExecutor,
} from "concurrent-futures";

/** What every executor can be made with. */
export type CommonOptions = Pick<ProcessPoolOptions, "maxWorkers" | "initializer" | "initargs">;

/** One kind of executor that the suites run against. */
export interface Subject<E extends Executor = Executor, O = CommonOptions> {
  /** Stands in brackets behind the name of each test; docs/conformance.md shows it. */
  readonly name: string;
  create(options?: O): E;
}

const open: Executor[] = [];

function kept<E extends Executor>(executor: E): E {
  open.push(executor);
  return executor;
}

/** Few workers and a heap that is soon exhausted: there are two cores, and some tests crash by memory. */
const modest: ProcessPoolOptions = {
  maxWorkers: 2,
  resourceLimits: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 8 },
};

export const threadPool: Subject<ThreadPoolExecutor> = {
  name: "ThreadPoolExecutor",
  create: (options) => kept(new ThreadPoolExecutor({ maxWorkers: 5, ...options })),
};

/** The contexts of the process pool. */
export const processPools: readonly Subject<ProcessPoolExecutor, ProcessPoolOptions>[] = (
  ["thread", "spawn"] as const
).map((mpContext) => ({
  name: `ProcessPoolExecutor ${mpContext}`,
  create: (options) => kept(new ProcessPoolExecutor({ ...modest, mpContext, ...options })),
}));

/** All executors. */
export const executors: readonly Subject[] = [threadPool, ...processPools];

afterEach(async () => {
  for (const executor of open.splice(0)) {
    if (executor instanceof ProcessPoolExecutor) executor.killWorkers();
    await executor.shutdown({ wait: executor instanceof ProcessPoolExecutor, cancelFutures: true });
  }
});

/** Names a test as CPython does, with the executor it runs against. */
export type Row = (method: string, run: () => unknown, deadline?: number) => void;

/** One of CPython's test classes, against each executor. */
export function describeExecutor<S extends { readonly name: string }>(
  className: string,
  subjects: readonly S[],
  suite: (subject: S, row: Row) => void,
): void {
  describe.each(subjects.map((subject) => [subject]))(className, (subject) => {
    suite(subject as S, (method, run, deadline = 20_000) => {
      test(
        `${method} [${subject.name}]`,
        async () => {
          await run();
        },
        deadline,
      );
    });
  });
}
