/** What a contestant is, so that a bar can ask for "the best Node pool". */
export type Kind = "baseline" | "ours" | "sequential" | "node pool" | "limiter" | "bare" | "python";

/** How metrics are counted. All are costs: less is better. */
export type Unit = "ms" | "us" | "bytes" | "ratio";

/** How large a run is. */
export interface Scale {
  readonly workers: number;
  /** How many times the usual number of tasks. */
  readonly times: number;
  /** Tiny sizes: does everything run at all? Its figures mean nothing. */
  readonly quick: boolean;
}

/** What one measurement gives: the cost and, where a case has them, other metrics; `checksum` must agree among all. */
export type Sample = Readonly<Record<string, number>> & { readonly cost: number };

/** A contestant at work: set up once, measured in each round, closed at the end. */
export interface Session {
  measure(): Promise<Sample>;
  close(): Promise<void>;
}

/** One who does the work of a case. */
export interface Contestant {
  readonly name: string;
  readonly kind: Kind;
  /** How it is set up, in words that the report prints. */
  readonly settings: string;
  /** @throws Skipped where it cannot run here. */
  open(): Promise<Session>;
}

/** Thrown by `open` when a contestant cannot run on this machine; the report shows the reason. */
export class Skipped extends Error {
  override readonly name: string = "Skipped";
}

/** What a ratio is taken against: other contestants (the cheapest of them counts) or a fixed limit. */
export type Against =
  | { readonly kind: Kind }
  | { readonly names: readonly string[] }
  | { readonly limit: number; readonly what: string };

/** A ratio to reach: cost of the other side over the cost of ours. */
export interface Bar {
  /** As the issue says it. */
  readonly text: string;
  /** The contestant that is judged. @default "ours" */
  readonly of?: string;
  /** @default "cost" */
  readonly metric?: string;
  readonly against: Against;
  readonly atLeast: number;
}

/** One row of the benchmark. */
export interface Case {
  readonly name: string;
  readonly description: string;
  /** The unit of each metric; `cost` comes first. */
  readonly metrics: Readonly<Record<string, Unit>> & { readonly cost: Unit };
  /** What to know before believing the row. */
  readonly notes?: readonly string[];
  bars(scale: Scale): readonly Bar[];
  /** Who takes part, ours first. */
  run(scale: Scale): Promise<readonly Contestant[]>;
}
