import { existsSync } from "node:fs";

const entries = new Map<string, URL>();

/**
 * What a worker starts with: all of it in one file, if the build has put it together, which starts some 11 ms sooner.
 *
 * @param entry - the module that does the same by importing what it needs: `…-entry.js`; the one file is `…-bundle.js`.
 */
export function workerEntry(entry: URL): URL {
  let found = entries.get(entry.href);
  if (found === undefined) {
    const bundle = new URL(entry.href.replace(/-entry\.js$/, "-bundle.js"));
    found = existsSync(bundle) ? bundle : entry;
    entries.set(entry.href, found);
  }
  return found;
}
