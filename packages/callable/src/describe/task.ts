import { fileURLToPath } from "node:url";
import { ArgumentTypeError } from "@concurrent-futures/core/errors";
import { findExport } from "../load/exports.ts";
import { requireModule } from "../load/modules.ts";
import { type ModuleReference, reference } from "../symbols.ts";
import type { AnyFunction } from "../wire.ts";

/**
 * A function that is named outright, by module and export. It can be submitted like any function, and needs neither
 * an inspector nor a look at the module. Called directly, it loads the module here and calls the export.
 */
export type TaskReference<F extends AnyFunction = (...args: unknown[]) => unknown> = F & {
  readonly [reference]: ModuleReference;
};

/** The functions that a module exports, as task references. */
export type TasksOf<M> = {
  readonly [K in keyof M as M[K] extends AnyFunction ? K : never]: M[K] extends AnyFunction
    ? TaskReference<M[K]>
    : never;
};

/**
 * Names a function by the module that exports it.
 *
 * @typeParam F - the function's type: `task<typeof fib>(…)`.
 * @param url - the module's URL, best as `new URL("./tasks.js", import.meta.url)`.
 * @param name - the export. @default "default"
 * @throws ArgumentTypeError for a name that is not a string, or an address that is not an absolute URL.
 *
 * @example
 * ```ts
 * const fib = task<(n: number) => number>(new URL("./tasks.js", import.meta.url), "fib");
 * await pool.submit(fib, 30);
 * ```
 */
export function task<F extends AnyFunction = (...args: unknown[]) => unknown>(
  url: URL | string,
  name = "default",
): TaskReference<F> {
  if (typeof name !== "string" || name === "") {
    throw new ArgumentTypeError(`Expected \`name\` to be the name of an export, got ${String(name)}.`);
  }
  const module = checkUrl(url);
  const address = { url: module, path: [name] };
  const call = (...args: unknown[]): unknown => {
    requireModule({ specifier: module });
    return (findExport(address).value as (...args: unknown[]) => unknown)(...args);
  };
  Object.defineProperty(call, "name", {
    value: name === "default" ? fileName(module) : name,
    configurable: true,
  });
  Object.defineProperty(call, reference, { value: { module, path: [name] } satisfies ModuleReference });
  return call as unknown as TaskReference<F>;
}

/**
 * The exports of a module as tasks, typed as the module's own. Nothing is loaded here: a name that the module does not
 * export is noticed by the worker.
 *
 * @typeParam M - the module's type.
 *
 * @example
 * ```ts
 * const tasks = tasksFrom<typeof import("./tasks.js")>(new URL("./tasks.js", import.meta.url));
 * await pool.submit(tasks.fib, 30);
 * ```
 */
export function tasksFrom<M>(url: URL | string): TasksOf<M> {
  const module = checkUrl(url);
  const made = new Map<string, unknown>();
  return new Proxy({} as TasksOf<M> & object, {
    get(_target, name): unknown {
      // A promise would be asked for its `then`.
      if (typeof name !== "string" || name === "then") return undefined;
      let reference = made.get(name);
      if (reference === undefined) {
        reference = task(module, name);
        made.set(name, reference);
      }
      return reference;
    },
  });
}

function checkUrl(url: URL | string): string {
  const text = typeof url === "string" ? url : url instanceof URL || isUrl(url) ? String(url) : undefined;
  if (text === undefined || !URL.canParse(text)) {
    throw new ArgumentTypeError(
      `Expected a module's absolute URL, got ${typeof url === "string" ? JSON.stringify(url) : typeof url}. ` +
        'Write new URL("./tasks.js", import.meta.url).',
    );
  }
  return text;
}

/** A URL of another realm. */
function isUrl(value: unknown): boolean {
  return (
    Object.prototype.toString.call(value) === "[object URL]" ||
    typeof (value as { href?: unknown })?.href === "string"
  );
}

function fileName(url: string): string {
  const path = url.startsWith("file:") ? fileURLToPath(url) : url;
  return path.slice(path.lastIndexOf("/") + 1);
}
