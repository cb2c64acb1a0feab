import test from "ava";
import { runAndReport } from "./report.js";

test("all checks", async (t) => {
  await runAndReport();
  t.pass();
});
