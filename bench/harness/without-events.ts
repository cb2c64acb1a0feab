import { createRequire, register } from "node:module";
import { pathToFileURL } from "node:url";
import type { ProcessPoolExecutor } from "concurrent-futures";

type Process = { readonly ProcessPoolExecutor: typeof ProcessPoolExecutor };

/** Marks the address of a module as that of its copy without events; a module's own imports are then copies, too. */
const mark = "?without-events";

/** Takes out of each copy what asks whether somebody listens: whatever stands behind it goes with the compiler. */
const hooks = `
export async function resolve(specifier, context, next) {
  const found = await next(specifier, context);
  const within = context.parentURL?.endsWith("${mark}") && specifier.startsWith(".");
  return within ? { ...found, url: found.url + "${mark}" } : found;
}
export async function load(url, context, next) {
  const found = await next(url, context);
  if (!url.endsWith("${mark}")) return found;
  return { ...found, source: String(found.source).replaceAll(/\\bchannels\\.\\w+\\.hasSubscribers\\b/g, "false") };
}`;

/** The executor as it would be if it had no events: what they cost while nobody listens is the difference. */
export async function loadWithoutEvents(): Promise<Process> {
  register(`data:text/javascript,${encodeURIComponent(hooks)}`);
  const frontDoor = createRequire(import.meta.resolve("concurrent-futures"));
  const path = pathToFileURL(frontDoor.resolve("@concurrent-futures/process")).href;
  return (await import(path + mark)) as Process;
}
