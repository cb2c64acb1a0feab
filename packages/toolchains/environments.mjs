/**
 * Where the program is run: for each environment the commands, one after the other, and what they need. A command is a list:
 * the program, which is looked for in `node_modules/.bin` unless it is Node, and its arguments.
 */
import { nodeOf } from "../nodes/nodes.mjs";

/** From the registry, with the versions that the page is written with. */
export const tools = [
  ...["vitest@4.1.12", "jest@30.5.2", "@swc/jest@0.2.39", "@swc/core@1.16.22", "mocha@12.0.3", "c8@12.0.0"],
  ...["ava@6.4.1", "@vitest/coverage-v8@4.1.12", "@vitest/coverage-istanbul@4.1.12"],
  ...["babel-jest@30.5.2", "ts-jest@29.4.15", "@babel/core@7.29.13", "@babel/preset-env@7.29.14"],
  ...["@babel/register@7.29.13", "@swc-node/register@1.12.1"],
  ...["tsx@4.23.15", "ts-node@10.9.2", "typescript@5.9.3", "@types/node@20.19.0"],
  ...[
    "esbuild@0.28.2",
    "vite@8.3.8",
    "webpack@5.112.2",
    "@rspack/core@2.3.3",
    "@vercel/ncc@0.45.0",
    "tsup@8.5.1",
    "tsdown@0.21.10",
    "parcel@2.16.4",
  ],
  ...["next@16.4.6", "react@19.3.1", "react-dom@19.3.1"],
  ...["rollup@4.68.8", "@rollup/plugin-node-resolve@16.0.3", "@rollup/plugin-commonjs@29.0.3"],
  ...["deno@2.9.6", "bun@1.4.5", "@yarnpkg/cli-dist@4.18.1"],
];

/** What the program itself imports. */
export const packages = ["zod@4.6.7", "lodash-es@4.18.1"];

const node = process.execPath;
const main = [[node, "main.js"]];

const otherNodes = [22, 24, 26].flatMap((major) => {
  const other = nodeOf(major);
  return other === undefined || other === node ? [] : [{ name: `Node ${major}`, other }];
});

const node24 = nodeOf(24) ?? node;
const permission = ["--permission", "--allow-fs-read=*", "--allow-fs-write=/tmp/", "--allow-worker"];

function bundle(tool, format, library) {
  const folder = `out/${tool}-${format}-${library}`;
  const file = `main.${format === "esm" ? "mjs" : "cjs"}`;
  return {
    // With the library in it, the bundle must run where nothing else is.
    ...(library === "inside" && { alone: folder }),
    commands: [
      [node, "bundle.mjs", tool, format, library, folder],
      [node, library === "inside" ? file : `${folder}/${file}`],
    ],
  };
}

const bundled = ["esbuild", "rollup", "vite", "webpack", "rspack"].flatMap((tool) =>
  [
    ["ES modules", "esm"],
    ["CommonJS", "cjs"],
  ].flatMap(([shown, format]) => [
    [`${tool}, ${shown}`, bundle(tool, format, "outside")],
    [`${tool}, ${shown}, library inside`, bundle(tool, format, "inside")],
  ]),
);

/**
 * Jest with its own module system for CommonJS. On Node 24 it requires ES modules; before, the packages must be compiled, by what compiles
 * `import.meta`, too.
 */
function jestInCommonJs(pattern, transform, file, program = node24) {
  const config = {
    transform: { [pattern]: transform },
    testMatch: ["**/main.jest.test.*"],
    ...(program === node && { transformIgnorePatterns: ["/none/"] }),
  };
  const flags = program === node ? [] : ["--experimental-vm-modules"];
  return [program, ...flags, "node_modules/jest/bin/jest.js", "--config", JSON.stringify(config), file];
}
const presets = [["@babel/preset-env", { targets: { node: "current" } }]];
const swc = { jsc: { parser: { syntax: "typescript" }, target: "es2022" }, module: { type: "commonjs" } };
const tsJest = {
  isolatedModules: true,
  diagnostics: false,
  tsconfig: { allowJs: true, module: "commonjs", target: "es2022" },
};

function next(bundler, library) {
  return { commands: [[node, "next.mjs", bundler, library]] };
}

/**
 * `variant`: the program in another form, in a folder of its own. `install`: a package manager that has a project of its own, which takes our
 * packages from their tarballs or, with `registry`, from a registry of this machine.
 */
export const environments = new Map([
  [`Node ${process.versions.node.split(".")[0]}`, { commands: main }],
  ...otherNodes.map(({ name, other }) => [name, { commands: [[other, "main.js"]] }]),
  ["CommonJS", { variant: "commonjs", commands: [[node, "main.js"]] }],
  ["`node -e`", { commands: [[node, "--input-type=module", "-e", 'await import("./main.js")']] }],
  ["`node --test`", { commands: [[node, "--test", "main.node-test.js"]] }],
  ["`--enable-source-maps`", { commands: [[node, "--enable-source-maps", "main.js"]] }],
  ["`--frozen-intrinsics`", { commands: [[node, "--frozen-intrinsics", "main.js"]] }],
  [
    "`--disallow-code-generation-from-strings`",
    { commands: [[node, "--disallow-code-generation-from-strings", "main.js"]] },
  ],
  ["`--jitless`", { commands: [[node, "--jitless", "main.js"]] }],
  ["`--preserve-symlinks`", { commands: [[node, "--preserve-symlinks", "main.js"]] }],
  [
    "`--permission` with what it needs, Node 24",
    { commands: [[node24, ...permission, "--allow-child-process", "--allow-inspector", "main.js"]] },
  ],
  ["no folder for temporary files", { env: { TMPDIR: "/no/such/folder" }, commands: main }],
  ["a folder `wörk spâce #1 100%25 日本`", { variant: "strange", commands: main }],
  ["type stripping, Node 24", { variant: "typescript", commands: [[node24, "main.ts"]] }],
  ["`--import tsx`", { variant: "typescript", commands: [[node, "--import", "tsx", "main.ts"]] }],
  ["tsx", { variant: "typescript", commands: [["tsx", "main.ts"]] }],
  ["tsx in a CommonJS package", { variant: "typescript-commonjs", commands: [["tsx", "main.ts"]] }],
  [
    "`--loader ts-node/esm`",
    { variant: "typescript", commands: [[node, "--loader", "ts-node/esm/transpile-only", "main.ts"]] },
  ],
  [
    "`-r ts-node/register`, CommonJS",
    {
      variant: "typescript-commonjs",
      commands: [[node, "-r", "ts-node/register/transpile-only", "main.ts"]],
    },
  ],
  [
    "`ts-node`, CommonJS",
    { variant: "typescript-commonjs", commands: [["ts-node", "--transpile-only", "main.ts"]] },
  ],
  [
    "`--import @swc-node/register/esm-register`",
    { variant: "typescript", commands: [[node, "--import", "@swc-node/register/esm-register", "main.ts"]] },
  ],
  [
    "`-r @swc-node/register`, CommonJS",
    { variant: "typescript-commonjs", commands: [[node, "-r", "@swc-node/register", "main.ts"]] },
  ],
  [
    "`@babel/register`, CommonJS",
    { variant: "imports-commonjs", commands: [[node, "-r", "./babel-register.cjs", "main.js"]] },
  ],
  ["Vitest, forks", { commands: [["vitest", "run", "--globals", "--pool=forks", "main.test.js"]] }],
  ["Vitest, threads", { commands: [["vitest", "run", "--globals", "--pool=threads", "main.test.js"]] }],
  ["Vitest, vmThreads", { commands: [["vitest", "run", "--globals", "--pool=vmThreads", "main.test.js"]] }],
  [
    "Jest, ES modules, untransformed",
    {
      commands: [
        [
          node,
          "--experimental-vm-modules",
          "node_modules/jest/bin/jest.js",
          "--transform={}",
          // The variants have a file of that name, too.
          "--runTestsByPath",
          "main.jest.test.js",
        ],
      ],
    },
  ],
  ...["v8", "istanbul"].map((provider) => [
    `Vitest, coverage by ${provider}`,
    {
      commands: [
        [
          "vitest",
          "run",
          "--globals",
          "--coverage",
          `--coverage.provider=${provider}`,
          "--coverage.reporter=json",
          "main.test.js",
        ],
      ],
    },
  ]),
  [
    "Jest, CommonJS, @swc/jest, packages compiled",
    {
      variant: "imports-commonjs",
      commands: [jestInCommonJs("\\.[jt]s$", ["@swc/jest", swc], "main.jest.test.js", node)],
    },
  ],
  [
    "Jest, CommonJS, babel-jest, Node 24",
    {
      variant: "imports-commonjs",
      commands: [
        jestInCommonJs("\\.js$", ["babel-jest", { presets, configFile: false }], "main.jest.test.js"),
      ],
    },
  ],
  [
    "Jest, CommonJS, ts-jest, Node 24",
    {
      variant: "typescript-commonjs",
      commands: [jestInCommonJs("\\.[jt]s$", ["ts-jest", tsJest], "main.jest.test.ts")],
    },
  ],
  ["AVA", { commands: [["ava", "--timeout=2m", "main.ava.js"]] }],
  ["Mocha", { commands: [["mocha", "--timeout", "120000", "main.mocha.js"]] }],
  ["c8", { commands: [["c8", "--reporter=none", node, "main.js"]] }],
  ...bundled,
  ["parcel, ES modules", bundle("parcel", "esm", "outside")],
  ["parcel, CommonJS", bundle("parcel", "cjs", "outside")],
  ["ncc", bundle("ncc", "esm", "outside")],
  ["ncc, library inside", bundle("ncc", "esm", "inside")],
  [
    "tsup",
    {
      commands: [
        ["tsup", "main.js", "--format", "esm", "--out-dir", "out/tsup", "--silent"],
        [node, "out/tsup/main.js"],
      ],
    },
  ],
  [
    "tsdown",
    {
      commands: [
        ["tsdown", "main.js", "--format", "esm", "--out-dir", "out/tsdown", "--no-config"],
        [node, "out/tsdown/main.mjs"],
      ],
    },
  ],
  ["Next.js, Turbopack", next("turbopack", "outside")],
  ["Next.js, Turbopack, library inside", next("turbopack", "inside")],
  ["Next.js, webpack", next("webpack", "outside")],
  ["Next.js, webpack, library inside", next("webpack", "inside")],
  ["pnpm", { install: "pnpm", commands: main }],
  ["Yarn Plug'n'Play", { install: "yarn", commands: [["yarn", "node", "main.js"]] }],
  ["Yarn Plug'n'Play, Node 24", { install: "yarn", node: node24, commands: [["yarn", "node", "main.js"]] }],
  [
    "Yarn Plug'n'Play, CommonJS, Node 24",
    { install: "yarn", variant: "commonjs", node: node24, commands: [["yarn", "node", "main.js"]] },
  ],
  ["npm, from a registry", { install: "npm", registry: true, commands: main }],
  ["pnpm, from a registry", { install: "pnpm", registry: true, commands: main }],
  [
    "Yarn Plug'n'Play, from a registry",
    { install: "yarn", registry: true, commands: [["yarn", "node", "main.js"]] },
  ],
  ["Deno", { commands: [["deno", "run", "-A", "main.js"]] }],
  ["Bun", { commands: [["bun", "main.js"]] }],
]);
