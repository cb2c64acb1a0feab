import { cases } from "./cases/index.ts";
import { type MeasureOptions, measureCase } from "./harness/measure.ts";

/** What the parent sends: which case, and how. */
export interface CaseOrder {
  readonly name: string;
  readonly options: MeasureOptions;
}

// Whoever asked has gone: nobody would end us.
process.once("disconnect", () => process.exit(1));

// A process of its own for each case: no case inherits another's heap, compiled code or stray workers.
process.once("message", async (order: CaseOrder) => {
  const bench = cases.find(({ name }) => name === order.name);
  if (bench === undefined) throw new Error(`No case is called ${order.name}`);
  const row = await measureCase(bench, order.options);
  process.send?.(row, () => process.exit(0));
});
