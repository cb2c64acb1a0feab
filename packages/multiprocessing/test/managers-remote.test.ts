import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { task } from "@concurrent-futures/callable";
import {
  type Address,
  BaseManager,
  type BaseProxy,
  getContext,
  type LockProxy,
  Manager,
  Pool,
  type QueueProxy,
} from "@concurrent-futures/multiprocessing";
import { afterEach, describe, expect, test } from "@jest/globals";

/** Managers across programs: a server elsewhere, clients that go, and a server that goes. */

const managed = (name: string): ((...args: unknown[]) => unknown) =>
  task(new URL("./fixtures/managed.mjs", import.meta.url), name) as unknown as (
    ...args: unknown[]
  ) => unknown;

const programs: ChildProcess[] = [];
afterEach(async () => {
  for (const program of programs.splice(0)) {
    if (program.exitCode !== null || program.signalCode !== null) continue;
    const exit = once(program, "exit");
    program.kill("SIGKILL");
    await exit;
  }
});

/** Starts a server in another program. */
async function elsewhere(): Promise<{ program: ChildProcess; address: Address }> {
  const file = fileURLToPath(new URL("./fixtures/serves-forever.mjs", import.meta.url));
  const program = spawn(process.execPath, [file], { stdio: ["ignore", "pipe", "inherit"] });
  programs.push(program);
  const [line] = (await once(createInterface({ input: program.stdout }), "line")) as [string];
  return { program, address: JSON.parse(line) as Address };
}

async function connected(address: Address): Promise<BaseManager> {
  return await new BaseManager({ address, authkey: "remote" })
    .register("counter")
    .register("Queue")
    .connect();
}

type CounterProxy = BaseProxy & { next(): Promise<number>; fail(message: string): Promise<never> };

describe("a manager in another program", () => {
  test("serves one object to all that connect, and its errors arrive as themselves", async () => {
    const { address } = await elsewhere();
    const first = (await (await connected(address)).create("counter")) as CounterProxy;
    const second = (await (await connected(address)).create("counter")) as CounterProxy;
    expect([await first.next(), await second.next(), await first.next()]).toEqual([10, 11, 12]);
    await expect(first.fail("far away")).rejects.toMatchObject({
      name: "RangeError",
      message: "far away",
      code: "ERR_COUNTER",
      limit: 13,
    });
    await expect(first.fail("far away")).rejects.toBeInstanceOf(RangeError);
  });

  test("takes no code: functions and instances of unknown classes are refused on this side", async () => {
    const { address } = await elsewhere();
    const queue = (await (await connected(address)).create("Queue")) as QueueProxy;
    await expect(queue.put(() => 1)).rejects.toMatchObject({ name: "SerializationError" });
    await queue.put(new Map([["plain", [1, 2]]]));
    expect(await queue.get()).toEqual(new Map([["plain", [1, 2]]]));
  });

  test("that is killed lets no call hang", async () => {
    const { program, address } = await elsewhere();
    const queue = (await (await connected(address)).create("Queue")) as QueueProxy;
    const waiting = queue.get().catch((error: unknown) => error);
    // The server has this call when it answers the next.
    await queue.empty();
    program.kill("SIGKILL");
    expect(await waiting).toMatchObject({ name: "BrokenPipeError", code: "ERR_BROKEN_PIPE" });
    await expect(queue.put(1)).rejects.toMatchObject({ code: "ERR_BROKEN_PIPE" });
    await expect(connected(address)).rejects.toMatchObject({ code: "ERR_BROKEN_PIPE" });
  });

  test.each(["thread", "spawn"] as const)(
    "that is killed lets no blocked call hang [%s]",
    async (context) => {
      const { program, address } = await elsewhere();
      const client = await connected(address);
      const [queue, told] = [await client.create("Queue"), await client.create("Queue")] as QueueProxy[];
      await using pool = new Pool({ processes: 1, context });
      const blocked = pool.apply(managed("blocksFor"), [queue, told]).catch((error: unknown) => error);
      expect(await told?.get()).toBe("blocks now");
      program.kill("SIGKILL");
      expect(await blocked).toMatchObject({ name: "BrokenPipeError", code: "ERR_BROKEN_PIPE" });
    },
  );
});

describe("a client that goes", () => {
  test("leaves its locks to those who wait, and its objects are forgotten", async () => {
    await using manager = await Manager();
    const { Process } = getContext("spawn");
    const [lock, ready] = [await manager.Lock(), await manager.Queue()];
    const child = new Process({
      target: async (held: LockProxy, told: QueueProxy): Promise<void> => {
        await held.acquire();
        await told.put("held");
        setInterval(() => {}, 1_000);
      },
      args: [lock, ready],
    });
    child.start();
    expect(await ready.get()).toBe("held");
    const waiting = lock.acquire();
    child.kill();
    await child.join();
    expect(await waiting).toBe(true);
    await lock.release();
  });

  test("takes nothing out of a queue while it waits there", async () => {
    await using manager = await Manager();
    const { Process } = getContext("spawn");
    const [queue, ready, lock] = [await manager.Queue(), await manager.Queue(), await manager.Lock()];
    const child = new Process({
      target: async (items: QueueProxy, told: QueueProxy, held: LockProxy): Promise<void> => {
        await held.acquire();
        const item = items.get();
        await items.empty();
        await told.put("waits");
        await item;
      },
      args: [queue, ready, lock],
    });
    child.start();
    expect(await ready.get()).toBe("waits");
    child.kill();
    // It is free when the server has noticed.
    expect(await lock.acquire()).toBe(true);
    await child.join();
    await queue.put("kept");
    expect(await queue.get(20_000)).toBe("kept");
  });
});
