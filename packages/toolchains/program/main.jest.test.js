import { runAndReport } from "./report.js";

test("all checks", () => runAndReport(), 120_000);
