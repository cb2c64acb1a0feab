import { takeCoverage } from "node:v8";
import { TestEnvironment } from "jest-environment-node";

/** Node's environment for tests, which writes down what a test file has run before its modules go, and their counts with them. */
export default class CoverageEnvironment extends TestEnvironment {
  async teardown() {
    takeCoverage();
    await super.teardown();
  }
}
