import { runAndReport } from "./report.js";

it("all checks", () => runAndReport());
