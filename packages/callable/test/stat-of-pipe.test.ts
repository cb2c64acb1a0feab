import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "@jest/globals";

// Node's realpathSync stops at the first folder that it knows when the last `stat` of its thread was of a pipe.
test("a function is taken apart after the program has looked at a pipe", async () => {
  const program = `
    import { fstatSync } from "node:fs";
    import { pack } from "@concurrent-futures/callable";
    import("node:module").then(({ createRequire }) => {
      createRequire(import.meta.url).resolve("acorn");
      const captured = 2;
      fstatSync(0);
      pack((a) => a * captured, [], "thread");
      console.log("packed");
    });`;
  const cwd = fileURLToPath(new URL("..", import.meta.url));
  const running = promisify(execFile)(process.execPath, ["--input-type=module", "-e", program], { cwd });
  const { stdout } = await running;
  expect(stdout).toBe("packed\n");
});
