import type { Kind, Unit } from "./case.ts";

/** What the rounds of one contestant gave. */
export type ContestantResult =
  | {
      readonly state: "measured";
      readonly name: string;
      readonly kind: Kind;
      readonly settings: string;
      /** Per metric the value of each round, in the order of the rounds. */
      readonly samples: Readonly<Record<string, readonly number[]>>;
      readonly median: number;
      /** Milliseconds that one measurement took, whatever it measured. */
      readonly took: number;
      readonly spread: number;
    }
  | {
      readonly state: "skipped" | "failed";
      readonly name: string;
      readonly kind: Kind;
      readonly settings: string;
      readonly reason: string;
    };

/** How one bar was met. */
export interface BarResult {
  readonly text: string;
  readonly of: string;
  readonly metric: string;
  readonly against: string;
  /** Undefined when one side could not be measured. */
  readonly ratio: number | undefined;
  readonly atLeast: number;
  readonly verdict: "met" | "missed" | "not judged";
}

/** One case, measured. */
export interface Row {
  readonly case: string;
  readonly description: string;
  readonly notes: readonly string[];
  readonly metrics: Readonly<Record<string, Unit>>;
  readonly workers: number;
  readonly times: number;
  readonly quick: boolean;
  readonly rounds: number;
  readonly date: string;
  /** Cores that something else kept busy just before this row was measured. */
  readonly load: number;
  readonly contestants: readonly ContestantResult[];
  readonly bars: readonly BarResult[];
}

/** The machine on which rows were measured. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGB: number;
  readonly platform: string;
  readonly node: string;
  readonly v8: string;
  readonly python: string;
}

/** One point of the curve: cost per task at a length of task. */
export interface CurvePoint {
  readonly contestant: string;
  readonly kind: Kind;
  /** Length of the task, in microseconds. */
  readonly length: number;
  /** Microseconds per task, median of the rounds. */
  readonly cost: number;
}

/** Cost per task over task length. */
export interface Curve {
  readonly date: string;
  readonly workers: number;
  readonly rounds: number;
  readonly points: readonly CurvePoint[];
}

/** What bench/results holds. */
export interface Results {
  readonly machine: Machine;
  readonly date: string;
  readonly rows: readonly Row[];
  /** The same cases at other numbers of workers and tasks (`--grow`). */
  readonly growth?: readonly Row[];
  readonly curve?: Curve;
}
