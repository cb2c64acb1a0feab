import { appendFileSync } from "node:fs";
import { run } from "./checks.js";

run((context, name, result) => {
  const text = result === true ? true : String(result);
  appendFileSync(process.env.TOOLCHAIN_RESULTS, `${JSON.stringify([context, name, text])}\n`);
});
