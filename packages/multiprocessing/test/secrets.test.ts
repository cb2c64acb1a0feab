import { readdirSync, readFileSync, statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  BaseManager,
  Client,
  currentProcess,
  Listener,
  Manager,
  Pool,
} from "@concurrent-futures/multiprocessing";
import { describe, expect, test } from "@jest/globals";

/** What others on this machine can see of a program, and what they can take from it. */

/** The command lines of this process's children. */
function commandLines(): string[] {
  const lines: string[] = [];
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const parent = /\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8"))?.[1];
      if (Number(parent) === process.pid) lines.push(readFileSync(`/proc/${pid}/cmdline`, "latin1"));
    } catch {
      // It has ended meanwhile.
    }
  }
  return lines;
}

describe("a key", () => {
  if (process.platform !== "linux") return;
  test("is on no command line of a worker, and neither is anything derived from it", async () => {
    await using manager = await Manager();
    await using pool = new Pool({ processes: 1, context: "spawn" });
    const list = await manager.list([1]);
    expect(await pool.apply(async (given: typeof list) => await given.length(), [list])).toBe(1);
    const lines = commandLines();
    expect(lines.length).toBeGreaterThan(0);
    const key = Buffer.from(currentProcess().authkey);
    for (const form of ["latin1", "hex", "base64", "base64url"] as const) {
      for (const line of lines) expect(line.includes(key.toString(form))).toBe(false);
    }
  });
});

describe("the path of a Unix socket", () => {
  test("that is taken is refused, and whoever has it goes on", async () => {
    const folder = await mkdtemp(join(tmpdir(), "taken-"));
    try {
      const address = join(folder, "socket");
      await using first = await new Listener({ address }).ready();
      const second = new Listener({ address });
      await expect(second.ready()).rejects.toMatchObject({
        code: expect.stringMatching(/EADDRINUSE|ERR_OS/),
      });
      await second.close();
      await expect(new BaseManager({ address, authkey: "key" }).start()).rejects.toThrow("in use");
      const [client, server] = await Promise.all([Client(address), first.accept()]);
      await client.send("still there");
      expect(await server.recv()).toBe("still there");
      expect(statSync(address).isSocket()).toBe(true);
      client.close();
      server.close();
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
