import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import {
  type AnyFunction,
  describe as describeFunction,
  type Medium,
  type PackedError,
  pack,
  unpack,
  unpackError,
} from "@concurrent-futures/callable";

/** A worker to send one call after the other to, by the package's own means and nothing else. */
export interface Remote {
  readonly medium: Medium;
  call<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): Promise<Awaited<R>>;
  end(): Promise<void>;
}

interface Reply {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: PackedError;
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

function remote(
  medium: Medium,
  post: (message: object, transfer: object[]) => void,
  end: () => Promise<void>,
) {
  const waiting = new Map<number, Waiting>();
  let count = 0;
  const receive = async (reply: Reply): Promise<void> => {
    const { resolve, reject } = waiting.get(reply.id)!;
    waiting.delete(reply.id);
    try {
      if (reply.error !== undefined) reject(await unpackError(reply.error, new Error("here").stack));
      else resolve(await unpack(reply.value));
    } catch (error) {
      reject(error);
    }
  };
  const call = (fn: AnyFunction, ...args: unknown[]): Promise<unknown> => {
    const transfer: object[] = [];
    const message = {
      id: ++count,
      ref: describeFunction(fn, medium),
      args: pack(args, transfer, medium, "arguments"),
    };
    return new Promise((resolve, reject) => {
      waiting.set(message.id, { resolve, reject });
      post(message, transfer);
    });
  };
  return { receive, remote: { medium, call, end } as unknown as Remote };
}

/** A worker thread. */
export function startThread(): Remote {
  const worker = new Worker(new URL("./thread.mjs", import.meta.url));
  const made = remote(
    "thread",
    (message, transfer) => worker.postMessage(message, transfer as never),
    async () => {
      await worker.terminate();
    },
  );
  worker.on("message", made.receive);
  return made.remote;
}

/** A spawned process. */
export function startProcess(): Remote {
  const path = fileURLToPath(new URL("./child.mjs", import.meta.url));
  const child: ChildProcess = fork(path, { serialization: "advanced", execArgv: [] });
  const made = remote(
    "spawn",
    (message) => child.send(message),
    () =>
      new Promise((resolve) => {
        child.once("exit", () => resolve());
        child.kill();
      }),
  );
  child.on("message", made.receive as never);
  return made.remote;
}

/** Both, for tables of tests. */
export const starters: readonly (readonly [string, () => Remote])[] = [
  ["a thread", startThread],
  ["a process", startProcess],
];
