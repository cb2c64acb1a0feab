import { type ModuleReference, reference } from "@concurrent-futures/callable/load";

type AnyClass = abstract new (...args: never[]) => unknown;

/** A class that works without `new` too, as in Python. */
export type Callable<C extends AnyClass> = C & ((...args: ConstructorParameters<C>) => InstanceType<C>);

/**
 * Lets a class be called without `new`. What comes out is the same for `instanceof` and `extends`.
 *
 * @param make - makes what is asked for by that name; subclasses make their own. @default an instance of the class
 */
export function withoutNew<C extends AnyClass>(
  Class: C,
  make: (...args: ConstructorParameters<C>) => object = (...args) =>
    Reflect.construct(Class as unknown as Function, args) as object,
): Callable<C> {
  function StandIn(...args: ConstructorParameters<C>): object {
    return new.target === undefined || new.target === StandIn
      ? make(...args)
      : (Reflect.construct(Class as unknown as Function, args, new.target) as object);
  }
  Object.setPrototypeOf(StandIn, Class);
  Object.defineProperties(StandIn, { name: { value: Class.name }, prototype: { value: Class.prototype } });
  return StandIn as unknown as Callable<C>;
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

/** Says where a function can be had, so that it travels alone as well. */
export function foundAt<F extends object>(at: ModuleReference, value: F): F {
  return Object.defineProperty(value, reference, { value: at });
}
