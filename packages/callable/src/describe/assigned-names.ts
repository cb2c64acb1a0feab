import { children, isNode, parse, type SyntaxNode } from "./parser.ts";
import type { Script } from "./scripts.ts";

/** Longer scripts are not read for this: it would take longer than it saves. */
const longest = 1_000_000;

const known = new WeakMap<Script, ReadonlySet<string> | undefined>();

/**
 * The names of a script whose variables may get another value after their first one. Scopes are not told apart: a name
 * that is assigned to anywhere is in it. `undefined`: nothing is certain, any variable may change.
 */
export function assignedNames(script: Script): ReadonlySet<string> | undefined {
  if (!known.has(script)) known.set(script, read(script));
  return known.get(script);
}

function read({ source, isModule }: Script): ReadonlySet<string> | undefined {
  if (source.length > longest) return undefined;
  try {
    const program = parse(source, isModule ? "module" : "script") as unknown as SyntaxNode;
    const walk = new Walk(isModule || isStrict(program));
    walk.visit(program, false);
    return walk.uncertain ? undefined : walk.assigned;
  } catch {
    // Too deep, or newer than the parser.
    return undefined;
  }
}

function isStrict(program: SyntaxNode): boolean {
  const first = (program["body"] as SyntaxNode[])[0];
  return first?.["directive"] === "use strict";
}

class Walk {
  readonly assigned: Set<string> = new Set();
  uncertain = false;
  readonly #strict: boolean;
  /** Names that `var` and `function` give a value to: the second one assigns. */
  readonly #hoisted = new Set<string>();

  constructor(strict: boolean) {
    this.#strict = strict;
  }

  visit(node: SyntaxNode, inLoop: boolean): void {
    switch (node.type) {
      case "AssignmentExpression":
        this.#assign(node["left"]);
        break;
      case "UpdateExpression":
        this.#assign(node["argument"]);
        break;
      case "ForInStatement":
      case "ForOfStatement":
        this.#assignLoopVariable(node["left"] as SyntaxNode);
        break;
      case "VariableDeclaration":
        if (node["kind"] === "var") {
          for (const one of node["declarations"] as SyntaxNode[])
            if (isNode(one["init"])) for (const name of namesIn(one["id"])) this.#hoist(name, inLoop);
        }
        break;
      case "FunctionDeclaration":
        if (isNode(node["id"])) this.#hoist(node["id"]["name"] as string, inLoop);
        break;
      case "WithStatement":
        this.uncertain = true;
        break;
      case "Identifier":
        // Direct eval assigns what it likes; in sloppy functions, so does `arguments`.
        if (node["name"] === "eval" || (node["name"] === "arguments" && !this.#strict)) this.uncertain = true;
        break;
      default:
    }
    const within = /^Function|^Arrow/.test(node.type)
      ? false
      : inLoop || /^(For|While|DoWhile|Labeled|Switch)/.test(node.type);
    for (const child of children(node)) this.visit(child, within);
  }

  #assign(target: unknown): void {
    for (const name of namesIn(target)) this.assigned.add(name);
  }

  #assignLoopVariable(left: SyntaxNode): void {
    if (left.type !== "VariableDeclaration") this.#assign(left);
    else if (left["kind"] === "var")
      for (const one of left["declarations"] as SyntaxNode[]) this.#assign(one["id"]);
  }

  #hoist(name: string, inLoop: boolean): void {
    if (inLoop || this.#hoisted.has(name)) this.assigned.add(name);
    this.#hoisted.add(name);
  }
}

/** The variables that a pattern gives a value to. */
function* namesIn(pattern: unknown): Iterable<string> {
  if (!isNode(pattern)) return;
  switch (pattern.type) {
    case "Identifier":
      yield pattern["name"] as string;
      return;
    case "MemberExpression":
      return;
    case "AssignmentPattern":
      yield* namesIn(pattern["left"]);
      return;
    case "Property":
      yield* namesIn(pattern["value"]);
      return;
    default:
      for (const child of children(pattern)) yield* namesIn(child);
  }
}
