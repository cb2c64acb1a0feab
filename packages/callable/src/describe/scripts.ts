import { isAbsolute } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { builtin } from "../load/node-builtins.ts";
import { scriptsOnStack, session } from "./inspector.ts";

/**
 * The scripts of this thread by the engine's numbers. Only the debugger lists them all, so it is enabled and disabled at
 * once, about once per module that functions are sent from. It takes as long as a worker to start: of a script whose code
 * is running, as that of the call with which a function is sent, the stack tells the URL, and the rest is asked for
 * when it is needed.
 */

/** A file, or other piece of code, as the engine compiled it. */
export interface Script {
  readonly id: string;
  /** As the loader named it; `file:` for files. Empty or `[eval]` for code that is in no file. */
  readonly url: string;
  /** An ES module. */
  readonly isModule: boolean;
  /** Loaded by Node, not by a test runner that has a realm of its own. */
  readonly inMainRealm: boolean;
  /** The text that was compiled: after type stripping and other transforms. */
  readonly source: string;
}

interface Parsed {
  readonly scriptId: string;
  readonly url: string;
  readonly isModule?: boolean;
  /** Of its text, in UTF-16 units. */
  readonly length?: number;
  readonly executionContextAuxData?: { readonly isDefault?: boolean };
}

const parsed = new Map<string, Parsed>();
const scripts = new Map<string, Script>();

/** The script with this number. */
export function scriptById(id: string): Script {
  let script = scripts.get(id);
  if (script === undefined) {
    script = look(id);
    scripts.set(id, script);
  }
  return script;
}

function look(id: string): Script {
  if (!parsed.has(id)) {
    const running = scriptsOnStack().find(({ scriptId }) => scriptId === id);
    const url = running && fileUrl(running.url);
    if (url?.startsWith("file:") === true) return new RunningScript(id, url);
  }
  return read(id);
}

/** A script of which only the URL is known yet. */
class RunningScript implements Script {
  readonly id: string;
  readonly url: string;
  #rest: Script | undefined;

  constructor(id: string, url: string) {
    this.id = id;
    this.url = url;
  }

  get isModule(): boolean {
    return this.#read().isModule;
  }

  get inMainRealm(): boolean {
    return this.#read().inMainRealm;
  }

  get source(): string {
    return this.#read().source;
  }

  #read(): Script {
    this.#rest ??= read(this.id);
    return this.#rest;
  }
}

function read(id: string): Script {
  const listed = parsed.get(id);
  // Once a script is listed its text is on disk, as a rule. Asking the debugger costs more the more scripts there are.
  const source = (listed && sourceOnDisk(listed)) ?? askDebugger(id);
  const known = parsed.get(id);
  return {
    id,
    url: fileUrl(known?.url ?? ""),
    isModule: known?.isModule === true,
    inMainRealm: known?.executionContextAuxData?.isDefault !== false,
    source,
  };
}

/** The script that was compiled last under a URL, if any was. */
export function scriptByUrl(url: string): Script | undefined {
  const last = (): Parsed | undefined => [...parsed.values()].findLast((one) => fileUrl(one.url) === url);
  if (last() === undefined) askDebugger("");
  const found = last();
  return found && scriptById(found.scriptId);
}

/** Whether a module is loaded in this thread already, so that importing it runs nothing. */
export function isScriptLoaded(url: string): boolean {
  const listed = (): boolean => [...parsed.values()].some((one) => fileUrl(one.url) === url);
  if (listed()) return true;
  // Any number will do: the debugger lists all scripts that there are.
  askDebugger("");
  return listed();
}

/** Lists all scripts, and gives the source of one. */
function askDebugger(id: string): string {
  const inspector = session();
  const listen = ({ params }: { readonly params: Parsed }): void => {
    parsed.set(params.scriptId, params);
  };
  inspector.on("Debugger.scriptParsed", listen as never);
  let source = "";
  try {
    inspector.post("Debugger.enable");
    inspector.post("Debugger.getScriptSource", { scriptId: id }, (_error, result) => {
      source = result?.scriptSource ?? "";
    });
  } finally {
    inspector.post("Debugger.disable");
    inspector.off("Debugger.scriptParsed", listen as never);
  }
  return source;
}

/** The text of a JavaScript file, if what was compiled has its length: no transform keeps that. */
function sourceOnDisk({ url, length }: Parsed): string | undefined {
  const file = fileUrl(url);
  if (!/^file:.*\.[cm]?js$/.test(file)) return undefined;
  try {
    const text = builtin("node:fs")!.readFileSync(fileURLToPath(file), "utf8");
    return text.length === length ? text : undefined;
  } catch {
    return undefined;
  }
}

/** Some loaders name files by path. */
function fileUrl(url: string): string {
  return isAbsolute(url) ? pathToFileURL(url).href : url;
}
