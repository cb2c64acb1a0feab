import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect } from "@jest/globals";

/** What a receiver says of itself. */
export interface Report {
  readonly changes: readonly string[];
  readonly faults: readonly string[];
  readonly received: number;
  readonly refused: number;
  /** Time of the processor that a turn of its event loop took at most, in milliseconds. */
  readonly longestTurn: number;
  /** How long its event loop stood still at most, without the time in which it had no processor, in milliseconds; Linux only. */
  readonly longestSilence: number;
  /** Bytes by which it has grown at most. */
  readonly peak: number;
}

/**
 * How long a receiver may leave whoever speaks to it without an answer, by the clock. It may be silent for a second: that is measured
 * inside it, without the time that a busy machine takes from it, or from whoever asks.
 */
export const patience = 10_000;

/** The program in `fixtures/receiver.mjs`, in one of its roles. */
export class Receiver {
  readonly #child: ChildProcess;
  #said = "";
  ready: unknown;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.stderr?.on("data", (piece) => {
      this.#said += String(piece);
    });
  }

  static async start(role: string, options: object = {}, address?: unknown): Promise<Receiver> {
    const program = fileURLToPath(new URL("../fixtures/receiver.mjs", import.meta.url));
    const args = [role, JSON.stringify(options), ...(address === undefined ? [] : [JSON.stringify(address)])];
    const child = fork(program, args, {
      stdio: ["ignore", "inherit", "pipe", "ipc"],
      execArgv: ["--no-warnings"],
    });
    const receiver = new Receiver(child);
    receiver.ready = ((await receiver.#message()) as { ready: unknown }).ready;
    return receiver;
  }

  /** Carries out one case inside the program, for roles whose messages come from its own workers. */
  async carryOut(bytes: Uint8Array): Promise<void> {
    this.#child.send({ ask: "case", bytes: [...bytes] });
    await this.#message();
  }

  async report(): Promise<Report> {
    this.#child.send({ ask: "report" });
    return (await this.#message()) as Report;
  }

  /** Nothing that it was sent has run, changed, stopped or filled it. */
  async expectUnharmed(): Promise<Report> {
    const report = await this.report();
    expect(report.changes).toEqual([]);
    expect(report.faults).toEqual([]);
    expect(report.longestTurn).toBeLessThan(1_000);
    expect(report.longestSilence).toBeLessThan(1_000);
    expect(report.peak).toBeLessThan(300 * 2 ** 20);
    expect(this.#said).toBe("");
    return report;
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill();
    await once(this.#child, "exit");
  }

  async #message(): Promise<unknown> {
    const stopped = new AbortController();
    const { signal } = stopped;
    try {
      return await Promise.race([
        once(this.#child, "message", { signal }).then(([message]) => message as unknown),
        once(this.#child, "exit", { signal }).then(([code]) => {
          throw new Error(`The receiver has ended (${String(code)}): ${this.#said}`);
        }),
        inTime(signal),
      ]);
    } finally {
      stopped.abort();
    }
  }
}

/** Rejects when a receiver has been silent for too long. */
export function inTime(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    // biome-ignore lint/style/noRestrictedGlobals: a limit for a receiver that is silent.
    const timer = setTimeout(() => reject(new Error(`No answer for ${patience} ms`)), patience);
    signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
  });
}

/** The value of a promise, which must come in time. */
export async function answered<T>(promise: Promise<T>): Promise<T> {
  const stopped = new AbortController();
  try {
    return await Promise.race([promise, inTime(stopped.signal)]);
  } finally {
    stopped.abort();
  }
}
