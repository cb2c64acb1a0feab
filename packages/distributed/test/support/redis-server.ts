import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, test } from "@jest/globals";

/** Whether this machine can start one. */
export const hasRedis: boolean = spawnSync("redis-server", ["--version"]).status === 0;

if (!hasRedis) {
  const text =
    "NO redis-server IN PATH: the tests of packages/distributed ARE SKIPPED. Install redis-server 6.2 or later.";
  if (process.env["CF_REDIS"] === "required") throw new Error(text);
  process.stderr.write(`\n${text}\n\n`);
}

/** For tests that start a Redis server: where this machine has none they are skipped, as is said above, loudly. */
export const describeWithRedis = hasRedis ? describe : describe.skip;
/** As {@link describeWithRedis}. */
export const testWithRedis = hasRedis ? test : test.skip;

/** Files for TLS. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** A Redis server of a test's own, on a free port, with a folder of its own. */
export class RedisServer implements AsyncDisposable {
  readonly port: number;
  /** 0 where it was started without a certificate. */
  readonly tlsPort: number;
  readonly #certificate: Certificate | undefined;
  readonly #folder: string;
  #process: ChildProcess | undefined;

  private constructor(port: number, tlsPort: number, folder: string, certificate: Certificate | undefined) {
    this.port = port;
    this.tlsPort = tlsPort;
    this.#folder = folder;
    this.#certificate = certificate;
  }

  static async start(certificate?: Certificate): Promise<RedisServer> {
    const tlsPort = certificate === undefined ? 0 : await freePort();
    const folder = mkdtempSync(join(tmpdir(), "cf-redis-"));
    const server = new RedisServer(await freePort(), tlsPort, folder, certificate);
    await server.run();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Starts the server, again after {@link kill}: what was written is there. */
  async run(): Promise<void> {
    const options = [
      ["--port", String(this.port)],
      ["--bind", "127.0.0.1"],
      ["--dir", this.#folder],
      ["--save", ""],
      ["--appendonly", "yes"],
    ];
    if (this.#certificate !== undefined) {
      const { cert, key } = this.#certificate;
      options.push(["--tls-port", String(this.tlsPort)], ["--tls-auth-clients", "no"]);
      options.push(["--tls-cert-file", cert], ["--tls-key-file", key], ["--tls-ca-cert-file", cert]);
    }
    const child = spawn("redis-server", options.flat(), { stdio: ["ignore", "pipe", "ignore"] });
    this.#process = child;
    for await (const line of createInterface(child.stdout)) {
      if (line.includes("Ready to accept connections")) break;
    }
    child.stdout.resume();
  }

  /** What was written is gone, once it is started again. */
  async lose(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
    mkdirSync(this.#folder);
  }

  /** As a crash: nothing is saved any more. */
  async kill(): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  }

  /** Stops or continues the process: connections stay, and nobody answers. */
  signal(name: "SIGSTOP" | "SIGCONT"): void {
    this.#process?.kill(name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.signal("SIGCONT");
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
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
