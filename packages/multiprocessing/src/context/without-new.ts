type AnyClass = abstract new (...args: never[]) => unknown;

/** A class that works without `new` too, as in Python. */
export type Callable<C extends AnyClass> = C & ((...args: ConstructorParameters<C>) => InstanceType<C>);

/** Lets a class be called without `new`. It stays the same class for `instanceof` and `extends`. */
export function withoutNew<C extends AnyClass>(Class: C): Callable<C> {
  return new Proxy(Class, {
    apply: (target, _self, args) => Reflect.construct(target as unknown as Function, args),
  }) as Callable<C>;
}

/** A function that makes something, and works with `new` too. */
export type Factory<A extends readonly unknown[], T> = { (...args: A): T; new (...args: A): T };

/** Lets a function that makes an object be called with `new`. */
export function withNew<A extends readonly unknown[], T extends object>(
  make: (...args: A) => T,
): Factory<A, T> {
  // biome-ignore lint/complexity/useArrowFunction: an arrow function cannot be called with `new`
  return function (...args: A): T {
    return make(...args);
  } as unknown as Factory<A, T>;
}
