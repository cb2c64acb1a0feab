import { markedFile } from "../failures/mapped-stack.ts";
import type { FunctionShape } from "../wire.ts";
import { knowMap } from "./map-of-text.ts";
import { builtin } from "./node-builtins.ts";
import { sharedState } from "./shared-state.ts";

/**
 * Functions and classes from text. Each text is compiled once into a factory, from which every snapshot takes its
 * own function with its own variables.
 */

/** What a factory gives: how to set the variables, and how to make the function once those of definition time are set. */
type Parts = readonly [
  setDefinitionTime: (values: readonly unknown[]) => void,
  setCallTime: (values: readonly unknown[]) => void,
  make: () => Function,
];

/** A function that was defined here, with what it takes to define it again elsewhere. */
export interface Defined {
  readonly shape: FunctionShape;
  readonly definitionTime: readonly unknown[];
  callTime: readonly unknown[];
  readonly token: string | undefined;
}

/** More keeps memory for programs that make up functions forever; fewer compiles again what alternates. */
const maxFactories = 500;
const factories = new Map<string, () => Parts>();
const { definitions, setters } = sharedState("defined functions", () => ({
  definitions: new WeakMap<object, Defined>(),
  setters: new WeakMap<object, (values: readonly unknown[]) => void>(),
}));

/** Makes the function; its variables of call time are set by {@link capture}. */
export function define(shape: FunctionShape, definitionTime: readonly unknown[], token?: string): Function {
  const [setDefinitionTime, setCallTime, make] = factory(shape)();
  setDefinitionTime(definitionTime);
  const made = make();
  if (made.name !== shape.name && Object.getOwnPropertyDescriptor(made, "name")?.configurable !== false) {
    Object.defineProperty(made, "name", { value: shape.name, configurable: true });
  }
  definitions.set(made, { shape, definitionTime, callTime: [], token });
  setters.set(made, setCallTime);
  return made;
}

/**
 * Gives a defined function the values of its variables.
 *
 * @returns false for a function that was not defined here, or has them already.
 */
export function capture(made: object, callTime: readonly unknown[]): boolean {
  const set = setters.get(made);
  if (set === undefined) return false;
  setters.delete(made);
  set(callTime);
  const definition = definitions.get(made);
  if (definition !== undefined) definition.callTime = callTime;
  return true;
}

/** How a function that was defined here can be defined elsewhere. */
export function definitionOf(value: object): Defined | undefined {
  return definitions.get(value);
}

function factory(shape: FunctionShape): () => Parts {
  const names = [...shape.definitionTime, ...shape.callTime];
  const key = `${shape.file}:${shape.line}:${shape.column}:${shape.strict}:${shape.definitionTime.length}:${names.join()}\n${shape.text}`;
  const known = factories.get(key);
  if (known !== undefined) return known;
  const made = compile(shape, names);
  if (factories.size >= maxFactories) factories.delete(factories.keys().next().value as string);
  factories.set(key, made);
  return made;
}

function compile(shape: FunctionShape, names: readonly string[]): () => Parts {
  // All on one line, so that the text keeps its place in the original file.
  const declare = names.length === 0 ? "" : `let ${names.join(",")};`;
  const setter = (own: readonly string[]): string =>
    own.length === 0 ? "()=>{}" : `($cf_values)=>{[${own.join(",")}]=$cf_values}`;
  const head = `${declare}return[${setter(shape.definitionTime)},${setter(shape.callTime)},()=>(`;
  const { file, line, column, map } = shape;
  const filename = shape.mapped === true ? markedFile(file, line, column) : file;
  if (map !== undefined) knowMap(filename, map, line);
  const build = (strict: boolean): (() => Parts) => {
    const start = `${strict ? '"use strict";' : ""}${head}`;
    return builtin("node:vm")!.compileFunction(`${start}${shape.text}\n)]`, [], {
      filename,
      lineOffset: line,
      columnOffset: column - start.length,
    }) as () => Parts;
  };
  try {
    return build(shape.strict);
  } catch (error) {
    // An arrow function does not say whether it stood in sloppy code; what only sloppy code may say tells.
    if (!shape.strict || (error as Error).name !== "SyntaxError") throw error;
    return build(false);
  }
}
