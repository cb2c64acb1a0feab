import assert from "node:assert/strict";
import {
  type Context,
  getContext,
  Array as mpArray,
  type Pool,
  type StartMethod,
  Value,
} from "concurrent-futures/multiprocessing";
import { answer, consume, work } from "./sharing-tasks.js";
import { timed } from "./stopwatch.js";

const workers = 4;
const count = 20_000;

/** Workers that share: a number and an array under a lock, a queue whose items are counted, and a pipe. */
export async function main(): Promise<void> {
  for (const method of ["thread", "spawn"] as const) {
    const context = getContext(method);
    const pool = context.Pool(workers);
    try {
      // Processes have no memory in common; what a manager serves takes its place.
      if (method === "thread") await shareMemory(pool);
      await shareQueue(context, pool, method);
      await talk(context, pool, method);
    } finally {
      pool.close();
      await pool.join();
    }
  }
}

/** `Value` and `Array`, changed by four workers under a lock. */
async function shareMemory(pool: Pool): Promise<void> {
  const numbers = Array.from({ length: count }, (_, n) => n % 100);
  const expected = await timed(`${count} squares, one after the other`, () =>
    numbers.reduce((sum, n) => sum + n * n, 0),
  );
  const total = Value("i", 0);
  const shared = mpArray("i", numbers);
  const part = count / workers;
  await timed(`${count} squares, four workers under one lock`, () =>
    pool.starmap(
      work,
      Array.from(
        { length: workers },
        (_, at) =>
          [total, shared, at * part, (at + 1) * part] as [typeof total, typeof shared, number, number],
      ),
    ),
  );
  assert.equal(total.value, expected);
  assert.deepEqual(
    shared.slice(),
    numbers.map((n) => n * n),
  );
}

/** A `JoinableQueue`: put, taken by whoever is free, and waited for. */
async function shareQueue(context: Context, pool: Pool, method: StartMethod): Promise<void> {
  const items = method === "thread" ? count : count / 10;
  const queue = context.JoinableQueue();
  const consumers = Array.from({ length: workers }, () => pool.applyAsync(consume, [queue]));
  const sum = await timed(`${items} items through a queue, ${method}`, async () => {
    for (let n = 0; n < items; n++) await queue.put(n);
    for (let n = 0; n < workers; n++) await queue.put(-1);
    await queue.join();
    const sums = await Promise.all(consumers.map((consumer) => consumer.get()));
    return sums.reduce((all, one) => all + one, 0);
  });
  assert.equal(sum, (items * (items - 1)) / 2);
}

/** A `Pipe` between the program and a worker. */
async function talk(context: Context, pool: Pool, method: StartMethod): Promise<void> {
  const [here, there] = context.Pipe();
  const answered = pool.applyAsync(answer, [there]);
  const questions = 1_000;
  await timed(`${questions} questions and answers through a pipe, ${method}`, async () => {
    for (let n = 0; n < questions; n++) {
      await here.send(n);
      assert.equal(await here.recv(), n * 2);
    }
  });
  await here.send(null);
  assert.equal(await answered.get(), questions);
  here.close();
}
