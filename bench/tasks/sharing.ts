import type {
  Barrier,
  Connection,
  Queue,
  QueueProxy,
  SynchronizedValue,
} from "concurrent-futures/multiprocessing";

/** What workers do in the cases about sharing. */

/** Counts up under the value's own lock, between two meetings of all who take part. */
export function countUp(value: SynchronizedValue<"i">, times: number, barrier: Barrier): void {
  barrier.waitSync();
  for (let n = 0; n < times; n++) {
    value.runSync(() => {
      value.value += 1;
    });
  }
  barrier.waitSync();
}

/** Puts so many numbers, in its own time. */
export async function produce(queue: Queue | QueueProxy, count: number): Promise<void> {
  for (let n = 0; n < count; n++) await queue.put(n);
}

/** Sends back what it receives, until that is null. */
export async function echoAll(connection: Connection): Promise<void> {
  for (;;) {
    const value = await connection.recv();
    if (value === null) return;
    await connection.send(value);
  }
}

export function nothing(): void {}
