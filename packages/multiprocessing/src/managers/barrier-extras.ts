import { deserialize, serialize } from "node:v8";
import { type Medium, pack, unpack, unpackSync } from "@concurrent-futures/callable";
import { checkFunction } from "@concurrent-futures/core/options";
import type { ActionTurn } from "../served/objects/barriers.ts";
import type { BarrierAction } from "../shared/barrier.ts";
import type { BaseProxy } from "./proxy.ts";

/** What a proxy gives for a property: to be awaited as it is, as between threads, or called, as all of a proxy. */
export type RemoteProperty<T> = (() => Promise<T>) & PromiseLike<T>;

/** What the proxy of a barrier has; it runs in the client. */
export interface BarrierExtras {
  /**
   * Waits until all have arrived; the last runs the action first.
   *
   * @param timeout - milliseconds; when they have passed, the barrier is broken for all. @default the barrier's own
   * @returns the number in the order of arrival, from 0.
   * @throws BrokenBarrierError; what the action throws goes to who ran it.
   */
  wait(timeout?: number): Promise<number>;
  /** As {@link wait}, blocking this thread. */
  waitSync(timeout?: number): number;
  /** How many wait for each other. */
  readonly parties: RemoteProperty<number>;
  /** How many wait at this moment. */
  readonly nWaiting: RemoteProperty<number>;
  /** Whether it is broken, until `reset()`. */
  readonly broken: RemoteProperty<boolean>;
}

/** Packs an action so that the server passes it on without looking into it. @throws SerializationError */
export function packAction(action: BarrierAction | undefined, medium: Medium): Uint8Array | undefined {
  if (action === undefined) return undefined;
  checkFunction("action", action);
  return serialize(pack(action, [], medium, "the action"));
}

/** For {@link extras}. @param medium - what may come from the server that the proxy belongs to */
export function barrierExtras(mediumOf: (proxy: BaseProxy) => Medium): BarrierExtras & ThisType<BaseProxy> {
  const property = <T>(name: string): { get(this: BaseProxy): RemoteProperty<T> } => ({
    get() {
      const read = (): Promise<T> => this.callMethod(name) as Promise<T>;
      return Object.assign(read, { then: ((...on) => read().then(...on)) as PromiseLike<T>["then"] });
    },
  });
  const methods: Pick<BarrierExtras, "wait" | "waitSync"> & ThisType<BaseProxy> = {
    async wait(timeout) {
      const turn = (await this.callMethod("wait", [timeout])) as number | ActionTurn;
      if (typeof turn === "number") return turn;
      try {
        const action = (await unpack(deserialize(turn.action), mediumOf(this))) as BarrierAction;
        await action();
      } catch (error) {
        await this.callMethod("abort");
        throw error;
      }
      await this.callMethod("proceed", [turn.cycle]);
      return turn.index;
    },
    waitSync(timeout) {
      const turn = this.callMethodSync("wait", [timeout]) as number | ActionTurn;
      if (typeof turn === "number") return turn;
      try {
        (unpackSync(deserialize(turn.action), mediumOf(this)) as BarrierAction)();
      } catch (error) {
        this.callMethodSync("abort");
        throw error;
      }
      this.callMethodSync("proceed", [turn.cycle]);
      return turn.index;
    },
  };
  return Object.defineProperties(methods, {
    parties: property<number>("parties"),
    nWaiting: property<number>("nWaiting"),
    broken: property<boolean>("broken"),
  }) as BarrierExtras & ThisType<BaseProxy>;
}
