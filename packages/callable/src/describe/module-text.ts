import type { Program } from "acorn";
import type { Location } from "./inspector.ts";
import { isNode, parse, type SyntaxNode } from "./parser.ts";
import type { Script } from "./scripts.ts";

/** What an ES module says in its text: what it imports under which name, and what it exports. */
export interface ModuleText {
  /** By local name. `name` is "*" for a namespace. */
  readonly imports: ReadonlyMap<string, { readonly specifier: string; readonly name: string }>;
  /** Exported names and the local ones behind them. */
  readonly exports: readonly { readonly exported: string; readonly local: string }[];
  /** The expression after `export default`, which has no local name. */
  readonly defaultExpression: SyntaxNode | undefined;
}

const known = new WeakMap<Script, ModuleText>();
const empty: ModuleText = { imports: new Map(), exports: [], defaultExpression: undefined };

/** Reads an ES module's text. CommonJS, and what the parser does not understand, has none of it. */
export function moduleText(script: Script): ModuleText {
  let text = known.get(script);
  if (text === undefined) {
    text = script.isModule ? read(script.source) : empty;
    known.set(script, text);
  }
  return text;
}

function read(source: string): ModuleText {
  let program: Program;
  try {
    program = parse(source, "module");
  } catch {
    return empty;
  }
  const imports = new Map<string, { specifier: string; name: string }>();
  const exports: { exported: string; local: string }[] = [];
  let defaultExpression: SyntaxNode | undefined;
  for (const statement of program.body as unknown as SyntaxNode[]) {
    if (statement.type === "ImportDeclaration") readImport(statement, imports);
    else if (statement.type === "ExportNamedDeclaration") readExport(statement, exports);
    else if (statement.type === "ExportDefaultDeclaration") {
      const declaration = statement["declaration"] as SyntaxNode;
      const local =
        nameOf(declaration["id"]) ?? (declaration.type === "Identifier" ? nameOf(declaration) : undefined);
      if (local !== undefined && declaration.type !== "FunctionExpression") {
        exports.push({ exported: "default", local });
        defaultExpression = declarationOf(local, program, source);
      } else defaultExpression = declaration;
    }
  }
  return { imports, exports, defaultExpression };
}

/**
 * The class or function that is declared under a name at the top level. The engine keeps no variable of that name for a module whose
 * functions do not use it, so that `export default Name` can be known by the place only.
 */
function declarationOf(name: string, program: Program, source: string): SyntaxNode | undefined {
  for (const statement of program.body as unknown as SyntaxNode[]) {
    if (!/^(Class|Function)Declaration$/.test(statement.type) || nameOf(statement["id"]) !== name) continue;
    const word = name.replaceAll("$", "\\$&");
    // Something else may be exported under the name then.
    return new RegExp(`(?<![\\w$.])${word}\\s*=(?!=)`).test(source) ? undefined : statement;
  }
  return undefined;
}

function readImport(statement: SyntaxNode, imports: Map<string, { specifier: string; name: string }>): void {
  // With attributes it is data (JSON), which travels by value as well.
  if ((statement["attributes"] as unknown[] | undefined)?.length) return;
  const specifier = (statement["source"] as { value: string }).value;
  for (const one of statement["specifiers"] as SyntaxNode[]) {
    const local = nameOf(one["local"])!;
    if (one.type === "ImportNamespaceSpecifier") imports.set(local, { specifier, name: "*" });
    else if (one.type === "ImportDefaultSpecifier") imports.set(local, { specifier, name: "default" });
    else imports.set(local, { specifier, name: nameOf(one["imported"])! });
  }
}

function readExport(statement: SyntaxNode, exports: { exported: string; local: string }[]): void {
  if (isNode(statement["source"])) return;
  const declaration = statement["declaration"];
  if (isNode(declaration)) {
    for (const local of declaredNames(declaration)) exports.push({ exported: local, local });
    return;
  }
  for (const one of statement["specifiers"] as SyntaxNode[]) {
    exports.push({ exported: nameOf(one["exported"])!, local: nameOf(one["local"])! });
  }
}

function declaredNames(declaration: SyntaxNode): string[] {
  const own = nameOf(declaration["id"]);
  if (own !== undefined) return [own];
  const names: string[] = [];
  const collect = (pattern: unknown): void => {
    if (!isNode(pattern)) return;
    if (pattern.type === "Identifier") names.push(nameOf(pattern)!);
    else if (pattern.type === "AssignmentPattern") collect(pattern["left"]);
    else if (pattern.type === "RestElement") collect(pattern["argument"]);
    else if (pattern.type === "ArrayPattern")
      for (const one of pattern["elements"] as unknown[]) collect(one);
    else if (pattern.type === "ObjectPattern") {
      for (const one of pattern["properties"] as SyntaxNode[])
        collect(one.type === "Property" ? one["value"] : one);
    }
  };
  for (const one of (declaration["declarations"] as SyntaxNode[] | undefined) ?? []) collect(one["id"]);
  return names;
}

function nameOf(node: unknown): string | undefined {
  if (!isNode(node)) return undefined;
  return node.type === "Literal" ? String(node["value"]) : (node["name"] as string | undefined);
}

/**
 * The path of a function that stands at this place inside the `export default` expression: it, or a member of the
 * object that it is. Evaluated once, so that the place identifies the function.
 */
export function pathInDefault(script: Script, location: Location): readonly string[] | undefined {
  const { defaultExpression } = moduleText(script);
  if (defaultExpression === undefined) return undefined;
  if (isAt(defaultExpression, location)) return ["default"];
  if (defaultExpression.type !== "ObjectExpression") return undefined;
  for (const property of defaultExpression["properties"] as SyntaxNode[]) {
    const key = nameOf(property["key"]);
    if (property.type !== "Property" || property["computed"] === true || key === undefined) continue;
    if (property["kind"] === "init" && isAt(property["value"] as SyntaxNode, location))
      return ["default", key];
  }
  return undefined;
}

/** Whether a function's place, which is that of its parameters, belongs to this node and not to one inside it. */
function isAt(node: SyntaxNode, { line, column }: Location): boolean {
  if (!/Function|Class/.test(node.type)) return false;
  const maker = node.type.startsWith("Class") ? constructorOf(node) : undefined;
  // The engine's place of a class is that of its constructor, if it has one.
  if (maker !== undefined) return isAt(maker, { line, column } as Location);
  const starts = (node as unknown as { loc: { start: Position } }).loc.start;
  const body = (node["body"] as { loc: { start: Position } }).loc.start;
  const here = { line: line + 1, column };
  if (isBefore(here, starts) || !isBefore(here, body)) return false;
  if (node.type.startsWith("Class")) return here.line === starts.line && here.column === starts.column;
  // A default value of a parameter may be a function itself.
  const parameters = (node["params"] as { loc: { start: Position } }[])[0]?.loc.start;
  return parameters === undefined || !isBefore(parameters, here);
}

function constructorOf(node: SyntaxNode): SyntaxNode | undefined {
  const members = (node["body"] as { body: SyntaxNode[] }).body;
  return members.find(({ kind }) => kind === "constructor")?.["value"] as SyntaxNode | undefined;
}

interface Position {
  readonly line: number;
  readonly column: number;
}

function isBefore(a: Position, b: Position): boolean {
  return a.line < b.line || (a.line === b.line && a.column < b.column);
}
