import { isAsyncIterable, isIterable, lengthOf } from "../options.ts";

/** Anything that can be looped over, synchronously or not. */
export type AnyIterable<T> = Iterable<T> | AsyncIterable<T>;

/**
 * Rows of arguments, one per call: Python's `zip` of the iterables, so the shortest ends it. Where there is but one
 * iterable it is given as well, for those who can do without an array per row; read one or the other. Where each iterable
 * has a length, `length` is how many rows there will be, unless an input is changed meanwhile.
 */
export type Rows =
  | {
      readonly kind: "sync";
      readonly rows: Iterator<unknown[]>;
      readonly single?: Iterable<unknown>;
      readonly length?: number | undefined;
    }
  | {
      readonly kind: "async";
      readonly rows: AsyncIterator<unknown[]>;
      readonly single?: AsyncIterable<unknown>;
      readonly length?: undefined;
    };

/** Zips iterables to rows of arguments; one async iterable among them makes all of it async. */
export function zip(iterables: readonly unknown[]): Rows {
  if (iterables.every(isIterable)) {
    const rows = zipSync(iterables as readonly Iterable<unknown>[]);
    const length = shortest(iterables);
    return iterables.length === 1
      ? { kind: "sync", rows, single: iterables[0] as Iterable<unknown>, length }
      : { kind: "sync", rows, length };
  }
  const rows = zipAsync(iterables as readonly AnyIterable<unknown>[]);
  return iterables.length === 1
    ? { kind: "async", rows, single: iterables[0] as AsyncIterable<unknown> }
    : { kind: "async", rows };
}

/** Rows that the user has made himself, for `starmap`. */
export function rowsOf(tuples: AnyIterable<readonly unknown[]>): Rows {
  if (isIterable(tuples)) {
    const rows = copyRows(tuples as Iterable<readonly unknown[]>);
    return { kind: "sync", rows, length: lengthOf(tuples) };
  }
  return { kind: "async", rows: copyRowsAsync(tuples as AsyncIterable<readonly unknown[]>) };
}

function shortest(iterables: readonly unknown[]): number | undefined {
  let least = iterables.length === 0 ? 0 : Number.POSITIVE_INFINITY;
  for (const iterable of iterables) {
    const length = lengthOf(iterable);
    if (length === undefined) return undefined;
    least = Math.min(least, length);
  }
  return least;
}

function* copyRows(tuples: Iterable<readonly unknown[]>): Generator<unknown[]> {
  for (const tuple of tuples) yield [...tuple];
}

async function* copyRowsAsync(tuples: AsyncIterable<readonly unknown[]>): AsyncGenerator<unknown[]> {
  for await (const tuple of tuples) yield [...tuple];
}

function* zipSync(iterables: readonly Iterable<unknown>[]): Generator<unknown[]> {
  if (iterables.length === 0) return;
  if (iterables.length === 1) {
    for (const value of iterables[0] as Iterable<unknown>) yield [value];
    return;
  }
  const iterators: Iterator<unknown>[] = [];
  try {
    for (const iterable of iterables) iterators.push(iterable[Symbol.iterator]());
    for (;;) {
      const row: unknown[] = [];
      for (const iterator of iterators) {
        const step = iterator.next();
        if (step.done) return;
        row.push(step.value);
      }
      yield row;
    }
  } finally {
    for (const iterator of iterators) iterator.return?.();
  }
}

async function* zipAsync(iterables: readonly AnyIterable<unknown>[]): AsyncGenerator<unknown[]> {
  const iterators = iterables.map((iterable) =>
    isAsyncIterable(iterable)
      ? iterable[Symbol.asyncIterator]()
      : (iterable as Iterable<unknown>)[Symbol.iterator](),
  );
  try {
    for (;;) {
      const row: unknown[] = [];
      for (const iterator of iterators) {
        const step = await iterator.next();
        if (step.done) return;
        row.push(step.value);
      }
      yield row;
    }
  } finally {
    for (const iterator of iterators) await iterator.return?.();
  }
}
