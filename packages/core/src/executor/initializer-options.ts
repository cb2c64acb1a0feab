/**
 * How the workers of a pool are initialized. `initargs` must fit `initializer`, and may be left out when it needs none. `A`
 * is what the initializer takes; `never[]`, the default, is any initializer with any arguments, for code that hands options on.
 */
export type InitializerOptions<A extends readonly unknown[] = never[]> = {
  /** Called once in each worker before its first call; if it fails, the pool is broken. */
  readonly initializer?: (...args: A) => unknown;
} & InitargsOf<A>;

type InitargsOf<A extends readonly unknown[]> = [A] extends [never[]]
  ? {
      /** The arguments of `initializer`. @default [] */
      readonly initargs?: readonly unknown[];
    }
  : [] extends A
    ? {
        /** The arguments of `initializer`. @default [] */
        readonly initargs?: Readonly<A>;
      }
    : {
        /** The arguments of `initializer`. */
        readonly initargs: Readonly<A>;
      };
