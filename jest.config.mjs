/** Tests run as ES modules on the built packages, as a user gets them. */
export default {
  testEnvironment: "node",
  globalSetup: "<rootDir>/scripts/bundle.mjs",
  testMatch: ["<rootDir>/{packages/*,docs,bench,site}/test/**/*.test.ts"],
  extensionsToTreatAsEsm: [".ts"],
  // Source files name each other by ".ts"; jest resolves them as written.
  transform: {
    // Product code loads it by require(), as Node does; Jest needs it as CommonJS for that.
    "/packages/shared-memory/dist/.+\\.js$": ["@swc/jest", { jsc: { target: "es2022" } }],
    "^.+\\.ts$": [
      "@swc/jest",
      {
        jsc: { parser: { syntax: "typescript" }, target: "es2022" },
        module: { type: "es6" },
        sourceMaps: "inline",
      },
    ],
  },
  modulePathIgnorePatterns: ["<rootDir>/packages/[^/]+/test/projects/", "<rootDir>/.*/\\.tmp/"],
  // On a machine that is shared, or half as fast, some take more than the thirty seconds that are too long on any other.
  testTimeout: 60_000,
  maxWorkers: 2,
};
