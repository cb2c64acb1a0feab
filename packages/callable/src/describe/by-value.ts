import { capturedModule, functionFault } from "../errors.ts";
import { partOfMap } from "../failures/map-part.ts";
import { sourceMapOf } from "../failures/mapped-stack.ts";
import { isNative } from "../values/native.ts";
import type { Captured, Role, Snapshot } from "../values/source.ts";
import type { FunctionShape } from "../wire.ts";
import { assignedNames } from "./assigned-names.ts";
import { loadText } from "./bundled-loads.ts";
import { exportedHolder } from "./by-reference.ts";
import { type Captures, captures, type FreeName, replacedNames } from "./captures.ts";
import { functionText } from "./function-text.ts";
import { globalNames, globalValue, isGlobal, isOfLanguage } from "./globals.ts";
import { baseUrl, importOrigin, moduleOrigin } from "./imports.ts";
import type { Inspection, Location, Scope } from "./inspector.ts";
import { isModule, only } from "./module-objects.ts";
import { moduleText } from "./module-text.ts";
import type { Script } from "./scripts.ts";
import { simpleText } from "./simple-text.ts";

/** What never changes about the functions that are defined at one place of one script. */
interface Plan {
  readonly shape: FunctionShape;
  readonly captures: Captures;
}

/** More keeps memory for programs that make up functions forever; fewer parses again what alternates. */
const maxPlans = 2_000;
const plans = new Map<string, Plan>();

/** Functions that were sent before. What is sent once only is not worth a look at its whole script. */
const sentBefore = new WeakSet<Function>();

/** Babel's helper of `import()`, which keeps what it has made in a variable that nobody else reads. It makes it again elsewhere. */
const keepsForItself = /^_interopRequireWildcard$/;

/** A function as text, with the values that its free variables have now. Throws a SerializationError. */
export function snapshot(
  value: Function,
  role: Role,
  inspection: Inspection,
  script: Script | undefined,
): Snapshot {
  if (inspection.bound) throw functionFault(value.name, "", { kind: "bound" });
  if (
    isNative(value) ||
    inspection.location === undefined ||
    script === undefined ||
    script.url.startsWith("node:")
  ) {
    throw functionFault(value.name, "", { kind: "native" });
  }
  const { shape: common, captures: found } = planFor(value, inspection, script);
  const place = placeOf(common);
  if (found.fault !== undefined) throw functionFault(value.name, place, found.fault, script.url);
  if (role === "callee" && found.ownThis) {
    const holder = exportedHolder(value, inspection, script);
    if (holder === undefined) throw functionFault(value.name, place, { kind: "this" });
    return methodCall(common, value, holder);
  }
  const definitionTime: Captured[] = [];
  const callTime: Captured[] = [];
  const scopes = found.free.length === 0 ? [] : inspection.scopes();
  let fixed = sentBefore.has(value);
  sentBefore.add(value);
  for (const free of found.free) {
    const captured = valueOfName(free, scopes, script, `${common.kind} ${value.name} (${place})`);
    if (captured === undefined) {
      if (free.definitionTime && !isGlobal(free.name))
        throw functionFault(value.name, place, { kind: "lost", name: free.name }, script.url);
      fixed &&= isOfLanguage(free.name) || globalNames().has(free.name);
      continue;
    }
    fixed &&= isFixed(captured, scopes, script);
    const changes = free.assigned && captured.kind === "value" && captured.value !== value;
    if (changes && !keepsForItself.test(value.name))
      throw functionFault(value.name, place, { kind: "assigned", name: free.name }, script.url);
    const sent = changes ? { ...captured, value: undefined } : captured;
    (free.definitionTime ? definitionTime : callTime).push(sent);
  }
  for (const kind of new Set(found.replaced.map((piece) => piece.kind))) {
    const name = replacedNames[kind];
    if (kind === "parent") {
      definitionTime.push({ kind: "value", name, value: Object.getPrototypeOf(value) });
      fixed = false;
    } else definitionTime.push({ kind, name, parent: baseUrl(script) });
  }
  if (common.kind === "function") callTime.unshift(...definitionTime.splice(0));
  const names = (list: readonly Captured[]): string[] => list.map(({ name }) => name);
  const shape = {
    ...common,
    name: value.name,
    definitionTime: names(definitionTime),
    callTime: names(callTime),
  };
  const closed = common.kind === "function" && found.free.length === 0 && found.replaced.length === 0;
  return { shape, definitionTime, callTime, fixed, closed };
}

/** Whether a variable keeps the value that it has now: nothing in its script assigns to it. */
function isFixed(captured: Captured, scopes: readonly Scope[], script: Script): boolean {
  if (captured.kind !== "value") return true;
  // Not initialized yet, or a part of a module, whose members may change.
  const scope = scopeOf(captured.name, scopes);
  if (captured.value === undefined || captured.value !== scope?.variables[captured.name]) return false;
  // Other scripts assign to the variables of a script's top level; a module's imports change with what they import.
  if (scope.kind === "Script" || moduleText(script).imports.has(captured.name)) return false;
  return assignedNames(script)?.has(captured.name) === false;
}

function scopeOf(name: string, scopes: readonly Scope[]): Scope | undefined {
  return scopes.find(({ kind, variables }) => kind !== "Global" && Object.hasOwn(variables, name));
}

/** A static method that needs its `this`: the call of it, on the object that has it. */
function methodCall(shape: FunctionShape, value: Function, holder: object): Snapshot {
  return {
    shape: {
      ...shape,
      text: "(...$cf_args)=>$cf_holder[$cf_key](...$cf_args)",
      callTime: ["$cf_holder", "$cf_key"],
    },
    definitionTime: [],
    callTime: [
      { kind: "value", name: "$cf_holder", value: holder },
      { kind: "value", name: "$cf_key", value: value.name },
    ],
  };
}

function placeOf(shape: FunctionShape): string {
  return `${shape.file.slice(shape.file.lastIndexOf("/") + 1)}:${shape.line + 1}`;
}

function planFor(value: Function, inspection: Inspection, script: Script): Plan {
  const location = inspection.location!;
  const key = `${location.scriptId}:${location.line}:${location.column}`;
  const known = plans.get(key);
  if (known !== undefined) return known;
  const source = Function.prototype.toString.call(value);
  const plan = simplePlan(value, source, inspection, script) ?? makePlan(value, source, inspection, script);
  if (plans.size >= maxPlans) plans.delete(plans.keys().next().value as string);
  plans.set(key, plan);
  return plan;
}

/** The plan of a function that takes nothing from outside but globals of the language. It needs no parser. */
function simplePlan(
  value: Function,
  source: string,
  inspection: Inspection,
  script: Script,
): Plan | undefined {
  const names = simpleText(source);
  if (names === undefined) return undefined;
  if (names.some((name) => !isOfLanguage(name) || scopeOf(name, inspection.scopes()) !== undefined)) {
    return undefined;
  }
  const free = names.map((name) => ({ name, definitionTime: false, assigned: false, members: undefined }));
  return {
    shape: shapeOf(
      value,
      source,
      inspection.location!,
      script,
      /^(async\s+)?function\b/.test(source) ? headLength(source) : 0,
    ),
    captures: { free, fault: undefined, ownThis: false, replaced: [] },
  };
}

function makePlan(value: Function, source: string, inspection: Inspection, script: Script): Plan {
  const location = inspection.location!;
  const text = functionText(source, script.isModule);
  const place = `${script.url.slice(script.url.lastIndexOf("/") + 1)}:${location.line + 1}`;
  if ("kind" in text) throw functionFault(value.name, place, text, script.url);
  const found = captures(text, (load) => {
    const scope = scopeOf(load.name, inspection.scopes());
    return loadText(load, scope?.variables[load.name]);
  });
  const head = text.root.type === "FunctionExpression" ? headLength(text.text) : 0;
  const shape = shapeOf(value, text.text, location, script, head);
  const isClass = text.root.type.startsWith("Class");
  const strict = shape.strict || text.sourceType === "module";
  const sent = withReplacements(text.text, found);
  return {
    shape: { ...shape, text: sent, kind: isClass ? "class" : "function", strict },
    captures: found,
  };
}

function shapeOf(
  value: Function,
  text: string,
  location: Location,
  script: Script,
  head: number,
): FunctionShape {
  const { line } = location;
  const column = Math.max(0, location.column - head);
  const fullMap = sourceMapOf(script.url);
  const map = fullMap && partOfMap(fullMap, text, line, column);
  return {
    text,
    kind: "function",
    name: value.name,
    definitionTime: [],
    callTime: [],
    file: baseUrl(script),
    line,
    column,
    strict: !Object.hasOwn(value, "caller"),
    ...(fullMap !== undefined && { mapped: true }),
    ...(map !== undefined && { map }),
  };
}

/** The engine's place of a function is that of its parameters; how far into the text that is. */
function headLength(text: string): number {
  const head = text.slice(0, text.indexOf("("));
  return head.includes("\n") ? 0 : head.length;
}

/** The text is evaluated outside of its module and its scope. */
function withReplacements(source: string, { replaced }: Captures): string {
  let result = source;
  // Positions are those of the parsed text, which has a parenthesis in front.
  for (const { kind, start, end, text } of [...replaced].sort((a, b) => b.start - a.start)) {
    result = result.slice(0, start - 1) + (text ?? replacedNames[kind]) + result.slice(end - 1);
  }
  return result;
}

function valueOfName(
  free: FreeName,
  scopes: readonly Scope[],
  script: Script,
  owner: string,
): Captured | undefined {
  const { name } = free;
  const scope = scopeOf(name, scopes);
  if (scope === undefined) {
    // `node -e` and the REPL have it among the globals.
    const isOwn = name === "require" && isRequire((globalThis as { require?: unknown }).require);
    return isOwn ? { kind: "require", name, parent: baseUrl(script) } : globalValue(name);
  }
  const value = scope.variables[name];
  if (scope.kind === "Module") {
    const origin = importOrigin(script, name);
    if (origin !== undefined) return { kind: "import", name, origin };
  }
  if (name === "require" && isRequire(value)) return { kind: "require", name, parent: baseUrl(script) };
  if (typeof value !== "object" || value === null) return { kind: "value", name, value };
  const origin = moduleOrigin(value, script.inMainRealm);
  if (origin === undefined && (free.members === undefined || !isModule(value)))
    return { kind: "value", name, value };
  if (origin !== undefined && origin !== "unknown") return { kind: "import", name, origin };
  if (free.members === undefined) throw capturedModule(name, owner);
  return { kind: "value", name, value: only(value, free.members) };
}

function isRequire(value: unknown): boolean {
  return typeof value === "function" && "resolve" in value && "cache" in value;
}
