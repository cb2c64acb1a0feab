import { ArgumentTypeError, ValueError } from "@concurrent-futures/core";
import { checkBoolean, checkInteger, checkTimeout, describeValue } from "@concurrent-futures/core/options";
import type { RedisAddress } from "./redis.ts";
import { type AuthKey, checkAllowCode, checkAuthKey } from "./wire/mac.ts";
import { packageName } from "./wire/package-names.ts";

/** What executors and workers have in common. */
export interface QueueOptions {
  /** Redis's URL, or options of ioredis. @default process.env.REDIS_URL, else redis://localhost:6379 */
  readonly redis?: RedisAddress;
  /** Which queue. Executors and workers of one queue find each other. No colon in it. @default "default" */
  readonly queue?: string;
  /**
   * The folder below which both sides have the same modules; each side has its own. Modules are named by the way from it.
   * @default the folder of the nearest package.json above the program's entry file
   */
  readonly root?: string;
  /**
   * Packages whose exports may be called and whose classes may be named, beside the modules below the root: `["sharp"]`. Both sides
   * must say so, and have them installed. @default none
   */
  readonly packages?: readonly string[];
  /** Milliseconds without a sign of life after which a worker counts as lost and its calls run elsewhere. @default 10_000 */
  readonly workerLostAfter?: number;
  /** How often a call may lose its worker before it fails with WorkerLostError. @default 3 */
  readonly maxWorkerLosses?: number;
  /** The most bytes that the arguments or the result of a call may have. @default 32 MiB */
  readonly maxPayload?: number;
  /**
   * A key that both sides share. With it, jobs and replies prove where they come from: any other client that can write to Redis
   * can run nothing and make nobody believe anything. Proxies of managers that have it travel, and connect by it. @default none
   */
  readonly authkey?: string | Uint8Array;
  /** Whether functions by value, closures above all, may be sent and run. Both sides must say so, and it needs `authkey`. @default false */
  readonly allowCode?: boolean;
}

export const queueOptionNames = [
  "redis",
  "queue",
  "root",
  "packages",
  "workerLostAfter",
  "maxWorkerLosses",
  "maxPayload",
  "authkey",
  "allowCode",
] as const;

/** The common options with the defaults filled in. */
export interface CheckedQueueOptions {
  readonly redis: RedisAddress;
  readonly queue: string;
  readonly root: string | undefined;
  readonly packages: readonly string[];
  readonly workerLostAfter: number;
  readonly maxWorkerLosses: number;
  readonly maxPayload: number;
  readonly authkey: AuthKey | undefined;
  readonly allowCode: boolean;
}

/** Checks the common options. @throws ArgumentTypeError, ValueError */
export function checkQueueOptions(options: QueueOptions): CheckedQueueOptions {
  const { redis = process.env["REDIS_URL"] ?? "redis://localhost:6379", queue = "default", root } = options;
  checkRedis(redis);
  if (typeof queue !== "string")
    throw new ArgumentTypeError(`Expected \`queue\` to be a string, got ${describeValue(queue)}.`);
  if (queue === "" || /[:{}]/.test(queue)) {
    throw new ValueError(
      `Expected \`queue\` to be a name without colons and braces, got ${JSON.stringify(queue)}.`,
    );
  }
  if (root !== undefined && typeof root !== "string")
    throw new ArgumentTypeError(`Expected \`root\` to be the path of a folder, got ${describeValue(root)}.`);
  const packages = checkPackages(options.packages);
  const { maxWorkerLosses = 3, maxPayload = 32 * 2 ** 20 } = options;
  checkInteger("maxWorkerLosses", maxWorkerLosses, 0);
  checkInteger("maxPayload", maxPayload);
  const workerLostAfter = checkDuration("workerLostAfter", options.workerLostAfter ?? 10_000);
  const authkey = checkAuthKey(options.authkey);
  const { allowCode = false } = options;
  checkBoolean("allowCode", allowCode);
  checkAllowCode(allowCode, authkey);
  return { redis, queue, root, packages, workerLostAfter, maxWorkerLosses, maxPayload, authkey, allowCode };
}

function checkPackages(packages: unknown = []): readonly string[] {
  if (!Array.isArray(packages))
    throw new ArgumentTypeError(
      `Expected \`packages\` to be an array of names, got ${describeValue(packages)}.`,
    );
  for (const name of packages as unknown[]) {
    if (typeof name !== "string" || !packageName.test(name))
      throw new ValueError(`Expected \`packages\` to hold names of packages, got ${describeValue(name)}.`);
  }
  return packages as string[];
}

/** Timers end here. */
const longest = 2 ** 31 - 1;

/** A number of milliseconds that a timer can wait, more than none. @throws ArgumentTypeError, ValueError */
export function checkDuration(name: string, value: number): number {
  const duration = checkTimeout(name, value);
  if (duration !== undefined && duration > 0 && duration <= longest) return duration;
  throw new ValueError(
    `Expected \`${name}\` to be a number of milliseconds of more than 0 and less than 2 ** 31, got ${value}.`,
  );
}

function checkRedis(redis: unknown): void {
  if (typeof redis === "string") {
    if (/^rediss?:\/\//.test(redis) && URL.canParse(redis)) return;
    // The address may hold a password.
    throw new ValueError("Expected `redis` to be a URL such as redis://localhost:6379, got another string.");
  }
  if (typeof redis === "object" && redis !== null && !Array.isArray(redis)) return;
  throw new ArgumentTypeError(
    `Expected \`redis\` to be a URL or options of ioredis, got ${describeValue(redis)}.`,
  );
}
