import { Condition } from "../contract/condition.ts";
import { handleOf } from "../managers/remote-of.ts";
import { type Over, OwnedRemoteLock, overRemote } from "./acquirable.ts";
import { defineServed } from "./transfer.ts";

type Waiting = "wait" | "waitSync" | "notify" | "notifySync" | "notifyAll" | "notifyAllSync";
const ItsLock: Over<Condition, Waiting> = overRemote(Condition, OwnedRemoteLock) as Over<Condition>;

/** A `Condition` in a server, with its lock. */
export class ServedCondition extends ItsLock implements Condition {
  static {
    defineServed<ServedCondition>(ServedCondition, {
      module: import.meta.url,
      name: "ServedCondition",
      unpack: (remote) => new ServedCondition(remote),
      looks: ["locked"],
    });
  }

  wait(timeout?: number): Promise<boolean> {
    return handleOf(this).call("wait", [timeout]) as Promise<boolean>;
  }

  waitSync(timeout?: number): boolean {
    return handleOf(this).callSync("wait", [timeout]) as boolean;
  }

  notify(n?: number): Promise<void> {
    return handleOf(this).call("notify", [n]) as Promise<void>;
  }

  notifySync(n?: number): void {
    handleOf(this).callSync("notify", [n]);
  }

  notifyAll(): Promise<void> {
    return handleOf(this).call("notifyAll") as Promise<void>;
  }

  notifyAllSync(): void {
    handleOf(this).callSync("notifyAll");
  }
}
