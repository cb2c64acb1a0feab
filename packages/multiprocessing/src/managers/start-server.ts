import type { Worker } from "node:worker_threads";
import { type CallableRef, type PackedError, unpackError } from "@concurrent-futures/callable";
import {
  asParent,
  type Identity,
  identity,
  ownEntry,
  startOwnThread,
  ThreadTermination,
  threadArguments,
} from "@concurrent-futures/process/workers";
import type { Address } from "../connection/address.ts";
import { removeTemporary } from "../connection/temporary-address.ts";
import { OSError } from "../errors.ts";
import type { ManagerLimits } from "./limits.ts";

/** A registered type as it is sent to the server's thread. */
export interface TypeDescription {
  readonly type: string;
  readonly callable: CallableRef | undefined;
  readonly exposed: readonly string[] | undefined;
  readonly methodToTypeid: Readonly<Record<string, string>>;
}

/** What a server's thread is started with. */
export interface ServerStart {
  /** Of its kind; its thread is known by it, with a number behind. */
  readonly name: string;
  readonly address: Address;
  readonly key: Uint8Array;
  readonly trusted: boolean;
  readonly limits: ManagerLimits;
  /** Classes that clients may send instances and errors of. */
  readonly allow: readonly CallableRef[];
  readonly types: readonly TypeDescription[];
  /** Whether it makes objects of the built-in types as well. */
  readonly builtin: boolean;
  readonly initializer: { readonly callable: CallableRef; readonly args: unknown } | undefined;
  /** Rung when it listens, for a parent that blocks. */
  readonly wakeWord: Int32Array;
}

/** What the thread says, once. */
export type ServerReady = { readonly address: Address } | { readonly failure: PackedError };

/** What the thread gets. */
export interface ServerData extends ServerStart {
  readonly self: Identity;
}

/** A running server thread. */
export interface ServerThread {
  readonly worker: Worker;
  readonly ended: Promise<void>;
  /** Ends it, or gives it up: {@link ended} resolves either way. */
  terminate(): void;
  /** Lets it end when nobody has a proxy of its objects any more. */
  endWhenUnused(): void;
}

let servers = 0;

/** Starts a server in a thread of its own. It does not keep the program alive, and ends with it. */
export function launch(start: ServerStart, temporary: boolean): ServerThread {
  servers++;
  const self = {
    name: `${start.name}-${servers}`,
    parent: asParent(),
    startMethod: identity()?.startMethod ?? "thread",
  } as const;
  const worker = startOwnThread(
    ownEntry(() => new URL("./server-entry.js", import.meta.url)),
    {
      workerData: { ...start, self } satisfies ServerData,
      ...threadArguments(),
    },
  );
  let resolve = (): void => {};
  const ended = new Promise<void>((told) => {
    resolve = told;
  });
  const termination = new ThreadTermination({
    name: self.name,
    end() {
      void worker.terminate();
      return true;
    },
    writtenOff: () => over(),
  });
  const over = (): void => {
    termination.ended();
    if (temporary) removeTemporary(start.address);
    worker.unref();
    resolve();
  };
  worker.once("exit", over);
  worker.on("error", () => {});
  return {
    worker,
    ended,
    terminate: () => termination.start(),
    endWhenUnused: () => worker.postMessage("end when unused"),
  };
}

function startFailure(error: unknown): unknown {
  if ((error as NodeJS.ErrnoException).code !== "ERR_WORKER_INIT_FAILED") return error;
  return new OSError(
    "The operating system could not start the thread of a manager's server: are there file descriptors and memory left?",
    { cause: error },
  );
}

/** Waits until it listens. @throws what kept it from that: a taken address, a failing initializer */
export async function whenReady({ worker, ended }: ServerThread): Promise<Address> {
  const ready = await new Promise<ServerReady>((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", (error) => reject(startFailure(error)));
    void ended.then(() => reject(new Error("The manager's server ended before it was ready.")));
  });
  worker.unref();
  if ("failure" in ready) {
    await ended;
    throw await unpackError(ready.failure);
  }
  return ready.address;
}
