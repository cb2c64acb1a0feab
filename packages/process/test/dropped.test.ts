import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "@jest/globals";

const program = fileURLToPath(new URL("fixtures/programs/dropped.mjs", import.meta.url));

describe("ProcessPoolShutdownTest", () => {
  test.each(["thread", "spawn"])(
    "a dropped pool with workers of %s ends them, and says so",
    async (mpContext) => {
      const { stdout } = await promisify(execFile)(process.execPath, ["--expose-gc", program, mpContext]);
      const warning = "ResourceWarning CF_POOL_NOT_SHUT_DOWN";
      expect(JSON.parse(stdout)).toEqual({
        afterUse: { used: 9, closed: 1, warnings: [warning] },
        afterWork: { late: "late", sum: 40_425, closed: 2 },
        throughView: 16,
        warnings: [warning, warning, warning],
        closed: 5,
      });
    },
  );
});
