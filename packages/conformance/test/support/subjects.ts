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
  /** Rows that mean nothing there, each with the reason. */
  readonly exceptions?: Readonly<Record<string, string>>;
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

/**
 * What the suites run against instead of the pools of this machine, set before they are imported: an executor that needs
 * more than the front door runs them in its own package.
 */
const elsewhere = (globalThis as { readonly contractSubject?: Subject }).contractSubject;

export const threadPool: Subject<ThreadPoolExecutor> = {
  name: "ThreadPoolExecutor",
  create: (options) => kept(new ThreadPoolExecutor({ maxWorkers: 5, ...options })),
};

const contexts = elsewhere === undefined ? (["thread", "spawn"] as const) : [];

/** The contexts of the process pool. */
export const processPools: readonly Subject<ProcessPoolExecutor, ProcessPoolOptions>[] = contexts.map(
  (mpContext) => ({
    name: `ProcessPoolExecutor ${mpContext}`,
    create: (options) => kept(new ProcessPoolExecutor({ ...modest, mpContext, ...options })),
  }),
);

/** What only a pool of threads does. */
export const threadPools: readonly Subject<ThreadPoolExecutor>[] =
  elsewhere === undefined ? [threadPool] : [];

/** All executors. */
export const executors: readonly Subject[] =
  elsewhere === undefined ? [threadPool, ...processPools] : [elsewhere];

afterEach(async () => {
  for (const executor of open.splice(0)) {
    if (executor instanceof ProcessPoolExecutor) executor.killWorkers();
    await executor.shutdown({ wait: executor instanceof ProcessPoolExecutor, cancelFutures: true });
  }
});

/** Names a test as CPython does, with the executor it runs against. */
export type Row = (method: string, run: () => unknown, deadline?: number) => void;

/** `describe.each`, also of none. */
export function describeEach<S>(subjects: readonly S[]): (name: string, suite: (subject: S) => void) => void {
  return subjects.length === 0 ? () => {} : (describe.each(subjects as readonly object[]) as never);
}

/** One of CPython's test classes, against each executor. */
export function describeExecutor<S extends { readonly name: string }>(
  className: string,
  subjects: readonly S[],
  suite: (subject: S, row: Row) => void,
): void {
  describeEach(subjects)(className, (subject) => {
    suite(subject, (method, run, deadline = 20_000) => {
      const exception = (subject as Partial<Subject>).exceptions?.[method];
      if (exception !== undefined) {
        test.skip(`${method} [${subject.name}]: ${exception}`, () => {});
        return;
      }
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
