import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeForNetwork } from "@concurrent-futures/callable/network";
import { SerializationError, ValueError } from "@concurrent-futures/core";
import { DistributedExecutor, type DistributedWorker, startWorker } from "@concurrent-futures/distributed";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { ForgedJobs } from "./support/forged-jobs.ts";
import { describeWithRedis, RedisServer } from "./support/redis-server.ts";

interface Shapes {
  Circle: new (radius: number) => { radius: number; grown(by: number): unknown };
  grow(circle: object, by: number): object;
}

const source = `
export class Circle {
  constructor(radius) { this.radius = radius; }
  grown(by) { return new Circle(this.radius + by); }
}
export const grow = (circle, by) => circle.grown(by);
export const where = import.meta.url;
`;

const folder = mkdtempSync(join(tmpdir(), "cf-packages-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A program's folder with a package in it, or beside it behind a link, as a package manager has it. */
function install(name: string, how: "inside" | "linked"): string {
  const root = join(folder, name);
  const inside = join(root, "node_modules", "@forms", "shapes");
  const real = how === "inside" ? inside : join(folder, "store", "shapes");
  for (const made of [root, join(real, "lib")]) mkdirSync(made, { recursive: true });
  writeFileSync(
    join(real, "package.json"),
    '{ "name": "@forms/shapes", "type": "module", "exports": "./lib/index.mjs" }',
  );
  writeFileSync(join(real, "lib", "package.json"), '{ "type": "module" }');
  writeFileSync(join(real, "lib", "index.mjs"), source);
  writeFileSync(join(root, "package.json"), '{ "type": "module" }');
  if (how === "linked") {
    mkdirSync(join(root, "node_modules", "@forms"), { recursive: true });
    symlinkSync(real, inside);
  }
  return root;
}

describeWithRedis("modules of packages", () => {
  const here = install("here", "inside");
  const there = install("there", "linked");
  const packages = ["@forms/shapes"];
  let redis: RedisServer;
  let worker: DistributedWorker;
  let shapes: Shapes;
  let forged: ForgedJobs;

  beforeAll(async () => {
    redis = await RedisServer.start();
    worker = await startWorker({ redis: redis.url, root: there, slots: 1, packages });
    forged = new ForgedJobs(redis.url, "default");
    shapes = (await import(join(here, "node_modules/@forms/shapes/lib/index.mjs"))) as Shapes;
  });

  afterAll(async () => {
    forged?.close();
    await worker?.close();
    await redis?.[Symbol.asyncDispose]();
  });

  test("functions and instances of a package that both sides name go both ways, wherever it is installed", async () => {
    await using executor = new DistributedExecutor({ redis: redis.url, root: here, packages });
    const circle = (await executor.submit(shapes.grow, new shapes.Circle(1), 2)) as { radius: number };
    expect(circle).toBeInstanceOf(shapes.Circle);
    expect(circle.radius).toBe(3);
  });

  test("one that the executor does not name is refused at submit", async () => {
    await using executor = new DistributedExecutor({ redis: redis.url, root: here });
    expect(() => executor.submit(shapes.grow, {}, 2)).toThrow(/nor in one of `packages`/);
  });

  test.each([
    ["pkg:fs/index.mjs", /may not be named here.*@forms\/shapes/],
    ["pkg:@forms/other/lib/index.mjs", /may not be named here/],
    ["pkg:@forms/shapes/lib/missing.mjs", /There is no module/],
    ["pkg:@forms/shapes/../shapes/lib/index.mjs", /There is no module/],
    ["pkg:@forms/shapes", /There is no module/],
    ["pkg:@forms/shapes/node_modules/x/index.mjs", /There is no module/],
    ["./node_modules/@forms/shapes/lib/index", /cannot be named/],
  ])("a stranger who names %s is refused", async (m, why) => {
    const { error } = await forged.run(
      { m, p: ["grow"] },
      encodeForNetwork([{}, 1], { name: "the arguments" }),
    );
    expect(error).toBeInstanceOf(SerializationError);
    expect((error as Error).message).toMatch(why);
  });

  test("a name that is none is refused", () => {
    expect(() => new DistributedExecutor({ packages: ["../x"] })).toThrow(ValueError);
  });
});
