import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "@jest/globals";

const program = fileURLToPath(new URL("./fixtures/many-copies.mjs", import.meta.url));

test("twelve copies of the package add one listener to a thread, and each notices its exit", async () => {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [program]);
  expect(stderr).toBe("");
  expect(JSON.parse(stdout)).toEqual({ listeners: [1, 1], error: "LockAbandonedError" });
});
