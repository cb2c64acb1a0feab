import { types } from "node:util";
import { SerializationError } from "@concurrent-futures/core/errors";
import { sharedState } from "./load/shared-state.ts";
import { deepest } from "./nesting.ts";
import { madeFor } from "./symbols.ts";

/** The words of this package's refusals: what cannot be sent and where it stands, why, and what to do instead. */

/** What a message needs of the way to the culprit. */
type Where = { toString(): string };

/** A short name of any value: `a Socket`, `a promise`, `Symbol(x)`. */
export function describeValue(value: unknown): string {
  if (typeof value === "symbol") return value.toString();
  if (typeof value === "function") return `the function ${value.name === "" ? "(anonymous)" : value.name}`;
  if (typeof value !== "object" || value === null) return String(value);
  if (types.isPromise(value)) return "a promise";
  if (types.isGeneratorObject(value)) return "a generator that lives in this thread";
  if (types.isProxy(value)) return "a Proxy";
  if (types.isArgumentsObject(value)) return "the `arguments` of a function";
  if (types.isMapIterator(value) || types.isSetIterator(value)) return "an iterator";
  const name: unknown = (value as { constructor?: { name?: unknown } }).constructor?.name;
  if (typeof name !== "string" || name === "") return "an object without a class";
  return withArticle(name);
}

function withArticle(name: string): string {
  return `${/^[AEIO]/.test(name) ? "an" : "a"} ${name}`;
}

function remedy(value: unknown): string {
  if (value === tooDeep)
    return "Send it in a flatter form, such as an array whose items name each other by index.";
  if (typeof value === "symbol") return "Use Symbol.for(), which means the same in every thread.";
  if (types.isPromise(value)) return "Await it first and send what it resolves to.";
  if (types.isGeneratorObject(value) || types.isMapIterator(value) || types.isSetIterator(value)) {
    return "Send an array of its values, or the function that makes it.";
  }
  if (types.isWeakMap(value) || types.isWeakSet(value)) return "Send a Map or a Set.";
  if (types.isProxy(value)) return "Send the object behind it, or a copy.";
  if (types.isArgumentsObject(value)) return "Send an array: [...arguments].";
  if (/ (MessagePort|FileHandle|\w+Stream)$/.test(describeValue(value))) {
    return "It can only be moved, and only to a thread: wrap it in move(), or name it in `transfer`.";
  }
  return "Send plain data that describes it, or give its class [reduce]() and static [revive](state).";
}

/** What {@link uncloneable} says of a value that cannot be written, or not be read, by recursion. */
export const tooDeep: string = `a structure of more than ${deepest} levels`;

/** A value that no medium carries and no rule here restores. `value` may be the name of what it is. */
export function uncloneable(where: Where, value: unknown, cause?: unknown): SerializationError {
  const what = typeof value === "string" ? value : describeValue(value);
  return new SerializationError(
    `Cannot send ${where}: ${what} cannot be sent to another thread or process. ${remedy(value)}`,
    {
      cause,
    },
  );
}

/** Shared memory that is sent to a process. */
export function sharedInProcess(where: Where): SerializationError {
  return new SerializationError(
    `Cannot send ${where}: shared memory reaches threads only. Use the "thread" context, or send a copy (\`.slice()\`).`,
  );
}

/** A function that is sent to another machine, which accepts no code from a network. */
export function functionOnNetwork(where: Where, value: Function): SerializationError {
  return new SerializationError(
    `Cannot send ${where}: ${describeValue(value)} is code, and code is never accepted from a network. ` +
      "Send the name of the function that the other side should call.",
  );
}

/** A function or class that is sent to a machine with the same modules, none of which exports it. */
export function notExported(where: Where, value: Function): SerializationError {
  if (Object.hasOwn(value, madeFor))
    return new SerializationError(
      `Cannot send ${where}: each worker makes a resource for itself, by code, and arguments bring no code to another machine. ` +
        "Let the function capture the resource, or export it from a module that the other side has.",
    );
  return new SerializationError(
    `Cannot send ${where}: ${describeValue(value)} is not exported by a module that the other side has. Export it from a module ` +
      "of its own, not from the program's entry file.",
  );
}

/** An instance that is sent to another machine, of a class that does not define how. */
export function instanceOnNetwork(where: Where, value: object): SerializationError {
  return new SerializationError(
    `Cannot send ${where}: ${describeValue(value)} can be sent to another machine only if its class has [reduce]() and a static ` +
      "[revive](state), and the other side passes the class to `allow`. Add them, or send plain data.",
  );
}

/** Code that came back from a worker, which this pool does not take. */
export function codeInResult(what: string): SerializationError {
  return new SerializationError(
    `The result needs ${what}, which came from the worker as code, and code from a worker is not run here. ` +
      "Return plain data, or an instance of an exported class; or make the pool with `resultFunctions: true`, if you trust " +
      "the code that runs in its workers.",
  );
}

/** A result that this library has not packed. */
export function malformedResult(what: string): Error {
  return new Error(`The worker has sent a result that cannot be read: ${what}`);
}

/** An instance of a class of Node's own, or of one that extends such a class. */
export function foreignClass(where: Where, Class: Function, ancestor: Function): SerializationError {
  const what =
    Class.name === ""
      ? "an object of Node's own, such as process.env,"
      : Class === ancestor
        ? withArticle(Class.name)
        : `${withArticle(Class.name)}, which is ${withArticle(ancestor.name)},`;
  return new SerializationError(
    `Cannot send ${where}: ${what} belongs to the thread that made it (handles and streams cannot be sent). ` +
      "Make it inside the function, from plain data such as a path or an address.",
  );
}

/** The package that a module is of, if it is one of those that a program uses and does not write. */
function packageOf(url: string | undefined): string | undefined {
  return url === undefined ? undefined : /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1];
}

/**
 * An instance with state that no one outside its class can read.
 *
 * @param url - of the module that has the class.
 */
export function privateFields(
  where: Where,
  Class: Function,
  ancestor: Function,
  url?: string,
): SerializationError {
  if (typeof (Class.prototype as { then?: unknown }).then === "function") {
    return new SerializationError(
      `Cannot send ${where}: ${withArticle(ancestor.name)} is a promise of this thread. ` +
        "Await it first and send what it resolves to.",
    );
  }
  const whose =
    Class === ancestor ? `the class ${Class.name}` : `${ancestor.name}, which ${Class.name} extends,`;
  const library = packageOf(url);
  const advice =
    library === undefined
      ? "Give it [reduce]() and static [revive](state), which define what is sent."
      : `It is of the package ${library}: make the object inside the function, from plain data, or with resource().`;
  return new SerializationError(
    `Cannot send ${where}: ${whose} has private fields, which only its own code can read. ${advice}`,
  );
}

/** Why a function cannot go by value. */
export type FunctionFault =
  | { readonly kind: "native" | "bound" | "this" | "super" | "private" | "arguments" | "eval" | "bundled" }
  | { readonly kind: "assigned" | "lost"; readonly name: string }
  | { readonly kind: "unparsable"; readonly reason: string };

interface Refused {
  readonly who: string;
  readonly why: string;
  readonly fault: FunctionFault;
  readonly file: string | undefined;
}

/** What the words of a function's refusal are made of, to say them again with the way to the function. */
const refused = sharedState("refused functions", () => new WeakMap<Error, Refused>());

/**
 * A function that cannot go by value.
 *
 * @param file - the URL of the module that it is from.
 */
export function functionFault(
  name: string,
  place: string,
  fault: FunctionFault,
  file?: string,
): SerializationError {
  const called = name === "" ? "(anonymous)" : name;
  const who = `the function ${called}${place === "" ? "" : ` (${place})`}`;
  const why = reasons[fault.kind](fault as never, called);
  const error = new SerializationError(`Cannot send ${who}: ${why}`);
  refused.set(error, { who, why, fault, file });
  return error;
}

/** The refusal of a function that was met inside of what the caller sends: says where, and what to do there. */
export function refusedAt(where: Where, error: unknown): unknown {
  const parts = refused.get(error as Error);
  if (parts === undefined) return error;
  const { who, why, file } = parts;
  const library = packageOf(file);
  if (library === undefined)
    return new SerializationError(`Cannot send ${where}: ${who} cannot be sent: ${why}`);
  const [reason] = why.split(/[.;] /, 1);
  return new SerializationError(
    `Cannot send ${where}: it is made of functions of the package ${library}, and ${who} cannot be sent: ${reason}. ` +
      "Make it at the top level of the module that exports the submitted function, or with resource(): each worker " +
      "then makes its own.",
  );
}

/**
 * What `describe` gives of an initializer or of the target of a process. Its refusal has a way out that fits: what they return is
 * not used, and their arguments are given in another place than a task's.
 */
export function inRole<T>(role: Role, describe: () => T): T {
  try {
    return describe();
  } catch (error) {
    throw refusedAs(role, error);
  }
}

type Role = "initializer" | "target";

function refusedAs(role: Role, error: unknown): unknown {
  const { who, fault } = refused.get(error as Error) ?? {};
  if (fault?.kind !== "assigned" && fault?.kind !== "this") return error;
  const why = fault.kind === "this" ? usesThis : assigns((fault as { readonly name: string }).name);
  return new SerializationError(`Cannot send ${who}: ${why} ${waysOut[role][fault.kind]}`);
}

const usesThis = "it uses `this`, which is not sent with a function.";
const assigns = (name: string): string =>
  `it assigns to \`${name}\`, a variable outside of it; the change would be lost in the worker.`;

const waysOut: { readonly [R in Role]: { readonly [K in "assigned" | "this"]: string } } = {
  initializer: {
    assigned:
      "Put the variable, the initializer and the tasks that need it into a module of their own and export them, or keep the " +
      "value in `globalThis`, or make it with resource().",
    this: "Pass the object in `initargs` instead.",
  },
  target: {
    assigned:
      "Send the value through a queue or a pipe; if only the new process needs it, export the target from the module of " +
      "the variable.",
    this: "Pass the object in `args` instead.",
  },
};

const reasons: {
  readonly [K in FunctionFault["kind"]]: (fault: FunctionFault & { kind: K }, name: string) => string;
} = {
  native: (_, name) => `it is native, it has no source. Wrap it: \`(...args) => ${name}(...args)\`.`,
  bound: () =>
    "it is bound, and what it is bound to cannot be read. Use an arrow function that calls the original.",
  this: () => `${usesThis} Pass the object as an argument instead.`,
  super: () => "it uses `super`, which is not sent with a function. Send the class or an instance instead.",
  private: () =>
    "it uses a private name of its class. Send an instance whose class is exported, or a static method of it.",
  arguments: () => "it uses the `arguments` of the function around it. Use a rest parameter there.",
  eval: () => "it calls eval(), so its variables cannot be determined. Pass them as arguments.",
  bundled: () =>
    "it loads a module that the bundler has put into the bundle, where no worker can load it. Leave that module out: write " +
    "`import(/* webpackIgnore: true */ …)`, or name it among the `externals`.",
  assigned: ({ name }) =>
    `${assigns(name)} Return the value instead; ` +
    "to keep something for later calls, export the initializer and those functions from the module of the variable.",
  lost: ({ name }) =>
    `it needs \`${name}\` while it is being defined, a variable that V8 has optimised away. Define the class at the top ` +
    "level of a module.",
  unparsable: ({ reason }) => `its source cannot be parsed (${reason}). Export it from a module of its own.`,
};

/** A captured name that cannot be sent for a reason of its own. */
export function capturedModule(name: string, place: string): SerializationError {
  return new SerializationError(
    `Cannot send the variable \`${name}\` of ${place}: it is a module that was loaded by a dynamic import(). ` +
      "Use an import statement, or import it inside the function.",
  );
}

/** A function without a known address where nobody can look for it. */
export function noInspector(value: Function): SerializationError {
  return new SerializationError(
    `Cannot find out where ${describeValue(value)} comes from: ${whyNoInspector()}. Name it: ` +
      'task(new URL("./tasks.js", import.meta.url), "name").',
  );
}

function whyNoInspector(): string {
  const { permission } = process as { permission?: { has(name: string): boolean } };
  if (permission !== undefined && !permission.has("inspector")) {
    return process.allowedNodeEnvironmentFlags.has("--allow-inspector")
      ? "Node was started with --permission and without --allow-inspector"
      : "Node was started with permissions, and this version then allows no inspector";
  }
  return "the inspector is turned off (CONCURRENT_FUTURES_NO_INSPECTOR) or missing in this Node";
}
