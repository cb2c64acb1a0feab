/** The page of the docs: a row for each environment, and what the cells that are not "ok" stand for. */
export function page(rows) {
  const checks = [...new Set(rows.flatMap(([, { results }]) => results.map(([, check]) => check)))];
  const table = rows.map(
    ([name, row]) => `| ${name} | ${checks.map((check) => cell(row, check)).join(" | ")} |`,
  );
  const list = reasonsOf(rows).map(([text, names]) => `- ${text} (${names.join("; ")})`);
  return `# Tool chains

Written by \`pnpm toolchains\` on Node ${process.versions.node}, unless a row says another: one program in each environment, with the packages as they are published.
"ok": with threads and with spawned processes. "refused": an error says why when the call is made. "fails": the call throws in the worker.
What to tell each bundler is in [Bundlers](guide/bundlers.md); what Node's permissions need, in [Security](security.md).

| | ${checks.join(" | ")} |
| --- | ${checks.map(() => "---").join(" | ")} |
${table.join("\n")}

## What was refused, and what fails

${list.join("\n")}
`;
}

const refusal = /^(SerializationError|RuntimeError): /;

function cell({ results }, check) {
  const own = results.filter(([, name]) => name === check).map(([, , result]) => result);
  // Twice: with threads and with processes.
  if (own.length < 2) return "did not run";
  const failures = own.filter((result) => result !== true);
  if (failures.length === 0) return "ok";
  return failures.every((text) => refusal.test(text)) ? "refused" : "fails";
}

/** Each reason once, with where it was met: places and the short names of bundlers left out. */
function reasonsOf(rows) {
  const reasons = new Map();
  const add = (reason, name) => reasons.set(reason, new Set(reasons.get(reason)).add(name));
  for (const [name, { results, failure }] of rows) {
    if (failure !== "") add(failure, name);
    for (const [, check, result] of results) {
      if (result === true) continue;
      const text = result
        .replace(/\(\w+[\w.]*\.\w+:\d+\)/g, "(…)")
        .replace(/function [\w$]+ \(/g, "function … (")
        .replace(/`[\w$]{1,3}`/g, "`…`")
        .replace(/file in \/\S+?\)/, "file in …)");
      const all = results.filter(([, , other]) => other === result).map(([, other]) => other);
      add(new Set(all).size > 5 ? text : `**${check}**: ${text}`, name);
    }
  }
  return [...reasons].map(([reason, names]) => [reason, [...names]]);
}
