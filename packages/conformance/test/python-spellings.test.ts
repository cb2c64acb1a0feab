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

/** Who writes 5 for a timeout may mean Python's seconds. */
describe("a timeout that was meant in seconds is told its unit", () => {
  const endless = (): Promise<never> => new Promise(() => {});
  const unit = "5 ms (timeouts are in milliseconds: 5 s would be 5000)";

  test("by a future", async () => {
    await expect(new Future().result(5)).rejects.toThrow(unit);
    await expect(new Future().exception(5)).rejects.toThrow(unit);
  });

  test("by the limit of a task, and by a map", async () => {
    for (const executor of [new ThreadPoolExecutor(2), new ProcessPoolExecutor(2)]) {
      await expect(executor.withOptions({ timeout: 5 }).submit(endless)).rejects.toThrow(unit);
      await expect(executor.map(endless, [1], { timeout: 5 }).next()).rejects.toThrow(unit);
      if (executor instanceof ProcessPoolExecutor) {
        expect(() => executor.submit(endless).resultSync(5)).toThrow(unit);
        await executor.killWorkers();
      } else void executor.shutdown({ wait: false });
    }
  });

  test("by a pool, and by the guard of a held lock", async () => {
    const own = new mp.Pool(1);
    await expect(own.applyAsync(endless).get(5)).rejects.toThrow(unit);
    await expect(own.imap(endless, [1]).next(5)).rejects.toThrow(unit);
    own.terminate();
    await own.join();
    const lock = new mp.Lock();
    await lock.acquire();
    await expect(lock.guard(5)).rejects.toThrow(unit);
  });
});
