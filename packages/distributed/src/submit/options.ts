import { resolve } from "node:path";
import { ValueError } from "@concurrent-futures/core";
import { checkOptions, checkTimeout, describeValue } from "@concurrent-futures/core/options";
import {
  type CheckedQueueOptions,
  checkDuration,
  checkQueueOptions,
  type QueueOptions,
  queueOptionNames,
} from "../options.ts";
import { ModuleNames, packageRoot } from "../wire/module-names.ts";

/** How a {@link DistributedExecutor} is made. */
export interface DistributedOptions extends QueueOptions {
  /**
   * `"at-least-once"`: a call whose worker dies runs again elsewhere. `"at-most-once"`: it fails with WorkerLostError, or
   * JobLostError where nobody knows whether it has begun.
   * @default "at-least-once"
   */
  readonly delivery?: "at-least-once" | "at-most-once";
  /** What becomes of this executor's calls when its process is gone: `"finish"` runs them all the same. @default "cancel" */
  readonly orphans?: "cancel" | "finish";
  /** Milliseconds without a sign of life after which this executor counts as gone. @default 60_000 */
  readonly orphanAfter?: number;
  /** Milliseconds without any worker after which calls fail with NoWorkersError. @default never */
  readonly noWorkerTimeout?: number;
  /** Milliseconds without a connection to Redis after which calls fail with BrokenExecutor. @default never */
  readonly connectionLostAfter?: number;
}

/** The options after checking. */
export interface CheckedDistributedOptions extends CheckedQueueOptions {
  readonly names: ModuleNames;
  readonly delivery: "at-least-once" | "at-most-once";
  readonly orphans: "cancel" | "finish";
  readonly orphanAfter: number;
  readonly noWorkerTimeout: number | undefined;
  readonly connectionLostAfter: number | undefined;
}

const known = [
  ...queueOptionNames,
  "delivery",
  "orphans",
  "orphanAfter",
  "noWorkerTimeout",
  "connectionLostAfter",
] as const;

/** @throws ArgumentTypeError, ValueError */
export function checkDistributedOptions(options: DistributedOptions): CheckedDistributedOptions {
  checkOptions("options", options, known);
  const common = checkQueueOptions(options);
  const { delivery = "at-least-once", orphans = "cancel", orphanAfter = 60_000 } = options;
  if (delivery !== "at-least-once" && delivery !== "at-most-once")
    throw new ValueError(
      `Expected \`delivery\` to be "at-least-once" or "at-most-once", got ${describeValue(delivery)}.`,
    );
  if (orphans !== "cancel" && orphans !== "finish")
    throw new ValueError(`Expected \`orphans\` to be "cancel" or "finish", got ${describeValue(orphans)}.`);
  const root = resolve(common.root ?? packageRoot(process.argv[1] ?? "."));
  return {
    ...common,
    names: new ModuleNames(root, undefined, common.packages),
    delivery,
    orphans,
    orphanAfter: checkDuration("orphanAfter", orphanAfter),
    noWorkerTimeout: checkTimeout("noWorkerTimeout", options.noWorkerTimeout),
    connectionLostAfter: checkTimeout("connectionLostAfter", options.connectionLostAfter),
  };
}
