import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { ValueError } from "@concurrent-futures/core";
import { checkBoolean, checkInteger, checkOptions, describeValue } from "@concurrent-futures/core/options";
import { pageContent } from "../recorder/page-content.ts";
import { type Recordable, Recorder } from "../recorder/recorder.ts";
import { livePage, pagePolicy } from "../recorder/report-page.ts";
import { accessOf, newToken } from "./access.ts";
import { LiveFeed } from "./live-feed.ts";
import { openInBrowser } from "./open-in-browser.ts";

/** Connections at a time; a page takes one or two. */
const mostConnections = 64;

/** The second argument of a `Dashboard`. */
export interface DashboardOptions {
  /** @default 0, a free one */
  readonly port?: number;
  /** Whether `listen()` opens the page in the user's browser. @default false */
  readonly open?: boolean;
  /** Milliseconds between two looks at the pool, while somebody watches. At least 50. @default 500 */
  readonly interval?: number;
  /** Whether `close()` and disposal keep the page up until the program gets SIGINT (Ctrl-C). @default false */
  readonly keepOpen?: boolean;
  /** Whether the slowest calls are shown with a short text of their arguments. @default true */
  readonly previewArguments?: boolean;
}

const known = ["port", "open", "interval", "keepOpen", "previewArguments"] as const;

/** On every answer: nothing from elsewhere, nothing kept, nothing told to anybody. */
const headers = {
  "Content-Security-Policy": `${pagePolicy}; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  "X-Content-Type-Options": "nosniff",
  "Cache-Control": "no-store",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Resource-Policy": "same-origin",
} as const;

/**
 * Shows what a pool does while it does it: the page of a `Recorder`'s report, kept up to date. It can be seen from this machine
 * alone, by those who know the address with its token, and nothing can be changed from it. From another machine, use
 * `ssh -L`. It keeps no program alive.
 *
 * @example
 * ```ts
 * import { ProcessPoolExecutor } from "concurrent-futures";
 * import { Dashboard } from "concurrent-futures/insights";
 *
 * await using pool = new ProcessPoolExecutor();
 * await using dashboard = new Dashboard(pool);
 * console.error(await dashboard.listen()); // http://127.0.0.1:40123/5f0c…/
 * await pool.map(Math.sqrt, [1, 4, 9]).toArray();
 * ```
 */
export class Dashboard implements AsyncDisposable {
  readonly #recorder: Recorder;
  readonly #feed: LiveFeed;
  readonly #token: string = newToken();
  readonly #port: number;
  readonly #open: boolean;
  readonly #interval: number;
  readonly #keepOpen: boolean;
  #server: Server | undefined;
  #address: Promise<string> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;

  /** @throws ArgumentTypeError, ValueError for values that are not pools, and for wrong options */
  constructor(pool: Recordable, options: DashboardOptions = {}) {
    checkOptions("options", options, known);
    const { port = 0, open = false, interval = 500, keepOpen = false, previewArguments = true } = options;
    if (checkInteger("port", port, 0) > 65_535)
      throw new ValueError(`Expected \`port\` to be at most 65535, got ${describeValue(port)}.`);
    checkBoolean("open", open);
    checkBoolean("keepOpen", keepOpen);
    if (checkInteger("interval", interval, 50) >= 2 ** 31)
      throw new ValueError(
        `Expected \`interval\` to be less than 2 ** 31 milliseconds, got ${describeValue(interval)}.`,
      );
    this.#port = port;
    this.#open = open;
    this.#interval = interval;
    this.#keepOpen = keepOpen;
    this.#recorder = new Recorder(pool, { previewArguments });
    this.#feed = new LiveFeed(() => this.#recorder.toJSON());
  }

  /**
   * Serves the page from now on, until `close()` or disposal. A second call gives the same address.
   *
   * @returns its address, with the token in it.
   * @throws the error of the system, when the port is taken; ValueError after that.
   */
  listen(): Promise<string> {
    if (this.#closing !== undefined)
      return Promise.reject(new ValueError("This dashboard was closed. Create a new one."));
    this.#address ??= this.#listen();
    return this.#address;
  }

  async #listen(): Promise<string> {
    const server = createServer((request, response) => {
      const { port } = server.address() as AddressInfo;
      const access = accessOf(request, this.#token, port);
      if (access === "page") this.#sendPage(response);
      else if (access === "events") this.#sendEvents(response);
      else response.writeHead(access, { ...headers, "Content-Type": "text/plain" }).end(`${access}\n`);
    });
    this.#server = server;
    server.maxConnections = mostConnections;
    server.on("connection", (socket) => socket.unref());
    server.listen(this.#port, "127.0.0.1");
    await once(server, "listening");
    server.unref();
    this.#timer = setInterval(() => this.#feed.send(), this.#interval);
    this.#timer.unref();
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/${this.#token}/`;
    if (this.#open) openInBrowser(address);
    return address;
  }

  /**
   * Ends the recording, sends the last numbers and takes the page down, as leaving the block of `await using` does; with `keepOpen` it
   * first waits for SIGINT. A second call waits for the same.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Does what {@link Dashboard.close} does. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    // One that could not listen has told so already, and has nothing to take down.
    const listening = await this.#address?.then(
      () => true,
      () => false,
    );
    await this.#recorder.close();
    clearInterval(this.#timer);
    this.#feed.send();
    if (listening !== true) return;
    if (this.#keepOpen) {
      this.#server?.ref();
      await once(process, "SIGINT");
    }
    this.#feed.end();
    const closed = once(this.#server as Server, "close");
    this.#server?.close();
    // The last write may still be in flight: a page that does not read it is not waited for.
    const impatience = setTimeout(() => this.#server?.closeAllConnections(), 100);
    this.#server?.closeIdleConnections();
    this.#server?.ref();
    await closed;
    clearTimeout(impatience);
  }

  #sendPage(response: ServerResponse): void {
    const page = livePage(pageContent(this.#recorder.toJSON()));
    response.writeHead(200, { ...headers, "Content-Type": "text/html; charset=utf-8" }).end(page);
  }

  #sendEvents(response: ServerResponse): void {
    response.writeHead(200, { ...headers, "Content-Type": "text/event-stream" });
    this.#feed.add(response);
  }
}
