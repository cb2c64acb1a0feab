import { withoutCode } from "@concurrent-futures/callable";
import { messageOf, stackOf } from "@concurrent-futures/core/thrown";
import { readError } from "../read-error.ts";
import type { LeftMessage } from "../wire.ts";
import { decodeResult } from "./decode-result.ts";
import type { WorkerHandle } from "./worker-handle.ts";

/** What the workers of a pool had to say when they left by themselves. */
export class ExitResults {
  readonly #results: Map<number, Promise<readonly [unknown] | undefined>> = new Map();
  readonly #takesCode: boolean;

  constructor(takesCode: boolean) {
    this.#takesCode = takesCode;
  }

  /** A worker has run its finalizer and disposed its resources. */
  add({ workerId }: WorkerHandle, { result, failures }: LeftMessage): void {
    for (const [what, error] of failures) warnOf(workerId, what, readError(error));
    if (result === undefined) return;
    const decoded = new Promise<readonly [unknown]>((resolve, reject) => {
      const value = this.#takesCode ? result[0] : withoutCode(result[0]);
      decodeResult(value, (decodedValue) => resolve([decodedValue]), reject);
    });
    const kept = decoded.catch((error: unknown) => {
      warnOf(workerId, "finalizer", error);
      return undefined;
    });
    this.#results.set(workerId, kept);
  }

  /** In the order of the workers' numbers. */
  async toArray(): Promise<unknown[]> {
    const byNumber = [...this.#results].sort(([a], [b]) => a - b);
    const results = await Promise.all(byNumber.map(([, result]) => result));
    return results.flatMap((result) => (result === undefined ? [] : [result[0]]));
  }
}

function warnOf(workerId: number, what: "finalizer" | "dispose", error: unknown): void {
  const whose = what === "finalizer" ? "the finalizer" : "`dispose` of a resource";
  const stack = stackOf(error);
  process.emitWarning(`${whose} of worker ${workerId} failed: ${messageOf(error)}`, {
    type: "WorkerWarning",
    code: what === "finalizer" ? "CF_FINALIZER_FAILED" : "CF_RESOURCE_NOT_DISPOSED",
    ...(stack !== undefined && { detail: stack }),
  });
}
