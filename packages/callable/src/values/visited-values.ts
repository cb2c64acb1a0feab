/** What an encoder has met: copies, numbers, and a journal of both, so that an attempt that failed leaves no trace. */
export class VisitedValues {
  /** Copies of containers and values that need no step. */
  readonly #copies = new Map<object, unknown>();
  /** Numbers of values that a step makes. */
  readonly #numbers = new Map<unknown, number>();
  /** Values whose step comes after their parts: a cycle through one cannot be made. */
  readonly #unfinished = new Set<unknown>();
  readonly #journal: unknown[] = [];
  #next = 0;

  copyOf(value: object): unknown {
    return this.#copies.get(value);
  }

  rememberCopy<T>(value: object, copy: T): T {
    this.#copies.set(value, copy);
    this.#journal.push(value);
    return copy;
  }

  numberOf(value: unknown): number | undefined {
    return this.#numbers.get(value);
  }

  /** Gives a value the next number. */
  assign(value: unknown): number {
    return this.rememberNumber(value, this.#next++);
  }

  rememberNumber(value: unknown, number: number): number {
    this.#numbers.set(value, number);
    this.#journal.push(value);
    return number;
  }

  isUnfinished(value: unknown): boolean {
    return this.#unfinished.has(value);
  }

  whileUnfinished<T>(value: unknown, write: () => T): T {
    this.#unfinished.add(value);
    try {
      return write();
    } finally {
      this.#unfinished.delete(value);
    }
  }

  /** How much was seen so far. */
  get length(): number {
    return this.#journal.length;
  }

  /** Forgets what was seen since. */
  set length(length: number) {
    for (const value of this.#journal.splice(length)) {
      this.#numbers.delete(value);
      this.#copies.delete(value as object);
    }
  }
}
