import { ArgumentTypeError, ValueError } from "./errors.ts";
import { carriers as key, reference } from "./keys.ts";
import { checkFunction, checkOptions, describeValue } from "./options.ts";

/** Something that travels with each call, as text. */
export interface Carrier {
  /** What it is called; each name is carried once. */
  readonly name: string;
  /** Called at each `submit`, and once for a map: what is to travel, or nothing. */
  readonly capture: () => string | undefined;
  /**
   * Called in the worker, with the text and the call; it gives what `run` gives. An exported function, named by `task(url, "name")`,
   * since it is loaded there.
   */
  readonly restore: (value: string, run: () => unknown) => unknown;
}

/** What one call takes along of one carrier. */
export interface CarriedValue {
  readonly restore: Carrier["restore"];
  readonly value: string;
}

interface Carriers {
  readonly byName: Map<string, Carrier>;
  /** What was captured last: calls of one context share it, and travel together. */
  last: readonly CarriedValue[] | undefined;
}

function carriers(): Carriers {
  const holder = globalThis as { [key]?: Carriers };
  holder[key] ??= { byName: new Map(), last: undefined };
  return holder[key];
}

/**
 * Lets something travel with each call of all pools whose workers are threads or processes: a request id, a log level, a trace. An
 * `AsyncLocalStorage` does not reach a worker by itself; what `capture` says of it does. Calls on this event loop
 * (`ThreadPoolExecutor`) keep their async context anyway, and are left alone. (Python: `contextvars` do not cross to processes
 * either.)
 *
 * `capture` runs at `submit`, and once for a map; what it throws, `submit` throws. An attempt after a failure takes the same text.
 *
 * @returns a function that ends it.
 * @throws ArgumentTypeError for wrong options; ValueError when the name is carried already.
 *
 * @example
 * ```ts
 * // request.js: export const request = new AsyncLocalStorage<string>();
 * //             export const restore = (id: string, run: () => unknown) => request.run(id, run);
 * const stop = carry({
 *   name: "request",
 *   capture: () => request.getStore(),
 *   restore: task(new URL("./request.js", import.meta.url), "restore"),
 * });
 * ```
 */
export function carry(carrier: Carrier): () => void {
  checkOptions("carrier", carrier, ["name", "capture", "restore"]);
  const { name, capture, restore } = carrier;
  if (typeof name !== "string" || name === "")
    throw new ArgumentTypeError(`Expected \`name\` to be a string, got ${describeValue(name)}.`);
  checkFunction("capture", capture);
  checkFunction("restore", restore);
  if (!Object.hasOwn(restore, reference)) {
    throw new ArgumentTypeError(
      'Expected `restore` to be named by task(new URL("./module.js", import.meta.url), "name"): the worker loads it from there.',
    );
  }
  const { byName } = carriers();
  if (byName.has(name)) throw new ValueError(`"${name}" is carried already. Choose another name.`);
  const own = { name, capture, restore };
  byName.set(name, own);
  return () => {
    if (byName.get(name) === own) byName.delete(name);
  };
}

/**
 * For executors, at `submit`: what the call takes along. The same list for calls in a row that take the same.
 *
 * @throws ArgumentTypeError when a carrier gives something else than a text; what a carrier throws.
 */
export function carriedValues(): readonly CarriedValue[] | undefined {
  const all = (globalThis as { [key]?: Carriers })[key];
  if (all === undefined || all.byName.size === 0) return undefined;
  const values: CarriedValue[] = [];
  for (const { name, capture, restore } of all.byName.values()) {
    const value: unknown = capture();
    if (value === undefined) continue;
    if (typeof value !== "string") {
      throw new ArgumentTypeError(
        `Expected \`capture\` of "${name}" to return a string or undefined, got ${describeValue(value)}.`,
      );
    }
    values.push({ restore, value });
  }
  if (values.length === 0) return undefined;
  if (all.last === undefined || !areSame(all.last, values)) all.last = values;
  return all.last;
}

function areSame(a: readonly CarriedValue[], b: readonly CarriedValue[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ restore, value }, at) => restore === b[at]?.restore && value === b[at]?.value)
  );
}
