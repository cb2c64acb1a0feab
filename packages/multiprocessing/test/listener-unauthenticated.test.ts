import { connect, type Socket } from "node:net";
import { Client, Listener } from "@concurrent-futures/multiprocessing";
import { describe, expect, test } from "@jest/globals";
import { until } from "../../conformance/test/support/waiting.ts";

/** A listener with a key, and clients that do not prove it. */

function unauthenticated(
  [host, port]: readonly [string, number],
  says: Uint8Array = new Uint8Array(),
): Socket {
  const socket = connect(port, host);
  socket.on("error", () => {});
  socket.once("connect", () => socket.write(says));
  return socket.resume();
}

async function listening(): Promise<{ listener: Listener; address: readonly [string, number] }> {
  // Room for all that come at once: what the kernel turns away comes again only seconds later.
  const listener = new Listener({ address: ["127.0.0.1", 0], authkey: "key", backlog: 1024 });
  await listener.ready();
  return { listener, address: listener.address as readonly [string, number] };
}

describe("a listener with a key", () => {
  test("accepts who has it, however many came before and say nothing", async () => {
    const { listener, address } = await listening();
    await using _ = listener;
    const silent = Array.from({ length: 20 }, () => unauthenticated(address));
    const [client, server] = await Promise.all([Client(address, { authkey: "key" }), listener.accept()]);
    await client.send("let in");
    expect(await server.recv()).toBe("let in");
    for (const one of [client, server]) one.close();
    for (const socket of silent) socket.destroy();
  });

  test("hangs up on those that have been silent longest when there are too many", async () => {
    const { listener, address } = await listening();
    await using _ = listener;
    let ended = 0;
    const silent = Array.from({ length: 300 }, () => unauthenticated(address).once("close", () => ended++));
    await until(() => ended >= 300 - 256);
    expect(ended).toBe(300 - 256);
    for (const socket of silent) socket.destroy();
  });

  test("tells who accepts of those that were refused, and goes on", async () => {
    const { listener, address } = await listening();
    await using _ = listener;
    const garbage = unauthenticated(address, Buffer.from([0, 0, 0, 4, 1, 2, 3, 4]));
    const huge = unauthenticated(address, Buffer.from([255, 255, 255, 255]));
    for (let n = 0; n < 2; n++)
      await expect(listener.accept()).rejects.toMatchObject({ name: "AuthenticationError" });
    const [client, server] = await Promise.all([Client(address, { authkey: "key" }), listener.accept()]);
    for (const one of [client, server]) one.close();
    for (const socket of [garbage, huge]) socket.destroy();
  });

  test("hangs up on all that were not accepted when it is closed", async () => {
    const { listener, address } = await listening();
    let ended = 0;
    const silent = Array.from({ length: 3 }, () => unauthenticated(address).once("close", () => ended++));
    const unaccepted = await Client(address, { authkey: "key" });
    await listener.close();
    await until(() => ended === 3);
    await expect(unaccepted.recv()).rejects.toMatchObject({ name: "EOFError" });
    await expect(listener.accept()).rejects.toThrow("Listener is closed");
    unaccepted.close();
    for (const socket of silent) socket.destroy();
  });

  test("wakes who waits in accept when it is closed", async () => {
    const { listener } = await listening();
    const accepting = expect(listener.accept()).rejects.toThrow("Listener is closed");
    // It waits by now.
    await new Promise((resolve) => setImmediate(resolve));
    await listener.close();
    await accepting;
  });
});
