/**
 * Runs the examples: all of them, or those that are named.
 *
 *     npx -y pnpm@12 start
 *     npx -y pnpm@12 start fibonacci one-file
 */
import { performance } from "node:perf_hooks";
import { programs } from "./programs.js";

const wanted = process.argv.slice(2);
for (const name of wanted) {
  if (!programs.some((program) => program.name === name)) {
    console.error(`No example is called ${name}. There are: ${programs.map((p) => p.name).join(", ")}.`);
    process.exit(1);
  }
}

const start = performance.now();
for (const { name, about, load } of programs) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  console.log(`\n${name}: ${about}`);
  const { main } = await load();
  await main();
}
console.log(`\nAll done in ${((performance.now() - start) / 1000).toFixed(1)} s.`);
