/** The folders in which the program is run: the packages as they are published, and the program in its forms. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { packages, tools } from "./environments.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "../..");
const programFiles = ["main.js", "report.js", "checks.js", "tasks.js"];
/** What a variant has besides. */
const more = ["main.jest.test.js", "babel-register.cjs"];

/** Packs the packages and installs them with all tools. */
export function installAll(folder) {
  mkdirSync(folder, { recursive: true });
  cpSync(join(here, "program"), folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }');
  for (const cwd of published()) {
    execFileSync("npx", ["-y", "pnpm@12", "pack", "--pack-destination", join(folder, "tarballs")], { cwd });
  }
  const tarballs = readdirSync(join(folder, "tarballs")).map((name) => `./tarballs/${name}`);
  const flags = ["--no-audit", "--no-fund", "--prefer-offline"];
  execFileSync("npm", ["install", ...flags, ...tools, ...packages, ...tarballs], {
    cwd: folder,
    stdio: "inherit",
  });
}

function published() {
  return readdirSync(join(root, "packages"))
    .map((name) => join(root, "packages", name))
    .filter((folder) => existsSync(join(folder, "package.json")) && !manifest(folder).private);
}

function manifest(folder) {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
}

/** The program in another form, beside what is installed. Gives its folder. */
export function variantOf(project, name) {
  const folder = join(project, "variants", name === "strange" ? "wörk spâce #1 100%25 日本" : name);
  if (existsSync(folder)) return folder;
  mkdirSync(folder, { recursive: true });
  const commonjs = name.endsWith("commonjs");
  const typescript = name.startsWith("typescript");
  writeFileSync(
    join(folder, "package.json"),
    `{ "private": true, "type": "${commonjs ? "commonjs" : "module"}" }`,
  );
  const options = {
    module: commonjs ? "commonjs" : "nodenext",
    target: "es2022",
    allowImportingTsExtensions: true,
  };
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({ compilerOptions: { ...options, noEmit: true } }),
  );
  symlinkSync(join(project, "node_modules"), join(folder, "node_modules"));
  for (const file of [...programFiles, ...more]) {
    let text = readFileSync(join(project, file), "utf8");
    if (typescript) text = text.replaceAll(/"(\.\/\w+)\.js"/g, commonjs ? '"$1"' : '"$1.ts"');
    if (commonjs)
      text = text.replace("import.meta.url", 'require("node:url").pathToFileURL(__filename).href');
    writeFileSync(join(folder, typescript ? file.replace(".js", ".ts") : file), text);
  }
  if (name === "commonjs") {
    const esbuild = join(project, "node_modules/.bin/esbuild");
    execFileSync(
      esbuild,
      [...programFiles, "--format=cjs", "--platform=node", "--outdir=.", "--allow-overwrite"],
      {
        cwd: folder,
        stdio: "ignore",
      },
    );
  }
  return folder;
}

/**
 * A project of its own for a package manager, with the program in the form that `from` has. Where `registry` is given, it asks that for our
 * packages, by name and version, as users do; else it has their tarballs. Gives the project's folder.
 */
export function installedBy(manager, project, folder, { from = project, registry } = {}) {
  if (existsSync(folder)) return folder;
  mkdirSync(folder);
  for (const file of programFiles) cpSync(join(from, file), join(folder, file));
  const ours = published().map((cwd) => manifest(cwd));
  const tarballs = Object.fromEntries(
    ours.map(({ name, version }) => {
      const file = `${name.replace("@", "").replace("/", "-")}-${version}.tgz`;
      return [name, `file:${join(project, "tarballs", file)}`];
    }),
  );
  const others = Object.fromEntries(packages.map((one) => one.split(/(?<=.)@/)));
  const version = registry === undefined ? tarballs["concurrent-futures"] : `^${ours[0].version}`;
  const description = {
    private: true,
    type: from === project ? "module" : "commonjs",
    dependencies: { "concurrent-futures": version, ...others },
    ...(registry === undefined && { resolutions: tarballs }),
  };
  writeFileSync(join(folder, "package.json"), JSON.stringify(description));
  const options = { cwd: folder, stdio: "ignore" };
  if (manager === "npm") {
    execFileSync("npm", ["install", "--no-audit", "--no-fund", "--registry", registry], options);
  } else if (manager === "pnpm") {
    const overrides = `overrides: ${JSON.stringify(tarballs)}\n`;
    if (registry === undefined) writeFileSync(join(folder, "pnpm-workspace.yaml"), overrides);
    const flags = registry === undefined ? ["--prefer-offline"] : ["--registry", registry];
    execFileSync("npx", ["-y", "pnpm@12", "install", ...flags], options);
  } else {
    const npm = execFileSync("npm", ["config", "get", "registry"], { encoding: "utf8" }).trim();
    const settings = {
      nodeLinker: "pnp",
      npmRegistryServer: (registry ?? npm).replace(/\/$/, ""),
      ...(registry !== undefined && { unsafeHttpWhitelist: ["127.0.0.1"] }),
      enableGlobalCache: false,
      enableTelemetry: false,
    };
    writeFileSync(join(folder, ".yarnrc.yml"), JSON.stringify(settings));
    execFileSync(join(project, "node_modules/.bin/yarn"), ["install"], options);
  }
  return folder;
}

/** Serves the packages that were packed for a project, until it is closed. Gives the address. */
export async function serveTarballs(project) {
  const server = spawn(process.execPath, [join(here, "registry.mjs"), join(project, "tarballs")], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [address] = await once(server.stdout, "data");
  return { address: String(address).trim(), close: () => server.kill() };
}
