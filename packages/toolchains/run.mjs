/**
 * `pnpm toolchains`: runs one program in each tool chain, with the packages as they would be published, and writes
 * what came out to docs/tool-chains.md. Installs from the registry; takes some minutes.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "../..");

const tools = [
  ...["vitest@4.1.12", "vite@8.3.8", "esbuild@0.28.2", "rollup@4.68.8", "@rollup/plugin-node-resolve@16.0.3"],
  ...[
    "@rollup/plugin-commonjs@29.0.3",
    "webpack@5.112.2",
    "@rspack/core@2.3.3",
    "@vercel/ncc@0.45.0",
    "tsx@4.23.15",
  ],
  ...["zod@4.6.7", "lodash-es@4.18.1"],
];

const bundled = ["esbuild", "rollup", "vite", "webpack", "rspack"].flatMap((tool) => [
  [`${tool}, ES modules`, bundle(tool, "esm")],
  [`${tool}, CommonJS`, bundle(tool, "cjs")],
]);

/** By name: the commands, one after the other. */
const environments = new Map([
  ["Node", [["node", "main.js"]]],
  ["tsx", [["npx", "tsx", "main.js"]]],
  ["Vitest", [["npx", "vitest", "run", "--globals", "main.test.js"]]],
  ...bundled,
  ["ncc", bundle("ncc", "esm")],
]);

function bundle(tool, format) {
  const folder = `out/${tool}-${format}`;
  return [
    ["node", "bundle.mjs", tool, format, folder],
    ["node", `${folder}/main.${format === "esm" ? "mjs" : "cjs"}`],
  ];
}

const project = mkdtempSync(join(tmpdir(), "toolchains-"));
try {
  install();
  const rows = [...environments].map(([name, commands]) => [name, run(name, commands)]);
  writeFileSync(join(root, "docs/tool-chains.md"), page(rows));
} finally {
  rmSync(project, { recursive: true, force: true });
}

function install() {
  cpSync(join(here, "program"), project, { recursive: true });
  writeFileSync(join(project, "package.json"), '{ "private": true, "type": "module" }');
  const packages = readdirSync(join(root, "packages"))
    .map((folder) => join(root, "packages", folder))
    .filter((folder) => existsSync(join(folder, "package.json")))
    .filter((folder) => JSON.parse(readFileSync(join(folder, "package.json"), "utf8")).private !== true);
  for (const cwd of packages) {
    execFileSync("npx", ["-y", "pnpm@12", "pack", "--pack-destination", join(project, "tarballs")], { cwd });
  }
  const tarballs = readdirSync(join(project, "tarballs")).map((name) => `./tarballs/${name}`);
  const flags = ["--no-audit", "--no-fund", "--prefer-offline"];
  execFileSync("npm", ["install", ...flags, ...tools, ...tarballs], { cwd: project, stdio: "inherit" });
}

/** What came of each check, by `context name`. A check that gave nothing did not run. */
function run(name, commands) {
  const file = join(project, "results");
  writeFileSync(file, "");
  let failure = "";
  for (const [command, ...args] of commands) {
    const env = { ...process.env, TOOLCHAIN_RESULTS: file };
    const { status, stderr } = spawnSync(command, args, {
      cwd: project,
      env,
      encoding: "utf8",
      timeout: 180_000,
    });
    if (status === 0) continue;
    failure = stderr.split("\n").find((line) => /error/i.test(line)) ?? `ended with ${status}`;
    failure = failure.replaceAll(project, "…");
    break;
  }
  const lines = readFileSync(file, "utf8").split("\n").filter(Boolean);
  const results = lines.map((line) => JSON.parse(line));
  console.log(
    `${name}: ${results.filter(([, , result]) => result === true).length} of ${results.length} ${failure}`,
  );
  return { results, failure };
}

function page(rows) {
  const checks = [...new Set(rows[0][1].results.map(([, check]) => check))];
  const cell = ({ results }, check) => {
    const own = results.filter(([, name]) => name === check).map(([, , result]) => result);
    if (own.length < 2) return "did not run";
    const failures = own.filter((result) => result !== true);
    if (failures.length === 0) return "ok";
    return failures.every((text) => text.startsWith("SerializationError")) ? "refused" : "fails";
  };
  const table = rows.map(
    ([name, row]) => `| ${name} | ${checks.map((check) => cell(row, check)).join(" | ")} |`,
  );
  const reasons = new Map();
  for (const [name, { results, failure }] of rows) {
    if (failure !== "") reasons.set(failure, [...(reasons.get(failure) ?? []), name]);
    for (const [, check, result] of results) {
      const text = String(result)
        .replace(/\(\w+\.\w+:\d+\)/g, "(…)")
        .replace(/function [\w$]+ \(/g, "function … (")
        .replace(/`[\w$]{1,2}`/g, "`…`");
      if (result !== true)
        reasons.set(`**${check}**: ${text}`, [
          ...new Set([...(reasons.get(`**${check}**: ${text}`) ?? []), name]),
        ]);
    }
  }
  const list = [...reasons].map(([text, names]) => `- ${text} (${names.join("; ")})`);
  return `# Tool chains

Written by \`pnpm toolchains\` on Node ${process.versions.node}: one program in each tool, with the packages as they are published.
"ok": with threads and with spawned processes. "refused": an error says why when the call
is made. "fails": the call throws in the worker. What to tell each bundler is in
[Bundlers](guide/bundlers.md).

| | ${checks.join(" | ")} |
| --- | ${checks.map(() => "---").join(" | ")} |
${table.join("\n")}

## The refusals

${list.join("\n")}
`;
}
