import { type ModuleReference, reference } from "@concurrent-futures/callable/load";

export type AnyClass = abstract new (...args: never[]) => unknown;

/** A class that works without `new` too, as in Python. */
export type Callable<C extends AnyClass> = C & ((...args: ConstructorParameters<C>) => InstanceType<C>);

/** Lets a class be called without `new`. What comes out is the same for `instanceof` and `extends`. */
export function withoutNew<C extends AnyClass>(Class: C): Callable<C> {
  function StandIn(...args: ConstructorParameters<C>): object {
    const target = new.target === undefined || new.target === StandIn ? Class : new.target;
    return Reflect.construct(Class as unknown as Function, args, target as Function) as object;
  }
  Object.setPrototypeOf(StandIn, Class);
  Object.defineProperties(StandIn, { name: { value: Class.name }, prototype: { value: Class.prototype } });
  return StandIn as unknown as Callable<C>;
}

/** Says where a function can be had, so that it travels alone as well. */
export function foundAt<F extends object>(at: ModuleReference, value: F): F {
  return Object.defineProperty(value, reference, { value: at });
}
