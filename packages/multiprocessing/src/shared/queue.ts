import { ArgumentTypeError, ValueError } from "@concurrent-futures/core";
import { Deadline } from "@concurrent-futures/core/deadline";
import { checkTimeout, describeValue } from "@concurrent-futures/core/options";
import { JoinableQueue, Queue } from "../contract/queue.ts";
import { defineTransfer } from "../transfer.ts";
import { ItemChannel, type ItemChannelMemory } from "./memory/item-channel.ts";
import { done } from "./memory/settled.ts";
import type { WaitQueue, WaitSteps } from "./memory/wait-queue.ts";

type Items = ItemChannel<unknown>;

/** A class whose members are there, but for its own: what the compiler knows of a contract is that they are to be made. */
type OverItems<Q, Own = never> = (abstract new (
  items: Items,
) => Omit<Q, Own & keyof Q>) & { itemsOf(queue: object): Items };

/** What both are over their items; each extends its own contract, as `instanceof` asks for. */
function overItems(Contract: typeof Queue<unknown>): OverItems<Queue> {
  abstract class Over extends Contract {
    readonly #items: Items;

    constructor(items: Items) {
      super();
      this.#items = items;
    }

    static itemsOf(queue: object): Items {
      return (queue as Over).#items;
    }

    override put(item: unknown, timeout?: number): Promise<void> {
      return this.#items.put(item, timeout);
    }

    override putSync(item: unknown, timeout?: number): void {
      this.#items.putSync(item, timeout);
    }

    override get(timeout?: number): Promise<unknown> {
      return this.#items.get(timeout);
    }

    override getSync(timeout?: number): unknown {
      return this.#items.getSync(timeout);
    }

    override qsize(): number {
      return this.#items.length;
    }

    override empty(): boolean {
      return this.#items.isEmpty;
    }

    override full(): boolean {
      return this.#items.isFull;
    }

    override close(): void {
      this.#items.handle.close();
    }

    override get closed(): boolean {
      return this.#items.handle.closed;
    }
  }
  return Over;
}

const PlainQueue: OverItems<Queue> = overItems(Queue);

/** A `Queue` in shared memory. */
export class SharedQueue extends PlainQueue {
  /** @param source - how many items it holds, 0 or less for no bound; or the items. @default 0 */
  constructor(source: number | ItemChannelMemory = 0) {
    const memory = typeof source === "object" ? source : ItemChannel.allocate(limitOf(source));
    super(new ItemChannel(memory, ValueError));
  }

  static {
    defineTransfer<SharedQueue, ItemChannelMemory>(SharedQueue, {
      module: import.meta.url,
      name: "SharedQueue",
      pack: (queue) => SharedQueue.itemsOf(queue).memory,
      unpack: (memory) => new SharedQueue(memory),
    });
  }
}

/** The list of callers that wait for all work to be done. */
const joiners = 2;

type Joining = "taskDone" | "taskDoneSync" | "join" | "joinSync";
const QueueOfWork: OverItems<JoinableQueue, Joining> = overItems(JoinableQueue) as OverItems<JoinableQueue>;

/** A `JoinableQueue` in shared memory. */
export class SharedJoinableQueue extends QueueOfWork implements JoinableQueue {
  readonly #queue: WaitQueue;
  /** The word that counts the items that are not done. */
  readonly #unfinished: number;

  /** @param source - how many items it holds, 0 or less for no bound; or the items. @default 0 */
  constructor(source: number | ItemChannelMemory = 0) {
    const memory = typeof source === "object" ? source : ItemChannel.allocate(limitOf(source), 1, 1);
    const items = new ItemChannel<unknown>(memory, ValueError, () =>
      Atomics.add(this.#queue.words, this.#unfinished, 1),
    );
    super(items);
    this.#queue = items.channel.queue;
    this.#unfinished = items.channel.firstWord;
  }

  static {
    defineTransfer<SharedJoinableQueue, ItemChannelMemory>(SharedJoinableQueue, {
      module: import.meta.url,
      name: "SharedJoinableQueue",
      pack: (queue) => SharedJoinableQueue.itemsOf(queue).memory,
      unpack: (memory) => new SharedJoinableQueue(memory),
    });
  }

  taskDone(): Promise<void> {
    this.taskDoneSync();
    return done;
  }

  taskDoneSync(): void {
    const { words } = this.#queue;
    const left = this.#queue.withGate((lists) => {
      const unfinished = Atomics.load(words, this.#unfinished) - 1;
      if (unfinished >= 0) Atomics.store(words, this.#unfinished, unfinished);
      if (unfinished === 0) lists.completeAll(joiners);
      return unfinished;
    });
    if (left < 0)
      throw new ValueError("task_done() called too many times: call it once for each item that was taken.");
  }

  join(timeout?: number): Promise<boolean> {
    return this.#queue.run(this.#join(timeout));
  }

  joinSync(timeout?: number): boolean {
    return this.#queue.runSync(this.#join(timeout));
  }

  *#join(timeout: number | undefined): WaitSteps<boolean> {
    const deadline = new Deadline(checkTimeout("timeout", timeout));
    const slot = this.#queue.enqueueUnless(joiners, () => {
      if (Atomics.load(this.#queue.words, this.#unfinished) === 0) return true;
      return deadline.passed ? false : undefined;
    });
    if (typeof slot === "boolean") return slot;
    // Who has done the last of it may have been killed before it woke all.
    const onExit = (): void =>
      this.#queue.withGate((lists) => {
        if (Atomics.load(this.#queue.words, this.#unfinished) === 0) lists.completeAll(joiners);
      });
    yield { slot, deadline, onExit };
    return this.#queue.leave(slot);
  }
}

/** Python: 0 and less mean no bound. */
export function limitOf(maxsize: unknown): number {
  if (typeof maxsize !== "number" || !(Number.isInteger(maxsize) || maxsize === Number.POSITIVE_INFINITY)) {
    throw new ArgumentTypeError(
      `Expected \`maxsize\` to be a whole number of items, got ${describeValue(maxsize)}.`,
    );
  }
  return maxsize <= 0 ? Number.POSITIVE_INFINITY : maxsize;
}
