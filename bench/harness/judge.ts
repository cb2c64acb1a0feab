import type { Bar } from "./case.ts";
import type { BarResult, ContenderResult } from "./rows.ts";
import { median } from "./statistics.ts";

/** Judges one bar by the medians of what was measured. */
export function judge(bar: Bar, contenders: readonly ContenderResult[]): BarResult {
  const of = bar.of ?? "ours";
  const metric = bar.metric ?? "cost";
  const mine = contenders.find((contender) => contender.name === of);
  const cost = mine === undefined ? undefined : medianOf(mine, metric);
  const reference = referenceOf(bar, metric, contenders);
  const common = { text: bar.text, of, metric, against: reference.name, atLeast: bar.atLeast };
  if (mine?.state === "failed") return { ...common, ratio: undefined, verdict: "missed" };
  if (cost === undefined || reference.cost === undefined)
    return { ...common, ratio: undefined, verdict: "not judged" };
  const ratio = reference.cost / cost;
  return { ...common, ratio, verdict: ratio >= bar.atLeast ? "met" : "missed" };
}

function referenceOf(
  bar: Bar,
  metric: string,
  contenders: readonly ContenderResult[],
): { name: string; cost: number | undefined } {
  const { against } = bar;
  if ("limit" in against) return { name: against.what, cost: against.limit };
  const isMeant = (contender: ContenderResult): boolean =>
    "names" in against ? against.names.includes(contender.name) : contender.kind === against.kind;
  let best: { name: string; cost: number } | undefined;
  for (const contender of contenders) {
    const cost = isMeant(contender) ? medianOf(contender, metric) : undefined;
    if (cost !== undefined && (best === undefined || cost < best.cost)) best = { name: contender.name, cost };
  }
  return best ?? { name: "names" in against ? against.names.join(", ") : against.kind, cost: undefined };
}

function medianOf(contender: ContenderResult, metric: string): number | undefined {
  const values = contender.state === "measured" ? contender.samples[metric] : undefined;
  return values === undefined || values.length === 0 ? undefined : median(values);
}
