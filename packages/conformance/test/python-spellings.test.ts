import { afterAll, describe, expect, test } from "@jest/globals";
import {
  asCompleted,
  Future,
  ProcessPoolExecutor,
  ThreadPoolExecutor,
  ValueError,
  wait,
} from "concurrent-futures";
import * as mp from "concurrent-futures/multiprocessing";

/** What a Python programmer types first, in JavaScript, where no compiler objects. */

const square = (n: number): number => n * n;
const threads = new ThreadPoolExecutor(1);
const processes = new ProcessPoolExecutor(1);
const pool = new mp.Pool(1);

afterAll(async () => {
  pool.terminate();
  await Promise.all([threads.shutdown(), processes.shutdown(), pool.join()]);
});

/** Options that the types refuse. */
const as = <T>(options: object): T => options as T;

describe("an option under Python's name is refused with ours", () => {
  test.each<[string, () => unknown]>([
    ["maxWorkers", () => new ProcessPoolExecutor(as({ max_workers: 2 }))],
    ["mpContext", () => new ProcessPoolExecutor(as({ mp_context: "spawn" }))],
    ["maxTasksPerChild", () => new ProcessPoolExecutor(as({ max_tasks_per_child: 2 }))],
    ["maxWorkers", () => new ThreadPoolExecutor(as({ max_workers: 2 }))],
    ["threadNamePrefix", () => new ThreadPoolExecutor(as({ thread_name_prefix: "a" }))],
    ["cancelFutures", () => threads.shutdown(as({ cancel_futures: true }))],
    ["cancelFutures", () => processes.shutdown(as({ cancel_futures: true }))],
    ["returnWhen", () => wait([], as({ return_when: "ALL_COMPLETED" }))],
    ["timeout", () => asCompleted([], as({ time_out: 5 }))],
    ["chunksize", () => processes.map(square, [1], as({ chunk_size: 3 }))],
    ["buffersize", () => threads.map(square, [1], as({ buffer_size: 3 }))],
    ["force", () => new Future().cancel(as({ Force: true }))],
    ["maxtasksperchild", () => new mp.Pool(as({ max_tasks_per_child: 3 }))],
    ["errorCallback", () => pool.applyAsync(square, [1], as({ error_callback: square }))],
    ["chunksize", () => pool.mapAsync(square, [1], as({ chunkSize: 3 }))],
    ["authkey", () => new mp.Listener(as({ auth_key: "secret" }))],
    ["authkey", () => mp.Client(["127.0.0.1", 1], as({ auth_key: "secret" }))],
    ["authkey", () => new mp.BaseManager(as({ auth_key: "secret" }))],
    ["methodToTypeid", () => mp.BaseManager.register("Made", as({ method_to_typeid: {} }))],
    ["allowNone", () => mp.getStartMethod(as({ allow_none: true }))],
    ["force", () => mp.setStartMethod("thread", as({ Force: true }))],
  ])("%s (%#)", async (name, call) => {
    const error = await Promise.resolve()
      .then(call)
      .then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
    expect(error).toBeInstanceOf(ValueError);
    expect((error as Error).message).toContain(`Did you mean \`${name}\`?`);
  });
});

test.each(["fork", "forkserver"])("the start method %j is refused with the reason", (method) => {
  expect(() => mp.getContext(method as "spawn")).toThrow("Node cannot fork");
  expect(() => mp.setStartMethod(method as "spawn")).toThrow("Node cannot fork");
});

test("an object is not a number of permits", () => {
  expect(() => new mp.Semaphore(as({ value: 1 }))).toThrow(TypeError);
  expect(() => new mp.BoundedSemaphore(as({ value: 1 }))).toThrow(TypeError);
});
