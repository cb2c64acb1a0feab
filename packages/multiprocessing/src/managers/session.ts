import { ReferenceLimitError, RequestLimitError } from "../errors.ts";
import { type ManagerLimits, unlimited } from "./limits.ts";

/** One client of a server: a thread somewhere. What it holds is released when it disconnects. */
export class Session {
  readonly client: string;
  readonly references: Map<string, number> = new Map();
  readonly #atEnd: Set<() => void> = new Set();
  #ended = false;
  #turn: Promise<void> | undefined;
  readonly #limits: ManagerLimits;
  #held = 0;
  #requests = 0;
  #requestBytes = 0;
  connections = 0;

  constructor(client: string, limits: ManagerLimits) {
    this.client = client;
    this.#limits = limits;
  }

  /** Counts one more proxy that it has, or that is in flight for it. @throws ReferenceLimitError */
  hold(): void {
    if (this.#held >= this.#limits.references) throw new ReferenceLimitError(this.#limits.references);
    this.#held++;
  }

  /** Counts one less. */
  letGo(): void {
    this.#held--;
  }

  /**
   * Counts a request, until the function that this gives is called.
   *
   * @param unacknowledged - answers that it has not said to have, which count as well
   * @throws RequestLimitError
   */
  begin(bytes: number, unacknowledged: number): () => void {
    const { requests, requestBytes } = this.#limits;
    const isTooLarge = this.#requests > 0 && this.#requestBytes + bytes > requestBytes;
    if (isTooLarge || this.#requests + unacknowledged >= requests) {
      throw new RequestLimitError(requests, requestBytes);
    }
    this.#requests++;
    this.#requestBytes += bytes;
    return () => {
      this.#requests--;
      this.#requestBytes -= bytes;
    };
  }

  /** Runs a function when the client goes; gives the function that calls it off. */
  onDisconnect(run: () => void): () => void {
    this.#atEnd.add(run);
    // A call that was still being read when the client went.
    if (this.#ended) queueMicrotask(() => this.#atEnd.delete(run) && run());
    return () => this.#atEnd.delete(run);
  }

  /** A call's arguments when they are there, and after those of all calls before it: reading some takes time, to import a class. */
  ordered<T>(args: T | Promise<T>): T | Promise<T> {
    const isLater = args instanceof Promise;
    if (this.#turn === undefined && !isLater) return args;
    if (isLater) args.catch(() => {});
    const before = this.#turn;
    const ready = (async () => {
      await before;
      return await args;
    })();
    const over = (): void => {
      if (this.#turn === turn) this.#turn = undefined;
    };
    const turn = ready.then(over, over);
    this.#turn = turn;
    return ready;
  }

  end(): void {
    this.#ended = true;
    for (const run of [...this.#atEnd]) run();
    this.#atEnd.clear();
  }
}

/** The client whose call is being handled. */
export interface Caller {
  readonly session: Session;
  /** The owner of an RLock within the client: its number, then those of the owners around it. */
  readonly owner: readonly number[];
  /** Says how to undo the call, for when the client goes before it has the answer. */
  onUndelivered(undo: () => void): void;
}

let current: Caller | undefined;

/** Carries out a call. Its method may ask {@link currentCaller} before it first awaits. */
export function withCaller<R>(caller: Caller, run: () => R): R {
  const before = current;
  current = caller;
  try {
    return run();
  } finally {
    current = before;
  }
}

const nobody: Caller = {
  session: new Session("server", unlimited),
  owner: [0],
  onUndelivered: () => {},
};

/** The client whose call is being handled; the server itself when there is none. */
export function currentCaller(): Caller {
  return current ?? nobody;
}
