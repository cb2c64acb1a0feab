import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/** A web server on this machine that takes its time: the answer to `/page/7` comes after `latency` milliseconds. */
export interface PageServer {
  readonly url: (page: number) => string;
  close(): Promise<void>;
}

export async function startPageServer(latency: number): Promise<PageServer> {
  const server = createServer(async (request, response) => {
    await delay(latency);
    response.end(`<title>${request.url}</title>${"<p>words</p>".repeat(500)}`);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: (page) => `http://127.0.0.1:${port}/page/${page}`,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
