/**
 * Writes docs/lifecycle.md from the tables of states in the source, after a build; with --check it only compares.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { futureTransitions } from "../packages/core/dist/index.js";
import { transitions as poolTransitions } from "../packages/process/dist/scheduler/lifecycle.js";
import { root } from "./run.mjs";

const path = `${root}docs/lifecycle.md`;

const page = `# States

This page is generated from the tables in the source, by \`node scripts/lifecycle.mjs\`. What is not drawn cannot happen: it
would be an \`InvalidStateError\`.

## A future

From [states.ts](../packages/core/src/future/states.ts). \`CANCELLED\` becomes \`CANCELLED_AND_NOTIFIED\` when an executor
meets the future in its queue; both count as cancelled and done. \`RUNNING\` becomes \`CANCELLED\` only by
\`cancel({ force: true })\`, a timeout or a signal.

${drawing(futureTransitions, "PENDING")}
## A pool

From [lifecycle.ts](../packages/process/src/scheduler/lifecycle.ts). \`open\` takes work; \`draining\` does what it has;
\`closed\` has no workers left; \`broken\` has failed everything and takes nothing more.

${drawing(poolTransitions, "open")}`;

if (process.argv.includes("--check")) {
  if (readFileSync(path, "utf8") !== page) {
    console.error("docs/lifecycle.md is not what the source says. Run: node scripts/lifecycle.mjs");
    process.exitCode = 1;
  }
} else {
  writeFileSync(path, page);
}

/** A diagram that GitHub draws, and the same as a table. */
function drawing(transitions, start) {
  const states = Object.keys(transitions);
  const arrows = states.flatMap((from) => transitions[from].map((to) => `    ${from} --> ${to}`));
  const ends = states.filter((state) => transitions[state].length === 0);
  const rows = states.map((from) => {
    const next = transitions[from].map((to) => `\`${to}\``).join(", ");
    return `| \`${from}\` | ${next === "" ? "nothing: it is final" : next} |`;
  });
  return `\`\`\`mermaid
stateDiagram-v2
    [*] --> ${start}
${arrows.join("\n")}
${ends.map((state) => `    ${state} --> [*]`).join("\n")}
\`\`\`

| From | To |
| --- | --- |
${rows.join("\n")}
`;
}
