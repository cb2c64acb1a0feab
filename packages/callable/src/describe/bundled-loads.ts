import type { FunctionFault } from "../errors.ts";
import { inspect } from "./inspector.ts";
import { moduleText } from "./module-text.ts";
import { isNode, type SyntaxNode } from "./parser.ts";
import { scriptById } from "./scripts.ts";

/**
 * `import()` and `require` as webpack, rspack and ncc leave them: a call of the bundle's own `require` with a module's number in it.
 * What the number stands for is in the bundle: a module that lies outside of it is loaded by its name, as it was written; one that
 * is inside is nowhere that a worker could load it from.
 */
export interface BundledLoad {
  /** The variable that holds the bundle's `require`, and where it stands. */
  readonly name: string;
  readonly at: number;
  readonly id: string;
  /** A call; a function that makes that call; the same as a namespace, as `import()` gives it. */
  readonly form: "call" | "function" | "namespace" | "namespace function";
  /** Of a namespace: whether what says that it was an ES module is taken as it is. */
  readonly asIs: boolean;
  readonly start: number;
  readonly end: number;
}

/** What stands in the function's text instead, and what that needs. */
export interface LoadText {
  readonly needs: readonly ("importer" | "require")[];
  readonly text: string;
}

/** The call, if it looks like one of these: `r(161)`, `r.bind(r, 161)`, `r.t(161, 19)`, `r.t.bind(r, 161, 19)`. */
export function bundledLoad(call: SyntaxNode): BundledLoad | undefined {
  const args = call["arguments"] as SyntaxNode[];
  let callee = call["callee"] as SyntaxNode;
  const bound = isMember(callee, "bind");
  if (bound) callee = callee["object"] as SyntaxNode;
  const namespace = isMember(callee, "t");
  if (namespace) callee = callee["object"] as SyntaxNode;
  if (callee.type !== "Identifier") return undefined;
  const name = callee["name"] as string;
  if (bound && (args[0]?.type !== "Identifier" || args[0]["name"] !== name)) return undefined;
  const [id, mode, ...more] = bound ? args.slice(1) : args;
  if (!isLiteral(id) || more.length > 0 || (mode === undefined) === namespace) return undefined;
  if (namespace && !(isLiteral(mode) && typeof mode["value"] === "number")) return undefined;
  const form = namespace ? "namespace" : "call";
  const ofFunction = namespace ? "namespace function" : "function";
  return {
    name,
    at: callee.start,
    id: String(id["value"]),
    form: bound ? ofFunction : form,
    asIs: namespace && (Number(mode?.["value"]) & 4) !== 0,
    start: call.start,
    end: call.end,
  };
}

function isMember(node: SyntaxNode, name: string): boolean {
  const property = node["property"];
  return (
    node.type === "MemberExpression" &&
    node["computed"] !== true &&
    isNode(property) &&
    property["name"] === name
  );
}

function isLiteral(node: SyntaxNode | undefined): node is SyntaxNode {
  return node?.type === "Literal" && /^(number|string)$/.test(typeof node["value"]);
}

/** Every `require` of a bundle makes this object, minified or not. */
const makesModule = /\{\s*exports:\s*\{\}\s*\}/;

/**
 * What stands for a load. `undefined` when the variable holds no bundle's `require`; a fault when the module is inside of the bundle.
 */
export function loadText(load: BundledLoad, held: unknown): LoadText | FunctionFault | undefined {
  if (typeof held !== "function" || !makesModule.test(textOf(held))) return undefined;
  const found = outsideOf(held, load.id);
  if (found === undefined) return { kind: "bundled" };
  const specifier = JSON.stringify(found.specifier);
  const required = `$cf_require(${specifier})`;
  const imported = `$cf_import(${specifier})`;
  if (load.form === "call" || load.form === "function") {
    const text = found.way === "import" ? imported : required;
    return {
      needs: [found.way === "import" ? "importer" : "require"],
      text: load.form === "call" ? text : `()=>${text}`,
    };
  }
  const text = load.asIs
    ? `(($cf_module)=>$cf_module?.__esModule?$cf_module:${imported})(${required})`
    : imported;
  return {
    needs: load.asIs ? ["importer", "require"] : ["importer"],
    text: load.form === "namespace" ? text : `()=>${text}`,
  };
}

/** The one statement of a module that only names another: `module.exports = require("x")`, `= import("x")`, `= x`. */
const onlyNames =
  /^[^{]*?(?:\{|=>)\s*\{?\s*(?:"use strict";|'use strict';)?\s*[\w$]+\.exports\s*=\s*(?:(?<callee>[\w$]+(?:\(import\.meta\.url\))?)\((?<text>"(?:[^"\\]|\\.)*")\)(?<same>\.then\(.*?\))?|(?<variable>[\w$]+))[;\s}]*$/;

/** rspack's `.then(function (module) { return module; })`. */
const changesNothing =
  /^\.then\((?:function\s*\((?<a>[\w$]+)\)\s*\{\s*return \k<a>;?\s*\}|\(?(?<b>[\w$]+)\)?=>\k<b>)\)$/;

/** The name of a module outside of the bundle, and whether the bundle imports or requires it. */
function outsideOf(
  bundleRequire: Function,
  id: string,
): { readonly way: "import" | "require"; readonly specifier: string } | undefined {
  const module = moduleOf(bundleRequire, id);
  if (module === undefined) return undefined;
  const found = onlyNames.exec(textOf(module))?.groups;
  if (found === undefined) return undefined;
  const { callee, text: literal, variable, same } = found;
  if (literal !== undefined) {
    const way = callee === "import" ? "import" : "require";
    if (same !== undefined && (way === "require" || !changesNothing.test(same))) return undefined;
    if (!/^(?:import|require|[\w$]+\(import\.meta\.url\))$/.test(callee!) && !isRequire(module, callee!))
      return undefined;
    return { way, specifier: JSON.parse(literal) as string };
  }
  // An import statement of the bundle.
  const { location } = inspect(module);
  const script = location && scriptById(location.scriptId);
  const imported = script && moduleText(script).imports.get(variable!);
  return imported?.name === "*" ? { way: "require", specifier: imported.specifier } : undefined;
}

/** Without comments. */
function textOf(value: Function): string {
  return Function.prototype.toString.call(value).replaceAll(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, "");
}

/** The function that is the module of this number, from the table that the bundle's `require` reads. */
function moduleOf(bundleRequire: Function, id: string): Function | undefined {
  for (const { kind, variables } of inspect(bundleRequire).scopes()) {
    if (kind === "Global") continue;
    for (const table of Object.values(variables)) {
      if (typeof table !== "object" || table === null || !Object.hasOwn(table, id)) continue;
      const module = Object.getOwnPropertyDescriptor(table, id)?.value as unknown;
      if (typeof module === "function") return module;
    }
  }
  return undefined;
}

/** Whether a variable of a module's function holds a `require` of Node. */
function isRequire(module: Function, name: string): boolean {
  const scope = inspect(module)
    .scopes()
    .find(({ variables }) => Object.hasOwn(variables, name));
  const held = scope?.variables[name];
  return typeof held === "function" && "resolve" in held && "cache" in held;
}
