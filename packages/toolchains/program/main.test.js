import { runAndReport } from "./report.js";

test("all checks", { timeout: 120_000 }, () => runAndReport());
