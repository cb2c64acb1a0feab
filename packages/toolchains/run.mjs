/**
 * `pnpm toolchains`: runs one program in each environment, with the packages as they would be published, and writes what came out
 * to docs/tool-chains.md. Installs from the registry; takes some minutes. `pnpm toolchains vitest` runs those whose names
 * contain that, and writes nothing.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { environments } from "./environments.mjs";
import { page } from "./page.mjs";
import { installAll, installedBy, serveTarballs, variantOf } from "./projects.mjs";

const wanted = process.argv.slice(2).join(" ").toLowerCase();
const folder = mkdtempSync(join(tmpdir(), "toolchains-"));
const project = join(folder, "project");
let registry;
try {
  installAll(project);
  registry = await serveTarballs(project);
  const chosen = [...environments].filter(([name]) => name.toLowerCase().includes(wanted));
  const rows = chosen.map(([name, environment]) => [name, run(name, environment)]);
  const target = fileURLToPath(new URL("../../docs/tool-chains.md", import.meta.url));
  if (wanted === "") writeFileSync(target, page(rows));
  else console.log(page(rows));
} finally {
  registry?.close();
  rmSync(folder, { recursive: true, force: true });
}

/** What came of each check: the kind of workers, the check, and `true` or the reason why not. A check that gave nothing did not run. */
function run(name, environment) {
  const { commands, variant, install, alone, node = process.execPath, env = {} } = environment;
  const file = join(folder, "results");
  writeFileSync(file, "");
  let cwd = project;
  let failure = "";
  try {
    if (variant !== undefined) cwd = variantOf(project, variant);
    if (install !== undefined) {
      const from = environment.registry === true ? { registry: registry.address } : { from: cwd };
      cwd = installedBy(
        install,
        project,
        join(folder, [install, variant, ...Object.keys(from)].join("-")),
        from,
      );
    }
    for (const [at, command] of commands.entries()) {
      if (at > 0 && alone !== undefined) cwd = copied(join(project, alone));
      failure = execute(command, cwd, {
        ...process.env,
        // Some of the tools start Node by its name.
        PATH: `${dirname(node)}${delimiter}${process.env.PATH}`,
        TOOLCHAIN_RESULTS: file,
        ...env,
      });
      if (failure !== "") break;
    }
  } catch (error) {
    failure = String(error.message).split("\n")[0];
  }
  failure = failure.replaceAll(folder, "…");
  const results = readFileSync(file, "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  const passed = results.filter(([, , result]) => result === true).length;
  console.log(`${name}: ${passed} of ${results.length} ${failure}`);
  return { results, failure };
}

/** The first line that tells why it failed; empty when it did not. */
function execute([program, ...args], cwd, env) {
  const file = program.includes("/") ? program : join(project, "node_modules/.bin", program);
  const { status, stderr, error } = spawnSync(file, args, { cwd, env, encoding: "utf8", timeout: 400_000 });
  if (status === 0) return "";
  return stderr?.split("\n").find((line) => /error/i.test(line)) ?? error?.message ?? `ended with ${status}`;
}

/** A bundle where nothing else is. */
function copied(from) {
  const to = mkdtempSync(join(folder, "alone-"));
  cpSync(from, to, { recursive: true });
  return to;
}
