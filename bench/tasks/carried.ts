import { currentTask } from "concurrent-futures";

/** Runs a call with a value that was carried to it. */
export const restore = (_value: string, run: () => unknown): unknown => run();

/** A number that depends on the map's seed and the item's index. */
export const drawn = (_: number): number => currentTask()?.random() ?? 0;

/** A number of no seed. */
export const anyNumber = (_: number): number => Math.random();
