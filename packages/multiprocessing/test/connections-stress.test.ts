import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { BaseManager, Manager } from "@concurrent-futures/multiprocessing";
import { expect, test } from "@jest/globals";

/** Strangers that connect and say a little, wave after wave, while clients work; with STRESS=1, 81,000 of them. */
const [waves, strangers, clients] = process.env["STRESS"] === "1" ? [81, 1_000, 20] : [3, 100, 3];

const words: readonly ((socket: Socket) => void)[] = [
  () => {},
  (socket) => socket.write("GET / HTTP/1.1\r\nHost: here\r\n\r\n"),
  (socket) => socket.write(Buffer.from([0xff, 0xff, 0xff, 0xff, 1])),
  (socket) => socket.end(),
];

async function wave(host: string, port: number): Promise<void> {
  const sockets = Array.from({ length: strangers }, (_, n) => {
    const socket = connect(port, host);
    socket.on("error", () => {});
    socket.once("connect", () => words[n % words.length]?.(socket));
    return socket;
  });
  await Promise.all(sockets.map((socket) => socket.connecting && once(socket, "connect").catch(() => {})));
  for (const socket of sockets) socket.destroy();
}

test("a manager serves those who have the key while strangers come and go, and keeps nothing of them", async () => {
  await using manager = await Manager({ address: ["127.0.0.1", 0], authkey: "right" });
  const [host, port] = manager.address as readonly [string, number];
  const lists = await Promise.all(
    Array.from({ length: clients }, async () => {
      const client = await new BaseManager({ address: [host, port], authkey: "right" }).connect();
      return client.create("list", [[]]);
    }),
  );
  await wave(host, port);
  const before = process.memoryUsage().rss;
  for (let at = 0; at < waves; at++) {
    const served = lists.map((list) => list.callMethod("append", [at]));
    await Promise.all([wave(host, port), ...served]);
  }
  for (const list of lists) expect(await list.callMethod("length")).toBe(waves);
  expect((process.memoryUsage().rss - before) / 2 ** 20).toBeLessThan(150);
}, 600_000);
