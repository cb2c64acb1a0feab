import { spawn, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import { Terminal } from "./support/terminal.ts";

const program = fileURLToPath(new URL("./fixtures/bar-program.mjs", import.meta.url));
const { CI: _, NO_COLOR: __, ...environment } = process.env;
const env = { ...environment, TERM: "xterm", LC_ALL: "C.UTF-8", CONCURRENT_FUTURES_PROGRESS: "" };

/** Runs a program on a terminal that the system makes (util-linux' `script`), and gives all that it wrote. */
async function onTerminal(
  command: string,
): Promise<{ readonly output: string; readonly code: number | null }> {
  const child = spawn("script", ["-qec", `stty cols 100 rows 30; ${command}`, "/dev/null"], {
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { output, code };
}

// A real terminal, by `script` of util-linux; that of other systems takes other options.
const hasScript = process.platform === "linux" && spawnSync("script", ["--version"]).error === undefined;

describe("a program with bars", () => {
  const onSystems = hasScript ? test : test.skip;
  onSystems.each(["thread", "spawn"])(
    "on a real terminal leaves prints of %s workers above whole bars",
    async (kind) => {
      const { output, code } = await onTerminal(`'${process.execPath}' '${program}' ${kind}`);
      const terminal = new Terminal(100, 30);
      terminal.write(output);
      const { screen } = terminal;
      expect(code).toBe(0);
      for (const value of [0, 1, 2, 4, 5])
        for (const who of ["worker", "parent"])
          expect(screen.filter((line) => line === `${who} line ${value}`).length).toBeGreaterThanOrEqual(1);
      const bars = screen.filter((line) => line.includes("█") || line.includes("░"));
      expect(bars).toHaveLength(2);
      expect(bars[0]).toMatch(/^good █+ 5\/5 100 % in 0:0\d$/);
      expect(bars[1]).toMatch(/^bad .* 1 failed in 0:0\d stopped by an error$/);
      expect(screen.slice(-2)).toEqual(["caught three", "no newline at the end"]);
      // Nothing was switched off that a kill would have left so.
      expect(output).not.toMatch(/\[\?(25l|7l|1049h)/);
    },
  );

  test("writes no byte of a bar when its output is piped", () => {
    const { stdout, stderr, status } = spawnSync(process.execPath, [program], { env, encoding: "utf8" });
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout).not.toContain("\u001B");
    expect(stdout).toContain("caught three");
  });
});
