import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getContext, OSError, setExecutable } from "@concurrent-futures/multiprocessing";
import { afterAll, afterEach, expect, test } from "@jest/globals";

const folder = mkdtempSync(join(tmpdir(), "executable-"));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => setExecutable(process.execPath));

const { Process } = getContext("spawn");
const start = async (): Promise<number | undefined | null> => {
  const child = new Process({ target: () => process.exit(7) });
  await child.start();
  await child.join();
  return child.exitcode;
};

test("a process whose program does not exist is refused when it is started, with the cause", async () => {
  setExecutable(join(folder, "no-such-node"));
  const error = await start().catch((failure: unknown) => failure);
  expect(error).toBeInstanceOf(OSError);
  expect(error).toMatchObject({ cause: { code: "ENOENT" } });
  expect((error as Error).message).toContain("no-such-node does not exist. Pass the path");
});

test("so is one whose program may not be run", async () => {
  const path = join(folder, "text");
  writeFileSync(path, "no program");
  chmodSync(path, 0o600);
  setExecutable(path);
  expect(await start().catch((failure: unknown) => failure)).toMatchObject({
    name: "OSError",
    cause: { code: "EACCES" },
  });
});

test("afterwards the next one starts", async () => {
  expect(await start()).toBe(7);
});
