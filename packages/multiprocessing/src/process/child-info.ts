import { type Identity, identify, identity } from "@concurrent-futures/process/workers";

/**
 * What a child of `Process` knows of itself. It is kept where all copies of this package's code find it: what a child starts
 * with is a bundle, and has copies of its own.
 */
export interface ChildInfo extends Identity {
  readonly daemon: boolean;
  /** The numbers behind its name: the second child of the first has 1, 2. Empty in the main one. */
  readonly path: readonly number[];
  readonly authkey: Uint8Array;
}

interface Child extends ChildInfo {
  /** The instance of a subclass whose `run()` it runs. */
  instance?: unknown;
  /** Tells when the parent is gone; there is one only in processes. */
  parentGone?: Promise<void>;
}

let children = 0;

/** What this one knows of itself; `undefined` where no `Process` has started it. */
export function childInfo(): Child | undefined {
  const known = identity();
  return known !== undefined && "path" in known ? (known as Child) : undefined;
}

/** Says what this one is: once, when it starts. */
export function setChildInfo(self: ChildInfo): Child {
  const own: Child = { ...self };
  identify(own);
  return own;
}

/** The path of the next child. */
export function nextPath(): readonly number[] {
  children++;
  return [...(childInfo()?.path ?? []), children];
}
