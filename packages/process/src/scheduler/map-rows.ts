import type { SharedContent } from "../shared-content.ts";
import type { ValueColumn } from "../wire.ts";
import type { MapInput } from "./map-input.ts";

/** Rows that follow each other, and where the first stands. */
export interface RowRange {
  readonly first: number;
  readonly values: ValueColumn;
}

/** The next row cannot be sent. */
export interface Refusal {
  readonly first: number;
  readonly refused: { readonly error: unknown };
}

/** The rows of a map that no worker has: those that were drawn and came back first, then those of its input. */
export class MapRows {
  readonly #input: MapInput;
  readonly #returned: RowRange[] = [];
  /** Rows that have been drawn at least once. */
  drawn = 0;

  constructor(input: MapInput) {
    this.#input = input;
  }

  get arity(): number {
    return this.#input.arity;
  }

  /** Rows that could be drawn now. */
  get available(): number {
    let count = this.#input.available;
    for (const { values } of this.#returned) count += values.length;
    return count;
  }

  /** Whether none is left and none will come. */
  get exhausted(): boolean {
    return this.#input.exhausted && this.#returned.length === 0;
  }

  /** How many there are, where that is known. */
  get total(): number | undefined {
    const known = this.drawn + this.#input.available;
    if (this.#input.fullyRead) return known;
    const { length } = this.#input;
    return length !== undefined && length >= known ? length : undefined;
  }

  /** At most this many; undefined when there are none just now. */
  draw(most: number): RowRange | Refusal | undefined {
    const returned = this.#returned.pop();
    if (returned !== undefined) {
      const { first, values } = returned;
      if (values.length > most) this.#returned.push({ first: first + most, values: values.slice(most) });
      return { first, values: values.slice(0, most) };
    }
    const first = this.drawn;
    const refused = this.#input.takeRefused();
    if (refused !== undefined) {
      this.drawn++;
      return { first, refused };
    }
    const values = this.#input.take(most);
    if (values.length === 0) return undefined;
    this.drawn += values.length;
    return { first, values };
  }

  requeue(range: RowRange): void {
    this.#returned.push(range);
  }

  /** The shared values of the rows that have been read since this was asked last. */
  takeShared(): readonly SharedContent[] | undefined {
    return this.#input.takeShared();
  }

  close(): void {
    this.#input.close();
    this.#returned.length = 0;
  }
}
