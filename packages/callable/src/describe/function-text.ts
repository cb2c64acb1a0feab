import type { Program } from "acorn";
import type { FunctionFault } from "../errors.ts";
import { children, isNode, parse, type SyntaxNode } from "./parser.ts";

/** Brings a function's source, as it says it itself, into the form of an expression. */

export interface FunctionText {
  /** An expression. */
  readonly text: string;
  readonly program: Program;
  /** The function or class in `program`. */
  readonly root: SyntaxNode;
  readonly sourceType: "module" | "script";
  /** How many characters stand before the original text on its first line. */
  readonly shift: number;
}

/** The text of a function as an expression, or why there is none. */
export function functionText(source: string, isModule: boolean): FunctionText | FunctionFault {
  const failures: Error[] = [];
  for (const sourceType of isModule ? (["module"] as const) : (["script", "module"] as const)) {
    for (const attempt of [asExpression, asMethod]) {
      try {
        return attempt(source, sourceType);
      } catch (error) {
        failures.push(error as Error);
      }
    }
  }
  if (/^(static\s+)?(async\s+)?\*?\s*#/.test(source)) return { kind: "private" };
  return { kind: "unparsable", reason: failures[0]?.message ?? "unknown" };
}

function asExpression(source: string, sourceType: "module" | "script"): FunctionText {
  const program = parse(`(${source}\n)`, sourceType);
  const root = (program.body[0] as unknown as { expression: SyntaxNode }).expression;
  const text = withoutOwnNameIfAssigned(source, root);
  return text === source
    ? { text, program, root, sourceType, shift: 0 }
    : { ...asExpression(text, sourceType), shift: 0 };
}

/**
 * A method's text is only a property of an object: its key is replaced, since a computed one would be evaluated
 * again, and the function taken out.
 */
function asMethod(source: string, sourceType: "module" | "script"): FunctionText {
  const first = parse(`({${source}\n})`, sourceType);
  const property = ((first.body[0] as unknown as { expression: { properties: SyntaxNode[] } }).expression
    .properties[0] ?? {}) as SyntaxNode & { readonly value?: SyntaxNode };
  if (property.type !== "Property" || property.value?.type !== "FunctionExpression")
    throw new SyntaxError("not a method");
  const { value } = property as unknown as { value: SyntaxNode & { async: boolean; generator: boolean } };
  const head = `${value.async ? "async " : ""}${value.generator ? "*" : ""}$cf_method`;
  const text = `{${head}${source.slice(value.start - 2)}}.$cf_method`;
  const program = parse(`(${text}\n)`, sourceType);
  const member = (
    program.body[0] as unknown as { expression: { object: { properties: { value: SyntaxNode }[] } } }
  ).expression;
  return { text, program, root: member.object.properties[0]!.value, sourceType, shift: head.length + 1 };
}

/**
 * Compilers write functions that replace themselves: `function _f() { _f = …; return _f.apply(this, arguments) }`.
 * As an expression such a name cannot be assigned to, so it is taken out, and becomes a captured variable like any
 * other.
 */
function withoutOwnNameIfAssigned(source: string, root: SyntaxNode): string {
  const id = root["id"];
  if (root.type !== "FunctionExpression" || !isNode(id)) return source;
  const name = id["name"] as string;
  if (!new RegExp(`(^|[^.\\w$])${name.replace(/\$/g, "\\$")}\\s*=[^=>]`).test(source) || !assigns(root, name))
    return source;
  return source.slice(0, id.start - 1) + " ".repeat(id.end - id.start) + source.slice(id.end - 1);
}

function assigns(node: SyntaxNode, name: string): boolean {
  const left = node["left"];
  if (
    node.type === "AssignmentExpression" &&
    isNode(left) &&
    left.type === "Identifier" &&
    left["name"] === name
  )
    return true;
  for (const child of children(node)) if (assigns(child, name)) return true;
  return false;
}
