import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** Whether this machine can start one. */
export const hasRedis: boolean = spawnSync("redis-server", ["--version"]).status === 0;

/** A server of a measurement's own, which keeps its data as a real one should. */
export interface RedisServer {
  readonly url: string;
  close(): Promise<void>;
}

export async function openRedis(): Promise<RedisServer> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "bench-redis-"));
  const args = [
    "--port",
    String(port),
    "--bind",
    "127.0.0.1",
    "--dir",
    folder,
    "--save",
    "",
    "--appendonly",
    "yes",
  ];
  const child = spawn("redis-server", args, { stdio: ["ignore", "pipe", "ignore"] });
  const kill = (): boolean => child.kill("SIGKILL");
  process.once("exit", kill);
  for await (const line of createInterface(child.stdout)) {
    if (line.includes("Ready to accept connections")) break;
  }
  child.stdout.resume();
  return {
    url: `redis://127.0.0.1:${port}`,
    close: async () => {
      process.off("exit", kill);
      const exit = once(child, "exit");
      kill();
      await exit;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Bytes that a server takes, by its own account: the lowest that it says within a moment. */
export async function usedMemory(url: string): Promise<number> {
  const { hostname, port } = new URL(url);
  let lowest = Number.POSITIVE_INFINITY;
  for (let look = 0; look < 5; look++) {
    const socket = connect(Number(port), hostname);
    socket.write("INFO memory\r\nQUIT\r\n");
    const [, used] = /used_memory:(\d+)/.exec(await text(socket)) ?? [];
    lowest = Math.min(lowest, Number(used));
    await sleep(100);
  }
  return lowest;
}

/** Starts one of the programs in `workers`, which says a line when it is ready. */
export async function openProgram(file: string, ...args: string[]): Promise<() => Promise<void>> {
  const path = fileURLToPath(new URL(`../../workers/${file}`, import.meta.url));
  const child = spawn(process.execPath, [path, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const kill = (): boolean => child.kill("SIGKILL");
  process.once("exit", kill);
  for await (const _line of createInterface(child.stdout)) break;
  child.stdout.resume();
  return async () => {
    process.off("exit", kill);
    const exit = once(child, "exit");
    child.kill("SIGTERM");
    await exit;
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { readonly port: number };
  server.close();
  await once(server, "close");
  return port;
}
