import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type IncomingHttpHeaders, request } from "node:http";
import { connect } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Dashboard } from "@concurrent-futures/insights";
import { ProcessPoolExecutor } from "@concurrent-futures/process";
import { ThreadPoolExecutor } from "@concurrent-futures/thread";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { until } from "../../conformance/test/support/waiting.ts";
import { spin } from "./fixtures/work.mjs";
import { describeInBrowser } from "./support/browser.ts";
import { lineOf } from "./support/line-of.ts";

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

interface Asked {
  readonly method?: string;
  readonly host?: string;
  readonly path?: string;
}

/** Asks the server of an address; path and `Host` can be others than the address's own. */
function ask(address: string, { method = "GET", host, path }: Asked = {}): Promise<Answer> {
  const { hostname, port, pathname } = new URL(address);
  return new Promise((resolve, reject) => {
    const headers = host === undefined ? {} : { host };
    const asked = request(
      { hostname, port, method, path: path ?? pathname, headers, agent: false },
      async (response) => {
        let body = "";
        for await (const piece of response) body += piece;
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
      },
    );
    asked.on("error", reject);
    asked.end();
  });
}

describe("a Dashboard's safety", () => {
  let pool: ThreadPoolExecutor;
  let dashboard: Dashboard;
  let address = "";
  let port = "";
  let token = "";
  beforeEach(async () => {
    pool = new ThreadPoolExecutor(1);
    dashboard = new Dashboard(pool);
    address = await dashboard.listen();
    port = new URL(address).port;
    token = new URL(address).pathname.slice(1, -1);
  });
  afterEach(async () => {
    await dashboard[Symbol.asyncDispose]();
    await pool.shutdown();
  });

  test("listens on 127.0.0.1 alone, at an address with 128 bits of chance in it", async () => {
    expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{32}\/$/);
    expect(await dashboard.listen()).toBe(address);
    await using another = new Dashboard(pool);
    expect(new URL(await another.listen()).pathname).not.toBe(`/${token}/`);
    const others = Object.values(networkInterfaces())
      .flatMap((each) => each ?? [])
      .filter(({ internal, family }) => !internal && family === "IPv4");
    for (const { address: host } of others) {
      const socket = connect({ host, port: Number(port) });
      const [error] = (await once(socket, "error")) as [NodeJS.ErrnoException];
      expect(error.code).toBe("ECONNREFUSED");
    }
  });

  test.each(["/", "/events", "/00000000000000000000000000000000/", "/short/events", "/../", "//", "/%", ""])(
    "refuses %j, which has no right token",
    async (path) => {
      const { status, body } = await ask(address, { path: path || "/?" });
      expect(status).toBe(403);
      expect(body).not.toContain(token);
    },
  );

  test("refuses a token that differs in its last letter, or is a part of it", async () => {
    const last = token.endsWith("0") ? "1" : "0";
    for (const wrong of [token.slice(0, -1) + last, token.slice(0, -1), `${token}0`, `A${token.slice(1)}A`])
      expect((await ask(address, { path: `/${wrong}/` })).status).toBe(403);
  });

  test.each(["evil.example", "evil.example:80", "127.0.0.1", "localhost", "[::1]"])(
    "refuses the Host %s, even with the token",
    async (host) => {
      expect((await ask(address, { host })).status).toBe(421);
    },
  );

  test("takes its own name and localhost", async () => {
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`])
      expect((await ask(address, { host })).status).toBe(200);
  });

  test.each(["POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"])("refuses %s", async (method) => {
    expect((await ask(address, { method })).status).toBe(405);
  });

  test("has nothing at other paths", async () => {
    for (const path of ["x", "events/x", "../../etc/passwd"])
      expect((await ask(address, { path: `/${token}/${path}` })).status).toBe(404);
  });

  test("says on each answer, refusals too, that nothing may be framed, kept, guessed or told", async () => {
    for (const path of [undefined, "/", `/${token}/x`]) {
      const { headers } = await ask(address, path === undefined ? {} : { path });
      const policy = headers["content-security-policy"] as string;
      for (const part of ["default-src 'none'", "connect-src 'self'", "frame-ancestors 'none'"])
        expect(policy).toContain(part);
      expect(policy).not.toContain("unsafe");
      expect(headers["x-content-type-options"]).toBe("nosniff");
      expect(headers["cache-control"]).toBe("no-store");
      expect(headers["referrer-policy"]).toBe("no-referrer");
      expect(Object.keys(headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
    }
  });

  test("lives through bytes that are no HTTP", async () => {
    const socket = connect({ host: "127.0.0.1", port: Number(port) });
    socket.on("error", () => {});
    socket.resume();
    socket.end("\u0000\u0001 nonsense\r\n\r\n");
    await once(socket, "close");
    expect((await ask(address)).status).toBe(200);
  });
});

describe("a Dashboard", () => {
  test("keeps no program alive, even while a page listens", async () => {
    const program = fileURLToPath(new URL("./fixtures/dashboard-program.mjs", import.meta.url));
    const child = spawn(process.execPath, [program], { stdio: ["ignore", "pipe", "inherit"] });
    const [address] = await lineOf(child.stdout, /^http:\S+$/);
    const asked = request(`${address}events`, (response) => response.resume());
    asked.on("error", () => {});
    asked.end();
    expect(await once(child, "exit")).toEqual([0, null]);
  });

  test("with keepOpen, disposal waits for SIGINT while the page stays up", async () => {
    await using pool = new ThreadPoolExecutor(1);
    const dashboard = new Dashboard(pool, { keepOpen: true });
    const address = await dashboard.listen();
    await pool.submit(async () => 1);
    let closed = false;
    const closing = dashboard[Symbol.asyncDispose]().then(() => {
      closed = true;
    });
    const { status, body } = await ask(address);
    expect([status, closed]).toEqual([200, false]);
    expect(body).toContain("1 calls done");
    process.emit("SIGINT");
    await closing;
    await expect(ask(address)).rejects.toThrow("ECONNREFUSED");
  });

  test("close() ends what listens, as disposal does, and can be repeated; then listen() is refused", async () => {
    await using pool = new ThreadPoolExecutor(1);
    const dashboard = new Dashboard(pool);
    const address = await dashboard.listen();
    const heard = await fetch(`${address}events`);
    await pool.submit(async () => 1);
    await dashboard.close();
    await dashboard.close();
    await dashboard[Symbol.asyncDispose]();
    expect(heard.headers.get("content-type")).toBe("text/event-stream");
    const last = (await heard.text()).trim().split("\n\n").at(-1) as string;
    const { content } = JSON.parse(last.replace("data: ", "")) as { content: { summary: string } };
    expect(content.summary).toContain("1 calls done");
    await expect(dashboard.listen()).rejects.toThrow("was closed");
  });

  test("says that its port is taken", async () => {
    await using pool = new ThreadPoolExecutor(1);
    await using first = new Dashboard(pool);
    const port = Number(new URL(await first.listen()).port);
    await using second = new Dashboard(pool, { port });
    await expect(second.listen()).rejects.toThrow("EADDRINUSE");
  });

  test("shows no arguments when previews are off", async () => {
    await using pool = new ProcessPoolExecutor(1);
    await using dashboard = new Dashboard(pool, { previewArguments: false });
    const address = await dashboard.listen();
    await pool.submit(Math.sqrt, 123_456_789);
    expect((await ask(address)).body).not.toContain("123456789");
  });

  // The program that opens pages has another name elsewhere, and cannot be replaced by one on the path.
  const onLinux = process.platform === "linux" ? test : test.skip;
  onLinux("opens its page by the system's program when asked to", async () => {
    const folder = mkdtempSync(join(tmpdir(), "opener-"));
    const told = join(folder, "told");
    writeFileSync(
      join(folder, "xdg-open"),
      `#!/bin/sh\nprintf %s "$1" > ${told}.part && mv ${told}.part ${told}\n`,
    );
    chmodSync(join(folder, "xdg-open"), 0o755);
    const { PATH } = process.env;
    process.env["PATH"] = `${folder}${delimiter}${PATH}`;
    try {
      await using pool = new ThreadPoolExecutor(1);
      await using dashboard = new Dashboard(pool, { open: true });
      const address = await dashboard.listen();
      await until(() => existsSync(told) && readFileSync(told, "utf8") === address);
    } finally {
      process.env["PATH"] = PATH;
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test("refuses wrong options at the call", () => {
    const pool = new ThreadPoolExecutor(1);
    expect(() => new Dashboard({} as never)).toThrow("`pool`");
    expect(() => new Dashboard(pool, { port: -1 })).toThrow("port");
    expect(() => new Dashboard(pool, { port: 70_000 })).toThrow("port");
    expect(() => new Dashboard(pool, { interval: 1 })).toThrow("interval");
    expect(() => new Dashboard(pool, { interval: 2 ** 31 })).toThrow("interval");
    expect(() => new Dashboard(pool, { open: 1 as never })).toThrow("open");
    expect(() => new Dashboard(pool, { keepOpen: "yes" as never })).toThrow("keepOpen");
    expect(() => new Dashboard(pool, { host: "0.0.0.0" } as never)).toThrow("host");
  });
});

describeInBrowser("a dashboard in a browser", (open) => {
  test("follows the pool, asks nobody else, and stays as it was when the dashboard is gone", async () => {
    await using pool = new ProcessPoolExecutor(2);
    const dashboard = new Dashboard(pool, { interval: 50 });
    const address = await dashboard.listen();
    const { page, said, requests } = await open(address);
    await page.locator("#state", { hasText: "Live." }).waitFor();
    await pool
      .map(
        spin,
        Array.from({ length: 25 }, () => 1),
      )
      .toArray();
    await page.locator("#summary", { hasText: "25 calls done, 0 failed" }).waitFor();
    await page.locator("table", { hasText: "By function" }).getByRole("cell", { name: "spin" }).waitFor();
    await pool.map(spin, [1, 2, 3]).toArray();
    await page.locator("#summary", { hasText: "28 calls done" }).waitFor();
    expect(await page.locator("#legend li").allTextContents()).toEqual(["spin"]);
    await dashboard[Symbol.asyncDispose]();
    await page.locator("#state", { hasText: "The connection has ended" }).waitFor();
    expect(await page.locator("#summary").textContent()).toContain("28 calls done");
    expect(said).toEqual([]);
    expect([...new Set(requests.map((one) => new URL(one).origin))]).toEqual([new URL(address).origin]);
    await page.close();
  });
});
