import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type Sample, type Session, Skipped } from "../harness/case.ts";

/** The scripts in bench/peers/python. */
export type PythonScript = "pool" | "executor" | "convolution" | "prefixes" | "model" | "sharing";

let version: string | undefined;

/** "3.11.7" with ", numpy 2.4" where it is there; "not found" without python3. */
export function pythonVersion(): string {
  if (version === undefined) {
    const ask = [
      "import platform, importlib.util as u",
      "v = platform.python_version()",
      "print(v + (', numpy ' + __import__('numpy').__version__ if u.find_spec('numpy') else ', no numpy'))",
    ].join("\n");
    const answer = spawnSync("python3", ["-c", ask], { encoding: "utf8" });
    version = answer.status === 0 ? answer.stdout.trim() : "not found";
  }
  return version;
}

/** Whether numpy can be imported by python3. */
export function hasNumpy(): boolean {
  return pythonVersion().includes(", numpy");
}

/**
 * Starts a script that measures itself with `time.perf_counter` and answers one line of JSON per question.
 *
 * @throws Skipped without python3.
 */
export async function openPython(
  script: PythonScript,
  question: Readonly<Record<string, unknown>>,
): Promise<Session> {
  if (pythonVersion() === "not found") throw new Skipped("python3 was not found");
  const file = fileURLToPath(new URL(`../../peers/python/${script}.py`, import.meta.url));
  // One BLAS thread per process: its own threads on top of the pool's processes would fight over the cores.
  const env = {
    ...process.env,
    OPENBLAS_NUM_THREADS: "1",
    OMP_NUM_THREADS: "1",
    PYTHONDONTWRITEBYTECODE: "1",
  };
  const child = spawn("python3", [file], { stdio: ["pipe", "pipe", "pipe"], env });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let complaint = "";
  child.stderr.on("data", (chunk: Buffer) => {
    complaint += chunk.toString();
  });
  return {
    async measure() {
      child.stdin.write(`${JSON.stringify(question)}\n`);
      const line = await lines.next();
      if (line.done) throw new Error(`${script}.py ended: ${complaint.slice(-2000)}`);
      return JSON.parse(line.value) as Sample;
    },
    close: () => end(child),
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exit = once(child, "exit");
  child.stdin?.end();
  const timer = setTimeout(() => child.kill("SIGKILL"), 3_000);
  await exit;
  clearTimeout(timer);
}
