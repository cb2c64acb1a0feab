import { copy, synchronized } from "../shared/copy.ts";
import { SharedMemoryManager } from "../shared/shared-memory-manager.ts";
import { RawArray, RawValue, ShareableList, SharedMemory } from "./classes.ts";
import { maker } from "./maker.ts";
import { type Callable, withoutNew } from "./without-new.ts";

/** What is a piece of shared memory, without a lock, in each context. */
export interface MemoryMembers {
  readonly RawValue: typeof RawValue;
  readonly RawArray: typeof RawArray;
  readonly SharedMemory: typeof SharedMemory;
  readonly SharedMemoryManager: Callable<typeof SharedMemoryManager>;
  readonly ShareableList: typeof ShareableList;
  readonly copy: typeof copy;
  readonly synchronized: typeof synchronized;
}

/** What does as well where processes have no memory that they share. */
export const insteadOfValue = "(await Manager()).Value()";
export const insteadOfArray = "(await Manager()).Array()";

type Make = (...args: never[]) => object;

/**
 * Makes them.
 *
 * @param within - lets a function make its object in the memory of the context. It is told what is asked for, and what would
 * do where there is no such memory.
 */
export function memoryMembers(within: (what: string, instead: string, make: Make) => Make): MemoryMembers {
  const block = `${insteadOfArray}, a Pipe or a Queue`;

  const made = <C extends { readonly prototype: object }>(name: string, Class: C, instead: string): C => {
    const make = (...args: never[]): object =>
      Reflect.construct(Class as unknown as Function, args) as object;
    return maker(name, Class, within(name, instead, make));
  };
  return {
    RawValue: made("RawValue", RawValue, insteadOfValue),
    RawArray: made("RawArray", RawArray, insteadOfArray),
    SharedMemory: made("SharedMemory", SharedMemory, block),
    SharedMemoryManager: made("SharedMemoryManager", withoutNew(SharedMemoryManager), block),
    ShareableList: made("ShareableList", ShareableList, "(await Manager()).list()"),
    copy: within("copy", insteadOfValue, copy as Make) as typeof copy,
    synchronized: within(
      "synchronized",
      `${insteadOfValue} and Lock()`,
      synchronized as Make,
    ) as typeof synchronized,
  };
}
