import type { Node, Options, Program } from "acorn";
import type { ScopeManager } from "eslint-scope";
import { requireOwn } from "../load/modules.ts";

/** The only place that knows the parser and the scope analysis. Both are loaded when first needed. */

let acorn: typeof import("acorn") | undefined;
let scopes: typeof import("eslint-scope") | undefined;

/** Any node of the syntax tree, open to walk. */
export type SyntaxNode = Node & Readonly<Record<string, unknown>>;

/** Parses JavaScript. Throws a SyntaxError. */
export function parse(text: string, sourceType: "module" | "script"): Program {
  acorn ??= requireOwn("acorn", import.meta.url) as typeof import("acorn");
  // `checkPrivateFields`: a method's text stands outside of its class here.
  const options: Options & { checkPrivateFields: boolean } = {
    ecmaVersion: "latest",
    sourceType,
    ranges: true,
    locations: true,
    allowHashBang: true,
    allowSuperOutsideMethod: true,
    allowReturnOutsideFunction: sourceType === "script",
    checkPrivateFields: false,
  };
  return acorn.parse(text, options);
}

/** Finds out which names mean what. */
export function analyzeScopes(program: Program, sourceType: "module" | "script"): ScopeManager {
  scopes ??= requireOwn("eslint-scope", import.meta.url) as typeof import("eslint-scope");
  return scopes.analyze(program as never, { ecmaVersion: 2022, sourceType, ignoreEval: true });
}

/** The child nodes of a node, in source order. */
export function* children(node: SyntaxNode): Iterable<SyntaxNode> {
  for (const key in node) {
    const child = node[key];
    if (Array.isArray(child)) {
      for (const one of child) if (isNode(one)) yield one;
    } else if (isNode(child)) yield child;
  }
}

export function isNode(value: unknown): value is SyntaxNode {
  return (
    typeof value === "object" && value !== null && typeof (value as { type?: unknown }).type === "string"
  );
}
