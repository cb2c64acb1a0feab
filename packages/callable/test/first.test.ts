import { join } from "node:path";
import * as url from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";
import { type Remote, starters } from "./support/remote.ts";

const k = 3;
function even(n: number): boolean {
  return n === 0 || odd(n - 1);
}
function odd(n: number): boolean {
  return n !== 0 && even(n - 1);
}
class Local {
  x = 1;
  get() {
    return this.x + k;
  }
}

describe.each(starters)("in %s", (_name, start) => {
  let remote: Remote;
  beforeAll(() => {
    remote = start();
  });
  afterAll(() => remote.end());
  test("closure", async () => {
    expect(await remote.call((x: number) => x + k, 2)).toBe(5);
    expect(await remote.call(even, 10)).toBe(true);
    expect(await remote.call(() => join("a", "b") + url.pathToFileURL("/x").href)).toBe("a/bfile:///x");
    const back = await remote.call((l: Local) => {
      l.x += 5;
      return [l.get(), l] as const;
    }, new Local());
    expect(back[1]).toBeInstanceOf(Local);
    expect(back[0]).toBe(9);
    await expect(
      remote.call(() => {
        throw new RangeError("no");
      }),
    ).rejects.toThrow(RangeError);
    expect(await remote.call(() => fc.sample(fc.constant(1), 2))).toEqual([1, 1]);
  });
});
