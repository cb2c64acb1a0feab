import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { ArgumentTypeError, SerializationError, ValueError } from "@concurrent-futures/core";
import { checkInteger, checkOptions, checkTimeout, describeValue } from "@concurrent-futures/core/options";
import {
  type CheckedQueueOptions,
  checkQueueOptions,
  type QueueOptions,
  queueOptionNames,
} from "../options.ts";
import { ModuleNames, packageRoot } from "../wire/module-names.ts";

/** How a worker is started. */
export interface WorkerOptions extends QueueOptions {
  /**
   * The modules whose exports may be called: paths from the root, or URLs. They are imported at the start.
   * @default all below the root, except in `node_modules` and behind links that lead out
   */
  readonly modules?: readonly (string | URL)[];
  /** Folders right below the root that have another name here than at the executors: `{ src: "dist" }`. @default none */
  readonly folders?: Readonly<Record<string, string>>;
  /** How many calls run at a time. @default os.availableParallelism() */
  readonly slots?: number;
  /** What calls run in: processes of their own, or threads of this process, which start faster and die with it. @default "spawn" */
  readonly context?: "spawn" | "thread";
  /** Milliseconds that `close()` waits for running calls before it stops them. @default no limit */
  readonly drain?: number;
  /** What `workers()` shows. @default host and process id */
  readonly name?: string;
}

/** The options after checking. */
export interface CheckedWorkerOptions extends CheckedQueueOptions {
  readonly names: ModuleNames;
  readonly modules: readonly string[] | undefined;
  readonly folders: readonly (readonly [from: string, to: string])[];
  readonly slots: number;
  readonly context: "spawn" | "thread";
  readonly drain: number | undefined;
  readonly name: string | undefined;
}

const known = [...queueOptionNames, "modules", "folders", "slots", "context", "drain", "name"] as const;

/** @throws ArgumentTypeError, ValueError; SerializationError for a module that is not there */
export function checkWorkerOptions(options: WorkerOptions): CheckedWorkerOptions {
  checkOptions("options", options, known);
  const common = checkQueueOptions(options);
  const { slots = availableParallelism(), context = "spawn", name } = options;
  checkInteger("slots", slots);
  if (context !== "spawn" && context !== "thread")
    throw new ValueError(`Expected \`context\` to be "spawn" or "thread", got ${describeValue(context)}.`);
  if (name !== undefined && typeof name !== "string")
    throw new ArgumentTypeError(`Expected \`name\` to be a string, got ${describeValue(name)}.`);
  const drain = checkTimeout("drain", options.drain);
  if (drain !== undefined && drain < 0)
    throw new ValueError(`Expected \`drain\` to be at least 0 milliseconds, got ${drain}.`);
  const root = resolve(common.root ?? packageRoot(process.argv[1] ?? "."));
  const folders = checkFolders(options.folders);
  const names = new ModuleNames(root, undefined, common.packages, folders);
  const modules = checkModules(options.modules, names);
  return { ...common, names, modules, folders, slots, context, drain, name };
}

function checkFolders(folders: unknown = {}): readonly (readonly [from: string, to: string])[] {
  if (typeof folders !== "object" || folders === null)
    throw new ArgumentTypeError(`Expected \`folders\` to be an object, got ${describeValue(folders)}.`);
  return Object.entries(folders).map(([from, to]: [string, unknown]) => {
    if (typeof to === "string" && [from, to].every((name) => /^[^./\\][^/\\]*$/.test(name)))
      return [from, to];
    throw new ValueError(
      `Expected \`folders\` to hold names of folders, got ${JSON.stringify({ [from]: to })}.`,
    );
  });
}

function checkModules(modules: unknown, names: ModuleNames): readonly string[] | undefined {
  if (modules === undefined) return undefined;
  if (!Array.isArray(modules))
    throw new ArgumentTypeError(`Expected \`modules\` to be an array, got ${describeValue(modules)}.`);
  return modules.map((module: unknown) => {
    const file = fileOf(module, names.root);
    const name = names.nameOf({ url: pathToFileURL(file).href, path: [] })?.module;
    if (name === undefined)
      throw new SerializationError(
        `The module ${file} is not below the root ${names.root}. Give another \`root\`.`,
      );
    names.urlOf(name);
    return name;
  });
}

function fileOf(module: unknown, root: string): string {
  if (module instanceof URL || (typeof module === "string" && module.startsWith("file:"))) {
    return fileURLToPath(module);
  }
  if (typeof module === "string") return resolve(root, module);
  throw new ArgumentTypeError(
    `Expected \`modules\` to hold paths from the root, or URLs, got ${describeValue(module)}.`,
  );
}
