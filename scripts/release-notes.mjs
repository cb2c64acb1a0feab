/** Part of `pnpm release:version`: what CHANGELOG.md lists as unreleased becomes the section of the new version. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./run.mjs";

const { version } = JSON.parse(readFileSync(join(root, "packages/concurrent-futures/package.json"), "utf8"));
const file = join(root, "CHANGELOG.md");
const text = readFileSync(file, "utf8");
const heading = "## Unreleased\n";
if (!text.includes(heading))
  throw new Error(`Expected CHANGELOG.md to have a section "Unreleased", found none.`);
if (!text.includes(`## ${version}\n`)) {
  writeFileSync(file, text.replace(heading, `${heading}\n## ${version}\n`));
}
