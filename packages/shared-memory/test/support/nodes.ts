import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const require = createRequire(fileURLToPath(new URL("../../../callable/package.json", import.meta.url)));

/** Each version of Node that there is here: its name, and the program. */
export const nodes: readonly { readonly name: string; readonly node: string }[] = [
  { name: process.version, node: process.execPath },
  ...[22, 24, 26].map((major) => ({
    name: `Node ${major}`,
    node: join(dirname(require.resolve(`node${major}/package.json`)), "bin/node"),
  })),
];
