import { expect, test } from "@jest/globals";
import { until } from "../../conformance/test/support/waiting.ts";
import { pool, work } from "./support/pools.ts";

let executor: ReturnType<typeof pool>;

test.each([
  ["awaited", async (name: string) => await executor.submit(work(name))],
  ["blocking", (name: string) => executor.submit(work(name)).resultSync()],
])("a worker's event loop turns although %s calls follow each other without a pause", async (_, call) => {
  executor = pool({ maxWorkers: 1 });
  const before = (await call("timersFired")) as number;
  await call("leaveUnrefTimer");
  await until(async () => (await call("timersFired")) !== before);
});

test("a worker that is left alone after such calls does what its event loop has to do", async () => {
  executor = pool({ maxWorkers: 1 });
  for (let at = 0; at < 100; at++) expect(await executor.submit(work("square"), at)).toBe(at * at);
  const flag = new Int32Array(new SharedArrayBuffer(4));
  await executor.submit(work("leaveUnrefTimer"), flag);
  await until(() => Atomics.load(flag, 0) === 1);
});

test("a worker's event loop turns although one batch follows the other", async () => {
  executor = pool({ maxWorkers: 1 });
  const before = (await executor.submit(work("timersFired"))) as number;
  await executor.submit(work("leaveUnrefTimer"));
  let fired = before;
  const rows = Array.from({ length: 200_000 }, () => 0);
  for await (const seen of executor.map(work("timersFired"), rows)) {
    fired = seen as number;
    if (fired > before) break;
  }
  expect(fired).toBe(before + 1);
});
