// Jest as most people have it: CommonJS, everything compiled for an older target, coverage counters in it.
const options = { jsc: { parser: { syntax: "typescript" }, target: "es2016" }, module: { type: "commonjs" } };

module.exports = {
  testMatch: ["<rootDir>/program.test.ts"],
  collectCoverage: true,
  collectCoverageFrom: ["<rootDir>/*.ts"],
  coverageReporters: [],
  transform: { "^.+\\.(ts|js|mjs)$": ["@swc/jest", options] },
  transformIgnorePatterns: ["/node_modules/(?!.*(@concurrent-futures|p-limit|yocto-queue))"],
};
