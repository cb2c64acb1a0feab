import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** A Redis server for an example. */
export interface Redis {
  readonly url: string;
  /** Where it comes from. */
  readonly about: string;
  close(): Promise<void>;
}

/** The one of REDIS_URL, else `redis-server` from the path, else one in JavaScript, for development; `undefined` where there is none. */
export async function openRedis(): Promise<Redis | undefined> {
  const { REDIS_URL: url } = process.env;
  if (url !== undefined) return { url, about: "that of REDIS_URL", close: async () => {} };
  return spawnSync("redis-server", ["--version"]).status === 0 ? openServer() : openEmbedded();
}

/** A server of our own on a free port, with its data in a folder that goes with it. */
async function openServer(): Promise<Redis> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "example-redis-"));
  const args = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, "--appendonly", "yes"];
  const server = spawn("redis-server", args, { stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface(server.stdout)) if (line.includes("Ready to accept")) break;
  server.stdout.resume();
  return {
    url: `redis://127.0.0.1:${port}`,
    about: "redis-server from the path",
    close: async () => {
      const exit = once(server, "exit");
      server.kill("SIGTERM");
      await exit;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Redis in JavaScript: about a twentieth as fast. */
async function openEmbedded(): Promise<Redis | undefined> {
  try {
    const { createRedisMock } = await import("js-redis-server");
    const server = await createRedisMock();
    const { host, port } = server.addresses()[0] as { readonly host: string; readonly port: number };
    return {
      url: `redis://${host}:${port}`,
      about: "js-redis-server, in this process",
      close: () => server.close(),
    };
  } catch {
    return undefined;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { readonly port: number };
  server.close();
  await once(server, "close");
  return port;
}
