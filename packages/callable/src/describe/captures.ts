import type { FunctionFault } from "../errors.ts";
import { type BundledLoad, bundledLoad, type LoadText } from "./bundled-loads.ts";
import type { FunctionText } from "./function-text.ts";
import { analyzeScopes, children, isNode, type SyntaxNode } from "./parser.ts";

/** Which names a function takes from outside, and whether it does what a travelling function cannot. */

/** The names of a member, of its member, and so on. */
export type MemberPath = readonly string[];

export interface FreeName {
  readonly name: string;
  /** Needed while a class is being defined. */
  readonly definitionTime: boolean;
  readonly assigned: boolean;
  /** The members that are read, when it is used in no other way: `["z", "string"]` in `lib.z.string()`. */
  readonly members: readonly MemberPath[] | undefined;
}

export interface Captures {
  readonly free: readonly FreeName[];
  /** What makes it impossible to send, for every caller. */
  readonly fault: FunctionFault | undefined;
  /** Uses its own `this`: cannot be submitted, may be held by an object. */
  readonly ownThis: boolean;
  /** Pieces of the parsed text that mean something only where it stood. */
  readonly replaced: readonly Replaced[];
}

/**
 * A piece of the text that is replaced by a variable: `import.meta`, the `import` of `import()`, what a bundler made of that, and what
 * a class extends. The last is known of the class itself, while the engine need not have kept the variables behind it.
 */
export interface Replaced {
  readonly kind: "meta" | "importer" | "require" | "parent";
  readonly start: number;
  readonly end: number;
  /** What stands there instead, if it is more than the variable. */
  readonly text?: string;
}

/** The variables that stand for them in a function by value. */
export const replacedNames: Readonly<Record<Replaced["kind"], string>> = {
  meta: "$cf_meta",
  importer: "$cf_import",
  require: "$cf_require",
  parent: "$cf_parent",
};

/** What Vite, and Vitest with it, makes of `import.meta` and `import()`. */
const ofVite: ReadonlyMap<unknown, Replaced["kind"]> = new Map([
  ["__vite_ssr_import_meta__", "meta"],
  ["__vite_ssr_dynamic_import__", "importer"],
]);

/** What stands for a bundle's way to load a module, by what the variable holds that it calls. */
export type LoadTextOf = (load: BundledLoad) => LoadText | FunctionFault | undefined;

/** Analyses a function's text. */
export function captures(text: FunctionText, loadTextOf: LoadTextOf = () => undefined): Captures {
  const findings = new Findings();
  findings.visit(text.root, {
    thisIs: text.root.type === "ArrowFunctionExpression" ? "outer" : "own",
    inClass: false,
    top: true,
  });
  const definitionTime = text.root.type.startsWith("Class") ? definitionTimeRanges(text.root) : [];
  const outer = outerReferences(text);
  const loadFault = replaceLoads(findings, outer, loadTextOf);
  const free = freeNames(text, outer, definitionTime, findings.replaced);
  const fault: FunctionFault | undefined =
    findings.fault ??
    loadFault ??
    (free.some(({ name }) => name === "arguments") ? { kind: "arguments" } : undefined);
  return { free, fault, ownThis: findings.ownThis, replaced: findings.replaced };
}

/** A name that is used here and defined outside. */
interface OuterReference {
  readonly name: string;
  readonly start: number;
  readonly written: boolean;
}

function outerReferences(text: FunctionText): OuterReference[] {
  const manager = analyzeScopes(text.program, text.sourceType);
  return (manager.scopes[0]?.through ?? []).map((reference) => {
    const { name, start } = reference.identifier as unknown as { name: string; start: number };
    return { name, start, written: reference.isWrite() };
  });
}

/** Puts what loads a module by its name where a bundle's own way stands. */
function replaceLoads(
  { loads, replaced }: Findings,
  outer: readonly OuterReference[],
  loadTextOf: LoadTextOf,
): FunctionFault | undefined {
  for (const load of loads) {
    if (!outer.some(({ start }) => start === load.at)) continue;
    const found = loadTextOf(load);
    if (found === undefined) continue;
    if ("kind" in found) return found;
    const [kind, ...more] = found.needs;
    const { start, end } = load;
    replaced.push({ kind: kind!, start, end, text: found.text });
    for (const other of more) replaced.push({ kind: other, start: end, end, text: "" });
  }
  return undefined;
}

function freeNames(
  text: FunctionText,
  outer: readonly OuterReference[],
  definitionTime: readonly (readonly [number, number])[],
  gone: readonly Replaced[],
): FreeName[] {
  const names = new Map<
    string,
    { definitionTime: boolean; assigned: boolean; members: MemberPath[] | undefined }
  >();
  const memberOf = memberUses(text.program as unknown as SyntaxNode);
  for (const { name, start, written } of outer) {
    if (gone.some((piece) => piece.start <= start && start < piece.end)) continue;
    const found = names.get(name) ?? { definitionTime: false, assigned: false, members: [] };
    names.set(name, found);
    if (definitionTime.some(([from, to]) => from <= start && start < to)) found.definitionTime = true;
    if (written) found.assigned = true;
    const member = memberOf.get(start);
    if (member === undefined) found.members = undefined;
    else found.members?.push(member);
  }
  return [...names].map(([name, { definitionTime, assigned, members }]) => ({
    name,
    definitionTime,
    assigned,
    members,
  }));
}

/** Identifiers of which only a member is read, by where they start. */
function memberUses(program: SyntaxNode): Map<number, MemberPath> {
  const uses = new Map<number, MemberPath>();
  const walk = (node: SyntaxNode): void => {
    const path: string[] = [];
    let at = node;
    for (let name = memberName(at); name !== undefined; name = memberName(at)) {
      path.unshift(name);
      at = at["object"] as SyntaxNode;
    }
    // The outermost member comes first, with the longest path.
    if (path.length > 0 && at.type === "Identifier" && !uses.has(at.start)) uses.set(at.start, path);
    for (const child of children(node)) walk(child);
  };
  walk(program);
  return uses;
}

/** The parts of a class that run when it is defined. */
function definitionTimeRanges(root: SyntaxNode): (readonly [number, number])[] {
  const ranges: (readonly [number, number])[] = [];
  const add = (node: unknown): void => {
    if (isNode(node)) ranges.push([node.start, node.end]);
  };
  for (const member of (root["body"] as { body: SyntaxNode[] }).body) {
    if (member["computed"] === true) add(member["key"]);
    if (member.type === "StaticBlock") add(member);
    if (member.type === "PropertyDefinition" && member["static"] === true) add(member["value"]);
  }
  return ranges;
}

interface Context {
  /** Whose `this` it would be here: the function's own, that of the code around it, or some inner function's. */
  readonly thisIs: "own" | "outer" | "inner";
  readonly inClass: boolean;
  readonly top?: boolean;
}

/** Helpers of compilers, which pass `this` on and do not look at it. */
const passThisOn =
  /^(__awaiter|__asyncGenerator|_async_to_generator|_asyncToGenerator|_wrap_async_generator|_wrapAsyncGenerator)$/;

class Findings {
  fault: FunctionFault | undefined;
  ownThis = false;
  readonly replaced: Replaced[] = [];
  readonly loads: BundledLoad[] = [];

  visit(node: SyntaxNode, context: Context): void {
    switch (node.type) {
      case "ThisExpression":
        if (context.thisIs === "own") this.ownThis = true;
        if (context.thisIs === "outer") this.fault ??= { kind: "this" };
        return;
      case "Super":
        if (context.thisIs !== "inner") this.fault ??= { kind: "super" };
        return;
      case "PrivateIdentifier":
        if (!context.inClass) this.fault ??= { kind: "private" };
        return;
      case "MetaProperty":
        if ((node["meta"] as { name: string }).name === "import") {
          this.replaced.push({ kind: "meta", start: node.start, end: node.end });
        }
        return;
      case "ImportExpression":
        this.replaced.push({ kind: "importer", start: node.start, end: node.start + "import".length });
        this.#inside(node, context);
        return;
      case "CallExpression":
        this.#call(node, context);
        return;
      case "Identifier": {
        const kind = ofVite.get(node["name"]);
        if (kind !== undefined) this.replaced.push({ kind, start: node.start, end: node.end });
        return;
      }
      case "FunctionDeclaration":
      case "FunctionExpression":
        this.#inside(node, context.top ? context : { ...context, thisIs: "inner" });
        return;
      case "ClassDeclaration":
      case "ClassExpression":
        this.#class(node, context);
        return;
      default:
        this.#inside(node, context);
    }
  }

  #inside(node: SyntaxNode, context: Context): void {
    const inner = { ...context, top: false };
    for (const child of children(node)) this.visit(child, inner);
  }

  #call(node: SyntaxNode, context: Context): void {
    const callee = node["callee"] as SyntaxNode;
    const args = node["arguments"] as SyntaxNode[];
    if (callee.type === "Identifier" && callee["name"] === "eval") this.fault ??= { kind: "eval" };
    const load = bundledLoad(node);
    if (load !== undefined) this.loads.push(load);
    const helper = callee.type === "Identifier" ? String(callee["name"]) : (memberName(callee) ?? "");
    const passesOn = passThisOn.test(helper) || (helper === "apply" && isArguments(args[1]));
    this.visit(callee, context);
    for (const [index, argument] of args.entries()) {
      if (!(passesOn && index === 0 && argument.type === "ThisExpression")) this.visit(argument, context);
    }
  }

  #class(node: SyntaxNode, context: Context): void {
    const outside: Context = { ...context, top: false };
    const parent = node["superClass"];
    if (isNode(parent) && context.top === true && parent.type !== "Literal") {
      this.replaced.push({ kind: "parent", start: parent.start, end: parent.end });
    } else if (isNode(parent)) this.visit(parent, outside);
    for (const member of (node["body"] as { body: SyntaxNode[] }).body) {
      const within: Context = { thisIs: "inner", inClass: true };
      if (isNode(member["key"])) this.visit(member["key"], member["computed"] === true ? outside : within);
      if (isNode(member["value"])) this.visit(member["value"], within);
      if (member.type === "StaticBlock") this.#inside(member, within);
    }
  }
}

/** The name of the member that is read here, if it stands in the text. */
function memberName(node: SyntaxNode): string | undefined {
  const property = node["property"];
  if (node.type !== "MemberExpression" || node["computed"] === true || !isNode(property)) return undefined;
  return property.type === "Identifier" ? String(property["name"]) : undefined;
}

function isArguments(node: SyntaxNode | undefined): boolean {
  return node?.type === "Identifier" && node["name"] === "arguments";
}
