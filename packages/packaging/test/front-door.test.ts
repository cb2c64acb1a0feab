import { describe, expect, test } from "@jest/globals";
import { root } from "./support/packages.ts";

/** Exports of core that executors and tests need, and users do not. */
const notForUsers = [
  "checkShutdownOptions",
  "Ending",
  "futureTransitions",
  "provideCurrentTask",
  "taskRandom",
];

/** The names of the values that a package exports. */
async function namesOf(path: string): Promise<string[]> {
  return Object.keys((await import(`${root}packages/${path}`)) as object).sort();
}

describe("the front door", () => {
  test.each(["core", "thread", "process"])("has all that %s exports for users", async (folder) => {
    const front = await namesOf("concurrent-futures/dist/bundle/index.js");
    const missing = (await namesOf(`${folder}/dist/bundle/index.js`)).filter((name) => !front.includes(name));
    expect(missing.filter((name) => !notForUsers.includes(name))).toEqual([]);
  });

  test("has all of multiprocessing under its own path", async () => {
    const front = await namesOf("concurrent-futures/dist/bundle/multiprocessing.js");
    expect(await namesOf("multiprocessing/dist/bundle/index.js")).toEqual(front);
  });
});
