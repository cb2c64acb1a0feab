import type { PackedError } from "@concurrent-futures/callable";
import type { SharedContent } from "../shared-content.ts";
import { packNumbers, type ValueColumn } from "../wire.ts";
import type { Batch } from "./batch.ts";
import { carriedTogether, withRestoring } from "./carried.ts";
import type { FunctionEntry } from "./function-entry.ts";
import type { MapJob } from "./map-job.ts";

/** Some calls of a map that travel together. */
export class MapChunk implements Batch {
  readonly #job: MapJob;
  readonly #first: number;
  readonly #values: ValueColumn;
  readonly #arity: number;

  constructor(job: MapJob, first: number, values: ValueColumn, arity: number) {
    this.#job = job;
    this.#first = first;
    this.#values = values;
    this.#arity = arity;
  }

  get count(): number {
    return this.#values.length;
  }

  get map(): number {
    return this.#job.number;
  }

  get first(): number {
    return this.#first;
  }

  argumentsOf(index: number): readonly unknown[] {
    const row = this.#values[index];
    return this.#arity === 1 ? [row] : (row as readonly unknown[]);
  }

  get entry(): FunctionEntry {
    return this.#job.entry;
  }

  get functions(): Iterable<FunctionEntry> {
    return withRestoring([this.#job.entry], [this.#job]);
  }

  get transfer(): readonly object[] {
    return [];
  }

  get shared(): Iterable<SharedContent> | undefined {
    return this.#job.shared;
  }

  get job(): MapJob {
    return this.#job;
  }

  get content(): Batch["content"] {
    const { seed } = this.#job.options;
    const args = this.#arity === 1 ? packNumbers(this.#values) : this.#values;
    return {
      fn: this.#job.entry.number,
      arity: this.#arity === 1 ? 1 : -1,
      args,
      carried: carriedTogether([this.#job]),
      task: seed === undefined ? undefined : { randomFrom: [seed, this.#first] },
    };
  }

  callName(index: number): string {
    return `${this.#job.entry.name}, item ${this.#first + index} of a map`;
  }

  ownerOf(): MapJob {
    return this.#job;
  }

  succeed(index: number, value: unknown): void {
    this.#job.succeed(this.#first + index, value);
  }

  succeedRange(from: number, values: ValueColumn): void {
    this.#job.succeedRange(this.#first + from, values);
  }

  reject(index: number, error: PackedError): void {
    this.#job.reject(this.#first + index, error);
  }

  fail(index: number, error: unknown): void {
    this.#job.fail(this.#first + index, error);
  }

  requeue(indexes: readonly number[]): void {
    // Runs of neighbours stay together.
    let at = 0;
    while (at < indexes.length) {
      const from = indexes[at] as number;
      let to = from + 1;
      while (indexes[++at] === to) to++;
      this.#job.requeue(this.#first + from, this.#values.slice(from, to));
    }
  }

  resultsDelivered(): void {
    this.#job.wake();
  }
}
