import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseRunArguments, type RunArguments } from "./run-options.ts";

const help = `Usage: concurrent-futures run [options] script [arguments…]

Runs a script and shows what its pools do. The script needs no changes.

  --progress[=MODE]   how far the calls of each pool have come: auto, bar, log or off   (auto)
  --report FILE       writes a page with a timeline, tables and verdicts when the script has ended
  --trace FILE        writes a trace for Perfetto or chrome://tracing
  --dashboard[=PORT]  serves a live page and prints its address                         (a free port)
  --help              this text

A second pool's files have -2 in their names, and so on. Exit code and signals are the script's.
`;

/** Tells the script's process what to watch for; taken away before the script begins. */
const runVariable = "CONCURRENT_FUTURES_RUN";

/** Signals that are passed on: the script decides what they mean. */
const passedOn = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** The command `concurrent-futures run`. Gives its exit code. */
export async function runCommand(args: readonly string[]): Promise<number> {
  let parsed: RunArguments;
  try {
    parsed = parseRunArguments(args);
    if (parsed.script.length === 0 && !parsed.help) throw new Error("Expected a script.");
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${help}`);
    return 2;
  }
  if (parsed.help) {
    process.stdout.write(help);
    return 0;
  }
  const preload = fileURLToPath(new URL("./preload.js", import.meta.url));
  const child = spawn(
    process.execPath,
    [...process.execArgv, "--import", pathToFileURL(preload).href, ...parsed.script],
    { stdio: "inherit", env: { ...process.env, [runVariable]: JSON.stringify(parsed.options) } },
  );
  // A terminal's Ctrl-C reaches the script by itself; it must not end this process before the script has.
  for (const signal of passedOn) process.on(signal, () => signal === "SIGINT" || child.kill(signal));
  const [code, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
  if (signal === null) return code ?? 1;
  // Ends as the script did, for code that asks how.
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
  return 1;
}
