import { Lock, RLock } from "../contract/lock.ts";
import { type Over, OwnedRemoteLock, overRemote } from "./acquirable.ts";
import { defineServed } from "./transfer.ts";

const LockOverRemote: Over<Lock> = overRemote(Lock) as Over<Lock>;
const RLockOverRemote: Over<RLock> = overRemote(RLock, OwnedRemoteLock) as Over<RLock>;

/** A `Lock` in a server. */
export class ServedLock extends LockOverRemote {
  static {
    defineServed<ServedLock>(ServedLock, {
      module: import.meta.url,
      name: "ServedLock",
      unpack: (remote) => new ServedLock(remote),
      looks: ["locked"],
    });
  }
}

/** An `RLock` in a server. */
export class ServedRLock extends RLockOverRemote {
  static {
    defineServed<ServedRLock>(ServedRLock, {
      module: import.meta.url,
      name: "ServedRLock",
      unpack: (remote) => new ServedRLock(remote),
      looks: ["locked"],
    });
  }
}
