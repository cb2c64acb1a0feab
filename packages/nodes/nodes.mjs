/** The other versions of Node that are installed: where npm has none for a system, only the running one is there. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The program of a major version of Node; undefined where it is not installed. */
export function nodeOf(major) {
  if (String(major) === process.versions.node.split(".")[0]) return process.execPath;
  const file = fileURLToPath(new URL(`node_modules/node${major}/bin/node`, import.meta.url));
  return existsSync(file) ? file : undefined;
}

/** Each version that is here, the running one first: its name, and the program. */
export const nodes = [
  { name: "this Node", node: process.execPath },
  ...[22, 24, 26].flatMap((major) => {
    const node = nodeOf(major);
    return node === undefined || node === process.execPath ? [] : [{ name: `Node ${major}`, node }];
  }),
];
