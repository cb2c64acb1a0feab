import { MessageChannel, type MessagePort, receiveMessageOnPort, type Worker } from "node:worker_threads";
import { hasEnded, ownEntry, startOwnThread } from "@concurrent-futures/process/workers";
import type { Address } from "../connection/address.ts";

/** What a thread sends to its link thread: where a link leads, once; then what it carries, as frames. */
export type ToLinkThread =
  | { readonly link: number; readonly open: { readonly address: Address; readonly key: Uint8Array } }
  | { readonly link: number; readonly frames: Uint8Array }
  | { readonly link: number; readonly close: true };

/** Why a connection ended: the keys differ; the server hung up before they were compared; anything else. */
export interface LinkLoss {
  readonly kind: "refused" | "unauthenticated" | "lost";
  readonly message: string;
}

/** What comes back: frames of the server, or why there are no more. */
export type FromLinkThread =
  | { readonly link: number; readonly frames: Uint8Array }
  | { readonly link: number; readonly lost: LinkLoss | undefined };

/** What the link thread is started with. */
export interface LinkThreadStart {
  /** Counts what has come back, and is notified of it. */
  readonly wakeWord: Int32Array;
  readonly port: MessagePort;
}

/** How often a blocked thread makes sure that its link thread still runs, in milliseconds. */
const checkInterval = 1_000;

/** One end of what both threads use to talk to each other about one link. */
export type LinkListener = (message: FromLinkThread) => void;

/**
 * The thread that has the sockets of this one, started by the first link and unref'd. It makes one connection do for
 * promises and for blocking calls: while this thread blocks, its own event loop stands still.
 */
class LinkThread {
  readonly #wakeWord: Int32Array = new Int32Array(new SharedArrayBuffer(4));
  readonly #port: MessagePort;
  readonly #worker: Worker;
  readonly #listeners: Map<number, LinkListener> = new Map();
  #links = 0;
  #waiting = 0;

  constructor() {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    port1.on("message", (message: FromLinkThread) => this.#dispatch(message));
    port1.unref();
    this.#worker = startOwnThread(
      ownEntry(() => new URL("./link-entry.cjs", import.meta.url)),
      {
        workerData: { wakeWord: this.#wakeWord, port: port2 } satisfies LinkThreadStart,
        transferList: [port2],
        execArgv: [],
        stdin: false,
      },
    );
    this.#worker.unref();
    this.#worker.once("exit", () => this.#end());
  }

  /** Opens a link. @returns its number */
  open(address: Address, key: Uint8Array, listener: LinkListener): number {
    const link = ++this.#links;
    this.#listeners.set(link, listener);
    this.#port.postMessage({ link, open: { address, key } } satisfies ToLinkThread);
    return link;
  }

  send(link: number, frames: Uint8Array<ArrayBuffer>): void {
    this.#port.postMessage({ link, frames } satisfies ToLinkThread, [frames.buffer]);
  }

  close(link: number): void {
    this.#listeners.delete(link);
    this.#port.postMessage({ link, close: true } satisfies ToLinkThread);
  }

  /** Whether somebody waits for a reply on a link, which keeps the program alive. */
  setWaiting(waiting: boolean): void {
    this.#waiting += waiting ? 1 : -1;
    if (this.#waiting === (waiting ? 1 : 0)) this.#port[waiting ? "ref" : "unref"]();
  }

  /** Blocks this thread until something has come back on any link, and hands it on. */
  receiveSync(): void {
    for (;;) {
      const seen = Atomics.load(this.#wakeWord, 0);
      const received = receiveMessageOnPort(this.#port) as { message: FromLinkThread } | undefined;
      if (received !== undefined) {
        this.#dispatch(received.message);
        return;
      }
      const outcome = Atomics.wait(this.#wakeWord, 0, seen, checkInterval);
      if (outcome === "timed-out" && hasEnded(this.#worker)) {
        this.#end();
        return;
      }
    }
  }

  #dispatch(message: FromLinkThread): void {
    this.#listeners.get(message.link)?.(message);
  }

  #end(): void {
    if (current === this) current = undefined;
    for (const [link, listener] of [...this.#listeners]) listener({ link, lost: undefined });
  }
}

let current: LinkThread | undefined;

/** The link thread of this thread; starts it when it is first needed. */
export function linkThread(): LinkThread {
  current ??= new LinkThread();
  return current;
}
