import type {
  Connection,
  JoinableQueue,
  QueueProxy,
  SynchronizedArray,
  SynchronizedValue,
} from "concurrent-futures/multiprocessing";

/** Adds to a shared number, and squares its own part of a shared array. */
export function work(
  total: SynchronizedValue<"i">,
  numbers: SynchronizedArray<"i">,
  from: number,
  to: number,
): void {
  for (let at = from; at < to; at++) {
    const square = numbers.get(at) ** 2;
    numbers.set(at, square);
    // Reading, adding and writing are three steps: without the lock, another worker could come in between.
    total.runSync(() => {
      total.value += square;
    });
  }
}

/** Takes numbers from a queue and adds up what is left of them, until it takes a negative one. */
export async function consume(queue: JoinableQueue | QueueProxy): Promise<number> {
  let sum = 0;
  for (;;) {
    const item = (await queue.get()) as number;
    if (item >= 0) sum += item;
    await queue.taskDone();
    if (item < 0) return sum;
  }
}

/** Answers each question that comes through a pipe, until there are no more. */
export async function answer(connection: Connection): Promise<number> {
  let answered = 0;
  for (;;) {
    const question = (await connection.recv()) as number | null;
    if (question === null) return answered;
    await connection.send(question * 2);
    answered++;
  }
}
