import { setTimeout as sleep } from "node:timers/promises";
import { asCompleted, type Future, ThreadPoolExecutor } from "concurrent-futures";

async function fetch(page: number): Promise<number[]> {
  await sleep(10);
  return [0, 1, 2, 3, 4].map((at) => page * 7 + at);
}

async function check(link: number): Promise<number> {
  await sleep(5);
  return link % 13 === 0 ? 404 : 200;
}

let total = 0;
await using fetchers = new ThreadPoolExecutor(10);
await using checkers = new ThreadPoolExecutor(20);
const checks: Future<number>[] = [];
const pages = Array.from({ length: Number(process.argv[3]) }, (_, number) => fetchers.submit(fetch, number));
for await (const page of asCompleted(pages)) {
  for (const link of await page) checks.push(checkers.submit(check, link));
}
for await (const status of asCompleted(checks)) total += await status;
console.log(total);
