/** `pnpm site`: builds the site into `site/dist`. With `--open` it also serves it, to this machine alone, and opens it. */
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "vitepress";
import { staged, stagePages } from "./pages.mjs";
import { stageReference } from "./reference.mjs";
import { open, serve } from "./serve.mjs";

const folder = fileURLToPath(new URL(".", import.meta.url));
rmSync(staged, { recursive: true, force: true });
stagePages();
await stageReference();
await build(folder);
console.log(`The site is in ${folder}dist.`);

if (!process.argv.includes("--open")) {
  console.log("It needs a web server: `npx -y pnpm@12 site --open` serves it and opens it.");
} else {
  const { address } = await serve(Number(process.env.PORT ?? 4173));
  console.log(`It is served at ${address}, until you press Ctrl-C.`);
  open(address);
}
