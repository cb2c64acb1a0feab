import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { ValueError } from "@concurrent-futures/core";
import { packageRoot } from "../wire/module-names.ts";
import type { WorkerOptions } from "../worker/options.ts";
import { startWorker } from "../worker/worker.ts";

const help = `Usage: concurrent-futures worker [modules…] [options]

Takes calls of DistributedExecutors from a queue in Redis and runs them on this machine.
With modules, only their exports may be called; without, whatever modules below the root export.

  --redis URL         Redis's address             (REDIS_URL, else redis://localhost:6379)
  --queue NAME        the queue                   (default)
  --root FOLDER       the folder that modules are named from
                                                  (that of the package.json above the working directory)
  --package NAME      a package whose exports may be called as well; may be given again
  --slots N           calls at a time             (as many as there are cores)
  --context KIND      spawn or thread             (spawn)
  --drain TIME        how long running calls may take when this worker is told to end, such as 30s or 500ms
                                                  (without limit)
  --worker-lost-after TIME
                      silence after which this worker's calls run elsewhere; the same on all sides (10s)
  --authkey-file FILE the key that executors and workers share
  --allow-code        runs functions by value, too; needs a key
  --map FROM=TO       a folder of the executor's modules that has another name here, such as src=dist
  --name NAME         what workers() shows        (host and process id)
  --help              this text

SIGTERM and SIGINT end it when its calls are done; a second one ends it at once.
`;

const options = {
  redis: { type: "string" },
  queue: { type: "string" },
  root: { type: "string" },
  slots: { type: "string" },
  context: { type: "string" },
  drain: { type: "string" },
  "worker-lost-after": { type: "string" },
  map: { type: "string", multiple: true },
  package: { type: "string", multiple: true },
  "authkey-file": { type: "string" },
  "allow-code": { type: "boolean" },
  name: { type: "string" },
  help: { type: "boolean" },
} as const;

/**
 * The command `concurrent-futures worker`: runs until it is told to end.
 *
 * @param args - what follows the command's name.
 * @returns the exit code.
 */
export async function runWorkerCommand(args: readonly string[]): Promise<number> {
  let chosen: WorkerOptions | "help";
  try {
    chosen = optionsOf(args);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\nSee: concurrent-futures worker --help\n`);
    return 2;
  }
  if (chosen === "help") {
    process.stdout.write(help);
    return 0;
  }
  return serve(chosen);
}

async function serve(chosen: WorkerOptions): Promise<number> {
  const told = new Promise<NodeJS.Signals>((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      let count = 0;
      process.on(signal, () => {
        if (++count > 1) process.exit(1);
        resolve(signal);
      });
    }
  });
  try {
    const worker = await startWorker(chosen);
    process.stdout.write(`${worker.name} takes calls of the queue ${chosen.queue ?? "default"}\n`);
    const signal = await told;
    process.stdout.write(`${signal}: takes no more calls, and ends when its calls are done\n`);
    await worker.close();
    return 0;
  } catch (error) {
    process.stderr.write(`${(error as Error).name}: ${(error as Error).message}\n`);
    return 1;
  }
}

function optionsOf(args: readonly string[]): WorkerOptions | "help" {
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
  if (values.help === true) return "help";
  const root = resolve(values.root ?? packageRoot(process.cwd()));
  const { redis, queue, name, slots, drain, map } = values;
  const keyFile = values["authkey-file"];
  const lost = values["worker-lost-after"];
  return {
    root,
    ...(redis === undefined ? {} : { redis }),
    ...(queue === undefined ? {} : { queue }),
    ...(keyFile === undefined ? {} : { authkey: readFileSync(keyFile, "utf8").trim() }),
    ...(values["allow-code"] === true ? { allowCode: true } : {}),
    ...(name === undefined ? {} : { name }),
    ...(values.context === undefined ? {} : { context: values.context as "spawn" | "thread" }),
    ...(positionals.length === 0 ? {} : { modules: positionals.map((module) => resolve(module)) }),
    ...(slots === undefined ? {} : { slots: wholeNumber("slots", slots) }),
    ...(drain === undefined ? {} : { drain: duration("drain", drain) }),
    ...(lost === undefined ? {} : { workerLostAfter: duration("worker-lost-after", lost) }),
    ...(values.package === undefined ? {} : { packages: values.package }),
    ...(map === undefined ? {} : { folders: Object.fromEntries(map.map(folderPair)) }),
  };
}

function wholeNumber(name: string, text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new ValueError(`Expected --${name} to be a whole number, got ${JSON.stringify(text)}.`);
}

function duration(name: string, text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(text) ?? [];
  if (number === undefined)
    throw new ValueError(
      `Expected --${name} to be a time such as 30s or 500ms, got ${JSON.stringify(text)}.`,
    );
  return Number(number) * (unit === "ms" ? 1 : unit === "s" ? 1_000 : 60_000);
}

function folderPair(text: string): [string, string] {
  const [from = "", to = "", ...more] = text.split("=");
  if (from !== "" && to !== "" && more.length === 0) return [from, to];
  throw new ValueError(`Expected --map to be FROM=TO, got ${JSON.stringify(text)}.`);
}
