/**
 * Bundles main.js with one of the bundlers, by the lines of docs/guide/bundlers.md: with the library outside of the
 * bundle, or in it.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";

const [tool, format, library, folder] = process.argv.slice(2);
const file = format === "esm" ? "main.mjs" : "main.cjs";
const esm = format === "esm";
const outside = library === "outside";
const ours = outside ? [/^@?concurrent-futures/] : [];

const bundlers = {
  async esbuild() {
    const { build } = await import("esbuild");
    const external = outside ? ["concurrent-futures", "@concurrent-futures/*"] : [];
    const outfile = `${folder}/${file}`;
    await build({
      entryPoints: ["main.js"],
      bundle: true,
      minify: true,
      platform: "node",
      format,
      outfile,
      external,
    });
  },
  async rollup() {
    const { rollup } = await import("rollup");
    const { default: nodeResolve } = await import("@rollup/plugin-node-resolve");
    const { default: commonjs } = await import("@rollup/plugin-commonjs");
    const plugins = [nodeResolve({ preferBuiltins: true, exportConditions: ["node"] }), commonjs()];
    const bundle = await rollup({ input: "./main.js", external: ours, plugins, logLevel: "silent" });
    await bundle.write({ dir: folder, format, entryFileNames: file });
  },
  async vite() {
    const { build } = await import("vite");
    const ssr = outside
      ? { external: ["concurrent-futures"], noExternal: ["zod", "lodash-es"] }
      : { noExternal: true };
    await build({
      logLevel: "error",
      ssr,
      build: { ssr: "main.js", outDir: folder, rollupOptions: { output: { format, entryFileNames: file } } },
    });
  },
  async parcel() {
    const { Parcel } = await import("@parcel/core");
    // zod is outside, too: parcel leaves out what its index exports from other files.
    const target = {
      distDir: folder,
      distEntry: file,
      context: "node",
      engines: { node: "20" },
      outputFormat: esm ? "esmodule" : "commonjs",
      includeNodeModules: ["lodash-es"],
    };
    const parcel = new Parcel({
      entries: "main.js",
      defaultConfig: "@parcel/config-default",
      mode: "production",
      shouldDisableCache: true,
      targets: { main: target },
    });
    await parcel.run();
  },
  webpack: async () => packed((await import("webpack")).default),
  rspack: async () => packed((await import("@rspack/core")).rspack),
  async ncc() {
    const { default: ncc } = await import("@vercel/ncc");
    const externals = outside ? ["concurrent-futures", "concurrent-futures/multiprocessing"] : [];
    const options = { externals, quiet: true, minify: true };
    const { code } = await ncc(resolve("main.js"), options);
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${folder}/${file}`, code);
  },
};

function packed(compile) {
  const configuration = {
    mode: "production",
    target: "node20",
    entry: "./main.js",
    experiments: esm ? { outputModule: true } : {},
    externals: ours,
    externalsType: esm ? "module-import" : "commonjs",
    output: { path: resolve(folder), filename: file, module: esm, chunkFormat: esm ? "module" : "commonjs" },
  };
  return new Promise((done, failed) => {
    compile(configuration, (error, stats) =>
      error || stats.hasErrors() ? failed(error ?? new Error(stats.toString())) : done(),
    );
  });
}

await bundlers[tool]();
