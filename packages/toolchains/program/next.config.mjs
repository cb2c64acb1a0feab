/** By the line of docs/guide/bundlers.md. */
const outside = process.env.TOOLCHAINS_LIBRARY === "outside";

export default {
  distDir: `out/next-${process.env.TOOLCHAINS_BUNDLER}-${process.env.TOOLCHAINS_LIBRARY}`,
  ...(outside && { serverExternalPackages: ["concurrent-futures"] }),
};
