import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "@jest/globals";

const program = fileURLToPath(new URL("./fixtures/drops-managers.mjs", import.meta.url));

test.each(["thread", "spawn"])(
  "the server of a manager that was dropped ends with the last proxy of its objects, wherever that is [%s]",
  async (context) => {
    const { stdout } = await promisify(execFile)(process.execPath, ["--expose-gc", program, context]);
    expect(JSON.parse(stdout)).toEqual({
      unusedEnd: true,
      stillThere: 1,
      there: 1,
      inTheWorker: 1,
      usedEnds: true,
    });
  },
);
