import { ValueError } from "@concurrent-futures/core";
import { JoinableQueue, Queue } from "../contract/queue.ts";
import { QueueHandle } from "../contract/queue-handle.ts";
import type { Remote } from "../managers/remote.ts";
import { defineRemote, handleOf } from "../managers/remote-of.ts";
import type { Over } from "./acquirable.ts";
import { defineServed } from "./transfer.ts";

/** What both are over a handle; each extends its own contract, as `instanceof` asks for. */
function overRemote(Contract: typeof Queue<unknown>): Over<Queue> {
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
  }
  return OverRemote;
}

const PlainQueue: Over<Queue> = overRemote(Queue);

type Joining = "taskDone" | "taskDoneSync" | "join" | "joinSync";
const QueueOfWork: Over<JoinableQueue, Joining> = overRemote(JoinableQueue) as Over<JoinableQueue>;

/** A `Queue` in a server. */
export class ServedQueue extends PlainQueue {
  static {
    defineServed<ServedQueue>(ServedQueue, {
      module: import.meta.url,
      name: "ServedQueue",
      unpack: (remote) => new ServedQueue(remote),
      looks: ["qsize", "empty", "full"],
    });
  }
}

/** A `JoinableQueue` in a server. In a manager each queue is one, as Python's `queue.Queue`. */
export class ServedJoinableQueue extends QueueOfWork implements JoinableQueue {
  static {
    defineServed<ServedJoinableQueue>(ServedJoinableQueue, {
      module: import.meta.url,
      name: "ServedJoinableQueue",
      unpack: (remote) => new ServedJoinableQueue(remote),
      looks: ["qsize", "empty", "full"],
    });
  }

  taskDone(): Promise<void> {
    return handleOf(this).call("taskDone") as Promise<void>;
  }

  taskDoneSync(): void {
    handleOf(this).callSync("taskDone");
  }

  join(timeout?: number): Promise<boolean> {
    return handleOf(this).call("join", [timeout]) as Promise<boolean>;
  }

  joinSync(timeout?: number): boolean {
    return handleOf(this).callSync("join", [timeout]) as boolean;
  }
}
