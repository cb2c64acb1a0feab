import { BoundedSemaphore, Semaphore } from "../contract/semaphore.ts";
import { handleOf } from "../managers/remote-of.ts";
import { type Over, overRemote } from "./acquirable.ts";
import { defineServed } from "./transfer.ts";

const PlainSemaphore: Over<Semaphore, "getValue"> = overRemote(Semaphore) as Over<Semaphore>;
const Bounded: Over<BoundedSemaphore, "getValue"> = overRemote(BoundedSemaphore) as Over<BoundedSemaphore>;

/** A `Semaphore` in a server. */
export class ServedSemaphore extends PlainSemaphore {
  static {
    defineServed<ServedSemaphore>(ServedSemaphore, {
      module: import.meta.url,
      name: "ServedSemaphore",
      unpack: (remote) => new ServedSemaphore(remote),
      looks: ["getValue", "locked"],
    });
  }

  getValue(): number {
    return handleOf(this).callSync("getValue") as number;
  }
}

/** A `BoundedSemaphore` in a server. */
export class ServedBoundedSemaphore extends Bounded {
  static {
    defineServed<ServedBoundedSemaphore>(ServedBoundedSemaphore, {
      module: import.meta.url,
      name: "ServedBoundedSemaphore",
      unpack: (remote) => new ServedBoundedSemaphore(remote),
      looks: ["getValue", "locked"],
    });
  }

  getValue(): number {
    return handleOf(this).callSync("getValue") as number;
  }
}
