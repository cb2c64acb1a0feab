import { refusal } from "./refusal.ts";

/** A class that a pickle names. It may lie on the stack and in the memo; only a call takes it, never a container. */
export class ClassName {
  readonly full: string;
  readonly name: string;

  /** @throws SerializationError unless it is one of the three that protocols 2 and 3 make plain data by. */
  constructor(module: string, name: string) {
    this.full = `${module}.${name}`;
    this.name = name;
    const builtin = module === "builtins" || module === "__builtin__";
    if (!builtin || !["set", "frozenset", "bytearray"].includes(name)) {
      throw refusal(`${JSON.stringify(this.full.slice(0, 200))} would be called`);
    }
  }
}

/** What a call of such a class gives. The calls are ours: nothing is looked up by its name. */
export function callClass(callee: unknown, given: unknown, isTuple: (value: unknown) => boolean): unknown {
  if (!(callee instanceof ClassName)) throw refusal("it calls something that is not a class");
  if (!Array.isArray(given) || !isTuple(given) || given.length > 1) {
    throw refusal(`${callee.full} would be called with arguments that it does not have in plain data`);
  }
  const [argument] = given as unknown[];
  if (callee.name === "bytearray") {
    if (given.length === 0) return new Uint8Array(0);
    if (argument instanceof Uint8Array) return new Uint8Array(argument);
    throw refusal("a bytearray in it is made of something else than bytes");
  }
  if (given.length === 0) return new Set();
  if (!Array.isArray(argument)) throw refusal(`a ${callee.name} in it is made of something else than a list`);
  return new Set(argument);
}
