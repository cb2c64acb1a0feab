import assert from "node:assert/strict";
import { asCompleted, ThreadPoolExecutor } from "concurrent-futures";
import { startPageServer } from "./page-server.js";
import { timed } from "./stopwatch.js";

/** Fetches a page and gives its size. */
async function sizeOf(url: string): Promise<number> {
  const response = await fetch(url);
  return (await response.text()).length;
}

/** Twelve requests to a web server, three at a time. */
export async function main(): Promise<void> {
  const server = await startPageServer(100);
  const urls = Array.from({ length: 12 }, (_, page) => server.url(page));
  const executor = new ThreadPoolExecutor(3);
  try {
    const expected = await timed("12 requests, one after the other", async () => {
      const sizes: number[] = [];
      for (const url of urls) sizes.push(await sizeOf(url));
      return sizes;
    });

    const arrived = await timed("12 requests, submit + asCompleted", async () => {
      const futures = new Map(urls.map((url) => [executor.submit(sizeOf, url), url]));
      const sizes = new Map<string, number>();
      for await (const future of asCompleted(futures.keys())) {
        sizes.set(futures.get(future) as string, await future.result());
      }
      return sizes;
    });

    const mapped = await timed("12 requests, map", () => executor.map(sizeOf, urls).toArray());

    assert.deepEqual(
      urls.map((url) => arrived.get(url)),
      expected,
    );
    assert.deepEqual(mapped, expected);
    console.log(`  ${mapped.reduce((sum, size) => sum + size, 0)} characters each time`);
  } finally {
    await executor.shutdown();
    await server.close();
  }
}
