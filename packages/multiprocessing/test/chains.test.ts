import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "@jest/globals";

const run = promisify(execFile);

async function program(chain: string, context: string): Promise<{ stdout: string; stderr: string }> {
  const file = fileURLToPath(new URL("./fixtures/chains/run.mjs", import.meta.url));
  return await run(process.execPath, [file, chain], {
    env: { ...process.env, CONTEXT: context },
    timeout: 60_000,
  });
}

describe.each(["thread", "spawn"])("a module that starts workers when it is imported [%s]", (context) => {
  test.each(["pool", "map", "initializer", "mp-pool", "manager"])(
    "%s: its worker refuses to start another, and says what to do",
    async (chain) => {
      const { stdout } = await program(chain, context);
      expect(stdout).toContain("before the current process has finished its bootstrapping phase");
      expect(stdout).toContain(`importing file:`);
      expect(stdout).toContain(`/chains/${chain}.mjs`);
      expect(stdout).toContain("a module of its own");
    },
  );

  test("later than by the import: the chain ends, and says so", async () => {
    const { stdout } = await program("later", context);
    expect(stdout).toContain("16 workers below the main program");
  });

  test("only makes pools, and uses them in functions: works, and starts no worker in a worker", async () => {
    const { stdout } = await program("beside", context);
    expect(JSON.parse(stdout)).toEqual([[2, 0, 0], 1]);
  });
});
