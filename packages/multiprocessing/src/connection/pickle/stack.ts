import { refusal } from "./refusal.ts";

/** The stack of a pickle, and the heights at which its marks are. A mark is never a value, and no pop goes below one. */
export class Stack {
  readonly #values: unknown[] = [];
  readonly #marks: number[] = [];

  get height(): number {
    return this.#values.length;
  }

  get openMarks(): number {
    return this.#marks.length;
  }

  push(value: unknown): void {
    this.#values.push(value);
  }

  mark(): void {
    this.#marks.push(this.#values.length);
  }

  pop(): unknown {
    this.#checkAboveMark();
    return this.#values.pop();
  }

  top(): unknown {
    this.#checkAboveMark();
    return this.#values[this.#values.length - 1];
  }

  /** Takes everything above the last mark, and the mark. */
  popMark(): unknown[] {
    const height = this.#marks.pop();
    if (height === undefined) throw refusal("it takes items from a mark that is not there");
    return this.#values.splice(height);
  }

  #checkAboveMark(): void {
    const floor = this.#marks[this.#marks.length - 1] ?? 0;
    if (this.#values.length <= floor) throw refusal("it takes a value that is not there");
  }
}
