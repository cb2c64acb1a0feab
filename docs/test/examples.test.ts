import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test } from "@jest/globals";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
const examples = `${root}docs/examples`;

/** The names in the list of programs, in its order. */
async function listed(): Promise<string[]> {
  const list = await readFile(`${examples}/programs.ts`, "utf8");
  return [...list.matchAll(/import\("\.\/([\w-]+)\.js"\)/g)].map((match) => match[1] as string);
}

describe("the examples", () => {
  beforeAll(async () => {
    await run(process.execPath, ["node_modules/typescript/bin/tsc", "-b", "docs/examples"], { cwd: root });
  });

  test("all programs are in the list that `pnpm start` runs", async () => {
    const programs: string[] = [];
    for (const file of await readdir(examples)) {
      if (!file.endsWith(".ts")) continue;
      const text = await readFile(`${examples}/${file}`, "utf8");
      if (/export (async )?function main\(/.test(text)) programs.push(file.slice(0, -3));
    }
    expect((await listed()).sort()).toEqual(programs.sort());
  });

  test("all run to their end, check their own results, and print the sequential time beside ours", async () => {
    const { stdout } = await run(process.execPath, ["docs/examples/dist/main.js"], { cwd: root });
    for (const name of await listed()) expect(stdout).toContain(`\n${name}: `);
    expect(stdout.match(/one after the other +\d+\.\d+ s/g)?.length).toBeGreaterThanOrEqual(4);
    expect(stdout).toMatch(/All done in \d+\.\d s\.\n$/);
  }, 120_000);

  test("one is run by its name, and an unknown name is refused", async () => {
    const one = await run(process.execPath, ["docs/examples/dist/main.js", "failures"], { cwd: root });
    expect(one.stdout).toContain("3 of 8 lines failed");
    expect(one.stdout).not.toContain("requests:");
    await expect(
      run(process.execPath, ["docs/examples/dist/main.js", "nonsense"], { cwd: root }),
    ).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining("No example is called nonsense") });
  });
});
