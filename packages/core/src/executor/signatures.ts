/** Any function at all. */
export type AnyFunction = (...args: never[]) => unknown;

/**
 * The overloads of a function, up to four: TypeScript infers only from the last one, which would refuse calls that are right.
 */
type Overloads<F> = F extends {
  (...args: infer A1): infer R1;
  (...args: infer A2): infer R2;
  (...args: infer A3): infer R3;
  (...args: infer A4): infer R4;
}
  ? readonly [readonly [A1, R1], readonly [A2, R2], readonly [A3, R3], readonly [A4, R4]]
  : never;

type ArgumentsOfSignatures<S> = S extends readonly [infer Head, ...infer Rest]
  ?
      | (Head extends readonly [infer A extends unknown[], unknown]
          ? unknown[] extends A
            ? never
            : A
          : never)
      | ArgumentsOfSignatures<Rest>
  : never;

type ReturnOfSignatures<S, A> = S extends readonly [infer Head, ...infer Rest]
  ? Head extends readonly [infer P, infer R]
    ? unknown[] extends P
      ? ReturnOfSignatures<Rest, A>
      : A extends P
        ? R
        : ReturnOfSignatures<Rest, A>
    : never
  : never;

/** The arguments that any overload of `F` takes. */
export type ArgumentsOf<F> = ArgumentsOfSignatures<Overloads<F>>;

/** What the first overload of `F` that takes `A` returns. */
export type ReturnOf<F, A> = ReturnOfSignatures<Overloads<F>, A>;
