import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe as describeFunction } from "@concurrent-futures/callable";
import { expect, test } from "@jest/globals";
import { square } from "./fixtures/shapes.mjs";

/** A worker's start is part of every short program, so it loads what it needs and nothing else. */

const program = `
  import { createRequire } from "node:module";
  import { load, pack, unpack } from "@concurrent-futures/callable/load";
  const loaded = () => [
    ...process.moduleLoadList.filter((name) => /^NativeModule inspector$/.test(name)),
    ...Object.keys(createRequire(import.meta.url).cache).filter((file) => /acorn|eslint-scope/.test(file)),
    ...Object.keys(createRequire(import.meta.url).cache).filter((file) => /callable.dist/.test(file)),
  ];
  const run = await load(JSON.parse(process.argv[1]));
  const result = pack(run(...unpack([3])));
  const forPlainTasks = loaded();
  pack(() => 1);
  console.log(JSON.stringify({ result, forPlainTasks, forAClosure: loaded().length > 0 }));
`;

test("a task by reference on plain data loads no inspector, no parser, and neither encoder nor decoder", async () => {
  const ref = JSON.stringify(describeFunction(square));
  const args = ["--input-type=module", "-e", program, ref];
  const cwd = new URL("..", import.meta.url);
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd, encoding: "utf8" });
  expect(JSON.parse(stdout)).toEqual({ result: 9, forPlainTasks: [], forAClosure: true });
});
