import { describe, expect, test } from "@jest/globals";
import { nodes } from "../../nodes/nodes.mjs";
import { runFixture } from "./support/run.ts";

const flags = ["--expose-gc"];

// What Atomics do is asked of each version; this is much the same in all of them.
const asked = process.env.STRESS === undefined ? [nodes[0], nodes.at(-1)] : nodes;

describe.each(asked as typeof nodes)("memory and those who have it, $name", ({ node }) => {
  const outcome = (name: string): Promise<unknown> => runFixture("lives.mjs", [name], { node, flags });

  test("goes back to the system when nobody refers to it, before it is used up", async () => {
    const { most } = (await outcome("large")) as { most: number };
    expect(most).toBeLessThan(40);
  });

  test("is made although another thread has only begun to make some", async () => {
    expect(await outcome("unfinished")).toEqual({ bytes: 8 });
  });

  test("is used again by those who come later, zeroed", async () => {
    const { rounds } = (await outcome("small")) as { rounds: number };
    expect(rounds).toBeLessThan(3);
    expect(await outcome("cleared")).toEqual({ zero: true });
  });

  test("stays as long as a view of it is there", async () => {
    expect(await outcome("views")).toEqual({ value: 7 });
  });

  test("can neither shrink nor grow under those who have it mapped", async () => {
    expect(await outcome("shrink")).toEqual({ codes: ["EPERM", "EPERM"], value: 3 });
  });

  test("is refused when it is used up, and given when there is some again", async () => {
    expect(await outcome("full")).toEqual({
      code: "ERR_SHARED_MEMORY_FULL",
      made: expect.any(Number),
      small: 100,
      again: 2 ** 32 - 4096,
    });
  });

  test("stays for a child that has it, and goes when the child is killed", async () => {
    expect(await outcome("killed")).toEqual({ before: true, after: false, bytes: true });
  });

  test("stays while a message that names it is under way", async () => {
    expect(await outcome("message")).toEqual({ before: true, after: false });
  });

  test("a process that blocks notices a child's death, though the child is a zombie", async () => {
    expect(await outcome("zombie")).toEqual({ noticed: 1, isZombie: true });
  });

  test("a process that dies inside the gate keeps nobody out", async () => {
    expect(await outcome("insideGate")).toEqual({ bytes: 64, soon: true });
  });

  test("a thread that sleeps can be ended, and leaves nothing", async () => {
    expect(await outcome("thread")).toEqual({ before: true, after: false, soon: true });
    expect(await outcome("threads")).toEqual({ value: 5, more: 0 });
  });

  test("cannot be transferred away from those who look at it", async () => {
    expect(await outcome("transferred")).toEqual({
      tried: ["ERR_INVALID_ARG_TYPE", "ERR_INVALID_ARG_TYPE"],
      cloned: true,
      value: 5,
    });
  });

  test("with a name: it is made once, opened often, and unmapped when nobody looks", async () => {
    expect(await outcome("named")).toEqual({
      taken: true,
      size: 4096,
      unlinked: [true, false],
      gone: true,
      value: 1011,
      few: true,
    });
  });

  test("reaches grandchildren", async () => {
    expect(await outcome("grandchild")).toEqual({ seen: true });
  });

  test("a bell wakes the event loop of another process, and of another thread", async () => {
    expect(await outcome("bell")).toEqual({ value: 9 });
    expect(await outcome("threadBell")).toEqual({ first: "heard" });
  });
});
