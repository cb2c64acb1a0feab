import { runAndReport } from "./report.js";

runAndReport();
