import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** Each with another handshake than the next: that of 3.12 has the digest in its messages. */
const generations = [
  ["3.7", "3.8", "3.9", "3.10", "3.11"],
  ["3.14", "3.13", "3.12"],
];

/**
 * The Pythons of this machine, from 3.7 on, each version with its program: those on the path, and those that pyenv has
 * installed. In the short form of the tests the oldest and the newest. Warns when there is none, so that nobody takes the silence for
 * success.
 */
export function findPythons(): ReadonlyMap<string, string> {
  const programs = new Map<string, string>();
  for (const versions of generations) {
    for (const version of versions) {
      const program = [`python${version}`, ...installedByPyenv(version)].find(isPython);
      if (program === undefined) continue;
      programs.set(version, program);
      if (process.env["STRESS"] === undefined) break;
    }
  }
  if (programs.size === 0) console.warn("No python3 is here: nothing is tested against a real Python.");
  return programs;
}

function installedByPyenv(version: string): string[] {
  const versions = join(process.env["PYENV_ROOT"] ?? join(homedir(), ".pyenv"), "versions");
  try {
    return readdirSync(versions)
      .filter((name) => name.startsWith(`${version}.`))
      .map((name) => join(versions, name, "bin", `python${version}`));
  } catch {
    return [];
  }
}

function isPython(program: string): boolean {
  try {
    execFileSync(program, ["-c", "import multiprocessing.connection"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
