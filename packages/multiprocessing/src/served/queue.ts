import { ValueError } from "@concurrent-futures/core";
import { JoinableQueue, Queue } from "../contract/queue.ts";
import { QueueHandle } from "../contract/queue-handle.ts";
import type { Remote } from "../managers/remote.ts";
import { defineRemote, remoteOf } from "../managers/remote-of.ts";
import { defineServed } from "./transfer.ts";

/** What both are over a handle; each extends its own contract, as `instanceof` asks for. */
function overRemote(Contract: typeof Queue<unknown>): abstract new (remote: Remote) => Queue {
  abstract class OverRemote extends Contract {
    readonly #remote: Remote;
    readonly #handle: QueueHandle = new QueueHandle(ValueError);

    constructor(remote: Remote) {
      super();
      this.#remote = remote;
    }

    static {
      defineRemote<OverRemote>(OverRemote, (queue) => queue.#remote);
    }

    override async put(item: unknown, timeout?: number): Promise<void> {
      this.#handle.use();
      await this.#remote.call("put", [item, timeout]);
    }

    override putSync(item: unknown, timeout?: number): void {
      this.#handle.use();
      this.#remote.callSync("put", [item, timeout]);
    }

    override async get(timeout?: number): Promise<unknown> {
      this.#handle.use();
      return await this.#remote.call("get", [timeout]);
    }

    override getSync(timeout?: number): unknown {
      this.#handle.use();
      return this.#remote.callSync("get", [timeout]);
    }

    override qsize(): number {
      return this.#remote.callSync("qsize") as number;
    }

    override empty(): boolean {
      this.#handle.assertReadable();
      return this.#remote.callSync("empty") as boolean;
    }

    override full(): boolean {
      return this.#remote.callSync("full") as boolean;
    }

    override close(): void {
      this.#handle.close();
    }

    override get closed(): boolean {
      return this.#handle.closed;
    }

    override toString(): string {
      return String(this.#remote);
    }
  }
  return OverRemote;
}

/** As a class whose members are there: what the compiler knows of a contract is that they are to be made. */
type Over<C> = abstract new (remote: Remote) => Omit<C, typeof Symbol.toStringTag>;
const QueueOverRemote: Over<Queue> = overRemote(Queue);
const JoinableOverRemote: Over<Queue> = overRemote(JoinableQueue);

/** A `Queue` in a server. */
export class ServedQueue extends QueueOverRemote {
  static {
    defineServed<ServedQueue>(ServedQueue, {
      module: import.meta.url,
      name: "ServedQueue",
      unpack: (remote) => new ServedQueue(remote),
      looks: ["qsize", "empty", "full"],
    });
  }

  get [Symbol.toStringTag](): "Queue" {
    return "Queue";
  }
}

/** A `JoinableQueue` in a server. In a manager each queue is one, as Python's `queue.Queue`. */
export class ServedJoinableQueue extends JoinableOverRemote {
  static {
    defineServed<ServedJoinableQueue>(ServedJoinableQueue, {
      module: import.meta.url,
      name: "ServedJoinableQueue",
      unpack: (remote) => new ServedJoinableQueue(remote),
      looks: ["qsize", "empty", "full"],
    });
  }

  get [Symbol.toStringTag](): "JoinableQueue" {
    return "JoinableQueue";
  }

  taskDone(): Promise<void> {
    return remote(this).call("taskDone") as Promise<void>;
  }

  taskDoneSync(): void {
    remote(this).callSync("taskDone");
  }

  join(timeout?: number): Promise<boolean> {
    return remote(this).call("join", [timeout]) as Promise<boolean>;
  }

  joinSync(timeout?: number): boolean {
    return remote(this).callSync("join", [timeout]) as boolean;
  }
}

function remote(queue: ServedJoinableQueue): Remote {
  return remoteOf(queue) as Remote;
}
