import { describe, expect, test } from "@jest/globals";
import { nodes } from "../../nodes/nodes.mjs";
import { runFixture } from "./support/run.ts";

/**
 * Atomics on memory that is mapped, not made by the engine: nothing in the language promises that they are atomic there.
 * So each version of Node is asked, with two processes at once. Without the controls this would prove nothing.
 */
const long = process.env.STRESS !== undefined;
const times = long ? 5_000_000 : 150_000;

interface Outcome {
  readonly count: number;
  readonly codes: readonly (number | null)[];
}

function hammer(node: string, what: string, rounds: number, flags: readonly string[] = []): Promise<Outcome> {
  return runFixture("hammer.mjs", [what, String(rounds)], { node, flags });
}

/** A race that is not protected is lost sooner or later: how soon depends on what else the machine does. */
async function untilLost(
  node: string,
  what: string,
  rounds: number,
  isLost: (count: number) => boolean,
): Promise<boolean> {
  for (let tries = 0; tries < 10; tries++) if (isLost((await hammer(node, what, rounds)).count)) return true;
  return false;
}

describe.each(nodes)("two processes at once, $name", ({ node }) => {
  test.each(["add", "compareExchange", "lock", "exchangeLock"])("%s loses nothing", async (what) => {
    expect(await hammer(node, what, times)).toEqual({ count: 2 * times, codes: [0, 0] });
  });

  test("bytes and 64-bit numbers lose nothing", async () => {
    const { count } = await hammer(node, "bytes", times);
    expect(count).toBe((2 * times) % 256);
    expect((await hammer(node, "bigints", times)).count).toBe(2 * times);
  });

  test("control: plain additions are lost", async () => {
    expect(await untilLost(node, "plain", 10_000_000, (count) => count < 20_000_000)).toBe(true);
  });

  test("a store is seen before what is loaded after it", async () => {
    expect((await hammer(node, "litmus", long ? 1_000_000 : 30_000)).count).toBe(0);
  });

  test("control: plain stores are seen too late", async () => {
    expect(await untilLost(node, "plainLitmus", 100_000, (count) => count > 0)).toBe(true);
  });
});

test.each(["--jitless", "--no-opt", "--always-sparkplug"])("with %s nothing is lost either", async (flag) => {
  expect((await hammer(process.execPath, "add", 100_000, [flag])).count).toBe(200_000);
});
