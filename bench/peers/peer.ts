import type { Kind } from "../harness/case.ts";
import type * as tasks from "../tasks/index.ts";

/** The tasks that every peer can run; each takes one argument. */
export type TaskName = keyof typeof tasks;

/** What a pool is to be good at: a peer's best settings for many tiny tasks are not those for few long ones. */
export type Aim = "throughput" | "latency";

/** A started pool. */
export interface PeerPool {
  call(name: TaskName, argument: unknown): PromiseLike<unknown>;
  close(): Promise<void>;
}

/** One way to run tasks elsewhere, made from a package as its own manual recommends. */
export interface Peer {
  readonly name: string;
  readonly kind: Kind;
  settings(workers: number, aim: Aim): string;
  open(workers: number, aim: Aim): Promise<PeerPool>;
}
