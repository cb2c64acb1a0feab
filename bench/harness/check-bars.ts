import type { Bar } from "./case.ts";
import type { BarResult, ContestantResult } from "./rows.ts";
import { median } from "./statistics.ts";

/** Checks one bar by the medians of what was measured. */
export function checkBar(bar: Bar, contestants: readonly ContestantResult[]): BarResult {
  const of = bar.of ?? "ours";
  const metric = bar.metric ?? "cost";
  const mine = contestants.find((contestant) => contestant.name === of);
  const cost = mine === undefined ? undefined : medianOf(mine, metric);
  const reference = referenceOf(bar, metric, contestants);
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
  contestants: readonly ContestantResult[],
): { name: string; cost: number | undefined } {
  const { against } = bar;
  if ("limit" in against) return { name: against.what, cost: against.limit };
  const isMeant = (contestant: ContestantResult): boolean =>
    "names" in against ? against.names.includes(contestant.name) : contestant.kind === against.kind;
  let best: { name: string; cost: number } | undefined;
  for (const contestant of contestants) {
    const cost = isMeant(contestant) ? medianOf(contestant, metric) : undefined;
    if (cost !== undefined && (best === undefined || cost < best.cost))
      best = { name: contestant.name, cost };
  }
  return best ?? { name: "names" in against ? against.names.join(", ") : against.kind, cost: undefined };
}

function medianOf(contestant: ContestantResult, metric: string): number | undefined {
  const values = contestant.state === "measured" ? contestant.samples[metric] : undefined;
  return values === undefined || values.length === 0 ? undefined : median(values);
}
