import { SharedArray } from "../shared/array.ts";
import { copy, synchronized } from "../shared/copy.ts";
import { SharedMemoryManager } from "../shared/shared-memory-manager.ts";
import { Value } from "../shared/value.ts";
import { RawArray, RawValue, ShareableList, SharedMemory } from "./classes.ts";
import { maker } from "./maker.ts";
import { type Callable, withoutNew } from "./without-new.ts";

/** What is a piece of shared memory, in each context. */
export interface MemoryMembers {
  readonly Value: typeof Value;
  readonly Array: typeof SharedArray;
  readonly RawValue: typeof RawValue;
  readonly RawArray: typeof RawArray;
  readonly SharedMemory: typeof SharedMemory;
  readonly SharedMemoryManager: Callable<typeof SharedMemoryManager>;
  readonly ShareableList: typeof ShareableList;
  readonly copy: typeof copy;
  readonly synchronized: typeof synchronized;
}

type Make = (...args: never[]) => object;

/**
 * Makes them.
 *
 * @param within - lets a function make its object in the memory of the context. It is told what is asked for, and what would
 * do where there is no such memory.
 */
export function memoryMembers(within: (what: string, instead: string, make: Make) => Make): MemoryMembers {
  const value = "(await Manager()).Value()";
  const array = "(await Manager()).Array()";
  const block = "(await Manager()).Array(), a Pipe or a Queue";

  const made = <C extends { readonly prototype: object }>(name: string, Class: C, instead: string): C => {
    const make = (...args: never[]): object =>
      Reflect.construct(Class as unknown as Function, args) as object;
    return maker(name, Class, within(name, instead, make));
  };
  const called = <F>(name: string, make: F, instead: string): F =>
    maker(name, Object, within(name, instead, make as Make));

  return {
    Value: called("Value", Value, value),
    Array: called("Array", SharedArray, array),
    RawValue: made("RawValue", RawValue, value),
    RawArray: made("RawArray", RawArray, array),
    SharedMemory: made("SharedMemory", SharedMemory, block),
    SharedMemoryManager: made("SharedMemoryManager", withoutNew(SharedMemoryManager), block),
    ShareableList: made("ShareableList", ShareableList, "(await Manager()).list()"),
    copy: within("copy", value, copy as Make) as typeof copy,
    synchronized: within("synchronized", `${value} and Lock()`, synchronized as Make) as typeof synchronized,
  };
}
