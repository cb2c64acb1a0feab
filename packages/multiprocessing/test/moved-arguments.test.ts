import { MessageChannel } from "node:worker_threads";
import { move } from "@concurrent-futures/callable";
import { SerializationError } from "@concurrent-futures/core";
import { getContext } from "@concurrent-futures/multiprocessing";
import { describe, expect, test } from "@jest/globals";

/** move() is how buffers are handed over wherever there is no `transfer` option: to a Pool, a Process and an initializer. */

const first = (numbers: Float64Array): number => numbers[0] as number;
const firstPlus = (numbers: Float64Array, more: number): number => first(numbers) + more;
const keep = (numbers: Float64Array): void => {
  (globalThis as { kept?: Float64Array }).kept = numbers;
};
const keptLength = (): number => (globalThis as { kept?: Float64Array }).kept?.length ?? 0;
const some = (value: number): Float64Array => new Float64Array(4).fill(value);

// Processes share no memory: there move() copies.
describe.each([
  ["thread", 0],
  ["spawn", 4],
] as const)(
  "what is moved to a %s worker arrives whole, and is taken from here on threads only",
  (method, left) => {
    const mp = getContext(method);

    test("by every method of a Pool", async () => {
      const buffers: Float64Array[] = [];
      const moved = (value: number): Float64Array => {
        const made = some(value);
        buffers.push(made);
        return move(made);
      };
      await using pool = mp.Pool(1);
      expect(await pool.apply(first, [moved(1)])).toBe(1);
      expect(await pool.applyAsync(first, [moved(2)]).get()).toBe(2);
      expect(await pool.map(first, [moved(3), moved(4)])).toEqual([3, 4]);
      expect(await pool.starmap(firstPlus, [[moved(5), 1]])).toEqual([6]);
      for await (const value of pool.imap(first, [moved(7)])) expect(value).toBe(7);
      for await (const value of pool.imapUnordered(first, [moved(8)])) expect(value).toBe(8);
      expect(buffers.map(({ length }) => length)).toEqual(Array.from({ length: 7 }, () => left));
    });

    test("by `initargs`, to each worker", async () => {
      const numbers = some(1);
      await using pool = mp.Pool({ processes: 2, initializer: keep, initargs: [move(numbers)] });
      expect(await pool.map(keptLength, Array.from({ length: 20 }), 1)).toEqual(
        Array.from({ length: 20 }, () => 4),
      );
      expect(numbers).toHaveLength(left);
    });

    test("by the arguments of a Process", async () => {
      const numbers = some(3);
      const results = mp.SimpleQueue<number>();
      const child = mp.Process({
        target: (to: typeof results, given: Float64Array) => to.put(given.length),
        args: [results, move(numbers)],
      });
      child.start();
      expect(await results.get()).toBe(4);
      await child.join();
      expect(numbers).toHaveLength(left);
    });
  },
);

describe("a port, which can be sent once", () => {
  test("moves to a Process and to a call", async () => {
    const { port1, port2 } = new MessageChannel();
    const heard = new Promise((resolve) => port2.once("message", resolve));
    const child = getContext("thread").Process({
      target: (port: typeof port1) => {
        port.postMessage("from the child");
        port.close();
      },
      args: [move(port1)],
    });
    child.start();
    expect(await heard).toBe("from the child");
    await child.join();
    const other = new MessageChannel();
    await using pool = getContext("thread").Pool(1);
    expect(await pool.apply((port: object) => port.constructor.name, [move(other.port1)])).toBe(
      "MessagePort",
    );
    other.port2.close();
  });

  test("is refused where several workers would get it", async () => {
    const { port1, port2 } = new MessageChannel();
    const make = () =>
      getContext("thread").Pool({
        processes: 1,
        initializer: keep as never,
        initargs: [move(port1)] as never,
      });
    expect(make).toThrow(SerializationError);
    expect(make).toThrow("each worker gets the `initargs`");
    await using pool = getContext("thread").Pool(1);
    await expect(pool.map((port: object) => port.constructor.name, [move(port1)])).rejects.toThrow(
      "the rows of a map may go on to another worker",
    );
    port2.close();
  });
});
