import {
  BaseManager,
  Client,
  currentProcess,
  getContext,
  Listener,
  Manager,
} from "@concurrent-futures/multiprocessing";
import { expect, test } from "@jest/globals";

/** What a proxy has, and what of it is sent. */

class Connections {
  #free = 2;
  acquire(): number {
    return --this.#free;
  }
  release(): number {
    return ++this.#free;
  }
  run(): string {
    return "own run";
  }
  guard(): string {
    return "own guard";
  }
  next(): number {
    return 1;
  }
  return(): number {
    return 2;
  }
  toArray(): string {
    return "own array";
  }
}

class Lock {
  acquire(): string {
    return "a lock of one's own";
  }
  release(): void {}
}

test("a proxy has exactly the methods of its object, whatever their names, also by the name of a built-in type", async () => {
  await using manager = await new BaseManager()
    .register("Connections", { callable: Connections })
    .register("Lock", { callable: Lock })
    .start();
  const proxy = await manager.Connections();
  expect([await proxy.acquire(), await proxy.release()]).toEqual([1, 2]);
  expect([await proxy.run(), proxy.runSync(), await proxy.guard()]).toEqual([
    "own run",
    "own run",
    "own guard",
  ]);
  expect([await proxy.next(), await proxy.return(), await proxy.toArray()]).toEqual([1, 2, "own array"]);
  expect("waitFor" in proxy || Symbol.asyncIterator in proxy).toBe(false);
  const lock = await manager.Lock();
  expect(await lock.acquire()).toBe("a lock of one's own");
  expect("guard" in lock).toBe(false);
});

test("a property of a proxy cannot be set: it would not reach the object", async () => {
  await using manager = await Manager();
  for (const proxy of [
    await manager.Namespace(),
    await manager.dict(),
    await manager.list([0]),
    await manager.Lock(),
  ]) {
    expect(() => Object.assign(proxy, { x: 10 })).toThrow(TypeError);
    expect(() => Object.assign(proxy, { 0: 1 })).toThrow(TypeError);
  }
});

test("neither a proxy nor a lock takes this program's key along to another machine", async () => {
  await using manager = await Manager();
  const dict = await manager.dict();
  await using listener = new Listener({ address: ["127.0.0.1", 0] });
  await listener.ready();
  const [there, here] = await Promise.all([Client(listener.address), listener.accept()]);
  const key = Buffer.from(currentProcess().authkey);
  for (const value of [{ dict }, new Set([dict]), [await manager.Lock()]]) {
    await there.send(value);
    const bytes = Buffer.from(await here.recvBytes());
    expect(bytes.length).toBeGreaterThan(50);
    expect(bytes.includes(key) || bytes.includes(key.toString("base64"))).toBe(false);
  }
  await expect(there.send(getContext("spawn").Lock())).rejects.toThrow("cannot be sent to another machine");
  there.close();
  here.close();
});
