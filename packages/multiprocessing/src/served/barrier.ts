import { deserialize, serialize } from "node:v8";
import { type Medium, packAsBytes, unpack, unpackSync } from "@concurrent-futures/callable";
import { SerializationError } from "@concurrent-futures/core";
import { checkFunction } from "@concurrent-futures/core/options";
import { Barrier, type BarrierAction, refusePromise } from "../contract/barrier.ts";
import { mediumOf, type Remote } from "../managers/remote.ts";
import type { ActionTurn } from "./objects/barriers.ts";
import { defineServed } from "./transfer.ts";

/** A `Barrier` in a server. Its action runs here, in the client that arrives last. */
export class ServedBarrier extends Barrier {
  readonly #remote: Remote;
  #parties: number | undefined;

  /** @param parties - if known, so that nobody has to ask */
  constructor(remote: Remote, parties?: number) {
    super();
    this.#remote = remote;
    this.#parties = parties;
  }

  static {
    defineServed<ServedBarrier, number | undefined>(ServedBarrier, {
      module: import.meta.url,
      name: "ServedBarrier",
      remote: (barrier) => barrier.#remote,
      pack: (barrier) => barrier.#parties,
      unpack: (remote, parties) => new ServedBarrier(remote, parties),
    });
  }

  override get parties(): number {
    this.#parties ??= this.#remote.callSync("parties") as number;
    return this.#parties;
  }

  override get nWaiting(): number {
    return this.#remote.callSync("nWaiting") as number;
  }

  override get broken(): boolean {
    return this.#remote.callSync("broken") as boolean;
  }

  override async wait(timeout?: number): Promise<number> {
    const turn = (await this.#remote.call("wait", [timeout])) as number | ActionTurn;
    if (typeof turn === "number") return turn;
    try {
      const action = (await unpack(this.#packedAction(turn))) as BarrierAction;
      await action();
    } catch (error) {
      await this.abort();
      throw error;
    }
    await this.#remote.call("proceed", [turn.cycle]);
    return turn.index;
  }

  override waitSync(timeout?: number): number {
    const turn = this.#remote.callSync("wait", [timeout]) as number | ActionTurn;
    if (typeof turn === "number") return turn;
    try {
      refusePromise((unpackSync(this.#packedAction(turn)) as BarrierAction)());
    } catch (error) {
      this.abortSync();
      throw error;
    }
    this.#remote.callSync("proceed", [turn.cycle]);
    return turn.index;
  }

  /** The action, for `unpack`. It is code, so only a server of this program may send it. */
  #packedAction({ action }: ActionTurn): unknown {
    if (mediumOf(this.#remote.state.address) === "network") throw actionFromNetwork();
    return deserialize(action);
  }

  override reset(): Promise<void> {
    return this.#remote.call("reset") as Promise<void>;
  }

  override resetSync(): void {
    this.#remote.callSync("reset");
  }

  override abort(): Promise<void> {
    return this.#remote.call("abort") as Promise<void>;
  }

  override abortSync(): void {
    this.#remote.callSync("abort");
  }
}

/** Packs an action so that the server passes it on without looking into it. @throws SerializationError */
export function packAction(action: BarrierAction | undefined, medium: Medium): Uint8Array | undefined {
  if (action === undefined) return undefined;
  checkFunction("action", action);
  if (medium === "network") throw actionFromNetwork();
  return serialize(packAsBytes(action, medium, "the action"));
}

function actionFromNetwork(): SerializationError {
  return new SerializationError(
    "A barrier's action is code, and code is never accepted from a network. Create the barrier without one, and let the caller " +
      "for which wait() returns 0 run the action.",
  );
}
